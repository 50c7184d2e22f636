//! One way to run core work: without the GIL, with Ctrl-C, and with errors as gridprio's own exceptions.
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use gridprio_core::error::{Error, Result};
use gridprio_core::threads::lend;
use pyo3::prelude::*;

const SIGNAL_CHECK: Duration = Duration::from_millis(100);

/// Runs `work` on a pool of `threads` threads and looks for signals meanwhile; `work` gives up soon after the flag is
/// set.
pub fn detached<T: Send>(
    py: Python<'_>,
    threads: usize,
    work: impl FnOnce(&AtomicBool) -> Result<T> + Send,
) -> PyResult<T> {
    let (stop, mut result) = (AtomicBool::new(false), None);
    let signal = py.detach(|| {
        let (done, finished) = channel::<()>();
        lend(threads).in_place_scope(|scope| {
            let (stop, result) = (&stop, &mut result);
            scope.spawn(move |_| {
                let _until_here = done; // gone when the work is done, or has panicked
                *result = Some(work(stop));
            });
            let mut signal: PyResult<()> = Ok(());
            while let Err(RecvTimeoutError::Timeout) = finished.recv_timeout(SIGNAL_CHECK) {
                if signal.is_ok() {
                    signal = Python::attach(|py| py.check_signals());
                    stop.store(signal.is_err(), Ordering::Relaxed);
                }
            }
            signal
        })
    });
    signal?;
    let result = result.expect("the scope ends when the work is done");
    result.map_err(|error| to_python(py, &error))
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
