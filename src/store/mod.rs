//! The store: a method for each operation of an engine.

mod batch;
mod changes;
mod expire;
mod read;
mod scan;
mod transaction;
mod write;

pub use batch::Batch;
pub use expire::Ttl;
pub use transaction::{TRANSACTION_LEN_MAX, Transaction};
pub use write::{Delete, Put};

use std::path::Path;
use std::sync::Arc;

use crate::call::CallContext;
use crate::engine::apply::name_step;
use crate::engine::{BackupProgress, Engine};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{Commit, GroupRange, Op, Reply, Stats, Version};
use crate::os::{OpenMark, is_forked};
use crate::watch::{Hub, Subscribers};

/// A store: groups of keys with values, versions and expiries. Any thread may call it at any time.
pub struct Store {
    /// Dropped before the engine.
    shared: Arc<Shared>,
    engine: Arc<dyn Engine>,
    /// The context of its calls.
    call: CallContext,
}

/// The part that a store and those bound to it have in common.
struct Shared {
    subscribers: Arc<Subscribers>,
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

    /// Applies `ops` atomically; see [`Engine::commit`].
    pub fn commit(&self, ops: &[Op<'_>]) -> Result<(Commit, Vec<Reply>)> {
        validate(ops)?;
        let mut replies = vec![Reply::None; ops.len()];
        let commit = self.open_engine()?.commit(&self.call, ops, &mut replies)?;
        Ok((commit, replies))
    }

    /// Returns the figures of this moment; the time it takes grows with the number of entries.
    pub fn stats(&self) -> Result<Stats> {
        self.open_engine()?.stats(&self.call, GroupRange::Prefix(b""))
    }

    /// Copies one snapshot of everything into a new file; see
    /// [`Maintenance::backup`](crate::engine::Maintenance::backup).
    pub fn backup(
        &self,
        path: &Path,
        progress: &mut dyn FnMut(BackupProgress) -> bool,
    ) -> Result<()> {
        self.open_engine()?.backup(&self.call, path, progress)
    }

    /// Returns unused space to the file system.
    pub fn compact(&self) -> Result<()> {
        self.open_engine()?.compact(&self.call)
    }

    /// Verifies everything stored; fails with [`ErrorKind::Corrupt`] and a message that names the
    /// fault.
    pub fn check(&self) -> Result<()> {
        self.open_engine()?.check(&self.call)
    }

    /// Returns once every acknowledged write survives a loss of power.
    pub fn flush(&self) -> Result<()> {
        self.open_engine()?.flush(&self.call)
    }

    /// Refuses all further writes until the store is reopened.
    pub fn poison(&self) {
        self.engine.poison();
    }

    /// Applies a batch of one.
    fn commit_one(&self, op: Op<'_>) -> Result<Outcome> {
        validate(&[op])?;
        let mut replies = [Reply::None];
        let commit = self.open_engine()?.commit(&self.call, &[op], &mut replies)?;
        let [reply] = replies;
        Ok(match commit {
            Commit::Applied => Outcome::Applied(reply),
            Commit::Refused { version, .. } => Outcome::Conflict(version),
        })
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
            let message = "the store was opened before this process was forked";
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

/// The outcome of a batch of one.
enum Outcome {
    /// The batch was applied, with this reply.
    Applied(Reply),
    /// The condition did not hold: the entry is at this version, 0 if there is none.
    Conflict(Version),
}

fn validate(ops: &[Op<'_>]) -> Result<()> {
    ops.iter().try_for_each(Op::validate).map_err(|error| name_step(error, ops))
}

/// Returns the error of a reply that does not fit its step, which is a bug of the engine.
fn unexpected(reply: Reply) -> Error {
    Error::new(ErrorKind::Panic, format!("the engine answered with {reply:?}"))
}
