//! Things that are used again, since new ones take longer than the load flows on them.
use std::ops::{Deref, DerefMut};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What nobody uses now, `most` at most.
pub(crate) struct Spare<T> {
    most: usize,
    idle: Mutex<Vec<T>>,
}

impl<T> Spare<T> {
    pub const fn new(most: usize) -> Spare<T> {
        Spare {
            most,
            idle: Mutex::new(Vec::new()),
        }
    }

    pub fn idle(&self) -> MutexGuard<'_, Vec<T>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One of them, as the last user left it, or a new one.
    pub fn lend(&self, new: impl FnOnce() -> T) -> Lent<'_, T> {
        let spare = self.idle().pop();
        Lent {
            from: self,
            lent: Some(spare.unwrap_or_else(new)),
        }
    }
}

/// Goes back when dropped.
pub(crate) struct Lent<'a, T> {
    from: &'a Spare<T>,
    lent: Option<T>,
}

impl<T> Deref for Lent<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.lent.as_ref().expect("lent until dropped")
    }
}

impl<T> DerefMut for Lent<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        self.lent.as_mut().expect("lent until dropped")
    }
}

impl<T> Drop for Lent<'_, T> {
    fn drop(&mut self) {
        // what was left in the middle is not used again
        if std::thread::panicking() {
            return;
        }
        if let Some(lent) = self.lent.take() {
            let mut idle = self.from.idle();
            if idle.len() < self.from.most {
                idle.push(lent);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_come_back_up_to_the_most_and_every_user_has_one() {
        let spare = Spare::new(2);
        {
            let (mut one, two, three) = (spare.lend(|| 1), spare.lend(|| 2), spare.lend(|| 5));
            assert_eq!((*one, *two, *three), (1, 2, 5));
            *one = 3;
            drop((two, one));
        }
        let left = spare.idle().clone();
        assert_eq!(left, [2, 3]);
        assert_eq!(*spare.lend(|| 4), 3);
    }

    #[test]
    fn one_that_was_left_in_the_middle_does_not_come_back() {
        let spare = Spare::new(2);
        let broken = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            let _lent = spare.lend(|| 1);
            panic!("on purpose");
        }));
        assert!(broken.is_err());
        assert_eq!(*spare.lend(|| 2), 2);
    }
}
