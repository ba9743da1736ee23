//! The writer: one thread at a time works out a transaction, appends it to the log, and then makes
//! its changes.
//!
//! No reader sees a change before its record is in the log, nor with full durability before that
//! is synced; and none waits for the disk.

use std::iter;
use std::sync::Arc;

use parking_lot::{Mutex, MutexGuard};

use crate::call::{CallContext, UNBOUND};
use crate::engine::apply::{Applied, BatchApplier};
use crate::engine::changes::Changes;
use crate::engine::group::{
    Committed, Member, Report, Work, abandoned, common_durability, ended, filled, has_followers,
    within_limits,
};
use crate::engine::log::file::LogFile;
use crate::engine::log::record::{RecordBuffer, RecordHead, RecordKind};
use crate::engine::log::step::Step;
use crate::engine::rows::{Draft, Journal, Row, RowBuffer, RowStore};
use crate::engine::write_queue::{Leader, Role, WriteQueue};
use crate::error::{ErrorKind, Result};
use crate::model::{
    Change, ChangeKind, Commit, Durability, Expiry, Op, Reply, Version, VersionClock,
};

/// Groups that a leader commits after its own before it passes the lead on.
const GROUPS_PER_LEADER: usize = 16;

/// The writer of a store.
pub(super) struct Writer {
    queue: WriteQueue<Work, Report>,
    session: Mutex<WriteSession>,
    /// Called after each commit, while the session is locked.
    after: Box<dyn Fn(&WriteSession) + Send + Sync>,
}

/// The state of the thread that writes.
pub(super) struct WriteSession {
    pub(super) log: LogFile,
    pub(super) versions: VersionClock,
    /// The sequence number of the next record.
    pub(super) seq: u64,
    /// The changes in the log since it was begun.
    pub(super) changes: u64,
    record: RecordJournal,
    buffer: RowBuffer,
}

/// The record of a transaction, which its draft writes.
pub(super) struct RecordJournal {
    buffer: RecordBuffer,
    notes_changes: bool,
    /// The number of steps.
    steps: u64,
}

impl Journal for RecordJournal {
    fn notes_changes(&self) -> bool {
        self.notes_changes
    }

    fn put(&mut self, group: &[u8], row: &Row, is_stream: bool) -> Result<()> {
        self.add(&Step::put(group, row, is_stream))
    }

    fn set_expiry(&mut self, group: &[u8], key: &[u8], expires_at: Option<Expiry>) -> Result<()> {
        self.add(&Step::Expiry { group, key, expires_at })
    }

    fn remove(
        &mut self,
        group: &[u8],
        key: &[u8],
        change: Option<(ChangeKind, Version)>,
    ) -> Result<()> {
        self.add(&Step::Remove { group, key, change })
    }

    fn remove_prefix(
        &mut self,
        group: &[u8],
        prefix: &[u8],
        change: Option<(ChangeKind, Version)>,
    ) -> Result<()> {
        self.add(&Step::RemovePrefix { group, prefix, change })
    }
}

impl RecordJournal {
    fn add(&mut self, step: &Step<'_>) -> Result<()> {
        self.steps += 1;
        self.buffer.add(step)
    }

    fn clear(&mut self) {
        self.steps = 0;
        self.buffer.clear();
    }
}

impl WriteSession {
    /// Returns the session of a log whose next record has the number `seq`. The log notes changes
    /// of removals if `notes_changes`.
    pub(super) fn new(
        log: LogFile,
        versions: VersionClock,
        seq: u64,
        notes_changes: bool,
    ) -> WriteSession {
        let buffer = RecordBuffer::default();
        let record = RecordJournal { buffer, notes_changes, steps: 0 };
        WriteSession { log, versions, seq, changes: 0, record, buffer: RowBuffer::default() }
    }

