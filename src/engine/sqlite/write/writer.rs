//! Who commits: one leader at a time, for itself and for those who wait.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use parking_lot::Mutex;

use crate::call::{CallContext, UNBOUND};
use crate::clock::Clock;
use crate::engine::apply::name_step;
use crate::engine::sqlite::changes::publisher::ChangePublisher;
use crate::engine::sqlite::eviction::lru::{LruOrder, WRITE_STEP};
use crate::engine::sqlite::file::options::{SqliteOptions, frames_of};
use crate::engine::sqlite::work_requests::WorkRequests;
use crate::engine::sqlite::write::queue::{
    Answer, GROUPS_PER_LEADER, Group, Leader, Role, WriteQueue,
};
use crate::engine::sqlite::write::stall::WriteStall;
use crate::engine::sqlite::write::transaction::WriteSession;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{Change, Commit, GroupRange, Op, Reply, flat};

/// Commits batches, one transaction at a time.
pub struct Writer {
    queue: WriteQueue,
    /// Locked only by the leader of the moment, hence never contended.
    session: Mutex<WriteSession>,
    publisher: Arc<ChangePublisher>,
    clock: Arc<dyn Clock>,
    requests: Arc<WorkRequests>,
    poisoned: AtomicBool,
    stall: WriteStall,
    commits: AtomicU64,
    transactions: AtomicU64,
    evictions: AtomicU64,
}

impl Writer {
    /// Returns the writer that writes in `session`.
    pub fn new(
        session: WriteSession,
        clock: Arc<dyn Clock>,
        requests: Arc<WorkRequests>,
        publisher: Arc<ChangePublisher>,
        options: &SqliteOptions,
    ) -> Writer {
        Writer {
            queue: WriteQueue::default(),
            session: Mutex::new(session),
            publisher,
            clock,
            requests,
            poisoned: AtomicBool::new(false),
            stall: WriteStall::new(frames_of(options.wal_limit)),
            commits: AtomicU64::new(0),
            transactions: AtomicU64::new(0),
            evictions: AtomicU64::new(0),
        }
    }

