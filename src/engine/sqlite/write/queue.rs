//! Whose turn it is to write: one leader at a time, who also commits what others have queued.
//!
//! A writer who finds the connection free leads: it commits its own batch. Who finds it busy
//! queues a copy of its batch and sleeps. The leader takes everything queued into one transaction
//! after the other, for some rounds, then hands the turn to the first in the queue. So the cost of
//! a transaction, above all its fsync, is shared by all who wait for it, and nobody has to wake up
//! in between. Those who are done wake each other: the leader only wakes the first.

use std::collections::VecDeque;
use std::sync::Arc;
use std::thread::{self, Thread};

use parking_lot::Mutex;

use crate::call::CallContext;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{Change, Commit, Reply};

/// Batches in one transaction; a limit to how long the first waits for the last.
const GROUP_LEN_MAX: usize = 256;
/// Bytes of batches in one transaction.
const GROUP_BYTES_MAX: usize = 4 * 1024 * 1024;

/// What a batch came to.
pub type Outcome = Result<Answer>;

/// What became of a batch that did not fail.
pub struct Answer {
    /// Whether it was applied.
    pub commit: Commit,
    /// Its replies.
    pub replies: Vec<Reply>,
    /// Its changes that somebody wants to hear of.
    pub changes: Vec<Arc<Change>>,
}

/// The queue before the write connection.
#[derive(Default)]
pub struct WriteQueue {
    queue: Mutex<Queue>,
}

#[derive(Default)]
struct Queue {
    taken: bool,
    waiting: VecDeque<Arc<Waiter>>,
}

/// A writer who sleeps until the batch is done or the turn is its own.
pub struct Waiter {
    /// The batch in flat form, or `None` for one who needs the connection alone.
    batch: Option<Vec<u8>>,
    thread: Thread,
    state: Mutex<State>,
}

enum State {
    Waiting,
    Leads,
    /// The batch is done; the others who are done with it have to be woken.
    Done(Outcome, Group),
}

/// What to do after asking for the turn.
pub enum Role<'t> {
    /// Lead: the connection is free until this is dropped.
    Leader(Leader<'t>),
    /// Nothing: another leader has committed the batch, or it was withdrawn.
    Follower(Outcome),
}

/// Transactions that a leader commits for others after its own.
pub const GROUPS_PER_LEADER: usize = 8;

/// The right to use the write connection. Dropping it, in a panic too, passes it on.
pub struct Leader<'t> {
    queue: &'t WriteQueue,
}

impl WriteQueue {
    /// Waits for the turn, or until a leader has committed the batch that `encode` returns, or
    /// until `call` is to end: then the batch is withdrawn, unless a leader has taken it over.
    ///
    /// `encode` is called only if the turn is not free at once.
    pub fn take(&self, call: &CallContext, encode: impl FnOnce() -> Option<Vec<u8>>) -> Role<'_> {
        let mut queue = self.queue.lock();
        if !queue.taken {
            queue.taken = true;
            return Role::Leader(Leader { queue: self });
        }
        drop(queue);
        let waiter = Arc::new(Waiter {
            batch: encode(),
            thread: thread::current(),
            state: Mutex::new(State::Waiting),
        });
        queue = self.queue.lock();
        if !queue.taken {
            queue.taken = true;
            return Role::Leader(Leader { queue: self });
        }
        queue.waiting.push_back(waiter.clone());
        drop(queue);
        waiter.wait(self, call)
    }

    /// Waits for the turn, to use the connection alone; fails when `call` is to end.
    pub fn exclusive(&self, call: &CallContext) -> Result<Leader<'_>> {
        match self.take(call, || None) {
            Role::Leader(leader) => Ok(leader),
            Role::Follower(Err(error)) => Err(error),
            Role::Follower(Ok(_)) => unreachable!("nobody commits a waiter without a batch"),
        }
    }

    /// Takes a waiter out of the queue; answers whether it was still there.
    fn withdraw(&self, waiter: &Waiter) -> bool {
        let mut queue = self.queue.lock();
        let place = queue.waiting.iter().position(|it| std::ptr::eq(&**it, waiter));
        place.and_then(|place| queue.waiting.remove(place)).is_some()
    }
}

