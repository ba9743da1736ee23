//! The standard library with loom's threads, atomics and cells, for the sources that tests/loom
//! models.
//!
//! loom's objects belong to one execution of a model, while the library has statics. So each object
//! here makes loom's when it is first used in an execution. loom treats SeqCst as AcqRel; a fence
//! before and after each such access has the order back.

pub use ::std::*;

use ::std::sync::atomic::{AtomicBool as Flag, AtomicU64 as Count, Ordering::SeqCst};
use ::std::sync::{Arc, Mutex};

static EXECUTION: Count = Count::new(0);
static WEAKENED: Flag = Flag::new(false);
static SHARED_CELLS: Flag = Flag::new(false);

/// Begins an execution of a model.
pub fn begin_execution() {
    EXECUTION.fetch_add(1, SeqCst);
}

/// Plants a fault: all atomics are relaxed.
pub fn weaken(weakened: bool) {
    WEAKENED.store(weakened, SeqCst);
}

/// Sets whether a cell is read by several threads at once; otherwise each access is a write.
pub fn share_cells(shared: bool) {
    SHARED_CELLS.store(shared, SeqCst);
}

/// An object of loom, made when it is first used in an execution.
pub struct OfExecution<T>(Mutex<Option<(u64, Arc<T>)>>);

impl<T> OfExecution<T> {
    /// Returns an object that is not made yet.
    pub const fn new() -> Self {
        OfExecution(Mutex::new(None))
    }

    /// Returns the object of this execution.
    pub fn get(&self, make: impl FnOnce() -> T) -> Arc<T> {
        let execution = EXECUTION.load(SeqCst);
        let mut made = self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        match &*made {
            Some((of, object)) if *of == execution => object.clone(),
            _ => made.insert((execution, Arc::new(make()))).1.clone(),
        }
    }
}

impl<T> Default for OfExecution<T> {
    fn default() -> Self {
        OfExecution::new()
    }
}

pub mod thread {
    pub use ::loom::thread::yield_now;
    pub use ::std::thread::*;
}

pub mod hint {
    pub use ::loom::hint::spin_loop;
    pub use ::std::hint::*;
}

pub mod cell {
    use super::OfExecution;
    pub use ::std::cell::*;
    use ::std::sync::atomic::Ordering::SeqCst;

    /// A cell whose accesses loom orders: two that can overlap are an error.
    pub struct UnsafeCell<T> {
        accesses: OfExecution<::loom::cell::UnsafeCell<()>>,
        value: ::std::cell::UnsafeCell<T>,
    }

    impl<T> UnsafeCell<T> {
        pub const fn new(value: T) -> Self {
            UnsafeCell { accesses: OfExecution::new(), value: ::std::cell::UnsafeCell::new(value) }
        }

        pub fn get(&self) -> *mut T {
            let accesses = self.accesses.get(|| ::loom::cell::UnsafeCell::new(()));
            match super::SHARED_CELLS.load(SeqCst) {
                true => accesses.with(|_| ()),
                false => accesses.with_mut(|_| ()),
            }
            self.value.get()
        }
    }
}

pub mod sync {
    pub use ::std::sync::*;

    pub mod atomic {
        pub use ::std::sync::atomic::Ordering;

        use crate::{OfExecution, WEAKENED};
        use ::loom::sync::atomic as loom;

        /// A fence, which planted faults leave out.
        pub fn fence(order: Ordering) {
            if !WEAKENED.load(Ordering::SeqCst) {
                loom::fence(order);
            }
        }

        /// Runs an access with its order.
        fn access<R>(order: Ordering, run: impl FnOnce(Ordering) -> R) -> R {
            if WEAKENED.load(Ordering::SeqCst) {
                return run(Ordering::Relaxed);
            }
            if order != Ordering::SeqCst {
                return run(order);
            }
            loom::fence(Ordering::SeqCst);
            let result = run(order);
            loom::fence(Ordering::SeqCst);
            result
        }

        macro_rules! atomic {
            ($name:ident, $value:ty $(, $of:ident)?) => {
                pub struct $name$(<$of>)? {
                    initial: $value,
                    object: OfExecution<loom::$name$(<$of>)?>,
                }

                // A pointer may be sent as an atomic one of the standard library may.
                unsafe impl$(<$of>)? Send for $name$(<$of>)? {}
                unsafe impl$(<$of>)? Sync for $name$(<$of>)? {}

                impl$(<$of>)? ::std::fmt::Debug for $name$(<$of>)? {
                    fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                        f.write_str(stringify!($name))
                    }
                }

                impl$(<$of>)? $name$(<$of>)? {
                    pub const fn new(initial: $value) -> Self {
                        $name { initial, object: OfExecution::new() }
                    }

                    fn object(&self) -> ::std::sync::Arc<loom::$name$(<$of>)?> {
                        self.object.get(|| loom::$name::new(self.initial))
                    }

                    pub fn load(&self, order: Ordering) -> $value {
                        access(order, |order| self.object().load(order))
                    }

                    pub fn store(&self, value: $value, order: Ordering) {
                        access(order, |order| self.object().store(value, order))
                    }

                    pub fn swap(&self, value: $value, order: Ordering) -> $value {
                        access(order, |order| self.object().swap(value, order))
                    }

                    pub fn compare_exchange(
                        &self,
                        old: $value,
                        new: $value,
                        order: Ordering,
                        failed: Ordering,
                    ) -> Result<$value, $value> {
                        let failed = if WEAKENED.load(Ordering::SeqCst) { Ordering::Relaxed } else { failed };
                        access(order, |order| self.object().compare_exchange(old, new, order, failed))
                    }

                    pub fn compare_exchange_weak(
                        &self,
                        old: $value,
                        new: $value,
                        order: Ordering,
                        failed: Ordering,
                    ) -> Result<$value, $value> {
                        self.compare_exchange(old, new, order, failed)
                    }
                }
            };
        }

        macro_rules! number {
            ($name:ident, $value:ty) => {
                atomic!($name, $value);

                impl $name {
                    pub fn fetch_add(&self, value: $value, order: Ordering) -> $value {
                        access(order, |order| self.object().fetch_add(value, order))
                    }

                    pub fn fetch_sub(&self, value: $value, order: Ordering) -> $value {
                        access(order, |order| self.object().fetch_sub(value, order))
                    }

                    pub fn fetch_update(
                        &self,
                        order: Ordering,
                        failed: Ordering,
                        next: impl FnMut($value) -> Option<$value>,
                    ) -> Result<$value, $value> {
                        access(order, |order| self.object().fetch_update(order, failed, next))
                    }
                }

                impl Default for $name {
                    fn default() -> Self {
                        $name::new(0)
                    }
                }
            };
        }

        number!(AtomicI64, i64);
        number!(AtomicU32, u32);
        number!(AtomicU64, u64);
        number!(AtomicUsize, usize);
        atomic!(AtomicBool, bool);
        atomic!(AtomicPtr, *mut T, T);
    }
}
