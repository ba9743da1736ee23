//! Sentinels: servers that name the master, which changes with a fail-over.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use parking_lot::Mutex;
use redis::cmd;

use crate::call::CallContext;
use crate::engine::redis::client::address::Address;
use crate::engine::redis::client::connection::Connection;
use crate::engine::redis::client::error::{
    CallError, Remedy, from_server, remedy_of, unavailable, unexpected,
};
use crate::engine::redis::client::login::Login;
use crate::engine::redis::client::options::ClientOptions;
use crate::engine::redis::client::reply::text;
use crate::engine::redis::client::traffic::Traffic;
use crate::engine::redis::client::value::Value;
use crate::error::{Error, ErrorKind, Result};

/// The Sentinels of one master. Each new connection asks them, so after a fail-over it leads to the
/// new master.
pub(crate) struct Sentinels {
    /// The name of the master.
    name: String,
    addresses: Vec<Address>,
    login: Login,
    /// The index of the Sentinel that has named the master last.
    first: AtomicUsize,
    /// The master that was named last.
    known: Mutex<Option<Address>>,
}

impl Sentinels {
    /// Returns the Sentinels that `options` name, without connecting to one; `None` if the
    /// addresses are those of servers.
    pub(crate) fn new(
        options: &ClientOptions,
        traffic: &Arc<Traffic>,
    ) -> Result<Option<Sentinels>> {
        if options.sentinel.is_empty() {
            return Ok(None);
        }
        Ok(Some(Sentinels {
            name: options.sentinel.clone(),
            addresses: options.addresses.clone(),
            login: Login::of_sentinels(options, traffic.clone())?,
            first: AtomicUsize::new(0),
            known: Mutex::default(),
        }))
    }

    /// Returns a connection to the master, which has confirmed that it is one, made by `deadline`.
    /// A failure heals when a fail-over may end it.
    pub(crate) fn connect(
        &self,
        login: &Login,
        deadline: Instant,
        call: &CallContext,
    ) -> Result<Connection, CallError> {
        let address = self.find(deadline, call)?;
        let connected = Connection::connect(&address, login, deadline, call);
        let mut connection = connected.map_err(|failed| CallError {
            heals: failed.heals || failed.error.kind() == ErrorKind::Unavailable,
            ..failed
        })?;
        let replies = connection.call(&cmd("ROLE").get_packed_command(), 1);
        let replies = replies.map_err(|failed| CallError { heals: true, sent: false, ..failed })?;
        let failure = match replies.into_iter().next() {
            Some(Value::Array(parts)) => match parts.into_iter().next().map(text) {
                Some(Ok(role)) if role == "master" => return Ok(connection),
                _ => {
                    let reason = "the Sentinels name it as the master, and it is a replica: a \
                                  fail-over may be under way; try again";
                    CallError { heals: true, ..CallError::unsent(unavailable(&address, &reason)) }
                }
            },
            Some(Value::ServerError(error)) => {
                let heals = remedy_of(&error) != Remedy::None;
                let error = from_server(&error);
                if error.kind() == ErrorKind::Permission {
                    // A user without the right to ask: a replica refuses writes all the same.
                    return Ok(connection);
                }
                CallError { heals, ..CallError::unsent(error) }
            }
            _ => CallError::unsent(unexpected("a role")),
        };
        Err(failure)
    }

    /// Returns the address of the master. Of the time until `deadline`, each Sentinel has its
    /// share. If none can be reached, it is the address that was named last.
    fn find(&self, deadline: Instant, call: &CallContext) -> Result<Address, CallError> {
        let deadline = deadline.min(Instant::now() + self.login.connect_timeout);
        let (count, first) = (self.addresses.len(), self.first.load(Ordering::Relaxed));
        let (mut ignorant, mut last) = (None, None::<Error>);
        for step in 0..count {
            let at = (first + step) % count;
            let Some(sentinel) = self.addresses.get(at) else { break };
            let left = deadline.saturating_duration_since(Instant::now());
            let until = Instant::now() + left / (count - step) as u32;
            match self.ask(sentinel, until, call) {
                Ok(Some(address)) => {
                    self.first.store(at, Ordering::Relaxed);
                    let before = self.known.lock().replace(address.clone());
                    if before.is_some_and(|before| before != address) {
                        self.login.traffic.count_failover(&address);
                    }
                    return Ok(address);
                }
                Ok(None) => ignorant = Some(sentinel),
                Err(error) if error.ends_call() => return Err(CallError::unsent(error)),
                // A user that is refused is the cause that does not heal.
                Err(error) => {
                    let is_lesser = last.as_ref().is_some_and(|it| it.kind() != error.kind())
                        && error.kind() == ErrorKind::Unavailable;
                    last = if is_lesser { last } else { Some(error) };
                }
            }
        }
        if let Some(sentinel) = ignorant {
            let message = format!(
                "the Sentinel at {sentinel} knows no master of the name {:?}; SENTINEL MASTERS \
                 lists those that it knows",
                self.name
            );
            return Err(CallError::unsent(Error::new(ErrorKind::Argument, message)));
        }
        if let Some(known) = self.known.lock().clone() {
            return Ok(known);
        }
        let error = last.unwrap_or_else(|| unexpected("the address of a server"));
        let error = error.context(format_args!("no Sentinel names the master {:?}", self.name));
        Err(CallError::unsent(error))
    }

    /// Asks one Sentinel for the address of the master; returns `None` if it does not know the
    /// name.
    fn ask(
        &self,
        sentinel: &Address,
        deadline: Instant,
        call: &CallContext,
    ) -> Result<Option<Address>> {
        let connected = Connection::connect(sentinel, &self.login, deadline, call);
        let mut connection = connected.map_err(|failed| failed.error)?;
        let mut question = cmd("SENTINEL");
        question.arg("GET-MASTER-ADDR-BY-NAME").arg(&self.name);
        let replies = connection.call(&question.get_packed_command(), 1);
        let reply = replies.map_err(|failed| failed.error)?.into_iter().next();
        match reply {
            Some(Value::Nil) => Ok(None),
            Some(Value::Array(parts)) => {
                let mut parts = parts.into_iter();
                let (Some(host), Some(port)) = (parts.next(), parts.next()) else {
                    return Err(unexpected("the address of a server"));
                };
                let port = text(port)?.parse().map_err(|_| unexpected("a port"))?;
                Ok(Some(Address::tcp(&text(host)?, port)))
            }
            Some(Value::ServerError(error)) => {
                let error = from_server(&error);
                Err(match error.message().contains("unknown command") {
                    true => error.context(format_args!("redis at {sentinel} is no Sentinel")),
                    false => error.context(format_args!("the Sentinel at {sentinel}")),
                })
            }
            _ => Err(unexpected("the address of a server")),
        }
    }
}
