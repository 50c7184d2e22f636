//! One way to run core work: without the GIL, with Ctrl-C, and with errors as gridprio's own exceptions.
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use gridprio_core::error::{Error, Result};
use gridprio_core::stop::Stop;
use gridprio_core::threads::lend;
use pyo3::prelude::*;

const SIGNAL_CHECK: Duration = Duration::from_millis(100);

/// Runs `work` on `threads` threads and looks for signals meanwhile; `work` gives up soon after it is asked to stop.
pub fn detached<T: Send>(
    py: Python<'_>,
    threads: usize,
    work: impl FnOnce(&Stop) -> Result<T> + Send,
) -> PyResult<T> {
    let in_main = is_main_thread(py)?;
    let result = py.detach(|| match (threads, in_main) {
        (0..=1, true) => on_the_main_thread(work),
        (0..=1, false) => Ok(work(&Stop::unwatched())),
        _ => on_a_pool(threads, work),
    });
    result?.map_err(|error| to_python(py, &error))
}

/// Python gives signals to that thread alone.
fn is_main_thread(py: Python<'_>) -> PyResult<bool> {
    let threading = py.import("threading")?;
    let main = threading.call_method0("main_thread")?.getattr("ident")?;
    main.eq(threading.call_method0("get_ident")?)
}

/// Another thread would take some ten microseconds to wake, and has nothing in its caches. The work itself looks for
/// signals, and waits for whoever holds the GIL then.
fn on_the_main_thread<T>(work: impl FnOnce(&Stop) -> Result<T>) -> PyResult<Result<T>> {
    let signals = Mutex::new((Instant::now(), Ok(())));
    let look = || {
        let mut signals = signals.lock().unwrap_or_else(PoisonError::into_inner);
        if signals.0.elapsed() >= SIGNAL_CHECK {
            *signals = (Instant::now(), check_signals());
        }
        signals.1.is_err()
    };
    let result = work(&Stop::new(&look));
    let (_, signal) = signals.into_inner().unwrap_or_else(PoisonError::into_inner);
    signal.map(|()| result)
}

fn on_a_pool<T: Send>(
    threads: usize,
    work: impl FnOnce(&Stop) -> Result<T> + Send,
) -> PyResult<Result<T>> {
    let (stop, mut result) = (Stop::unwatched(), None);
    let (done, finished) = channel::<()>();
    let mut signal: PyResult<()> = Ok(());
    lend(threads).in_place_scope(|scope| {
        let (stop, result) = (&stop, &mut result);
        scope.spawn(move |_| {
            let _until_here = done; // gone when the work is done, or has panicked
            *result = Some(work(stop));
        });
        while let Err(RecvTimeoutError::Timeout) = finished.recv_timeout(SIGNAL_CHECK) {
            if signal.is_ok() {
                signal = check_signals();
                if signal.is_err() {
                    stop.ask();
                }
            }
        }
    });
    signal.map(|()| result.expect("the scope ends when the work is done"))
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
