//! Exclusive writes: each has the write connection alone.

use std::time::Instant;

use crate::call::{CallContext, UNBOUND};
use crate::engine::group::Work;
use crate::engine::group::ended;
use crate::engine::sqlite::eviction::lru::{LruOrder, WRITE_STEP};
use crate::engine::sqlite::file::free_space;
use crate::engine::sqlite::native::begin_waits;
use crate::engine::sqlite::write::session::WriteSession;
use crate::engine::sqlite::write::transaction::Transaction;
use crate::engine::sqlite::write::writer::Writer;
use crate::engine::write_queue::Role;
use crate::error::{Error, ErrorKind, Result};
use crate::model::GroupRange;

impl Writer {
    /// Purges at most `limit` expired entries of `range` in one transaction; returns how many.
    pub(crate) fn expire(
        &self,
        call: &CallContext,
        range: GroupRange<'_>,
        limit: usize,
    ) -> Result<u64> {
        self.remove(call, |transaction| transaction.remove_expired(range, self.clock.now(), limit))
    }

    /// Removes about `limit` entries of a file that is over its limits; returns how many.
    pub(crate) fn shrink(&self, limit: usize) -> Result<u64> {
        self.remove(&UNBOUND, |transaction| transaction.shrink(self.clock.now(), limit))
    }

    /// Runs `remove` in a transaction of its own, publishes its changes and calls back.
    fn remove(
        &self,
        call: &CallContext,
        remove: impl FnOnce(&mut Transaction<'_>) -> Result<u64>,
    ) -> Result<u64> {
        let (removed, changes) = self.alone(call, |session| {
            let mut transaction = session.begin(&*self.clock)?;
            let removed = remove(&mut transaction)?;
            Ok((removed, self.finish(&mut transaction)?))
        })?;
        self.publisher.observer().call_back(&changes);
        Ok(removed)
    }

    /// Writes the pending accesses into the LRU order, in small steps.
    pub(crate) fn write_accesses(&self, lru: &LruOrder) -> Result<()> {
        let pending = lru.pending();
        for some in pending.chunks(WRITE_STEP) {
            self.alone(&UNBOUND, |session| session.write_accesses(&*self.clock, some))?;
        }
        Ok(())
    }

    /// Trims some of the oldest changes from the change log; returns whether there may be more.
    pub(crate) fn trim_log(&self) -> Result<bool> {
        self.alone(&UNBOUND, |session| session.trim_log(&*self.clock))
    }

    /// Returns at most `pages` free pages to the file system, in one transaction; returns how many.
    pub(crate) fn give_back(&self, pages: u64) -> Result<u64> {
        self.alone(&UNBOUND, |session| {
            let mut transaction = session.begin(&*self.clock)?;
            let given = free_space::give_back(transaction.connection(), pages)?;
            self.finish(&mut transaction)?;
            Ok(given)
        })
    }

    /// Runs `work` on the write connection while no other thread of this process writes. A cancel
    /// of `call` ends it until its first commit.
    pub(crate) fn alone<R>(
        &self,
        call: &CallContext,
        work: impl FnOnce(&mut WriteSession) -> Result<R>,
    ) -> Result<R> {
        let began = Instant::now();
        let _leader = match self.queue.join(call, None, || Work::Exclusive) {
            Ok(Role::Leader(leader)) => leader,
            // No leader takes exclusive work over.
            Ok(Role::Follower(report)) => return Err(report.err().unwrap_or_else(unexpected)),
            Err(withdrawn) => return Err(ended(withdrawn)),
        };
        call.check()?;
        begin_waits(began.elapsed());
        let mut session = self.session.lock();
        session.bind(call)?;
        // For statements that begin no transaction of this session.
        let durability = session.durability;
        let result = session.apply_durability(durability).and_then(|()| work(&mut session));
        session.unbind();
        result.map_err(|error| call.explain(error))
    }

    /// Waits until all commits so far would survive a loss of power.
    pub(crate) fn sync(&self, call: &CallContext) -> Result<()> {
        self.alone(call, |session| session.sync(&*self.clock))
    }

    /// Records the newest version in the file, for the process that opens it next.
    pub(crate) fn record_newest(&self) -> Result<()> {
        self.alone(&UNBOUND, |session| session.record_newest(&*self.clock))
    }
}

fn unexpected() -> Error {
    Error::new(ErrorKind::Poisoned, "a leader has taken over work that needs the connection alone")
}
