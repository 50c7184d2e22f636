//! One way to run core work: without the GIL, with Ctrl-C, and with errors as gridprio's own exceptions.
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use gridprio_core::error::{Error, Result};
use pyo3::prelude::*;

const SIGNAL_CHECK: Duration = Duration::from_millis(100);

/// Runs `work` on its own thread and looks for signals meanwhile; `work` gives up soon after the flag is set.
pub fn detached<T: Send>(
    py: Python<'_>,
    work: impl FnOnce(&AtomicBool) -> Result<T> + Send,
) -> PyResult<T> {
    let stop = AtomicBool::new(false);
    let (result, signal) = py.detach(|| {
        std::thread::scope(|scope| {
            let (done, finished) = channel();
            let stop = &stop;
            let thread = scope.spawn(move || {
                let result = work(stop);
                // The receiver is gone only when this call is already being unwound.
                let _ = done.send(());
                result
            });
            let mut signal: PyResult<()> = Ok(());
            while let Err(RecvTimeoutError::Timeout) = finished.recv_timeout(SIGNAL_CHECK) {
                if signal.is_ok() {
                    signal = Python::attach(|py| py.check_signals());
                    stop.store(signal.is_err(), Ordering::Relaxed);
                }
            }
            (thread.join(), signal)
        })
    });
    signal?;
    match result {
        Ok(result) => result.map_err(|error| to_python(py, &error)),
        Err(panic) => std::panic::resume_unwind(panic),
    }
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
