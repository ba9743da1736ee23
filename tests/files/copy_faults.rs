//! Targets that lose what they are given, and sources that fail: a copy must notice.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::support::{drain, group, key};
use kv::Hub;
use kv::{
    BackupSource, CallContext, CallCounters, ChangeLog, Commit, Condition, Copied, CopyOptions,
    Cursor, Durability, Engine, EntryInfo, EntryRef, Error, ErrorKind, Existing, ExpireOutcome,
    Group, GroupRange, Key, Maintenance, Medium, Metrics, Op, Query, Quotas, Reply, Result,
    ScanEntry, SetExpiry, Stats, Store, StoreUsage, Streams, SystemClock, Timestamp, ValueReader,
    WatchSnapshot,
};
use kv::{MemoryEngine, MemoryOptions};

const MANY: u32 = 1_000;

/// The fault of an engine.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Fault {
    None,
    /// One write of a batch is acknowledged and not made.
    DropsAWrite,
    /// The batch is acknowledged as a whole and not made.
    DropsABatch,
    /// The same, and every read about it returns success.
    LiesAboutABatch,
    /// One write is there when it is made, and gone later.
    ForgetsAWrite,
    /// A scan fails in the middle.
    FailsToRead,
    /// No two keys are written together, and no scan is long: no fault, but as on a cluster.
    HasNarrowBatches,
}

/// An engine that does one thing wrong, once, when the time has come.
struct Faulty {
    engine: MemoryEngine,
    fault: Fault,
    /// How many batches or entries are fine before.
    left: Arc<AtomicUsize>,
}

impl Faulty {
    fn is_due(&self, fault: Fault) -> bool {
        self.fault == fault && self.left.fetch_sub(1, Ordering::Relaxed) == 0
    }
}

fn is_set(op: &Op<'_>) -> bool {
    matches!(op, Op::Set { .. })
}

impl Engine for Faulty {
    fn medium(&self) -> Medium {
        self.engine.medium()
    }

    fn now(&self, call: &CallContext) -> Result<Timestamp> {
        self.engine.now(call)
    }

    fn default_expiry(&self) -> SetExpiry {
        self.engine.default_expiry()
    }

