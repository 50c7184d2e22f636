//! A wish that work be given up, looked at between pieces of it.
use std::sync::atomic::{AtomicBool, Ordering};

pub struct Stop<'a> {
    asked: AtomicBool,
    look: &'a (dyn Fn() -> bool + Sync),
}

impl<'a> Stop<'a> {
    /// `look` is called by whoever works, wherever it could stop.
    pub const fn new(look: &'a (dyn Fn() -> bool + Sync)) -> Stop<'a> {
        Stop {
            asked: AtomicBool::new(false),
            look,
        }
    }

    /// Stops when it is told to.
    pub const fn unwatched() -> Stop<'static> {
        Stop::new(&|| false)
    }

    pub fn ask(&self) {
        self.asked.store(true, Ordering::Relaxed);
    }

    pub fn is_asked(&self) -> bool {
        if self.asked.load(Ordering::Relaxed) {
            return true;
        }
        let asked = (self.look)();
        if asked {
            self.ask();
        }
        asked
    }
}