impl Leader<'_> {
    /// Answers whether the first in the queue has a batch.
    pub fn has_followers(&self) -> bool {
        self.queue.queue.lock().waiting.front().is_some_and(|it| it.batch.is_some())
    }

    /// Puts a group back to where it was, with nothing done: the next leader takes it over.
    pub fn put_back(&self, mut group: Group) {
        let mut queue = self.queue.queue.lock();
        group.members.drain(..).rev().for_each(|member| queue.waiting.push_front(member));
    }

    /// Returns the batches queued first, up to the limits. Their writers go on sleeping until they
    /// are answered, which dropping the group does with an error for those it still holds.
    pub fn group(&self) -> Group {
        let mut queue = self.queue.queue.lock();
        let mut group = Group { members: Vec::new() };
        let mut bytes = 0;
        while group.members.len() < GROUP_LEN_MAX && bytes < GROUP_BYTES_MAX {
            let Some(len) = queue.waiting.front().and_then(|it| it.batch.as_ref().map(Vec::len))
            else {
                break;
            };
            bytes += len;
            group.members.extend(queue.waiting.pop_front());
        }
        group
    }
}

impl Drop for Leader<'_> {
    fn drop(&mut self) {
        let mut queue = self.queue.queue.lock();
        let next = queue.waiting.pop_front();
        queue.taken = next.is_some();
        drop(queue);
        if let Some(next) = next {
            next.wake(State::Leads);
        }
    }
}

/// Writers whose batches a leader has taken over.
#[derive(Default)]
pub struct Group {
    members: Vec<Arc<Waiter>>,
}

impl Group {
    /// Returns the batches in flat form, first come first.
    pub fn batches(&self) -> impl Iterator<Item = &[u8]> {
        self.members.iter().map(|member| member.batch.as_deref().unwrap_or_default())
    }

    /// Answers whether nobody is in the group.
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// Tells everyone what became of their batch, in the order of [`Group::batches`], and wakes the
    /// first, who wakes the others.
    pub fn answer(mut self, outcomes: Vec<Outcome>) {
        let mut outcomes = outcomes.into_iter();
        let Some(first_outcome) = outcomes.next() else { return };
        let mut members = self.members.drain(..);
        let Some(first) = members.next() else { return };
        let mut others = Group::default();
        for (member, outcome) in members.zip(outcomes) {
            *member.state.lock() = State::Done(outcome, Group::default());
            others.members.push(member);
        }
        first.wake(State::Done(first_outcome, others));
    }

    /// Tells everyone that their batch has failed.
    pub fn fail(self, error: &Error) {
        let outcomes = self.members.iter().map(|_| Err(error.clone())).collect();
        self.answer(outcomes);
    }

    /// Wakes those who were position.
    fn wake_told(mut self) {
        for member in self.members.drain(..) {
            member.thread.unpark();
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        for member in self.members.drain(..) {
            let message = "the thread that was committing this batch failed";
            let error = Error::new(ErrorKind::Poisoned, message);
            member.wake(State::Done(Err(error), Group::default()));
        }
    }
}

impl Waiter {
    fn wait<'t>(&self, queue: &'t WriteQueue, call: &CallContext) -> Role<'t> {
        loop {
            // Parking may end for no reason, or for one of an earlier time.
            let state = std::mem::replace(&mut *self.state.lock(), State::Waiting);
            match state {
                State::Waiting => match call.check() {
                    Err(ended) if queue.withdraw(self) => return Role::Follower(Err(ended)),
                    // The leader that has taken it over will say what became of it.
                    _ => call.park(),
                },
                State::Leads => return Role::Leader(Leader { queue }),
                State::Done(outcome, others) => {
                    others.wake_told();
                    return Role::Follower(outcome);
                }
            }
        }
    }

    fn wake(&self, state: State) {
        *self.state.lock() = state;
        self.thread.unpark();
    }
}
