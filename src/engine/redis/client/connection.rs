//! A connection to one server.

use std::io::{self, BufReader};
use std::time::{Duration, Instant};

use redis::Cmd;
use rustls::pki_types::ServerName;
use rustls::{ClientConnection, StreamOwned};

use crate::call::CallContext;
use crate::engine::redis::client::address::Address;
use crate::engine::redis::client::error::{
    CallError, Remedy, from_server, remedy_of, stream_error, unavailable,
};
use crate::engine::redis::client::login::Login;
use crate::engine::redis::client::parser::{ParseError, Parser};
use crate::engine::redis::client::secret::Password;
use crate::engine::redis::client::transport::{Limited, Transport};
use crate::engine::redis::client::value::Value;
use crate::error::{Error, ErrorKind, Result};
use crate::os::{Descriptor, wait_readable};

/// Bytes of the read buffer: each read is a system call.
const READ_BYTES: usize = 32 << 10;

/// A connection. After a failure its state is unknown and it must be closed.
pub(crate) struct Connection {
    transport: BufReader<Transport>,
    parser: Parser,
    address: Address,
}

impl Connection {
    /// Connects, authenticates and selects the database, by `deadline`.
    pub(crate) fn connect(
        address: &Address,
        login: &Login,
        deadline: Instant,
        call: &CallContext,
    ) -> Result<Connection, CallError> {
        let deadline = deadline.min(Instant::now() + login.connect_timeout);
        let begin =
            || Connection::begin_new(address, login, deadline, call).map_err(CallError::unsent);
        let (mut connection, password) = (begin()?, login.password());
        let refused = match connection.sign_in(login, password.as_ref()) {
            Err(refused) if refused.error.kind() == ErrorKind::Permission => refused,
            outcome => return outcome.map(|()| connection),
        };
        // Another password may be in the file by now.
        let password = login.renewed(password.as_ref()).ok_or(refused)?;
        connection = begin()?;
        connection.sign_in(login, Some(&password))?;
        Ok(connection)
    }

    /// Connects, and makes the TLS connection.
    fn begin_new(
        address: &Address,
        login: &Login,
        deadline: Instant,
        call: &CallContext,
    ) -> Result<Connection> {
        let socket = address.connect(deadline, call)?;
        let limited = Limited::new(socket, login.call_timeout, deadline, call)
            .map_err(|error| unavailable(address, &error))?;
        let transport = match &login.tls {
            None => Transport::Plain(limited),
            Some(config) => {
                let host = address.host();
                let name = ServerName::try_from(host.to_owned()).map_err(|_| {
                    let message = format!(
                        "{host:?} is not a host name or address that a certificate can have"
                    );
                    Error::new(ErrorKind::Argument, message)
                })?;
                let tls = ClientConnection::new(config.clone(), name)
                    .map_err(|error| unavailable(address, &error))?;
                Transport::Tls(Box::new(StreamOwned::new(tls, limited)))
            }
        };
        let mut connection = Connection {
            transport: BufReader::with_capacity(READ_BYTES, transport),
            parser: Parser::default(),
            address: address.clone(),
        };
        let shaken = connection.transport.get_mut().shake_hands();
        shaken.map_err(|error| connection.failed(&error))?;
        Ok(connection)
    }

    fn sign_in(&mut self, login: &Login, password: Option<&Password>) -> Result<(), CallError> {
        let steps = login.commands(password);
        let packed: Vec<u8> = steps.iter().flat_map(Cmd::get_packed_command).collect();
        let replies = self.call(&packed, steps.len());
        // The call for which the connection is made is not sent yet.
        let replies = replies.map_err(|broken| CallError::unsent(broken.error))?;
        for reply in &replies {
            // A server that cannot save refuses a PING as well, but not reads.
            if let Value::ServerError(error) = reply
                && error.code() != "MISCONF"
            {
                let heals = remedy_of(error) != Remedy::None;
                let error = from_server(error).context(format_args!("redis at {}", self.address));
                return Err(CallError { heals, ..CallError::unsent(error) });
            }
        }
        Ok(())
    }

    /// Begins a call that ends by `deadline`, or when `call` has to end.
    pub(crate) fn begin(&mut self, deadline: Instant, call: &CallContext) {
        self.transport.get_mut().begin(deadline, call);
    }

    /// Sends commands and returns as many replies.
    pub(crate) fn call(&mut self, commands: &[u8], count: usize) -> Result<Vec<Value>, CallError> {
        self.send(commands)?;
        (0..count).map(|_| self.receive()).collect()
    }

    /// Sends commands. When the call has to end meanwhile, the last command was not sent
    /// completely.
    pub(crate) fn send(&mut self, commands: &[u8]) -> Result<(), CallError> {
        let sent = self.transport.get_mut().send(commands);
        sent.map_err(|error| {
            let error = self.failed(&error);
            // The server may have received some of the commands.
            CallError { sent: !error.ends_call(), ..CallError::unsent(error) }
        })
    }

    /// Returns the next reply.
    pub(crate) fn receive(&mut self) -> Result<Value, CallError> {
        self.parser.parse(&mut self.transport).map_err(|error| {
            let error = self.refused(error);
            CallError { sent: true, ..CallError::unsent(error) }
        })
    }

    /// Returns the next reply if it has arrived, on a connection that does not
    /// [wait](Connection::set_waiting).
    pub(crate) fn try_receive(&mut self) -> Result<Option<Value>> {
        match self.parser.parse(&mut self.transport) {
            Ok(value) => Ok(Some(value)),
            Err(ParseError::Io(error)) if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
            Err(error) => Err(self.refused(error)),
        }
    }

    /// Switches between receives that wait and receives that do not.
    pub(crate) fn set_waiting(&mut self, on: bool) {
        self.transport.get_mut().set_waiting(on);
    }

    /// Returns whether the server has closed the idle connection, or sent bytes on it without a
    /// command.
    pub(crate) fn is_stale(&self) -> bool {
        let is_empty = self.transport.buffer().is_empty();
        !is_empty || wait_readable(&[self.fd()], Some(Duration::ZERO)).unwrap_or(true)
    }

    /// Returns the descriptor, for polling. It belongs to the connection.
    pub(crate) fn fd(&self) -> Descriptor {
        self.transport.get_ref().fd()
    }

    /// Returns the error of a send or a handshake.
    fn failed(&mut self, error: &io::Error) -> Error {
        let ended = self.transport.get_mut().take_ended();
        ended.unwrap_or_else(|| stream_error(&self.address, error))
    }

    /// Returns the error of a receive.
    fn refused(&mut self, error: ParseError) -> Error {
        match error {
            ParseError::Io(error) => self.failed(&error),
            ParseError::TooLarge(error) => error.context(format_args!("redis at {}", self.address)),
            ParseError::Foreign => {
                unavailable(&self.address, &"its reply is not in the protocol of redis")
            }
        }
    }
}
