//! A server and the connections that are kept to it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};
use redis::Value;

use crate::call::{CallContext, UNBOUND};
use crate::engine::redis::client::connection::{CallError, Connection, Login};
use crate::engine::redis::client::error::unavailable;
use crate::engine::redis::client::options::Address;
use crate::engine::redis::client::pipeline::Pipeline;
use crate::error::{Error, Result};

/// How long after a failure to connect the next attempt is made, at first and at most; and never so
/// long that a call which waits for it has no time left.
const PAUSE_MIN: Duration = Duration::from_millis(50);
const PAUSE_MAX: Duration = Duration::from_secs(1);

/// A server. Many threads use it at once, as many as there may be connections.
pub struct Node {
    address: Address,
    login: Arc<Login>,
    size: usize,
    /// Whether calls wait for the next attempt to connect. In a cluster another server may have
    /// taken over meanwhile.
    is_patient: bool,
    pipeline: Pipeline,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    /// The connections nobody uses, those used last at the end.
    idle: Vec<Connection>,
    /// All connections, and those that are being made.
    open: usize,
    /// What stands in the way of new connections.
    trouble: Option<Trouble>,
}

/// The server could not be reached. Attempts are spaced out; who comes in between waits for the next.
struct Trouble {
    next: Instant,
    pause: Duration,
}

impl Node {
    /// Returns the server at `address`, without connecting to it. At most `size` connections are made;
    /// `is_patient` says whether calls wait for one that could not be reached just now.
    pub fn new(address: Address, login: Arc<Login>, size: usize, is_patient: bool) -> Self {
        let (pipeline, state, changed) = (Pipeline::default(), Mutex::default(), Condvar::new());
        Node { address, login, size, is_patient, pipeline, state, changed }
    }

    /// Returns where the server is.
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// Returns a new connection of the caller's own.
    pub fn connect(&self) -> Result<Connection> {
        Connection::connect(&self.address, &self.login, &UNBOUND)
    }

    /// Sends commands and returns as many replies, by `deadline`.
    ///
    /// A bound call goes alone: when it ends early its connection goes with it, and with that the
    /// answers of all who had sent something there.
    pub fn call(
        &self,
        commands: &[u8],
        count: usize,
        deadline: Instant,
        call: &CallContext,
    ) -> Result<Vec<Value>, CallError> {
        if !call.is_bound() && Pipeline::take(commands) {
            let connect = || self.acquire(deadline, call);
            return self
                .pipeline
                .call(commands, count, deadline, connect, |connection| self.release(connection));
        }
        self.call_alone(commands, count, deadline, call)
    }

    /// Sends commands on a connection that nobody else uses meanwhile.
    pub fn call_alone(
        &self,
        commands: &[u8],
        count: usize,
        deadline: Instant,
        call: &CallContext,
    ) -> Result<Vec<Value>, CallError> {
        let acquired = self.acquire(deadline, call);
        let mut connection = acquired.map_err(|error| CallError { error, sent: false })?;
        let answered = connection.call(commands, count, call);
        self.release(answered.is_ok().then_some(connection));
        answered
    }

    /// Takes back a connection, if it is still good.
    fn release(&self, connection: Option<Connection>) {
        let mut state = self.state.lock();
        match connection {
            Some(connection) => state.idle.push(connection),
            None => state.open -= 1,
        }
        drop(state);
        self.changed.notify_one();
    }

    /// Returns how many connections there are.
    pub fn connections(&self) -> usize {
        self.state.lock().open
    }

    /// Returns a connection that answers by `deadline` or not at all.
    fn acquire(&self, deadline: Instant, call: &CallContext) -> Result<Connection> {
        let mut connection = self.find(deadline, call)?;
        if let Err(error) = connection.limit(deadline.saturating_duration_since(Instant::now())) {
            self.release(None);
            return Err(error);
        }
        Ok(connection)
    }

    fn find(&self, deadline: Instant, call: &CallContext) -> Result<Connection> {
        let mut now = Instant::now();
        let mut state = self.state.lock();
        loop {
            call.check_unlocked(&mut state)?;
            if let Some(connection) = state.idle.pop() {
                // The server may have closed it meanwhile. To know costs a system call, and not to
                // know a write of which nobody can say whether it was made.
                if !connection.is_stale() {
                    return Ok(connection);
                }
                state.open -= 1;
                continue;
            }
            let is_full = state.open >= self.size;
            let wait_until = match &mut state.trouble {
                _ if is_full => deadline,
                Some(trouble) if trouble.next > now && !self.is_patient => {
                    return Err(unavailable(&self.address, &"it could not be reached just now"));
                }
                Some(trouble) if trouble.next > now => trouble.next.min(deadline),
                trouble => {
                    // Others wait for what becomes of this attempt.
                    if let Some(trouble) = trouble {
                        trouble.next = now + self.login.connect_timeout;
                    }
                    state.open += 1;
                    drop(state);
                    return self.reconnect(call);
                }
            };
            if now >= deadline {
                return Err(self.none_free(state.open));
            }
            self.changed.wait_until(&mut state, call.nap(wait_until));
            now = Instant::now();
        }
    }

    fn reconnect(&self, call: &CallContext) -> Result<Connection> {
        let connected = Connection::connect(&self.address, &self.login, call);
        let mut state = self.state.lock();
        match &connected {
            Ok(_) => state.trouble = None,
            // It says nothing of the server: others make an attempt of their own.
            Err(error) if error.ends_call() => {
                state.open -= 1;
                if let Some(trouble) = &mut state.trouble {
                    trouble.next = Instant::now();
                }
            }
            Err(_) => {
                state.open -= 1;
                let pause = state.trouble.as_ref().map_or(PAUSE_MIN, |it| it.pause * 2);
                let pause = pause.min(PAUSE_MAX).min(self.login.call_timeout / 4);
                state.trouble = Some(Trouble { next: Instant::now() + pause, pause });
            }
        }
        drop(state);
        self.changed.notify_all();
        connected
    }

    fn none_free(&self, open: usize) -> Error {
        let why = match open >= self.size {
            true => format!("all {} connections were in use for too long", self.size),
            false => "no connection in time".to_owned(),
        };
        unavailable(&self.address, &why)
    }
}
