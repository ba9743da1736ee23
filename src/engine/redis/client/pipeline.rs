//! Calls that many threads make at the same time go together.
//!
//! A server answers one command after the other, and most of its time goes into system calls. So of
//! the calls that come while others are under way, one thread takes all that wait and sends them in one
//! go, each with its own answer. Who comes alone notices nothing of it.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;

use parking_lot::{Condvar, Mutex, MutexGuard};
use redis::Value;

use crate::engine::redis::client::connection::{CallError, Connection};
use crate::error::{Error, ErrorKind};

/// How many threads send at a time, others while the answers of these are on their way. With more, fewer
/// calls go together; with fewer, more threads wait to be woken by another.
const SENDERS_MAX: usize = 4;
/// What is larger goes alone, so that nobody waits behind it.
const BYTES_MAX: usize = 4 << 10;
/// Calls that go together at most.
const CALLS_MAX: usize = 32;

/// The calls of many threads to one server.
#[derive(Default)]
pub struct Pipeline {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Threads that send.
    leading: usize,
    waiting: VecDeque<Arc<Waiter>>,
}

/// A call that somebody else may make.
struct Waiter {
    commands: Vec<u8>,
    count: usize,
    turn: Mutex<Turn>,
    bell: Condvar,
}

enum Turn {
    /// Nobody has sent it.
    Waiting,
    /// Somebody is about to.
    Taken,
    /// Its thread is to send it, and what waits by then.
    Leading,
    Done(Result<Vec<Value>, CallError>),
}

impl Pipeline {
    /// Answers whether a call is one that goes together with others.
    pub fn take(commands: &[u8]) -> bool {
        commands.len() <= BYTES_MAX
    }

    /// Makes a call, and those of others, on a connection that `connect` gives and `rest` takes back
    /// if it is still good.
    pub fn call(
        &self,
        commands: &[u8],
        count: usize,
        deadline: Instant,
        connect: impl FnOnce() -> Result<Connection, Error>,
        rest: impl FnOnce(Option<Connection>),
    ) -> Result<Vec<Value>, CallError> {
        let mut state = self.state.lock();
        if state.leading < SENDERS_MAX {
            state.leading += 1;
            drop(state);
            return self.lead(commands, count, connect, rest);
        }
        let waiter = Arc::new(Waiter {
            commands: commands.to_vec(),
            count,
            turn: Mutex::new(Turn::Waiting),
            bell: Condvar::new(),
        });
        state.waiting.push_back(waiter.clone());
        drop(state);
        match self.wait(&waiter, deadline) {
            Turn::Done(answer) => answer,
            Turn::Leading => self.lead(commands, count, connect, rest),
            Turn::Waiting | Turn::Taken => {
                let message = "redis: no connection was free in time";
                let error = Error::new(ErrorKind::Unavailable, message);
                Err(CallError { error, sent: false })
            }
        }
    }

    /// Waits until a call was made or is to be made by this thread; until `deadline`, if nobody has
    /// begun with it by then.
    fn wait(&self, waiter: &Arc<Waiter>, deadline: Instant) -> Turn {
        let mut turn = waiter.turn.lock();
        loop {
            match &*turn {
                Turn::Waiting => {
                    if waiter.bell.wait_until(&mut turn, deadline).timed_out()
                        && matches!(*turn, Turn::Waiting)
                    {
                        MutexGuard::unlocked(&mut turn, || {
                            self.state.lock().waiting.retain(|it| !Arc::ptr_eq(it, waiter));
                        });
                        if matches!(*turn, Turn::Waiting) {
                            return Turn::Waiting;
                        }
                    }
                }
                // Who has taken it will say what became of it, by a deadline of its own.
                Turn::Taken => waiter.bell.wait(&mut turn),
                Turn::Leading | Turn::Done(_) => {
                    return std::mem::replace(&mut *turn, Turn::Taken);
                }
            }
        }
    }

    fn lead(
        &self,
        commands: &[u8],
        count: usize,
        connect: impl FnOnce() -> Result<Connection, Error>,
        rest: impl FnOnce(Option<Connection>),
    ) -> Result<Vec<Value>, CallError> {
        let mut connection = match connect() {
            Ok(connection) => connection,
            Err(error) => {
                self.hand_over();
                return Err(CallError { error, sent: false });
            }
        };
        let others = self.take_waiting();
        let sent = match others.is_empty() {
            true => connection.send(commands),
            false => {
                let all = others.iter().fold(commands.to_vec(), |mut all, other| {
                    all.extend_from_slice(&other.commands);
                    all
                });
                connection.send(&all)
            }
        };
        // The next may send while the answers of these are on their way.
        let mut failure = sent.err();
        let mut receive = |count: usize| match &failure {
            Some(broken) => Err(broken.clone()),
            None => {
                let replies: Result<Vec<Value>, CallError> =
                    (0..count).map(|_| connection.receive()).collect();
                failure = replies.as_ref().err().cloned();
                replies
            }
        };
        let answer = receive(count);
        for other in &others {
            other.answer(Turn::Done(receive(other.count)));
        }
        rest(failure.is_none().then_some(connection));
        self.hand_over();
        answer
    }

    /// Takes calls that wait, to make them.
    fn take_waiting(&self) -> Vec<Arc<Waiter>> {
        let mut state = self.state.lock();
        let count = state.waiting.len().min(CALLS_MAX);
        let taken: Vec<Arc<Waiter>> = state.waiting.drain(..count).collect();
        for waiter in &taken {
            *waiter.turn.lock() = Turn::Taken;
        }
        taken
    }

    /// Lets another thread send in place of this one.
    fn hand_over(&self) {
        let mut state = self.state.lock();
        match state.waiting.pop_front() {
            Some(next) => next.answer(Turn::Leading),
            None => state.leading -= 1,
        }
    }
}

impl Waiter {
    fn answer(&self, turn: Turn) {
        *self.turn.lock() = turn;
        self.bell.notify_one();
    }
}
