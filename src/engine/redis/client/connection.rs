//! A connection to one server.

use std::io::{self, BufReader, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::os::fd::{AsRawFd, RawFd};
use std::sync::Arc;
use std::time::{Duration, Instant};

use redis::{Cmd, Parser, Value, cmd};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, StreamOwned};

use crate::call::CallContext;
use crate::engine::redis::client::error::{from_server, unavailable};
use crate::engine::redis::client::options::{Address, Password};
use crate::error::{Error, ErrorKind, Result};
use crate::os::{Ready, begin_connect, wait_readable};

/// The parameters of connections.
#[derive(Clone)]
pub(crate) struct Login {
    /// The TLS configuration; `None` for connections without TLS.
    pub tls: Option<Arc<ClientConfig>>,
    /// The user; the default user if empty.
    pub username: String,
    /// The password sent with AUTH; `None` if the server asks for none.
    pub password: Option<Password>,
    /// The number of the database.
    pub database: u32,
    /// The timeout of connecting.
    pub connect_timeout: Duration,
    /// The timeout of a call, which begins again with each read that receives bytes.
    pub call_timeout: Duration,
}

/// Bytes of the read buffer. The parser alone reads 8 KiB at a time, and each read is a system
/// call.
const READ_BYTES: usize = 32 << 10;

/// A connection. After a failure its state is unknown and it must be closed.
pub(crate) struct Connection {
    stream: Stream,
    parser: Parser,
    address: Address,
    /// The timeout of reads and writes that is set on the socket, and the one of calls without an
    /// earlier deadline.
    timeout: Duration,
    call_timeout: Duration,
}

enum Stream {
    Plain(BufReader<TcpStream>),
    Tls(BufReader<Box<StreamOwned<ClientConnection, TcpStream>>>),
}

/// The failure of a call on a connection.
#[derive(Debug, Clone)]
pub(crate) struct CallError {
    /// The error of the call.
    pub error: Error,
    /// Whether the server may have received the call.
    pub sent: bool,
}

impl Connection {
    /// Connects, authenticates and selects the database.
    pub(crate) fn connect(
        address: &Address,
        login: &Login,
        call: &CallContext,
    ) -> Result<Connection> {
        let deadline = Instant::now() + login.connect_timeout;
        let tcp = dial(address, deadline, call)?;
        let failed = |error: io::Error| unavailable(address, &in_words(&error));
        tcp.set_nodelay(true).map_err(failed)?;
        let left = deadline.saturating_duration_since(Instant::now());
        set_timeout(&tcp, left).map_err(failed)?;
        let stream = match &login.tls {
            None => Stream::Plain(BufReader::with_capacity(READ_BYTES, tcp)),
            Some(config) => {
                let name = ServerName::try_from(address.host.clone()).map_err(|_| {
                    let message = format!(
                        "{:?} is not a host name or address that a certificate can have",
                        address.host
                    );
                    Error::new(ErrorKind::Argument, message)
                })?;
                let tls = ClientConnection::new(config.clone(), name)
                    .map_err(|error| unavailable(address, &error))?;
                let tls = Box::new(StreamOwned::new(tls, tcp));
                Stream::Tls(BufReader::with_capacity(READ_BYTES, tls))
            }
        };
        let mut connection = Connection {
            stream,
            parser: Parser::new(),
            address: address.clone(),
            timeout: left,
            call_timeout: login.call_timeout,
        };
        connection.authenticate(login, call)?;
        connection.limit(login.call_timeout)?;
        Ok(connection)
    }

