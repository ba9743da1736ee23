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

use crate::engine::apply::name_step;
use crate::engine::{BackupProgress, Engine};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{Commit, GroupRange, Op, Reply, Stats};
use crate::os::{OpenMark, is_forked};
use crate::store::watch::Listeners;
use crate::watch::Hub;

/// A store: groups of keys with values, versions and expiries. Any thread may call it at any time.
pub struct Store {
    engine: Arc<dyn Engine>,
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
        let scope = [&self.scope, prefix].concat().into();
        Ok(Store::scoped(wrap(self.engine.clone()), self.hub.clone(), scope))
    }

    fn scoped(engine: Arc<dyn Engine>, hub: Arc<Hub>, scope: Box<[u8]>) -> Store {
        let listeners = Listeners::new(hub.clone());
        Store { engine, hub, scope, listeners, _open: OpenMark::new() }
    }

    /// Applies `ops` atomically; see [`Engine::commit`].
    pub fn commit(&self, ops: &[Op<'_>]) -> Result<(Commit, Vec<Reply>)> {
        validate(ops)?;
        let mut replies = vec![Reply::None; ops.len()];
        let commit = self.open_engine()?.commit(ops, &mut replies)?;
        Ok((commit, replies))
    }

    /// Returns figures of this moment; takes time with the number of entries.
    pub fn stats(&self) -> Result<Stats> {
        self.open_engine()?.stats(GroupRange::Prefix(b""))
    }

    /// Copies one snapshot of everything into a new file; see
    /// [`Care::backup`](crate::engine::Care::backup).
    pub fn backup(
        &self,
        path: &Path,
        progress: &mut dyn FnMut(BackupProgress) -> bool,
    ) -> Result<()> {
        self.open_engine()?.backup(path, progress)
    }

    /// Gives unused space back to the file system.
    pub fn compact(&self) -> Result<()> {
        self.open_engine()?.compact()
    }

    /// Verifies everything stored; fails with [`ErrorKind::Corrupt`] and what is wrong.
    pub fn check(&self) -> Result<()> {
        self.open_engine()?.check()
    }

    /// Returns once every acknowledged write would survive a loss of power.
    pub fn flush(&self) -> Result<()> {
        self.open_engine()?.flush()
    }

    /// Refuses all further writes until the store is reopened.
    pub fn poison(&self) {
        self.engine.poison();
    }

    /// Applies a batch of one and returns its reply, or the version that refused it.
    fn commit_one(&self, op: Op<'_>) -> Result<Result<Reply, u64>> {
        validate(&[op])?;
        let mut replies = [Reply::None];
        let commit = self.open_engine()?.commit(&[op], &mut replies)?;
        let [reply] = replies;
        Ok(match commit {
            Commit::Applied => Ok(reply),
            Commit::Refused { version, .. } => Err(version),
        })
    }

    /// Answers whether an entry can be in both stores: they are of one engine, and one of them sees
    /// the groups of the other.
    pub(crate) fn overlaps(&self, other: &Store) -> bool {
        let is_within = self.scope.starts_with(&other.scope);
        Arc::ptr_eq(&self.hub, &other.hub) && (is_within || other.scope.starts_with(&self.scope))
    }

    /// Returns the engine, if this process may use it.
    pub(crate) fn open_engine(&self) -> Result<&dyn Engine> {
        if is_forked() {
            let message = "the store was opened before this process was forked off";
            return Err(Error::new(ErrorKind::Forked, message));
        }
        Ok(&*self.engine)
    }
}

impl Drop for Store {
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
