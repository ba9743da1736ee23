//! A node: one server, with its pool of connections and its pipeline.

use std::sync::Arc;
use std::time::Instant;

use crate::call::CallContext;
use crate::engine::redis::client::address::Address;
use crate::engine::redis::client::connection::Connection;
use crate::engine::redis::client::error::CallError;
use crate::engine::redis::client::login::Login;
use crate::engine::redis::client::pipeline::Pipeline;
use crate::engine::redis::client::pool::Pool;
use crate::engine::redis::client::sentinel::Sentinels;
use crate::engine::redis::client::value::Value;
use crate::error::Result;

/// One server, which many threads use at once.
pub(crate) struct Node {
    pool: Pool,
    pipeline: Pipeline,
}

impl Node {
    /// Returns the server at `address`, without connecting to it. There are at most `size`
    /// connections; `is_patient` says whether calls wait for a server that could not be reached
    /// just now.
    pub(crate) fn new(address: Address, login: Arc<Login>, size: usize, is_patient: bool) -> Self {
        let pool = Pool::new(address, login, size, is_patient);
        Node { pool, pipeline: Pipeline::default() }
    }

    /// Returns the master that the Sentinels name, without connecting to it.
    pub(crate) fn behind(sentinels: Sentinels, master: Address, login: Login, size: usize) -> Self {
        let pool = Pool::behind(sentinels, master, Arc::new(login), size);
        Node { pool, pipeline: Pipeline::default() }
    }

    /// Returns the address of the server.
    pub(crate) fn address(&self) -> &Address {
        self.pool.address()
    }

    /// Returns a new connection outside the pool, made by `deadline`.
    pub(crate) fn connect(&self, deadline: Instant) -> Result<Connection> {
        self.pool.connect(deadline)
    }

    /// Closes the connections of the pool, each when no call uses it: the server at the address is
    /// another one now.
    pub(crate) fn reconnect(&self) {
        self.pool.renew();
    }

    /// Returns the number of connections in the pool.
    pub(crate) fn connections(&self) -> usize {
        self.pool.len()
    }

    /// Sends commands and returns as many replies, by `deadline`.
    ///
    /// A bound call does not share a write: when it ends early its connection is closed, and the
    /// replies of other calls on it would be lost.
    pub(crate) fn call(
        &self,
        commands: &[u8],
        count: usize,
        deadline: Instant,
        call: &CallContext,
    ) -> Result<Vec<Value>, CallError> {
        if !call.is_bound() && Pipeline::accepts(commands) {
            return self.pipeline.call(commands, count, deadline, &self.pool);
        }
        self.call_alone(commands, count, deadline, call)
    }

    /// Sends commands on a connection that no other call uses meanwhile.
    pub(crate) fn call_alone(
        &self,
        commands: &[u8],
        count: usize,
        deadline: Instant,
        call: &CallContext,
    ) -> Result<Vec<Value>, CallError> {
        let mut pooled = self.pool.acquire(deadline, call)?;
        let called = pooled.get().call(commands, count);
        pooled.release(called.as_ref().err());
        called
    }
}
