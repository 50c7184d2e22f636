//! Pooled buffers: fresh pages of memory take longer than the load flows that use them.
use std::ops::{Deref, DerefMut};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Idle buffers, at most `capacity` of them.
pub struct BufferPool<T> {
    capacity: usize,
    idle: Mutex<Vec<T>>,
}

impl<T> BufferPool<T> {
    pub const fn new(capacity: usize) -> BufferPool<T> {
        BufferPool {
            capacity,
            idle: Mutex::new(Vec::new()),
        }
    }

    pub(crate) fn idle(&self) -> MutexGuard<'_, Vec<T>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An idle buffer with the contents that its last user left, or a new one.
    pub fn take(&self, new: impl FnOnce() -> T) -> PooledBuffer<'_, T> {
        let idle = self.idle().pop();
        PooledBuffer {
            pool: self,
            buffer: Some(idle.unwrap_or_else(new)),
        }
    }
}

/// Returns to its pool when it is dropped.
pub struct PooledBuffer<'a, T> {
    pool: &'a BufferPool<T>,
    buffer: Option<T>,
}

impl<T> Deref for PooledBuffer<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.buffer.as_ref().expect("present until dropped")
    }
}

impl<T> DerefMut for PooledBuffer<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        self.buffer.as_mut().expect("present until dropped")
    }
}

impl<T> Drop for PooledBuffer<'_, T> {
    fn drop(&mut self) {
        // A panic may have left the buffer half written.
        if std::thread::panicking() {
            return;
        }
        if let Some(buffer) = self.buffer.take() {
            let mut idle = self.pool.idle();
            if idle.len() < self.pool.capacity {
                idle.push(buffer);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buffers_return_up_to_the_capacity_and_no_two_users_share_one() {
        let pool = BufferPool::new(2);
        {
            let (mut one, two, three) = (pool.take(|| 1), pool.take(|| 2), pool.take(|| 5));
            assert_eq!((*one, *two, *three), (1, 2, 5));
            *one = 3;
            drop((two, one));
        }
        let idle = pool.idle().clone();
        assert_eq!(idle, [2, 3]);
        assert_eq!(*pool.take(|| 4), 3);
    }

    #[test]
    fn a_buffer_of_a_panicking_user_does_not_return() {
        let pool = BufferPool::new(2);
        let broken = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            let _buffer = pool.take(|| 1);
            panic!("on purpose");
        }));
        assert!(broken.is_err());
        assert_eq!(*pool.take(|| 2), 2);
    }
}