    /// Runs `work` on a draft of the rows of `store`, and makes its changes unless it fails.
    /// Returns its result, and the changes that the observer selects.
    pub(super) fn transaction<R>(
        &mut self,
        store: &RowStore,
        call: &CallContext,
        durability: Durability,
        work: impl FnOnce(&mut BatchApplier<'_, Draft<'_>>) -> Result<R>,
    ) -> Result<(R, Vec<Arc<Change>>)> {
        let mut changes = Changes::new(store.observer.clone());
        let now = store.clock.now();
        let rows = store.rows();
        self.record.clear();
        let draft = Draft::new(&rows, call, &mut self.buffer, &store.streams);
        let mut draft = draft.with_journal(&mut self.record);
        let (versions, default) = (&mut self.versions, store.default_expiry);
        let mut applier = BatchApplier::new(&mut draft, versions, now, &mut changes, default);
        let outcome = work(&mut applier)?;
        let evictions = applier.evictions();
        let edits = draft.into_edits();
        drop(rows);
        if self.record.steps > 0 {
            self.append(store, RecordKind::Steps, 0)?;
            self.changes += self.record.steps;
            if durability == Durability::Full {
                self.log.sync(store)?;
            }
        }
        store.counters.evictions.add(evictions);
        let changes = changes.take();
        store.apply(edits, &changes);
        Ok((outcome, changes))
    }

    /// Appends a record with one step, as a transaction of its own.
    pub(super) fn append_step(
        &mut self,
        store: &RowStore,
        durability: Durability,
        step: &Step<'_>,
    ) -> Result<()> {
        self.record.clear();
        self.record.add(step)?;
        self.append(store, RecordKind::Steps, 0)?;
        if durability == Durability::Full {
            self.log.sync(store)?;
        }
        Ok(())
    }

    /// Appends the first record of a log, which says that the log before it has `previous_end`
    /// bytes, all of them synced.
    pub(super) fn append_begin(&mut self, store: &RowStore, previous_end: u64) -> Result<()> {
        self.record.clear();
        self.append(store, RecordKind::Begin, previous_end)?;
        self.changes = 0;
        Ok(())
    }

    /// Goes on in another log, whose first record says that the one before it has `previous_end`
    /// bytes, all of them synced.
    pub(super) fn begin_log(
        &mut self,
        store: &RowStore,
        log: LogFile,
        previous_end: u64,
    ) -> Result<()> {
        let before = std::mem::replace(&mut self.log, log);
        self.append_begin(store, previous_end).inspect_err(|_| self.log = before)
    }

    fn append(&mut self, store: &RowStore, kind: RecordKind, synced_to: u64) -> Result<()> {
        let (time, version) = (store.clock.now(), self.versions.last());
        let head = RecordHead { kind, seq: self.seq, synced_to, version, time };
        self.log.append(&mut self.record.buffer, head, &store.poison)?;
        self.seq += 1;
        Ok(())
    }
}

impl Writer {
    /// Returns a writer that calls `after` after each commit.
    pub(super) fn new(
        session: WriteSession,
        after: impl Fn(&WriteSession) + Send + Sync + 'static,
    ) -> Writer {
        let queue = WriteQueue::new(1, abandoned);
        Writer { queue, session: Mutex::new(session), after: Box::new(after) }
    }

