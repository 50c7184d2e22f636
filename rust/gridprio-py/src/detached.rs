//! One way to run core work: without the GIL, with Ctrl-C, and with errors as gridprio's own exceptions.
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use gridprio_base::cancellation::Cancellation;
use gridprio_base::error::{Error, Result};
use pyo3::prelude::*;

const SIGNAL_CHECK: Duration = Duration::from_millis(100);

/// Runs `work` on this thread, which may start helper threads, without the GIL. On the main thread it checks for
/// signals meanwhile, and `work` gives up soon after one.
pub fn detached<T: Send>(
    py: Python<'_>,
    work: impl FnOnce(&Cancellation) -> Result<T> + Send,
) -> PyResult<T> {
    let in_main = is_main_thread(py)?;
    let result = py.detach(|| {
        if in_main {
            watched(work)
        } else {
            Ok(work(&Cancellation::without_poll()))
        }
    });
    result?.map_err(|error| to_python(py, &error))
}

/// Python delivers signals to the main thread alone.
fn is_main_thread(py: Python<'_>) -> PyResult<bool> {
    let threading = py.import("threading")?;
    let main = threading.call_method0("main_thread")?.getattr("ident")?;
    main.eq(threading.call_method0("get_ident")?)
}

/// Checking for signals takes the GIL, and waits while another Python thread holds it. So only this thread checks, at
/// most every `SIGNAL_CHECK`; its helpers see the request in the `Cancellation` that they share.
fn watched<T>(work: impl FnOnce(&Cancellation) -> Result<T>) -> PyResult<Result<T>> {
    let (here, signals) = (thread::current().id(), Mutex::new((Instant::now(), Ok(()))));
    let look = || {
        if thread::current().id() != here {
            return false;
        }
        let mut signals = signals.lock().unwrap_or_else(PoisonError::into_inner);
        if signals.0.elapsed() >= SIGNAL_CHECK {
            *signals = (Instant::now(), check_signals());
        }
        signals.1.is_err()
    };
    let result = work(&Cancellation::new(&look));
    let (_, signal) = signals.into_inner().unwrap_or_else(PoisonError::into_inner);
    signal.map(|()| result)
}

fn check_signals() -> PyResult<()> {
    Python::attach(|py| py.check_signals())
}

/// The exception class lives in `gridprio.errors`, so that every backend raises the same.
pub fn to_python(py: Python<'_>, error: &Error) -> PyErr {
    let raised = py
        .import("gridprio.errors")
        .and_then(|errors| errors.getattr("BackendError"))
        .and_then(|class| class.call1((error.to_string(),)));
    match raised {
        Ok(exception) => PyErr::from_value(exception),
        Err(import) => import,
    }
}
