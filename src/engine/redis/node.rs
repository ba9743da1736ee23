//! A server and the connections that are kept to it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};
use redis::Value;

use crate::call::{CallContext, UNBOUND};
use crate::engine::redis::error::unavailable;
use crate::engine::redis::lanes::Lanes;
use crate::engine::redis::options::Address;
use crate::engine::redis::wire::{Broken, Login, Wire};
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
    lanes: Lanes,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    /// The connections nobody uses, those used last at the end.
    resting: Vec<Wire>,
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
        let (lanes, state, changed) = (Lanes::default(), Mutex::default(), Condvar::new());
        Node { address, login, size, is_patient, lanes, state, changed }
    }

    /// Returns where the server is.
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// Returns a new connection of the caller's own.
    pub fn connect(&self) -> Result<Wire> {
        Wire::connect(&self.address, &self.login, &UNBOUND)
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
    ) -> Result<Vec<Value>, Broken> {
        if !call.is_bound() && Lanes::take(commands) {
            let connect = || self.acquire(deadline, call);
            return self.lanes.call(commands, count, deadline, connect, |wire| self.rest(wire));
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
    ) -> Result<Vec<Value>, Broken> {
        let acquired = self.acquire(deadline, call);
        let mut wire = acquired.map_err(|error| Broken { error, sent: false })?;
        let answered = wire.call(commands, count, call);
        self.rest(answered.is_ok().then_some(wire));
        answered
    }

    /// Takes back a connection, if it is still good.
    fn rest(&self, wire: Option<Wire>) {
        let mut state = self.state.lock();
        match wire {
            Some(wire) => state.resting.push(wire),
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
    fn acquire(&self, deadline: Instant, call: &CallContext) -> Result<Wire> {
        let mut wire = self.find(deadline, call)?;
        if let Err(error) = wire.limit(deadline.saturating_duration_since(Instant::now())) {
            self.rest(None);
            return Err(error);
        }
        Ok(wire)
    }

    fn find(&self, deadline: Instant, call: &CallContext) -> Result<Wire> {
        let mut now = Instant::now();
        let mut state = self.state.lock();
        loop {
            call.check_unlocked(&mut state)?;
            if let Some(wire) = state.resting.pop() {
                // The server may have closed it meanwhile. To know costs a system call, and not to
                // know a write of which nobody can say whether it was made.
                if !wire.is_stale() {
                    return Ok(wire);
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
                    return self.connect_anew(call);
                }
            };
            if now >= deadline {
                return Err(self.none_free(state.open));
            }
            self.changed.wait_until(&mut state, call.nap(wait_until));
            now = Instant::now();
        }
    }

    fn connect_anew(&self, call: &CallContext) -> Result<Wire> {
        let connected = Wire::connect(&self.address, &self.login, call);
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