    fn authenticate(&mut self, login: &Login, call: &CallContext) -> Result<()> {
        let mut steps: Vec<Cmd> = Vec::new();
        if let Some(password) = &login.password {
            let mut auth = cmd("AUTH");
            if !login.username.is_empty() {
                auth.arg(&login.username);
            }
            steps.push(auth.arg(password.reveal()).clone());
        }
        if login.database != 0 {
            steps.push(cmd("SELECT").arg(login.database).clone());
        }
        // PING fails on a server that requires a password, or that is not a Redis.
        steps.push(cmd("PING"));
        let packed: Vec<u8> = steps.iter().flat_map(Cmd::get_packed_command).collect();
        let replies = self.call(&packed, steps.len(), call).map_err(|broken| broken.error)?;
        for reply in &replies {
            if let Value::ServerError(error) = reply {
                let error = from_server(error);
                return Err(error.context(format_args!("redis at {}", self.address)));
            }
        }
        Ok(())
    }

    /// Sends commands and returns as many replies; fails when `call` has to end.
    pub(crate) fn call(
        &mut self,
        commands: &[u8],
        count: usize,
        call: &CallContext,
    ) -> Result<Vec<Value>, CallError> {
        if !call.is_bound() {
            self.send(commands)?;
            return (0..count).map(|_| self.receive()).collect();
        }
        let broken = |sent| move |error| CallError { error, sent };
        self.set_blocking(false).map_err(broken(false))?;
        self.send_for(commands, call).map_err(broken(false))?;
        let replies: Vec<Value> = (0..count)
            .map(|_| self.receive_for(call))
            .collect::<Result<_>>()
            .map_err(broken(true))?;
        self.set_blocking(true).map_err(broken(true))?;
        Ok(replies)
    }

    /// Sends commands; fails when `call` has to end, and then the last command was not sent
    /// completely.
    fn send_for(&mut self, mut commands: &[u8], call: &CallContext) -> Result<()> {
        loop {
            let (sent, awaited) = match &mut self.stream {
                Stream::Plain(_) if commands.is_empty() => return Ok(()),
                Stream::Plain(tcp) => (tcp.get_mut().write(commands), Ready::Write),
                Stream::Tls(tls) => {
                    let tls = tls.get_mut();
                    let sent = match commands {
                        [] => tls.flush().map(|()| 0),
                        _ => tls.write(commands),
                    };
                    // The TLS handshake comes before the first bytes, and may have to read.
                    (sent, if tls.conn.wants_write() { Ready::Write } else { Ready::Read })
                }
            };
            match sent {
                Ok(_) if commands.is_empty() => return Ok(()),
                Ok(len) => commands = commands.get(len..).unwrap_or_default(),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.wait_for(awaited, call)?;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(unavailable(&self.address, &in_words(&error))),
            }
        }
    }

    /// Returns the next reply; fails when `call` has to end.
    fn receive_for(&mut self, call: &CallContext) -> Result<Value> {
        loop {
            if let Some(reply) = self.try_receive()? {
                return Ok(reply);
            }
            self.wait_for(Ready::Read, call)?;
        }
    }

    fn wait_for(&self, ready: Ready, call: &CallContext) -> Result<()> {
        let until = Instant::now() + self.timeout;
        match call.wait_ready(self.fd(), ready, until)? {
            true => Ok(()),
            false => Err(unavailable(&self.address, &"no reply in time")),
        }
    }

    /// Sends commands.
    pub(crate) fn send(&mut self, commands: &[u8]) -> Result<(), CallError> {
        let written = match &mut self.stream {
            Stream::Plain(tcp) => tcp.get_mut().write_all(commands),
            Stream::Tls(tls) => {
                let tls = tls.get_mut();
                tls.write_all(commands).and_then(|()| tls.flush())
            }
        };
        // The server may have received some of the commands.
        written.map_err(|error| CallError {
            error: unavailable(&self.address, &in_words(&error)),
            sent: true,
        })
    }

    /// Returns the next reply.
    pub(crate) fn receive(&mut self) -> Result<Value, CallError> {
        self.parse().map_err(|error| CallError {
            error: match error.is_timeout() {
                true => unavailable(&self.address, &"no reply in time"),
                false => unavailable(&self.address, &closed(&error)),
            },
            sent: true,
        })
    }

