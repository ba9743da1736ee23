//! parking_lot's locks as far as the modelled sources use them, made of loom's.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::time::{Duration, Instant};

use loom::sync as model;
use std_in_loom::OfExecution;

/// A mutex whose locking loom orders.
pub struct Mutex<T> {
    lock: OfExecution<model::Mutex<()>>,
    value: std::cell::UnsafeCell<T>,
}

// SAFETY: the value is used while loom's lock is held.
unsafe impl<T: Send> Sync for Mutex<T> {}

/// The lock, until it is dropped.
pub struct MutexGuard<'m, T> {
    /// `None` while the thread waits without the lock. It borrows from `lock`, and is dropped
    /// before it.
    held: Option<model::MutexGuard<'static, ()>>,
    lock: Arc<model::Mutex<()>>,
    mutex: &'m Mutex<T>,
}

impl<T> Mutex<T> {
    pub const fn new(value: T) -> Self {
        Mutex { lock: OfExecution::new(), value: std::cell::UnsafeCell::new(value) }
    }

    pub fn lock(&self) -> MutexGuard<'_, T> {
        let lock = self.lock.get(|| model::Mutex::new(()));
        let mut guard = MutexGuard { held: None, lock, mutex: self };
        guard.hold();
        guard
    }

    pub fn try_lock(&self) -> Option<MutexGuard<'_, T>> {
        let lock = self.lock.get(|| model::Mutex::new(()));
        let held = lock.try_lock().ok()?;
        // SAFETY: the guard below keeps `lock` until `held` is dropped.
        let held = unsafe {
            std::mem::transmute::<model::MutexGuard<'_, ()>, model::MutexGuard<'static, ()>>(held)
        };
        Some(MutexGuard { held: Some(held), lock: lock.clone(), mutex: self })
    }
}

impl<T> MutexGuard<'_, T> {
    fn hold(&mut self) {
        let held = self.lock.lock().expect("no panic while it is held");
        // SAFETY: `lock` is kept until `held` is dropped.
        self.held = Some(unsafe {
            std::mem::transmute::<model::MutexGuard<'_, ()>, model::MutexGuard<'static, ()>>(held)
        });
    }

    /// Runs `work` without the lock.
    pub fn unlocked<R>(guard: &mut Self, work: impl FnOnce() -> R) -> R {
        guard.held = None;
        let result = work();
        guard.hold();
        result
    }
}

impl<T> Deref for MutexGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY: the lock is held.
        unsafe { &*self.mutex.value.get() }
    }
}

impl<T> DerefMut for MutexGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: the lock is held.
        unsafe { &mut *self.mutex.value.get() }
    }
}

/// A condition variable. A wait until a moment ends at any time, because a model has no clock.
#[derive(Default)]
pub struct Condvar(OfExecution<model::Condvar>);

impl Condvar {
    pub const fn new() -> Self {
        Condvar(OfExecution::new())
    }

    pub fn wait<T>(&self, guard: &mut MutexGuard<'_, T>) {
        let condvar = self.0.get(model::Condvar::new);
        let held = guard.held.take().expect("the lock is held");
        guard.held = Some(condvar.wait(held).expect("no panic while it is held"));
    }

    pub fn wait_for<T>(&self, guard: &mut MutexGuard<'_, T>, _: Duration) {
        MutexGuard::unlocked(guard, loom::thread::yield_now);
    }

    pub fn wait_until<T>(&self, guard: &mut MutexGuard<'_, T>, _: Instant) {
        MutexGuard::unlocked(guard, loom::thread::yield_now);
    }

    pub fn notify_one(&self) {
        self.0.get(model::Condvar::new).notify_one();
    }

    pub fn notify_all(&self) {
        self.0.get(model::Condvar::new).notify_all();
    }
}
