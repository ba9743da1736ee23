//! Callbacks: functions that run in the thread that has committed a change.
//!
//! A callback may write. The changes of such a write go to all callbacks, the writing one included,
//! after the changes that are being dispatched: every callback receives the changes of a thread in
//! order, and no chain of writes can exhaust the stack.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use parking_lot::RwLock;

use crate::model::Change;
use crate::watch::index::Number;

/// A function that is called with every change.
pub type Callback = Box<dyn Fn(&Change) + Send + Sync>;

/// Callbacks in the order of their registration.
type List = Vec<(Number, Arc<Callback>)>;

/// The callbacks of one engine.
#[derive(Default)]
pub(super) struct Callbacks {
    list: RwLock<Arc<List>>,
}

thread_local! {
    /// The dispatches that this thread has yet to run; `None` while it runs none.
    static PENDING: RefCell<Option<VecDeque<Dispatch>>> = const { RefCell::new(None) };
}

impl Callbacks {
    /// Returns the number of callbacks.
    pub(super) fn len(&self) -> usize {
        self.list.read().len()
    }

    /// Returns whether there is no callback.
    pub(super) fn is_empty(&self) -> bool {
        self.list.read().is_empty()
    }

    /// Adds a callback at the end.
    pub(super) fn insert(&self, number: Number, callback: Callback) {
        let callback = (number, Arc::new(callback));
        let mut list = self.list.write();
        *list = Arc::new(list.iter().cloned().chain([callback]).collect());
    }

    /// Removes the callbacks with these numbers. A dispatch that is under way still calls them;
    /// they are dropped after it. Dropping a callback runs code of the program, so no lock is held
    /// then.
    pub(super) fn remove(&self, numbers: &[Number]) {
        let mut list = self.list.write();
        let left = list.iter().filter(|(number, _)| !numbers.contains(number)).cloned();
        let left = Arc::new(left.collect());
        let old = std::mem::replace(&mut *list, left);
        drop(list);
        drop(old);
    }

    /// Calls every callback with every change. Inside a callback of this thread it only queues the
    /// changes; they are dispatched after the changes before them.
    pub(super) fn dispatch(&self, changes: &[Arc<Change>]) {
        let list = self.list.read().clone();
        if list.is_empty() || changes.is_empty() {
            return;
        }
        let mut dispatch = Dispatch { list, changes: changes.to_vec() };
        let is_nested = PENDING.with_borrow_mut(|pending| match pending {
            Some(pending) => {
                pending.push_back(std::mem::take(&mut dispatch));
                true
            }
            None => {
                *pending = Some(VecDeque::new());
                false
            }
        });
        if is_nested {
            return;
        }
        let mut next = Some(dispatch);
        while let Some(dispatch) = next {
            dispatch.run();
            next = PENDING.with_borrow_mut(|pending| {
                let next = pending.as_mut().and_then(VecDeque::pop_front);
                if next.is_none() {
                    *pending = None;
                }
                next
            });
        }
    }
}

/// The changes of a commit, and the callbacks as they were when it was dispatched.
#[derive(Default)]
struct Dispatch {
    list: Arc<List>,
    changes: Vec<Arc<Change>>,
}

impl Dispatch {
    fn run(self) {
        for change in &self.changes {
            for (_, callback) in self.list.iter() {
                // The change is committed, so the other callbacks are called too. The panic hook
                // has already reported the panic.
                let panic = catch_unwind(AssertUnwindSafe(|| callback(change)));
                if let Err(payload) = panic {
                    let _ = catch_unwind(AssertUnwindSafe(|| drop(payload)));
                }
            }
        }
    }
}

/// Returns whether this thread is inside a callback.
pub fn is_calling_back() -> bool {
    // A thread whose thread-local values are already dropped runs no callback.
    PENDING.try_with(|pending| pending.borrow().is_some()).unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{ChangeKind, Group, Version};
    use parking_lot::Mutex;

    fn change(version: Version) -> Arc<Change> {
        let group = Group::new(b"g").expect("short");
        Arc::new(Change::new(ChangeKind::Set, group, b"k", b"v", version))
    }

    /// Registers a callback that records its number and the version, then does `more`.
    fn note(
        callbacks: &Callbacks,
        number: Number,
        received: &Arc<Mutex<Vec<(Number, Version)>>>,
        more: impl Fn(Version) + Send + Sync + 'static,
    ) {
        let received = received.clone();
        let callback = move |change: &Change| {
            received.lock().push((number, change.version()));
            more(change.version());
        };
        callbacks.insert(number, Box::new(callback));
    }

    #[test]
    fn changes_that_a_callback_causes_are_dispatched_after_those_before_them() {
        let (callbacks, received) = (Arc::new(Callbacks::default()), Arc::default());
        let inner = callbacks.clone();
        note(&callbacks, 1, &received, move |version| {
            if version < 3 {
                inner.dispatch(&[change(version + 1)]);
            }
        });
        note(&callbacks, 2, &received, |_| ());

        callbacks.dispatch(&[change(1)]);

        assert_eq!(*received.lock(), [(1, 1), (2, 1), (1, 2), (2, 2), (1, 3), (2, 3)]);
        assert!(!is_calling_back());
    }

    #[test]
    fn a_callback_that_panics_keeps_nothing_from_the_others() {
        let (callbacks, received) = (Callbacks::default(), Arc::default());
        note(&callbacks, 1, &received, |_| panic!("planted"));
        note(&callbacks, 2, &received, |_| ());

        callbacks.dispatch(&[change(1), change(2)]);

        assert_eq!(*received.lock(), [(1, 1), (2, 1), (1, 2), (2, 2)]);
        assert!(!is_calling_back());
    }

    #[test]
    fn the_list_is_fixed_when_the_dispatch_starts() {
        let (callbacks, received) = (Arc::new(Callbacks::default()), Arc::default());
        let (inner, theirs) = (callbacks.clone(), Arc::clone(&received));
        note(&callbacks, 1, &received, move |_| {
            inner.remove(&[1, 2]);
            note(&inner, 3, &theirs, |_| ());
        });
        note(&callbacks, 2, &received, |_| ());

        callbacks.dispatch(&[change(1)]);
        callbacks.dispatch(&[change(2)]);

        assert_eq!(*received.lock(), [(1, 1), (2, 1), (3, 2)]);
    }
}
