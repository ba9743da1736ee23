//! The pool of connections to one server, which all threads share.

use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};

use crate::call::{CallContext, UNBOUND};
use crate::engine::redis::client::address::Address;
use crate::engine::redis::client::connection::Connection;
use crate::engine::redis::client::error::{CallError, unavailable};
use crate::engine::redis::client::login::Login;
use crate::engine::redis::client::sentinel::Sentinels;
use crate::error::{Error, Result};

/// The pause between a failure to connect and the next attempt, at first and at most. It is at most
/// a quarter of the call timeout, so that a waiting call has time left.
const PAUSE_MIN: Duration = Duration::from_millis(50);
const PAUSE_MAX: Duration = Duration::from_secs(1);

/// A pool of connections to one server.
pub(crate) struct Pool {
    address: Address,
    /// The servers that have the present address, if it may change.
    sentinels: Option<Sentinels>,
    login: Arc<Login>,
    size: usize,
    /// Whether calls wait for the next attempt to connect. In a cluster another server may have
    /// taken over meanwhile.
    is_patient: bool,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    /// The idle connections, the one used last at the end.
    idle: Vec<Connection>,
    /// The number of connections, those that are being made included.
    open: usize,
    /// The number of times that the connections were renewed; one from before is not kept.
    renewals: u64,
    /// The last failure to connect, until an attempt succeeds.
    trouble: Option<Trouble>,
}

/// A failure to connect. Calls wait for the next attempt, which is made after a pause.
struct Trouble {
    next: Instant,
    pause: Duration,
}

/// A connection of the pool for one call. It is closed when this is dropped, unless it was kept.
pub(crate) struct PooledConnection<'p> {
    pool: &'p Pool,
    /// `None` once it was kept.
    connection: Option<Connection>,
    /// The renewals of the pool before this was taken from it.
    renewals: u64,
}

impl Pool {
    /// Returns an empty pool for the server at `address`, with at most `size` connections;
    /// `is_patient` says whether calls wait for a server that could not be reached just now.
    pub(crate) fn new(address: Address, login: Arc<Login>, size: usize, is_patient: bool) -> Self {
        let (state, changed) = (Mutex::default(), Condvar::new());
        Pool { address, sentinels: None, login, size, is_patient, state, changed }
    }

    /// Returns an empty pool for the master that the Sentinels name.
    pub(crate) fn behind(
        sentinels: Sentinels,
        master: Address,
        login: Arc<Login>,
        size: usize,
    ) -> Self {
        Pool { sentinels: Some(sentinels), ..Pool::new(master, login, size, true) }
    }

    /// Returns the address of the server.
    pub(crate) fn address(&self) -> &Address {
        &self.address
    }

    /// Returns a new connection outside the pool, made by `deadline`.
    pub(crate) fn connect(&self, deadline: Instant) -> Result<Connection> {
        self.dial(deadline, &UNBOUND).map_err(|failed| failed.error)
    }

    fn dial(&self, deadline: Instant, call: &CallContext) -> Result<Connection, CallError> {
        match &self.sentinels {
            Some(sentinels) => sentinels.connect(&self.login, deadline, call),
            None => Connection::connect(&self.address, &self.login, deadline, call),
        }
    }

    /// Closes the idle connections now, and those in use when they are returned.
    pub(crate) fn renew(&self) {
        let mut state = self.state.lock();
        state.renewals += 1;
        let idle = std::mem::take(&mut state.idle);
        state.open -= idle.len();
        drop(state);
        self.changed.notify_all();
    }

    /// Closes the idle connections.
    fn close_idle(&self) {
        let mut state = self.state.lock();
        let idle = std::mem::take(&mut state.idle);
        state.open -= idle.len();
    }

    /// Returns the number of connections.
    pub(crate) fn len(&self) -> usize {
        self.state.lock().open
    }

    /// Returns a connection for a call that ends by `deadline`, or when `call` has to end.
    pub(crate) fn acquire(
        &self,
        deadline: Instant,
        call: &CallContext,
    ) -> Result<PooledConnection<'_>, CallError> {
        let renewals = self.state.lock().renewals;
        let mut connection = self.find(deadline, call)?;
        connection.begin(deadline, call);
        Ok(PooledConnection { pool: self, connection: Some(connection), renewals })
    }

    fn release(&self, connection: Option<Connection>, renewals: u64) {
        let mut state = self.state.lock();
        match connection {
            Some(connection) if state.renewals == renewals => state.idle.push(connection),
            _ => state.open -= 1,
        }
        drop(state);
        self.changed.notify_one();
    }

    fn find(&self, deadline: Instant, call: &CallContext) -> Result<Connection, CallError> {
        let mut now = Instant::now();
        let mut state = self.state.lock();
        loop {
            call.check_unlocked(&mut state).map_err(CallError::unsent)?;
            if let Some(connection) = state.idle.pop() {
                // The server may have closed it meanwhile. The test costs a system call; without it
                // a write could fail with an unknown outcome.
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
                    let reason = "it could not be reached just now; try again";
                    return Err(CallError::unsent(unavailable(&self.address, &reason)));
                }
                Some(trouble) if trouble.next > now => trouble.next.min(deadline),
                trouble => {
                    // Other calls wait for the outcome of this attempt.
                    if let Some(trouble) = trouble {
                        trouble.next = now + self.login.connect_timeout;
                    }
                    state.open += 1;
                    drop(state);
                    return self.reconnect(deadline, call);
                }
            };
            if now >= deadline {
                return Err(CallError::unsent(self.none_free(state.open)));
            }
            self.changed.wait_until(&mut state, call.nap(wait_until));
            now = Instant::now();
        }
    }

    fn reconnect(&self, deadline: Instant, call: &CallContext) -> Result<Connection, CallError> {
        // A call near its deadline finds nothing out about the server.
        let left = deadline.saturating_duration_since(Instant::now());
        let is_late = left < self.login.connect_timeout.min(self.login.call_timeout) / 2;
        let connected = self.dial(deadline, call);
        let failure = connected.as_ref().err().map(|failed| &failed.error);
        if failure.is_none() || !is_late {
            self.login.traffic.count_connect(&self.address, failure);
        }
        let mut state = self.state.lock();
        match &connected {
            Ok(_) => state.trouble = None,
            // The call has ended without a failure of the server, so other calls try themselves.
            Err(failed) if failed.error.ends_call() || is_late => {
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
        let reason = match open >= self.size {
            true => {
                format!("all {} connections were in use for too long; raise pool_size", self.size)
            }
            false => "no connection in time".to_owned(),
        };
        unavailable(&self.address, &reason)
    }
}

impl PooledConnection<'_> {
    /// Returns the connection.
    pub(crate) fn get(&mut self) -> &mut Connection {
        self.connection.as_mut().expect("only `keep` takes it")
    }

    /// Returns the connection to the pool, if the replies to all commands on it were received, or
    /// closes it after a failure.
    pub(crate) fn release(mut self, failure: Option<&CallError>) {
        match failure {
            None => self.pool.release(self.connection.take(), self.renewals),
            // The idle connections may have lost their server as well.
            Some(failure) if !failure.error.ends_call() => self.pool.close_idle(),
            Some(_) => {}
        }
    }
}

impl Drop for PooledConnection<'_> {
    fn drop(&mut self) {
        if self.connection.take().is_some() {
            self.pool.release(None, self.renewals);
        }
    }
}
