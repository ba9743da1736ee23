//! A value of its own for each process: the child of a fork begins with a new one.

use std::sync::atomic::{AtomicPtr, Ordering};

use crate::os::fork::forks;

/// A static value that the child of a fork does not take over: a lock in it may be held, for ever
/// then, by a thread that the child does not have. The value of the parent is left alone.
pub(crate) struct ForkLocal<T: 'static> {
    current: AtomicPtr<OfProcess<T>>,
}

struct OfProcess<T> {
    forks: u64,
    content: T,
    /// The value of the parent, which stays in memory: a tool that looks for lost memory finds it
    /// here.
    _before: AtomicPtr<OfProcess<T>>,
}

impl<T: Default + Sync> ForkLocal<T> {
    /// Returns a place without a value.
    pub(crate) const fn new() -> ForkLocal<T> {
        ForkLocal { current: AtomicPtr::new(std::ptr::null_mut()) }
    }

    /// Returns the value of this process.
    pub(crate) fn get(&self) -> &'static T {
        loop {
            let current = self.current.load(Ordering::Acquire);
            // SAFETY: a value is never freed, so a pointer that is not null stays valid.
            if let Some(value) = unsafe { current.as_ref() }
                && value.forks == forks()
            {
                return &value.content;
            }
            let new = Box::into_raw(Box::new(OfProcess {
                forks: forks(),
                content: T::default(),
                _before: AtomicPtr::new(current),
            }));
            let set =
                self.current.compare_exchange(current, new, Ordering::AcqRel, Ordering::Acquire);
            if set.is_err() {
                // SAFETY: the pointer is that of the box above, which no other thread has seen.
                drop(unsafe { Box::from_raw(new) });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use parking_lot::Mutex;

    static NUMBER: ForkLocal<Mutex<u32>> = ForkLocal::new();

    #[test]
    fn all_threads_of_a_process_have_one_value() {
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| *NUMBER.get().lock() += 1);
            }
        });
        assert_eq!(*NUMBER.get().lock(), 8);
    }
}
