//! Group commit: the leader of the write queue commits its own batch and those queued behind it.

use std::iter;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use crate::call::{CallContext, UNBOUND};
use crate::clock::Clock;
use crate::engine::apply::{Applied, name_step};
use crate::engine::counters::Counters;
use crate::engine::group::{
    Committed, Member, Report, Work, abandoned, common_durability, ended, filled, has_followers,
    within_limits,
};
use crate::engine::poison::Poison;
use crate::engine::sqlite::changes::publisher::ChangePublisher;
use crate::engine::sqlite::native::{begin_waits, waited};
use crate::engine::sqlite::work_requests::WorkRequests;
use crate::engine::sqlite::write::session::WriteSession;
use crate::engine::sqlite::write::stall::WriteStall;
use crate::engine::sqlite::write::transaction::Transaction;
use crate::engine::write_queue::{Leader, Role, WriteQueue};
use crate::error::{ErrorKind, Result};
use crate::model::{Change, Commit, Durability, Op, Reply};

/// Transactions that a leader commits for its followers after its own.
const GROUPS_PER_LEADER: usize = 8;

/// Commits batches, one transaction at a time.
pub(crate) struct Writer {
    pub(super) queue: WriteQueue<Work, Report>,
    /// Only the leader locks it, so the lock is never contended.
    pub(super) session: Mutex<WriteSession>,
    stall: WriteStall,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) publisher: Arc<ChangePublisher>,
    requests: Arc<WorkRequests>,
    pub(super) poison: Arc<Poison>,
    counters: Arc<Counters>,
}

/// The parts of a writer.
pub(crate) struct Parts {
    /// The write connection.
    pub session: WriteSession,
    /// Makes writers wait for checkpoints.
    pub stall: WriteStall,
    /// The clock of versions and expiries.
    pub clock: Arc<dyn Clock>,
    /// Publishes committed changes.
    pub publisher: Arc<ChangePublisher>,
    /// Requests to the maintenance thread.
    pub requests: Arc<WorkRequests>,
    /// The poison flag, shared with the session.
    pub poison: Arc<Poison>,
    /// Counts commits and evictions.
    pub counters: Arc<Counters>,
}

impl Writer {
    /// Returns the writer of a file.
    pub(crate) fn new(parts: Parts) -> Writer {
        let Parts { session, stall, clock, publisher, requests, poison, counters } = parts;
        let (queue, session) = (WriteQueue::new(1, abandoned), Mutex::new(session));
        Writer { queue, session, stall, clock, publisher, requests, poison, counters }
    }

    /// Commits one batch, as the leader of the write queue or as a follower of it.
    pub(crate) fn commit(
        &self,
        call: &CallContext,
        durability: Durability,
        ops: &[Op<'_>],
        replies: &mut [Reply],
    ) -> Result<Commit> {
        self.poison.check()?;
        let began = Instant::now();
        self.stall.wait(call)?;
        let committed = match self.queue.join(call, None, || Work::of(ops, durability)) {
            Ok(Role::Leader(leader)) => {
                // The time in the queue counts: the leaders before may have waited for a lock.
                begin_waits(began.elapsed());
                self.lead(call, leader, durability, ops, replies)
                    .map_err(|error| call.explain(error))
            }
            Ok(Role::Follower(report)) => report.map(|report| filled(report, replies)),
            Err(withdrawn) => Err(ended(withdrawn)),
        };
        let committed = committed.map_err(|error| name_step(error, ops))?;
        self.publisher.observer().call_back(&committed.changes);
        Ok(committed.commit)
    }

    /// Commits the leader's batch with the group queued behind it, then further groups.
    fn lead(
        &self,
        call: &CallContext,
        leader: Leader<'_, Work, Report>,
        own_durability: Durability,
        ops: &[Op<'_>],
        replies: &mut [Reply],
    ) -> Result<Committed> {
        let mut session = self.session.lock();
        session.bind(call)?;
        self.stall.pause();
        let durability = common_durability(&leader, own_durability);
        let transaction = self.begin(&mut session, durability)?;
        let group = leader.group(within_limits(durability));
        if group.is_empty() {
            return self.commit_alone(transaction, ops, replies);
        }
        let mut own = Member::new(ops, own_durability);
        let mut others: Vec<_> = group.work().map(Member::decode).collect();
        let mut members: Vec<_> = iter::once(&mut own).chain(&mut others).collect();
        let together = self.commit_together(transaction, &mut members);
        let concluded = self.conclude(&mut session, call, &mut members, together);
        if let Err(ended) = concluded {
            drop(others);
            leader.put_back(group);
            return Err(ended);
        }
        let own = own.report();
        let reports: Vec<_> = others.into_iter().map(Member::report).collect();
        group.report_all(reports);
        // A bound call returns at once, because it may be cancelled at any time.
        if !call.is_bound() {
            self.commit_followers(&mut session, &leader);
        }
        own.map(|report| filled(report, replies))
    }

    /// Commits the groups that were queued meanwhile.
    fn commit_followers(&self, session: &mut WriteSession, leader: &Leader<'_, Work, Report>) {
        for _ in 0..GROUPS_PER_LEADER {
            if !has_followers(leader) {
                return;
            }
            self.stall.pause();
            // A follower that leads waits for the lock itself.
            begin_waits(Duration::MAX);
            let durability = common_durability(leader, Durability::Normal);
            let Ok(transaction) = self.begin(session, durability) else { return };
            let group = leader.group(within_limits(durability));
            let mut others: Vec<_> = group.work().map(Member::decode).collect();
            let mut members: Vec<_> = others.iter_mut().collect();
            let together = self.commit_together(transaction, &mut members);
            // An unbound call does not end early, so each member has its outcome.
            drop(self.conclude(session, &UNBOUND, &mut members, together));
            let reports: Vec<_> = others.into_iter().map(Member::report).collect();
            group.report_all(reports);
        }
    }

    /// Begins a transaction. If another process holds the write lock for longer than the call may
    /// still wait, the lead is passed on: callers that came later may wait for longer.
    fn begin<'s>(
        &'s self,
        session: &'s mut WriteSession,
        durability: Durability,
    ) -> Result<Transaction<'s>> {
        let before = waited();
        let begun = session.begin_durable(&*self.clock, durability);
        let busy = waited().saturating_sub(before);
        if !busy.is_zero() {
            self.counters.busy_waits.note(busy);
        }
        begun
    }

