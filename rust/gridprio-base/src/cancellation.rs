//! A request to give up, which kernels check between pieces of work.
use std::sync::atomic::{AtomicBool, Ordering};

pub struct Cancellation<'a> {
    requested: AtomicBool,
    poll: &'a (dyn Fn() -> bool + Sync),
}

impl<'a> Cancellation<'a> {
    /// `poll` says whether to give up. Every working thread calls it wherever it could stop.
    pub const fn new(poll: &'a (dyn Fn() -> bool + Sync)) -> Cancellation<'a> {
        Cancellation {
            requested: AtomicBool::new(false),
            poll,
        }
    }

    /// Only `request` cancels.
    pub const fn without_poll() -> Cancellation<'static> {
        Cancellation::new(&|| false)
    }

    pub fn request(&self) {
        self.requested.store(true, Ordering::Relaxed);
    }

    pub fn is_requested(&self) -> bool {
        if self.requested.load(Ordering::Relaxed) {
            return true;
        }
        let requested = (self.poll)();
        if requested {
            self.request();
        }
        requested
    }
}
