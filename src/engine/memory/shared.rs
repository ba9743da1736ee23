//! The rows of a store in memory with what every write needs. The engine and its purge share it.

use std::sync::Arc;

use parking_lot::{Mutex, MutexGuard};

use crate::call::{CallContext, UNBOUND};
use crate::clock::Clock;
use crate::engine::PURGE_STEP;
use crate::engine::apply::BatchApplier;
use crate::engine::changes::Changes;
use crate::engine::memory::options::MemoryOptions;
use crate::engine::memory::purge_thread::PurgeThread;
use crate::engine::memory_budget::MemoryBudget;
use crate::engine::rows::{Draft, RowBuffer, RowStore, Rows};
use crate::engine::stop::Stop;
use crate::error::Result;
use crate::model::{GroupRange, Observer, VersionClock};

/// The shared part of the engine.
pub(super) struct Shared {
    pub(super) store: RowStore,
    pub(super) purge_thread: PurgeThread,
    pub(super) max_memory: MemoryBudget,
    writer: Mutex<Writer>,
}

/// The part of the engine that one thread uses at a time, to write.
#[derive(Default)]
pub(super) struct Writer {
    pub(super) versions: VersionClock,
    buffer: RowBuffer,
    /// Whether the purge thread exists.
    is_purged: bool,
}

impl Shared {
    /// Returns an empty store. Fails if the options contradict each other.
    pub(super) fn new(
        name: &str,
        options: MemoryOptions,
        clock: Arc<dyn Clock>,
        observer: Arc<dyn Observer>,
    ) -> Result<Self> {
        let limits = options.cache.limits.over(options.max_memory.row_limits()?)?;
        let default_expiry = options.cache.default_expiry();
        let (rows, slow) = (Rows::new(limits), options.slow);
        let store = RowStore::new(name, slow, rows, limits, default_expiry, clock, observer);
        // A write takes about as long as two reads of the clock.
        store.counters.calls.sample_writes();
        Ok(Shared {
            store,
            purge_thread: PurgeThread::new(options.purge_interval),
            max_memory: options.max_memory,
            writer: Mutex::default(),
        })
    }

    /// Runs `work` on a draft of the rows, and makes its changes unless it fails.
    pub(super) fn transaction<R>(
        self: &Arc<Self>,
        call: &CallContext,
        work: impl FnOnce(&mut BatchApplier<'_, Draft<'_>>) -> Result<R>,
    ) -> Result<R> {
        let RowStore { observer, counters, clock, default_expiry, .. } = &self.store;
        let mut changes = Changes::new(observer.clone());
        let mut writer = self.lock_writer(call)?;
        let Writer { versions, buffer, .. } = &mut *writer;
        let rows = self.store.rows();
        let mut draft = Draft::new(&rows, call, buffer, &self.store.streams);
        let now = clock.now();
        let mut applier =
            BatchApplier::new(&mut draft, versions, now, &mut changes, *default_expiry);
        let outcome = work(&mut applier)?;
        counters.evictions.add(applier.evictions());
        let edits = draft.into_edits();
        drop(rows);
        let changes = changes.take();
        let has_expiries = self.store.apply(edits, &changes);
        let is_unpurged = self.purge_thread.is_wanted() && !writer.is_purged;
        let begins_purge = is_unpurged && has_expiries;
        writer.is_purged |= begins_purge;
        drop(writer);
        if begins_purge {
            self.begin_purge();
        }
        observer.call_back(&changes);
        Ok(outcome)
    }

    /// Removes at most `limit` expired entries of `range`; returns how many.
    pub(super) fn expire(
        self: &Arc<Self>,
        call: &CallContext,
        range: GroupRange<'_>,
        limit: usize,
    ) -> Result<u64> {
        self.store.poison.check()?;
        let removed = self.transaction(call, |applier| applier.expire(range, limit))?;
        self.store.counters.expirations.add(removed);
        Ok(removed)
    }

    fn begin_purge(self: &Arc<Self>) {
        let shared = self.clone();
        if !self.purge_thread.spawn(move |stop| shared.purge(stop)) {
            // The next write tries again.
            self.writer.lock().is_purged = false;
        }
    }

    /// Purges the expired entries in small steps, between which others write. Returns whether an
    /// entry is left that has an expiry; otherwise the thread ends.
    fn purge(self: &Arc<Self>, stop: &Stop) -> bool {
        // A poisoned store keeps its entries.
        self.store.purge(
            || !stop.is_requested(),
            || self.expire(&UNBOUND, GroupRange::Prefix(b""), PURGE_STEP),
        );
        let mut writer = self.writer.lock();
        writer.is_purged = self.store.rows().has_expiries();
        writer.is_purged
    }

    /// Returns the writer, while no other thread writes.
    pub(super) fn lock_writer(&self, call: &CallContext) -> Result<MutexGuard<'_, Writer>> {
        call.lock(|| self.writer.lock(), |until| self.writer.try_lock_until(until))
    }
}

#[cfg(test)]
mod tests {
    use std::thread;
    use std::time::{Duration, Instant};

    use super::*;
    use crate::clock::{ManualClock, Timestamp};
    use crate::model::{Change, Condition, Group, Key, Op, Reply, SetExpiry, Version};

    struct NoopObserver;

    impl Observer for NoopObserver {
        fn is_idle(&self) -> bool {
            true
        }

        fn wants(&self, _: Group<'_>, _: Option<Key<'_>>) -> bool {
            false
        }

        fn publish(&self, _: &[Arc<Change>]) {}

        fn publish_gap(&self, _: u64, _: Version) {}

        fn publish_hint(&self) {}

        fn call_back(&self, _: &[Arc<Change>]) {}
    }

    fn set(shared: &Arc<Shared>, key: &[u8], ttl_ms: i64) {
        let (group, key) = (Group::new(b"").expect("a group"), Key::new(key).expect("a key"));
        let (condition, expiry) = (Condition::Any, SetExpiry::After(ttl_ms));
        let op = Op::Set { group, key, value: b"", condition, expiry };
        let apply = |applier: &mut BatchApplier<'_, Draft<'_>>| {
            applier.apply(&[op], &mut [Reply::default()])
        };
        shared.transaction(&UNBOUND, apply).expect("a commit");
    }

    fn wait_until_unpurged(shared: &Shared) {
        let deadline = Instant::now() + Duration::from_secs(20);
        while shared.writer.lock().is_purged {
            assert!(Instant::now() < deadline, "the thread has not ended");
            thread::sleep(Duration::from_millis(1));
        }
    }

    #[test]
    fn the_purge_thread_exists_while_an_entry_has_an_expiry() {
        let clock = Arc::new(ManualClock::new(Timestamp::from_micros(0)));
        let purge_interval = Duration::from_millis(1);
        let options = MemoryOptions { purge_interval, ..MemoryOptions::default() };
        let shared = Shared::new("memory:", options, clock.clone(), Arc::new(NoopObserver))
            .expect("a store");
        let shared = Arc::new(shared);
        set(&shared, b"for ever", 0);
        assert!(!shared.writer.lock().is_purged);
        for _ in 0..3 {
            for key in 0..1_000_u32 {
                set(&shared, &key.to_be_bytes(), 10);
            }
            assert!(shared.writer.lock().is_purged);
            clock.advance(10);

            wait_until_unpurged(&shared);

            assert!(!shared.store.rows().has_expiries());
            let all = GroupRange::Prefix(b"");
            assert_eq!(shared.store.entries().count_live(&UNBOUND, all, clock.now()), Ok(1));
        }
        shared.purge_thread.end();
    }
}