    /// Commits one batch in `transaction`.
    fn commit_alone(
        &self,
        mut transaction: Transaction<'_>,
        ops: &[Op<'_>],
        replies: &mut [Reply],
    ) -> Result<Committed> {
        let commit = match transaction.apply(self.clock.now(), ops, replies)? {
            Applied::Done(commit) => commit,
            Applied::Rejected(error) => return Err(error),
        };
        let changes = self.finish(&mut transaction)?;
        self.count(usize::from(commit == Commit::Applied));
        Ok(Committed { commit, changes })
    }

    /// Commits all batches in `transaction`. After an error none of them has its outcome.
    fn commit_together(
        &self,
        mut transaction: Transaction<'_>,
        members: &mut [&mut Member<'_>],
    ) -> Result<()> {
        let now = self.clock.now();
        let mut applied = Vec::with_capacity(members.len());
        for member in members.iter_mut() {
            let before = transaction.changes_len();
            let outcome = member.apply(|ops, replies| transaction.apply(now, ops, replies))?;
            applied.push((outcome, before..transaction.changes_len()));
        }
        let changes = self.finish(&mut transaction)?;
        for (member, (outcome, own)) in members.iter_mut().zip(applied) {
            member.conclude(outcome, &changes, own);
        }
        self.count(members.iter().filter(|member| member.is_applied()).count());
        Ok(())
    }

    /// Sets the outcome of each member, if their common transaction has failed. If another process
    /// holds the write lock, each gets that error; otherwise each batch is committed again in a
    /// transaction of its own. Fails, with nothing written, if the failure is that `call`, the call
    /// of the first member, has to end.
    fn conclude(
        &self,
        session: &mut WriteSession,
        call: &CallContext,
        members: &mut [&mut Member<'_>],
        together: Result<()>,
    ) -> Result<()> {
        match together.map_err(|error| call.explain(error)) {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::Busy => {
                members.iter_mut().for_each(|member| member.fail(&error));
            }
            Err(ended) if ended.ends_call() => return Err(ended),
            Err(_) => {
                let calls = iter::once(call).chain(iter::repeat(&UNBOUND));
                for (member, call) in members.iter_mut().zip(calls) {
                    member.commit_alone(|durability, ops, replies| {
                        session.bind(call)?;
                        self.commit_alone(self.begin(session, durability)?, ops, replies)
                    });
                }
            }
        }
        Ok(())
    }

    /// Commits a transaction, publishes its changes, and requests the maintenance that is due.
    pub(super) fn finish(&self, transaction: &mut Transaction<'_>) -> Result<Vec<Arc<Change>>> {
        let began = transaction.is_synced().then(Instant::now);
        transaction.commit()?;
        began.into_iter().for_each(|began| self.counters.syncs.note(began.elapsed()));
        let (frames, length) = (transaction.frames_to_move(), transaction.wal_frames());
        if self.stall.observe(frames, length, transaction.is_synced()) {
            self.requests.request(|work| work.checkpoint = true);
        }
        if transaction.takes_trim() {
            self.requests.request(|work| work.trim = true);
        }
        if transaction.lru.takes_request() {
            self.requests.request(|work| work.accesses = true);
        }
        if transaction.has_retired {
            self.requests.request(|work| work.streams = true);
        }
        self.counters.evictions.add(transaction.evictions());
        Ok(transaction.publish(&self.publisher))
    }

    fn count(&self, applied: usize) {
        self.counters.count_transaction(applied);
    }

    /// Returns the poison flag.
    pub(crate) fn poison(&self) -> &Arc<Poison> {
        &self.poison
    }

    /// Returns whether writes of this process wait to be led.
    pub(crate) fn is_awaited(&self) -> bool {
        self.queue.has_waiting()
    }

    /// Returns the write stall.
    pub(crate) fn stall(&self) -> &WriteStall {
        &self.stall
    }
}