    /// Returns the next reply if it has arrived, on a connection that does not
    /// [block](Connection::set_blocking).
    pub(crate) fn try_receive(&mut self) -> Result<Option<Value>> {
        match self.parse() {
            Ok(value) => Ok(Some(value)),
            Err(error) if error.is_timeout() => Ok(None),
            Err(error) => Err(unavailable(&self.address, &closed(&error))),
        }
    }

    /// Switches between blocking and non-blocking reads and writes.
    pub(crate) fn set_blocking(&self, on: bool) -> Result<()> {
        let set = self.tcp().set_nonblocking(!on);
        set.map_err(|error| unavailable(&self.address, &error))
    }

    /// Sets the timeout of reads and writes to `time`, if that is well below the call timeout; a
    /// change costs system calls.
    pub(crate) fn limit(&mut self, time: Duration) -> Result<()> {
        const SLACK: Duration = Duration::from_millis(10);
        let time = if time + SLACK < self.call_timeout { time } else { self.call_timeout };
        if time != self.timeout {
            set_timeout(self.tcp(), time).map_err(|error| unavailable(&self.address, &error))?;
            self.timeout = time;
        }
        Ok(())
    }

    /// Returns whether the server has closed the idle connection, or sent bytes on it without a
    /// command.
    pub(crate) fn is_stale(&self) -> bool {
        let is_empty = match &self.stream {
            Stream::Plain(tcp) => tcp.buffer().is_empty(),
            Stream::Tls(tls) => tls.buffer().is_empty(),
        };
        !is_empty || wait_readable(&[self.fd()], Some(Duration::ZERO)).unwrap_or(true)
    }

    /// Returns the descriptor, for polling. It belongs to the connection.
    pub(crate) fn fd(&self) -> RawFd {
        self.tcp().as_raw_fd()
    }

    fn parse(&mut self) -> redis::RedisResult<Value> {
        match &mut self.stream {
            Stream::Plain(tcp) => self.parser.parse_value(tcp),
            Stream::Tls(tls) => self.parser.parse_value(tls),
        }
    }

    fn tcp(&self) -> &TcpStream {
        match &self.stream {
            Stream::Plain(tcp) => tcp.get_ref(),
            Stream::Tls(tls) => tls.get_ref().get_ref(),
        }
    }
}

/// Connects to the first address of the host that accepts.
fn dial(address: &Address, deadline: Instant, call: &CallContext) -> Result<TcpStream> {
    let found = (address.host.as_str(), address.port).to_socket_addrs();
    let found = found.map_err(|error| unavailable(address, &error))?;
    let mut last = unavailable(address, &"its name has no address; check the host");
    for candidate in found {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(unavailable(address, &"no connection in time"));
        }
        let tcp = match begin_connect(&candidate) {
            Ok(tcp) => tcp,
            Err(error) => {
                last = unavailable(address, &in_words(&error));
                continue;
            }
        };
        if !call.wait_ready(tcp.as_raw_fd(), Ready::Write, deadline)? {
            return Err(unavailable(address, &"no connection in time"));
        }
        let connected = tcp.take_error().and_then(|error| error.map_or(Ok(()), Err));
        match connected.and_then(|()| tcp.set_nonblocking(false)) {
            Ok(()) => return Ok(tcp),
            Err(error) => last = unavailable(address, &in_words(&error)),
        }
    }
    Err(last)
}

fn set_timeout(tcp: &TcpStream, time: Duration) -> io::Result<()> {
    // A timeout of zero would mean none.
    let time = Some(time.max(Duration::from_millis(1)));
    tcp.set_read_timeout(time)?;
    tcp.set_write_timeout(time)
}

fn in_words(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => "no reply in time".to_owned(),
        _ => error.to_string(),
    }
}

fn closed(error: &redis::RedisError) -> String {
    match error.is_connection_dropped() {
        true => "the connection was cut".to_owned(),
        false => error.to_string(),
    }
}
