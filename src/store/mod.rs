//! The API people came for: an engine with every operation spelled out.

mod backlog;
mod batch;
mod expire;
mod read;
mod scan;
mod transaction;
mod watch;
mod write;

pub use batch::Batch;
pub use expire::Ttl;
pub use transaction::{TRANSACTION_LEN_MAX, Transaction};
pub use watch::{
    Registration, Start, WATCH_CAPACITY_DEFAULT, WATCH_CAPACITY_MAX, WATCH_CAPACITY_MIN, Watch,
};
pub use write::Put;

use std::path::Path;
use std::sync::Arc;

use crate::call::CallContext;
use crate::engine::apply::name_step;
use crate::engine::{BackupProgress, Engine};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{Commit, GroupRange, Op, Reply, Stats};
use crate::os::{OpenMark, is_forked};
use crate::store::watch::Listeners;
use crate::watch::Hub;

/// A store: groups of keys with values, versions and expiries. Any thread may call it at any time.
pub struct Store {
    /// Ends before the engine does.
    shared: Arc<Shared>,
    engine: Arc<dyn Engine>,
    /// The limits of its calls.
    call: CallContext,
}

/// The part that a store and those bound to it have in common.
struct Shared {
    hub: Arc<Hub>,
    /// What the names of all groups begin with in the eyes of the hub; empty for all.
    scope: Box<[u8]>,
    listeners: Arc<Listeners>,
    _open: OpenMark,
}

impl Store {
    /// Returns a store on `engine`, which tells `hub` of its commits.
    pub fn new(engine: Arc<dyn Engine>, hub: Arc<Hub>) -> Self {
        Store::scoped(engine, hub, Box::default())
    }

    /// Returns a store on what `wrap` makes of the engine, which sees only groups whose names begin
    /// with `prefix`.
    pub(crate) fn narrow(
        &self,
        prefix: &[u8],
        wrap: impl FnOnce(Arc<dyn Engine>) -> Arc<dyn Engine>,
    ) -> Result<Store> {
        self.open_engine()?;
        let scope = [&self.shared.scope, prefix].concat().into();
        Ok(Store::scoped(wrap(self.engine.clone()), self.shared.hub.clone(), scope))
    }

    /// Returns this store bound to a context: the same store, the deadline and cancel of which end
    /// calls through the store returned. Watches and callbacks of the one are those of the other;
    /// a scope of a bound store is not bound.
    pub fn bind(&self, call: &CallContext) -> Store {
        let (engine, shared) = (self.engine.clone(), self.shared.clone());
        Store { engine, shared, call: call.clone() }
    }

    fn scoped(engine: Arc<dyn Engine>, hub: Arc<Hub>, scope: Box<[u8]>) -> Store {
        let listeners = Listeners::new(hub.clone());
        let shared = Shared { hub, scope, listeners, _open: OpenMark::new() };
        Store { engine, shared: Arc::new(shared), call: CallContext::default() }
    }

    /// Applies `ops` atomically; see [`Engine::commit`].
    pub fn commit(&self, ops: &[Op<'_>]) -> Result<(Commit, Vec<Reply>)> {
        validate(ops)?;
        let mut replies = vec![Reply::None; ops.len()];
        let commit = self.open_engine()?.commit(&self.call, ops, &mut replies)?;
        Ok((commit, replies))
    }

    /// Returns figures of this moment; takes time with the number of entries.
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

    /// Gives unused space back to the file system.
    pub fn compact(&self) -> Result<()> {
        self.open_engine()?.compact(&self.call)
    }

    /// Verifies everything stored; fails with [`ErrorKind::Corrupt`] and what is wrong.
    pub fn check(&self) -> Result<()> {
        self.open_engine()?.check(&self.call)
    }

    /// Returns once every acknowledged write would survive a loss of power.
    pub fn flush(&self) -> Result<()> {
        self.open_engine()?.flush(&self.call)
    }

    /// Refuses all further writes until the store is reopened.
    pub fn poison(&self) {
        self.engine.poison();
    }

    /// Applies a batch of one and returns its reply, or the version that refused it.
    fn commit_one(&self, op: Op<'_>) -> Result<Result<Reply, u64>> {
        validate(&[op])?;
        let mut replies = [Reply::None];
        let commit = self.open_engine()?.commit(&self.call, &[op], &mut replies)?;
        let [reply] = replies;
        Ok(match commit {
            Commit::Applied => Ok(reply),
            Commit::Refused { version, .. } => Err(version),
        })
    }

    /// Answers whether an entry can be in both stores: they are of one engine, and one of them sees
    /// the groups of the other.
    pub(crate) fn overlaps(&self, other: &Store) -> bool {
        let (own, other) = (&self.shared, &other.shared);
        let is_within = own.scope.starts_with(&other.scope);
        Arc::ptr_eq(&own.hub, &other.hub) && (is_within || other.scope.starts_with(&own.scope))
    }

    /// Returns the engine, if this process may use it and the call is to begin.
    pub(crate) fn open_engine(&self) -> Result<&dyn Engine> {
        if is_forked() {
            let message = "the store was opened before this process was forked off";
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
        self.listeners.end();
    }
}

fn validate(ops: &[Op<'_>]) -> Result<()> {
    ops.iter().try_for_each(Op::validate).map_err(|error| name_step(error, ops))
}

/// A reply of another kind than its step asked for would be a bug of the engine.
fn unexpected(reply: Reply) -> Error {
    Error::new(ErrorKind::Panic, format!("the engine answered with {reply:?}"))
}