    /// Returns the session, while no other thread writes.
    pub(super) fn lock(&self, call: &CallContext) -> Result<MutexGuard<'_, WriteSession>> {
        call.lock(|| self.session.lock(), |until| self.session.try_lock_until(until))
    }

    /// Commits one batch, as the leader of the write queue or as a follower of it.
    pub(super) fn commit(
        &self,
        store: &RowStore,
        call: &CallContext,
        durability: Durability,
        ops: &[Op<'_>],
        replies: &mut [Reply],
    ) -> Result<Committed> {
        store.poison.check()?;
        match self.queue.join(call, None, || Work::of(ops, durability)) {
            Ok(Role::Leader(leader)) => self
                .lead(store, call, &leader, durability, ops, replies)
                .map_err(|error| call.explain(error)),
            Ok(Role::Follower(report)) => report.map(|report| filled(report, replies)),
            Err(withdrawn) => Err(ended(withdrawn)),
        }
    }

    /// Commits the leader's batch with the group queued behind it, then further groups.
    fn lead(
        &self,
        store: &RowStore,
        call: &CallContext,
        leader: &Leader<'_, Work, Report>,
        own_durability: Durability,
        ops: &[Op<'_>],
        replies: &mut [Reply],
    ) -> Result<Committed> {
        let mut session = self.lock(call)?;
        let durability = common_durability(leader, own_durability);
        let group = leader.group(within_limits(durability));
        if group.is_empty() {
            let committed = commit_alone(&mut session, store, call, durability, ops, replies);
            (self.after)(&session);
            return committed;
        }
        let mut own = Member::new(ops, own_durability);
        let mut others: Vec<_> = group.work().map(Member::decode).collect();
        let mut members: Vec<_> = iter::once(&mut own).chain(&mut others).collect();
        let together = commit_together(&mut session, store, call, durability, &mut members);
        if let Err(error) = conclude(&mut session, store, call, &mut members, together) {
            drop(others);
            leader.put_back(group);
            return Err(error);
        }
        let own = own.report();
        let reports: Vec<_> = others.into_iter().map(Member::report).collect();
        group.report_all(reports);
        if !call.is_bound() {
            self.commit_followers(&mut session, store, leader);
        }
        (self.after)(&session);
        own.map(|report| filled(report, replies))
    }

    /// Commits the groups that were queued meanwhile.
    fn commit_followers(
        &self,
        session: &mut WriteSession,
        store: &RowStore,
        leader: &Leader<'_, Work, Report>,
    ) {
        for _ in 0..GROUPS_PER_LEADER {
            if !has_followers(leader) {
                return;
            }
            let durability = common_durability(leader, Durability::Normal);
            let group = leader.group(within_limits(durability));
            let mut others: Vec<_> = group.work().map(Member::decode).collect();
            let mut members: Vec<_> = others.iter_mut().collect();
            let together = commit_together(session, store, &UNBOUND, durability, &mut members);
            // An unbound call does not end early, so each member has its outcome.
            drop(conclude(session, store, &UNBOUND, &mut members, together));
            let reports: Vec<_> = others.into_iter().map(Member::report).collect();
            group.report_all(reports);
        }
    }
}

fn commit_alone(
    session: &mut WriteSession,
    store: &RowStore,
    call: &CallContext,
    durability: Durability,
    ops: &[Op<'_>],
    replies: &mut [Reply],
) -> Result<Committed> {
    let work = |applier: &mut BatchApplier<'_, Draft<'_>>| applier.apply(ops, replies);
    let (applied, changes) = session.transaction(store, call, durability, work)?;
    match applied {
        Applied::Done(commit) => {
            count(store, usize::from(commit == Commit::Applied));
            Ok(Committed { commit, changes })
        }
        Applied::Rejected(error) => Err(error),
    }
}

/// Commits all batches in one transaction. After an error none of them has its outcome.
fn commit_together(
    session: &mut WriteSession,
    store: &RowStore,
    call: &CallContext,
    durability: Durability,
    members: &mut [&mut Member<'_>],
) -> Result<()> {
    let (applied, changes) = session.transaction(store, call, durability, |applier| {
        let mut applied = Vec::with_capacity(members.len());
        for member in members.iter_mut() {
            let before = applier.changes_len();
            let outcome = member.apply(|ops, replies| applier.apply(ops, replies))?;
            applied.push((outcome, before..applier.changes_len()));
        }
        Ok(applied)
    })?;
    for (member, (outcome, own)) in members.iter_mut().zip(applied) {
        member.conclude(outcome, &changes, own);
    }
    count(store, members.iter().filter(|member| member.is_applied()).count());
    Ok(())
}

/// Sets the outcome of each member, if their common transaction has failed: each batch is
/// committed again in a transaction of its own. Fails, with nothing written, if the failure is
/// that `call`, the call of the first member, has to end.
fn conclude(
    session: &mut WriteSession,
    store: &RowStore,
    call: &CallContext,
    members: &mut [&mut Member<'_>],
    together: Result<()>,
) -> Result<()> {
    match together.map_err(|error| call.explain(error)) {
        Ok(()) => {}
        Err(error) if error.ends_call() => return Err(error),
        // The state of the log is unknown.
        Err(error) if store.poison.check().is_err() || error.kind() == ErrorKind::Io => {
            members.iter_mut().for_each(|member| member.fail(&error));
        }
        Err(_) => {
            let calls = iter::once(call).chain(iter::repeat(&UNBOUND));
            for (member, call) in members.iter_mut().zip(calls) {
                member.commit_alone(|durability, ops, replies| {
                    commit_alone(session, store, call, durability, ops, replies)
                });
            }
        }
    }
    Ok(())
}

fn count(store: &RowStore, applied: usize) {
    store.counters.count_transaction(applied);
}
