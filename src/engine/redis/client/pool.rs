//! The pool of connections to one server, which all threads share.

use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};

use crate::call::{CallContext, UNBOUND};
use crate::engine::redis::client::connection::{Connection, Login};
use crate::engine::redis::client::error::unavailable;
use crate::engine::redis::client::options::Address;
use crate::error::{Error, Result};

/// The pause between a failure to connect and the next attempt, at first and at most. It is at most
/// a quarter of the call timeout, so that a waiting call has time left.
const PAUSE_MIN: Duration = Duration::from_millis(50);
const PAUSE_MAX: Duration = Duration::from_secs(1);

/// A pool of connections to one server.
pub(crate) struct Pool {
    address: Address,
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
}

impl Pool {
    /// Returns an empty pool for the server at `address`, with at most `size` connections;
    /// `is_patient` says whether calls wait for a server that could not be reached just now.
    pub(crate) fn new(address: Address, login: Arc<Login>, size: usize, is_patient: bool) -> Self {
        let (state, changed) = (Mutex::default(), Condvar::new());
        Pool { address, login, size, is_patient, state, changed }
    }

    /// Returns the address of the server.
    pub(crate) fn address(&self) -> &Address {
        &self.address
    }

    /// Returns a new connection outside the pool.
    pub(crate) fn connect(&self) -> Result<Connection> {
        Connection::connect(&self.address, &self.login, &UNBOUND)
    }

    /// Returns the number of connections.
    pub(crate) fn len(&self) -> usize {
        self.state.lock().open
    }

    /// Returns a connection whose calls end by `deadline`.
    pub(crate) fn acquire(
        &self,
        deadline: Instant,
        call: &CallContext,
    ) -> Result<PooledConnection<'_>> {
        let connection = Some(self.find(deadline, call)?);
        let mut pooled = PooledConnection { pool: self, connection };
        pooled.get().limit(deadline.saturating_duration_since(Instant::now()))?;
        Ok(pooled)
    }

    fn release(&self, connection: Option<Connection>) {
        let mut state = self.state.lock();
        match connection {
            Some(connection) => state.idle.push(connection),
            None => state.open -= 1,
        }
        drop(state);
        self.changed.notify_one();
    }

    fn find(&self, deadline: Instant, call: &CallContext) -> Result<Connection> {
        let mut now = Instant::now();
        let mut state = self.state.lock();
        loop {
            call.check_unlocked(&mut state)?;
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
                    return Err(unavailable(
                        &self.address,
                        &"it could not be reached just now; try again",
                    ));
                }
                Some(trouble) if trouble.next > now => trouble.next.min(deadline),
                trouble => {
                    // Other calls wait for the outcome of this attempt.
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
            // The call has ended without a failure of the server, so other calls try themselves.
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

    /// Returns the connection to the pool. The replies to all commands on it were received.
    pub(crate) fn keep(mut self) {
        self.pool.release(self.connection.take());
    }
}

impl Drop for PooledConnection<'_> {
    fn drop(&mut self) {
        if self.connection.take().is_some() {
            self.pool.release(None);
        }
    }
}