    fn get(
        &self,
        call: &CallContext,
        group: Group<'_>,
        key: Key<'_>,
        found: &mut dyn FnMut(EntryRef<'_>),
    ) -> Result<bool> {
        self.engine.get(call, group, key, found)
    }

    fn info(
        &self,
        call: &CallContext,
        group: Group<'_>,
        key: Key<'_>,
    ) -> Result<Option<EntryInfo>> {
        self.engine.info(call, group, key)
    }

    fn open_value(
        &self,
        call: &CallContext,
        group: Group<'_>,
        key: Key<'_>,
    ) -> Result<Option<Box<dyn ValueReader>>> {
        self.engine.open_value(call, group, key)
    }

    fn streams(&self) -> Option<&dyn Streams> {
        self.engine.streams()
    }

    fn scan(&self, call: &CallContext, query: Query<'_>) -> Result<Box<dyn Cursor>> {
        let cursor = self.engine.scan(call, query)?;
        match self.fault {
            Fault::FailsToRead => Ok(Box::new(Failing { cursor, left: self.left.clone() })),
            Fault::HasNarrowBatches => Err(Error::new(ErrorKind::Unsupported, "a long scan")),
            _ => Ok(cursor),
        }
    }

    fn count(&self, call: &CallContext, range: GroupRange<'_>) -> Result<u64> {
        self.engine.count(call, range)
    }

    fn commit(
        &self,
        call: &CallContext,
        durability: Option<Durability>,
        ops: &[Op<'_>],
        replies: &mut [Reply],
    ) -> Result<Commit> {
        if self.fault == Fault::HasNarrowBatches {
            let first = ops.first().and_then(Op::key);
            if ops.iter().any(|op| op.key() != first) {
                return Err(Error::new(ErrorKind::Unsupported, "keys in several places"));
            }
        }
        let Some(place) = ops.iter().position(is_set) else {
            return self.engine.commit(call, durability, ops, replies);
        };
        if self.is_due(Fault::DropsAWrite) {
            let mut fewer = ops.to_vec();
            fewer.remove(place);
            let mut theirs = vec![Reply::None; fewer.len()];
            let commit = self.engine.commit(call, durability, &fewer, &mut theirs);
            theirs.insert(place, Reply::Written { version: 7 });
            replies.clone_from_slice(&theirs);
            return commit;
        }
        let drops = self.is_due(Fault::DropsABatch);
        let lies = self.is_due(Fault::LiesAboutABatch);
        if drops || lies {
            let there = if lies { ExpireOutcome::Refused } else { ExpireOutcome::NotFound };
            for (op, reply) in ops.iter().zip(replies) {
                *reply = match is_set(op) {
                    true => Reply::Written { version: 7 },
                    false => Reply::Expire(there),
                };
            }
            return Ok(Commit::Applied);
        }
        let commit = self.engine.commit(call, durability, ops, replies)?;
        if self.is_due(Fault::ForgetsAWrite)
            && let Some(Op::Set { group, key, .. }) = ops.get(place)
        {
            let delete = Op::Delete { group: *group, key: *key, condition: Condition::Any };
            self.engine.commit(call, durability, &[delete], &mut [Reply::None])?;
        }
        Ok(commit)
    }

    fn expire(&self, call: &CallContext, range: GroupRange<'_>, limit: usize) -> Result<u64> {
        self.engine.expire(call, range, limit)
    }

    fn watch(
        &self,
        call: &CallContext,
        begin: &mut dyn FnMut(),
        existing: Option<Query<'_>>,
    ) -> Result<WatchSnapshot> {
        self.engine.watch(call, begin, existing)
    }

    fn change_log(&self) -> Option<&dyn ChangeLog> {
        self.engine.change_log()
    }

    fn snapshot(self: Arc<Self>, _: &CallContext) -> Result<Arc<dyn Engine>> {
        Err(Error::new(ErrorKind::Unsupported, "no copy takes one"))
    }
}

impl Maintenance for Faulty {
    fn stats(&self, call: &CallContext) -> Result<Stats> {
        self.engine.stats(call)
    }

    fn metrics(&self, call: &CallContext) -> Result<Metrics> {
        self.engine.metrics(call)
    }

    fn calls(&self) -> &CallCounters {
        self.engine.calls()
    }

    fn name(&self) -> &str {
        self.engine.name()
    }

    fn usage(&self, call: &CallContext, range: GroupRange<'_>) -> Result<StoreUsage> {
        self.engine.usage(call, range)
    }

    fn compact(&self, call: &CallContext) -> Result<()> {
        self.engine.compact(call)
    }

    fn check(&self, call: &CallContext) -> Result<()> {
        self.engine.check(call)
    }

    fn flush(&self, call: &CallContext) -> Result<()> {
        self.engine.flush(call)
    }

    fn poison(&self) {
        self.engine.poison();
    }

    fn quotas(&self) -> Option<&dyn Quotas> {
        self.engine.quotas()
    }

    fn backup_source(&self) -> Option<&dyn BackupSource> {
        self.engine.backup_source()
    }
}

/// A scan that fails after so many entries.
struct Failing {
    cursor: Box<dyn Cursor>,
    left: Arc<AtomicUsize>,
}

impl Cursor for Failing {
    fn next(&mut self) -> Result<Option<ScanEntry<'_>>> {
        if self.left.fetch_sub(1, Ordering::Relaxed) == 0 {
            return Err(Error::new(ErrorKind::Io, "the disk is gone"));
        }
        self.cursor.next()
    }
}

/// Returns a store that does something wrong after so many batches or entries.
fn store(fault: Fault, after: usize) -> Store {
    let hub = Arc::new(Hub::default());
    let clock = Arc::new(SystemClock);
    let engine =
        MemoryEngine::new(MemoryOptions::default(), clock, hub.clone()).expect("an engine");
    let left = Arc::new(AtomicUsize::new(after));
    Store::new(Arc::new(Faulty { engine, fault, left }), hub)
}

/// Returns a store with entries in two groups that does something wrong.
fn filled(fault: Fault, after: usize) -> Store {
    let store = store(fault, after);
    for id in 0..MANY {
        let name = if id < MANY / 2 { b"a" } else { b"b" };
        store.set(group(name), key(&id.to_be_bytes()), b"v").expect("set");
    }
    store
}

/// Copies into a store that does something wrong in its second batch, with each way of writing;
/// returns what came of it.
fn copied(fault: Fault) -> Vec<Result<Copied>> {
    [Existing::Overwrite, Existing::Keep, Existing::Refuse]
        .map(|existing| {
            let (from, to) = (filled(Fault::None, 0), store(fault, 1));
            let options = CopyOptions { existing, ..CopyOptions::default() };
            kv::copy(&from, &to, &options, &mut |_| true)
        })
        .into()
}

#[test]
fn an_honest_target_is_believed() {
    for copied in copied(Fault::None) {
        let copied = copied.expect("a copy");
        assert_eq!((copied.entries, copied.missing), (u64::from(MANY), 0));
    }
}

#[test]
fn a_target_that_drops_one_write_or_a_batch_is_caught() {
    for fault in [Fault::DropsAWrite, Fault::DropsABatch] {
        for copied in copied(fault) {
            let error = copied.expect_err("it has lost a write");

            assert_eq!(error.kind(), ErrorKind::Corrupt, "{fault:?}");
            let said = r#"key "\x00\x00\x01\x00" of group "a" was written and is not there"#;
            assert!(error.message().ends_with(said), "{error}");
        }
    }
}

#[test]
fn what_a_target_loses_later_is_counted() {
    for (fault, missing) in [(Fault::LiesAboutABatch, 244), (Fault::ForgetsAWrite, 1)] {
        for copied in copied(fault) {
            assert_eq!(copied.expect("a copy").missing, missing, "{fault:?}");
        }
    }
}

#[test]
fn a_target_that_cannot_write_several_keys_at_once_is_written_one_by_one() {
    for copied in copied(Fault::HasNarrowBatches) {
        let expected =
            Copied { entries: u64::from(MANY), bytes: u64::from(MANY) * 6, ..Copied::default() };
        assert_eq!(copied, Ok(expected));
    }
    let (from, to) = (filled(Fault::None, 0), store(Fault::HasNarrowBatches, 0));
    let copied = kv::copy(&from, &to, &CopyOptions::default(), &mut |at| {
        to.delete(at.position.0, at.position.1).expect("delete")
    });
    assert_eq!(copied.expect("a copy").missing, 4, "counted without a scan");
}

#[test]
fn a_source_that_fails_ends_the_copy_at_a_position_to_go_on_from() {
    let (from, to) = (filled(Fault::FailsToRead, 700), store(Fault::None, 0));
    let mut position = None;
    let failed = kv::copy(&from, &to, &CopyOptions::default(), &mut |at| {
        position = Some((at.position.0.as_bytes().to_vec(), at.position.1.as_bytes().to_vec()));
        true
    });
    let error = failed.expect_err("it cannot read");
    assert_eq!(error.kind(), ErrorKind::Io);
    assert_eq!(error.message(), "copy, reading the source: the disk is gone");

    let (name, id) = position.expect("a position");
    let after = Some((group(&name), key(&id)));
    let options = CopyOptions { after, ..CopyOptions::default() };
    let rest = kv::copy(&from, &to, &options, &mut |_| true).expect("a copy");

    assert_eq!(rest.entries, u64::from(MANY / 2));
    let all = |store: &Store| {
        drain(&mut *store.entries(GroupRange::Prefix(b""), None).expect("a cursor"))
    };
    assert_eq!(all(&to), all(&from));
}