    /// Commits one batch, together with those of others who wait.
    pub fn commit(
        &self,
        call: &CallContext,
        ops: &[Op<'_>],
        replies: &mut [Reply],
    ) -> Result<Commit> {
        self.check_poison()?;
        self.stall.wait(call)?;
        let encode = || {
            let mut batch = Vec::new();
            ops.iter().for_each(|op| flat::encode_op(op, &mut batch));
            Some(batch)
        };
        let outcome = match self.queue.take(call, encode) {
            Role::Follower(outcome) => outcome.map(|answer| {
                for (reply, their) in replies.iter_mut().zip(answer.replies) {
                    *reply = their;
                }
                (answer.commit, answer.changes)
            }),
            Role::Leader(leader) => {
                self.lead(call, leader, ops, replies).map_err(|error| call.explain(error))
            }
        };
        let (commit, changes) = outcome.map_err(|error| name_step(error, ops))?;
        self.publisher.observer().call_back(&changes);
        Ok(commit)
    }

    /// Removes at most `limit` dead entries of `range` in one transaction.
    pub fn expire(&self, call: &CallContext, range: GroupRange<'_>, limit: usize) -> Result<u64> {
        let (removed, changes) = self.alone(call, |session| {
            self.transaction(session, |session| {
                session.remove_expired(range, self.clock.now(), limit)
            })
        })?;
        self.publisher.observer().call_back(&changes);
        Ok(removed)
    }

    /// Removes some entries of a file that evicts and holds more than it may; returns how many.
    pub fn shrink(&self, limit: usize) -> Result<u64> {
        let (removed, changes) = self.alone(&UNBOUND, |session| {
            self.transaction(session, |session| session.shrink(self.clock.now(), limit))
        })?;
        self.publisher.observer().call_back(&changes);
        Ok(removed)
    }

    /// Writes down what readers have pending_access of uses, in small steps.
    pub fn write_accesses(&self, uses: &LruOrder) -> Result<()> {
        self.check_poison()?;
        let pending = uses.pending();
        for some in pending.chunks(WRITE_STEP) {
            self.alone(&UNBOUND, |session| session.write_accesses(&*self.clock, some))?;
        }
        Ok(())
    }

    /// Removes some of the oldest changes from the log; returns whether there may be more to do.
    pub fn trim_log(&self) -> Result<bool> {
        self.check_poison()?;
        self.alone(&UNBOUND, |session| session.trim_log(&*self.clock))
    }

    /// Runs `work` while nobody in this process writes. Until its first commit it ends when `call`
    /// is to.
    pub fn alone<R>(
        &self,
        call: &CallContext,
        work: impl FnOnce(&mut WriteSession) -> Result<R>,
    ) -> Result<R> {
        let _leader = self.queue.exclusive(call)?;
        call.check()?;
        let mut session = self.session.lock();
        session.bind(call)?;
        let result = work(&mut session);
        session.unbind();
        result.map_err(|error| call.explain(error))
    }

    /// Returns once everything committed so far would survive a loss of power.
    pub fn sync(&self, call: &CallContext) -> Result<()> {
        self.check_poison()?;
        self.alone(call, |session| {
            let synced = session.sync(&*self.clock);
            if session.sync_failed() {
                self.poison();
            }
            synced
        })
    }

    /// Leaves a note of the newest version in the file, for whoever opens it next.
    pub fn finish(&self) -> Result<()> {
        self.check_poison()?;
        self.alone(&UNBOUND, |session| session.record_newest(&*self.clock))
    }

    /// Refuses all writes from now on.
    pub fn poison(&self) {
        self.poisoned.store(true, Ordering::Release);
    }

    /// Fails if an earlier failure left unknown what is on the disk.
    pub fn check_poison(&self) -> Result<()> {
        if self.poisoned.load(Ordering::Acquire) {
            let message = "an earlier failure left unknown what is on the disk; reopen the store";
            return Err(Error::new(ErrorKind::Poisoned, message));
        }
        Ok(())
    }

    /// Returns how long the log is against its limit.
    pub fn stall(&self) -> &WriteStall {
        &self.stall
    }

    /// Returns how many batches were applied, and in how many transactions.
    pub fn counts(&self) -> (u64, u64) {
        (self.commits.load(Ordering::Relaxed), self.transactions.load(Ordering::Relaxed))
    }

    /// Returns how many live entries were removed to make room.
    pub fn evictions(&self) -> u64 {
        self.evictions.load(Ordering::Relaxed)
    }

    /// Commits the leader's batch with those queued, then for some rounds what was queued since.
    ///
    /// Nobody is taken over before the transaction has begun: who waits for the lock of another
    /// process together with the leader can still withdraw.
    fn lead(
        &self,
        call: &CallContext,
        leader: Leader<'_>,
        ops: &[Op<'_>],
        replies: &mut [Reply],
    ) -> Result<Committed> {
        call.check()?;
        let mut session = self.session.lock();
        session.bind(call)?;
        self.begin(&mut session, &leader)?;
        let group = leader.group();
        if group.is_empty() {
            return self.commit_begun(&mut session, ops, replies);
        }
        let own = Own { call, ops, replies };
        let own = self.commit_group(&mut session, &leader, Some(own), group);
        // A call that may end at any time does not stay to work for others.
        let rounds = if call.is_bound() { 0 } else { GROUPS_PER_LEADER };
        for _ in 0..rounds {
            if !leader.has_followers() || self.begin(&mut session, &leader).is_err() {
                break;
            }
            let group = leader.group();
            self.commit_group(&mut session, &leader, None, group);
        }
        own.unwrap_or(Ok((Commit::Applied, Vec::new())))
    }

    /// Begins a transaction. If the lock of another process is not to be had in time, neither is it
    /// for those who have queued meanwhile: waiting again, once each, would help nobody.
    fn begin(&self, session: &mut WriteSession, leader: &Leader<'_>) -> Result<()> {
        self.check_poison()?;
        let begun = session.begin(&*self.clock);
        if let Err(error) = &begun
            && error.kind() == ErrorKind::Busy
        {
            leader.group().fail(error);
        }
        begun
    }

    /// Commits one batch in the transaction that was begun.
    fn commit_begun(
        &self,
        session: &mut WriteSession,
        ops: &[Op<'_>],
        replies: &mut [Reply],
    ) -> Result<Committed> {
        let committed = self.complete(session, |session| {
            session.apply(self.clock.now(), ops, replies).map_err(|(error, _)| error)
        });
        self.count_applied([&committed].into_iter());
        committed
    }

    /// Commits the leader's batch, if it is not done yet, and those of a group in the transaction
    /// that was begun, and answers the group. If one of them fails after it has written, each is
    /// committed again in a transaction of its own. If it is the leader's call that has to end, the
    /// group is put back into the queue.
    fn commit_group(
        &self,
        session: &mut WriteSession,
        leader: &Leader<'_>,
        own: Option<Own<'_>>,
        group: Group,
    ) -> Option<Result<Committed>> {
        let batches: Vec<_> = group.batches().map(flat::decode_ops).collect();
        let empty_replies = |ops: &Result<Vec<_>>| ops.as_ref().map_or(0, Vec::len);
        let mut theirs: Vec<Vec<Reply>> =
            batches.iter().map(|ops| vec![Reply::None; empty_replies(ops)]).collect();
        let mut members: Vec<Member<'_>> = Vec::with_capacity(batches.len() + 1);
        let call = own.as_ref().map_or(&UNBOUND, |own| own.call);
        let has_own = own.is_some();
        members.extend(own.map(|own| Member { ops: Ok(own.ops), replies: own.replies }));
        members.extend(
            batches.iter().zip(&mut theirs).map(|(ops, replies)| Member {
                ops: ops.as_deref().map_err(Error::clone),
                replies,
            }),
        );

        let committed = self.commit_members(session, call, &mut members);
        drop(members);
        drop(batches);
        let mut committed = match committed {
            Ok(committed) => committed.into_iter(),
            Err(ended) => {
                leader.put_back(group);
                return Some(Err(ended));
            }
        };
        let own = if has_own { committed.next() } else { None };
        let answers = committed.zip(theirs).map(|(committed, replies)| {
            committed.map(|(commit, changes)| Answer { commit, replies, changes })
        });
        group.answer(answers.collect());
        own
    }

    /// Commits batches, the first of which is that of `call`; fails if that is to end, with nothing
    /// written.
    fn commit_members(
        &self,
        session: &mut WriteSession,
        call: &CallContext,
        members: &mut [Member<'_>],
    ) -> Result<Vec<Result<Committed>>> {
        let together = self.complete(session, |session| {
            let now = self.clock.now();
            let mut commits = Vec::with_capacity(members.len());
            for member in members.iter_mut() {
                let before = session.changes_len();
                let commit = match &member.ops {
                    Ok(ops) => keep_refusal(session.apply(now, ops, member.replies))?,
                    Err(error) => Err(error.clone()),
                };
                commits.push((commit, before..session.changes_len()));
            }
            Ok(commits)
        });
        match together.map_err(|error| call.explain(error)) {
            Ok((commits, changes)) => {
                let theirs = |range: Range<usize>| changes.get(range).unwrap_or_default().to_vec();
                let committed = commits.into_iter().map(|(commit, range): (Result<Commit>, _)| {
                    commit.map(|commit| (commit, theirs(range)))
                });
                let committed: Vec<_> = committed.collect();
                self.count_applied(committed.iter());
                Ok(committed)
            }
            Err(error) if error.kind() == ErrorKind::Busy => Ok(vec![Err(error); members.len()]),
            Err(ended) if ended.ends_call() => Err(ended),
            Err(_) => Ok(self.commit_each(session, call, members)),
        }
    }

    /// Commits each batch in a transaction of its own.
    fn commit_each(
        &self,
        session: &mut WriteSession,
        call: &CallContext,
        members: &mut [Member<'_>],
    ) -> Vec<Result<Committed>> {
        let contexts = std::iter::once(call).chain(std::iter::repeat(&UNBOUND));
        let each = members.iter_mut().zip(contexts).map(|(member, call)| {
            let ops = member.ops.clone()?;
            session.bind(call)?;
            self.check_poison()?;
            session.begin(&*self.clock)?;
            self.commit_begun(session, ops, member.replies)
        });
        each.collect()
    }

    /// Runs `work` in a transaction of its own.
    fn transaction<R>(
        &self,
        session: &mut WriteSession,
        work: impl FnOnce(&mut WriteSession) -> Result<R>,
    ) -> Result<(R, Vec<Arc<Change>>)> {
        self.check_poison()?;
        session.begin(&*self.clock)?;
        self.complete(session, work)
    }

    /// Runs `work` in the transaction that was begun, and tells those who watch before anybody else
    /// is position. Returns the changes they wanted to hear of, too.
    fn complete<R>(
        &self,
        session: &mut WriteSession,
        work: impl FnOnce(&mut WriteSession) -> Result<R>,
    ) -> Result<(R, Vec<Arc<Change>>)> {
        let result = session.finish(&*self.clock, work);
        if session.sync_failed() {
            self.poison();
        }
        if self.stall.note(session.frames_to_move(), session.log_frames()) {
            self.requests.ask(|wanted| wanted.checkpoint = true);
        }
        if session.takes_trim() {
            self.requests.ask(|wanted| wanted.trim = true);
        }
        if result.is_ok() {
            self.evictions.fetch_add(session.evictions(), Ordering::Relaxed);
        }
        result.map(|result| (result, session.tell(&self.publisher)))
    }

    /// Counts what one transaction has applied.
    fn count_applied<'c>(&self, commits: impl Iterator<Item = &'c Result<Committed>>) {
        let applied = commits.filter(|commit| matches!(commit, Ok((Commit::Applied, _)))).count();
        self.commits.fetch_add(applied as u64, Ordering::Relaxed);
        self.transactions.fetch_add(u64::from(applied > 0), Ordering::Relaxed);
    }
}

/// What became of a batch, and its changes that somebody wants to hear of.
type Committed = (Commit, Vec<Arc<Change>>);

/// The batch of a leader.
struct Own<'o> {
    call: &'o CallContext,
    ops: &'o [Op<'o>],
    replies: &'o mut [Reply],
}

/// A batch of those that share a transaction.
struct Member<'m> {
    ops: Result<&'m [Op<'m>]>,
    replies: &'m mut [Reply],
}

/// Makes a refusal that has changed nothing the batch's own, any other failure that of the whole
/// transaction.
fn keep_refusal(result: Result<Commit, (Error, bool)>) -> Result<Result<Commit>> {
    match result {
        Ok(commit) => Ok(Ok(commit)),
        // After an error of SQLite's the transaction may be gone; these are our own. So is a full
        // store: a full disk is met only by what writes.
        Err((error, false))
            if matches!(
                error.kind(),
                ErrorKind::NotInteger | ErrorKind::TooLarge | ErrorKind::Quota | ErrorKind::Full
            ) =>
        {
            Ok(Err(error))
        }
        Err((error, _)) => Err(error),
    }
}
