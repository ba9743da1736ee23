//! Functions that run in the thread that has written.
//!
//! A callback may write, and so cause changes that all callbacks hear of, itself among them. These
//! are dispatched once the changes before them are through, not in the middle: everyone hears of
//! changes in order, and no chain of writes can exhaust the stack.

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
pub struct Callbacks {
    list: RwLock<Arc<List>>,
}

thread_local! {
    /// What this thread has yet to dispatch; `None` while it dispatches nothing.
    static PENDING: RefCell<Option<VecDeque<Dispatch>>> = const { RefCell::new(None) };
}

impl Callbacks {
    /// Answers whether there is none.
    pub fn is_empty(&self) -> bool {
        self.list.read().is_empty()
    }

    /// Adds a callback at the end.
    pub fn insert(&self, number: Number, callback: Callback) {
        let callback = (number, Arc::new(callback));
        let mut list = self.list.write();
        *list = Arc::new(list.iter().cloned().chain([callback]).collect());
    }

    /// Removes those of `numbers`. A dispatch that is under way still calls them; they are dropped
    /// when it is done. Dropping runs the owner's code, so no lock is held then.
    pub fn remove(&self, numbers: &[Number]) {
        let mut list = self.list.write();
        let left = list.iter().filter(|(number, _)| !numbers.contains(number)).cloned();
        let left = Arc::new(left.collect());
        let old = std::mem::replace(&mut *list, left);
        drop(list);
        drop(old);
    }

    /// Calls every callback with every change. Inside a callback of this thread it only notes
    /// them, for when the changes before them are through.
    pub fn dispatch(&self, changes: &[Arc<Change>]) {
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

/// A list as it was when its changes were committed.
#[derive(Default)]
struct Dispatch {
    list: Arc<List>,
    changes: Vec<Arc<Change>>,
}

impl Dispatch {
    fn run(self) {
        for change in &self.changes {
            for (_, callback) in self.list.iter() {
                // The change is committed, and the other callbacks have a right to hear of it. The
                // panic was printed when it happened.
                let panic = catch_unwind(AssertUnwindSafe(|| callback(change)));
                if let Err(payload) = panic {
                    let _ = catch_unwind(AssertUnwindSafe(|| drop(payload)));
                }
            }
        }
    }
}

/// Answers whether this thread is inside a callback.
pub fn is_calling_back() -> bool {
    // A thread that is ending calls nobody back.
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

    /// Registers a callback that notes its name and the version, then does `more`.
    fn note(
        callbacks: &Callbacks,
        number: Number,
        heard: &Arc<Mutex<Vec<(Number, Version)>>>,
        more: impl Fn(Version) + Send + Sync + 'static,
    ) {
        let heard = heard.clone();
        let callback = move |change: &Change| {
            heard.lock().push((number, change.version()));
            more(change.version());
        };
        callbacks.insert(number, Box::new(callback));
    }

    #[test]
    fn changes_that_a_callback_causes_are_told_after_those_before_them() {
        let (callbacks, heard) = (Arc::new(Callbacks::default()), Arc::default());
        let inner = callbacks.clone();
        note(&callbacks, 1, &heard, move |version| {
            if version < 3 {
                inner.dispatch(&[change(version + 1)]);
            }
        });
        note(&callbacks, 2, &heard, |_| ());

        callbacks.dispatch(&[change(1)]);

        assert_eq!(*heard.lock(), [(1, 1), (2, 1), (1, 2), (2, 2), (1, 3), (2, 3)]);
        assert!(!is_calling_back());
    }

    #[test]
    fn a_callback_that_panics_keeps_nothing_from_the_others() {
        let (callbacks, heard) = (Callbacks::default(), Arc::default());
        note(&callbacks, 1, &heard, |_| panic!("planted"));
        note(&callbacks, 2, &heard, |_| ());

        callbacks.dispatch(&[change(1), change(2)]);

        assert_eq!(*heard.lock(), [(1, 1), (2, 1), (1, 2), (2, 2)]);
        assert!(!is_calling_back());
    }

    #[test]
    fn the_list_is_fixed_when_the_dispatch_starts() {
        let (callbacks, heard) = (Arc::new(Callbacks::default()), Arc::default());
        let (inner, theirs) = (callbacks.clone(), Arc::clone(&heard));
        note(&callbacks, 1, &heard, move |_| {
            inner.remove(&[1, 2]);
            note(&inner, 3, &theirs, |_| ());
        });
        note(&callbacks, 2, &heard, |_| ());

        callbacks.dispatch(&[change(1)]);
        callbacks.dispatch(&[change(2)]);

        assert_eq!(*heard.lock(), [(1, 1), (2, 1), (3, 2)]);
    }
}
