//! A store: an engine, the hub of its changes, and the context of its calls.

use std::sync::Arc;

use crate::call::CallContext;
use crate::engine::Engine;
use crate::error::{Error, ErrorKind, Result};
use crate::os::{OpenMark, is_forked};
use crate::watch::{Hub, Subscribers};

/// A store: groups of keys with values, versions and expiries. Any thread may call it at any time.
pub struct Store {
    /// Dropped before the engine.
    pub(super) shared: Arc<Shared>,
    pub(super) engine: Arc<dyn Engine>,
    /// The context of its calls.
    pub(super) call: CallContext,
}

/// The part that a store and those bound to it have in common.
pub(super) struct Shared {
    pub(super) subscribers: Arc<Subscribers>,
    _open: OpenMark,
}

impl Store {
    /// Returns a store on `engine`, which publishes its changes to `hub`.
    pub fn new(engine: Arc<dyn Engine>, hub: Arc<Hub>) -> Self {
        let shared = Shared { subscribers: Subscribers::new(hub), _open: OpenMark::new() };
        Store { engine, shared: Arc::new(shared), call: CallContext::default() }
    }

    /// Returns a store on the engine that `wrap` returns for this store's engine.
    pub(crate) fn wrapped(
        &self,
        wrap: impl FnOnce(Arc<dyn Engine>) -> Arc<dyn Engine>,
    ) -> Result<Store> {
        self.open_engine()?;
        Ok(Store::new(wrap(self.engine.clone()), self.shared.subscribers.hub().clone()))
    }

    /// Returns this store bound to a context, whose deadline and cancel end calls through the
    /// returned store. Both share their watches and callbacks; a scope of a bound store is not
    /// bound.
    pub fn bind(&self, call: &CallContext) -> Store {
        let (engine, shared) = (self.engine.clone(), self.shared.clone());
        Store { engine, shared, call: call.clone() }
    }

    /// Returns whether an entry can be in both stores: they are of one engine, and one of them sees
    /// the groups of the other.
    pub(crate) fn overlaps(&self, other: &Store) -> bool {
        let (own, theirs) = (self.engine.prefix(), other.engine.prefix());
        let is_one_engine =
            Arc::ptr_eq(self.shared.subscribers.hub(), other.shared.subscribers.hub());
        is_one_engine && (own.starts_with(theirs) || theirs.starts_with(own))
    }

    /// Returns the engine; fails in a forked child, and if the call is cancelled or its deadline
    /// has passed.
    pub(crate) fn open_engine(&self) -> Result<&dyn Engine> {
        if is_forked() {
            let message = "the store was opened before this process was forked: close it before \
                           the fork, or start a new program (exec) in the child";
            return Err(Error::new(ErrorKind::Forked, message));
        }
        self.call.check()?;
        Ok(&*self.engine)
    }

    /// Returns the context of the calls.
    pub(crate) fn call(&self) -> &CallContext {
        &self.call
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.subscribers.close_all();
    }
}
