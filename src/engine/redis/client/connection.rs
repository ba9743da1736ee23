//! One connection to one server.

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

/// How to connect.
#[derive(Clone)]
pub struct Login {
    /// How connections are encrypted, if they are.
    pub tls: Option<Arc<ClientConfig>>,
    /// The user, or nothing for the default one.
    pub username: String,
    /// The password, if there is one.
    pub password: Option<Password>,
    /// The number of the database.
    pub database: u32,
    /// How long it may take to connect.
    pub connect_timeout: Duration,
    /// How long a call may take; longer only while bytes keep coming.
    pub call_timeout: Duration,
}

/// How much is read at once: the parser alone asks for 8 KiB, and each time costs a system call.
const READ_BYTES: usize = 32 << 10;

/// A connection. After a failure it is in an unknown state and good for nothing.
pub struct Connection {
    stream: Stream,
    parser: Parser,
    address: Address,
    /// How long reads and writes wait now, and how long they do if there is time.
    timeout: Duration,
    call_timeout: Duration,
}

enum Stream {
    Plain(BufReader<TcpStream>),
    Tls(BufReader<Box<StreamOwned<ClientConnection, TcpStream>>>),
}

/// Why a call failed on a connection.
#[derive(Debug, Clone)]
pub struct CallError {
    /// What to tell.
    pub error: Error,
    /// Whether the server may have got the call.
    pub sent: bool,
}

impl Connection {
    /// Connects, signs in and chooses the database.
    pub fn connect(address: &Address, login: &Login, call: &CallContext) -> Result<Connection> {
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
                    let message = format!("{:?} is no name a certificate has", address.host);
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
        connection.sign_in(login, call)?;
        connection.limit(login.call_timeout)?;
        Ok(connection)
    }

    fn sign_in(&mut self, login: &Login, call: &CallContext) -> Result<()> {
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
        // It tells a server that does not speak at all from one that lets us in.
        steps.push(cmd("PING"));
        let packed: Vec<u8> = steps.iter().flat_map(Cmd::get_packed_command).collect();
        let replies = self.call(&packed, steps.len(), call).map_err(|broken| broken.error)?;
        for reply in &replies {
            if let Value::ServerError(error) = reply {
                let told = from_server(error);
                return Err(told.context(format_args!("redis at {}", self.address)));
            }
        }
        Ok(())
    }

    /// Sends commands and returns as many replies; fails when `call` is to end.
    pub fn call(
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

    /// Sends commands, or fails when `call` is to end: then the server has not got the last of them
    /// whole.
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
                    // Before anything is written, hands are shaken.
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

    /// Returns the next reply, or fails when `call` is to end.
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
            false => Err(unavailable(&self.address, &"no answer in time")),
        }
    }

    /// Sends commands.
    pub fn send(&mut self, commands: &[u8]) -> Result<(), CallError> {
        let written = match &mut self.stream {
            Stream::Plain(tcp) => tcp.get_mut().write_all(commands),
            Stream::Tls(tls) => {
                let tls = tls.get_mut();
                tls.write_all(commands).and_then(|()| tls.flush())
            }
        };
        // A part of them may have arrived.
        written.map_err(|error| CallError {
            error: unavailable(&self.address, &in_words(&error)),
            sent: true,
        })
    }

    /// Returns the next reply.
    pub fn receive(&mut self) -> Result<Value, CallError> {
        self.parse().map_err(|error| CallError {
            error: match error.is_timeout() {
                true => unavailable(&self.address, &"no answer in time"),
                false => unavailable(&self.address, &closed(&error)),
            },
            sent: true,
        })
    }

    /// Returns the next reply if it has arrived, of a connection that does not
    /// [block](Connection::set_blocking).
    pub fn try_receive(&mut self) -> Result<Option<Value>> {
        match self.parse() {
            Ok(value) => Ok(Some(value)),
            Err(error) if error.is_timeout() => Ok(None),
            Err(error) => Err(unavailable(&self.address, &closed(&error))),
        }
    }

    /// Makes reads wait, or not.
    pub fn set_blocking(&self, on: bool) -> Result<()> {
        let set = self.tcp().set_nonblocking(!on);
        set.map_err(|error| unavailable(&self.address, &error))
    }

    /// Makes reads and writes wait for at most `time`, if that is much less than they do anyway: it
    /// costs system calls.
    pub fn limit(&mut self, time: Duration) -> Result<()> {
        const SLACK: Duration = Duration::from_millis(10);
        let time = if time + SLACK < self.call_timeout { time } else { self.call_timeout };
        if time != self.timeout {
            set_timeout(self.tcp(), time).map_err(|error| unavailable(&self.address, &error))?;
            self.timeout = time;
        }
        Ok(())
    }

    /// Answers whether the server has closed the connection, or said what nobody asked for, while it
    /// rested.
    pub fn is_stale(&self) -> bool {
        let is_read = match &self.stream {
            Stream::Plain(tcp) => tcp.buffer().is_empty(),
            Stream::Tls(tls) => tls.buffer().is_empty(),
        };
        !is_read || wait_readable(&[self.fd()], Some(Duration::ZERO)).unwrap_or(true)
    }

    /// Returns the descriptor, to wait for it. It belongs to the connection.
    pub fn fd(&self) -> RawFd {
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

/// Connects to the first address of the host that answers.
fn dial(address: &Address, deadline: Instant, call: &CallContext) -> Result<TcpStream> {
    let found = (address.host.as_str(), address.port).to_socket_addrs();
    let found = found.map_err(|error| unavailable(address, &error))?;
    let mut last = unavailable(address, &"its name has no address");
    for place in found {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(unavailable(address, &"no connection in time"));
        }
        let tcp = match begin_connect(&place) {
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
    // Zero would mean for ever.
    let time = Some(time.max(Duration::from_millis(1)));
    tcp.set_read_timeout(time)?;
    tcp.set_write_timeout(time)
}

fn in_words(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => "no answer in time".to_owned(),
        _ => error.to_string(),
    }
}

fn closed(error: &redis::RedisError) -> String {
    match error.is_connection_dropped() {
        true => "the connection was cut".to_owned(),
        false => error.to_string(),
    }
}
