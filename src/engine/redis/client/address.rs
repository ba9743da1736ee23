//! The address of a server, and the connection of a socket to it.

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::time::Instant;

use socket2::Socket;

use crate::call::CallContext;
use crate::engine::redis::client::error::{disconnected, unavailable};
use crate::engine::redis::client::lookup::look_up;
use crate::error::Result;
use crate::os::{Ready, begin_connect, begin_connect_unix, descriptor_of, finish_connect};

/// The default port of Redis.
pub(crate) const PORT: u16 = 6379;
/// The default port of a Sentinel.
pub(crate) const SENTINEL_PORT: u16 = 26379;

/// The address of a server.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Address {
    /// A name or an address, an IPv6 address without its brackets, and a port.
    Tcp {
        /// The name.
        host: String,
        /// The port.
        port: u16,
    },
    /// The path of a Unix socket.
    Unix(PathBuf),
    /// The name of a master, whose address the Sentinels know.
    Master(String),
}

impl Address {
    /// Returns the address in `HOST:PORT`, with an IPv6 address `[HOST]:PORT`.
    pub(crate) fn parse(text: &str) -> Option<Address> {
        let (host, port) = text.rsplit_once(':')?;
        let in_brackets = host.strip_prefix('[').and_then(|it| it.strip_suffix(']'));
        let is_host = match in_brackets {
            Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok(),
            None => host.bytes().all(|it| it.is_ascii_alphanumeric() || b"-._".contains(&it)),
        };
        let host = in_brackets.unwrap_or(host);
        let is_port = port.bytes().all(|it| it.is_ascii_digit());
        let port = port.parse().ok().filter(|it| is_port && *it != 0)?;
        (is_host && !host.is_empty()).then(|| Address::tcp(host, port))
    }

    /// Returns the address of a host and a port.
    pub(crate) fn tcp(host: &str, port: u16) -> Address {
        Address::Tcp { host: host.to_owned(), port }
    }

    /// Returns the host; empty without one.
    pub(crate) fn host(&self) -> &str {
        match self {
            Address::Tcp { host, .. } => host,
            Address::Unix(_) | Address::Master(_) => "",
        }
    }

    /// Returns the same address, but with `host` if it has none.
    pub(crate) fn or_host(self, host: &str) -> Address {
        match self {
            Address::Tcp { host: own, port } if own.is_empty() => Address::tcp(host, port),
            other => other,
        }
    }

    /// Returns a socket that is connected to the first address of the host that accepts. Of the
    /// time until `deadline`, each address has its share.
    pub(crate) fn connect(&self, deadline: Instant, call: &CallContext) -> Result<Socket> {
        let (host, port) = match self {
            Address::Unix(path) => return self.finish(begin_connect_unix(path), deadline, call),
            Address::Tcp { host, port } => (host.as_str(), *port),
            Address::Master(_) => {
                return Err(unavailable(self, &"only a Sentinel has its address"));
            }
        };
        let found = look_up(host, port, deadline, call);
        let found = found.map_err(|error| match error.ends_call() {
            true => error,
            false => unavailable(self, &error.message()),
        })?;
        let mut last = unavailable(self, &"its name has no address; check the host");
        for (index, candidate) in found.iter().enumerate() {
            let left = deadline.saturating_duration_since(Instant::now());
            let until = Instant::now() + left / (found.len() - index) as u32;
            match self.finish(begin_connect(candidate), until, call) {
                Err(error) if !error.ends_call() => last = error,
                outcome => return outcome,
            }
        }
        Err(last)
    }

    /// Waits until a connection that has begun is made.
    fn finish(
        &self,
        begun: io::Result<Socket>,
        deadline: Instant,
        call: &CallContext,
    ) -> Result<Socket> {
        let failed = |error: io::Error| disconnected(self, &error);
        let socket = begun.map_err(failed)?;
        if !call.wait_ready(descriptor_of(&socket), Ready::Write, deadline)? {
            return Err(unavailable(self, &"no connection in time"));
        }
        finish_connect(&socket).map_err(failed)?;
        Ok(socket)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Address::Tcp { host, port } if host.contains(':') => write!(f, "[{host}]:{port}"),
            Address::Tcp { host, port } => write!(f, "{host}:{port}"),
            Address::Unix(path) => write!(f, "{}", path.display()),
            Address::Master(name) => write!(f, "the master {name:?}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_host_and_a_port() {
        let is = |host: &str, port| Some(Address::tcp(host, port));
        assert_eq!(Address::parse("cache.example:6380"), is("cache.example", 6380));
        assert_eq!(Address::parse("10.0.0.1:65535"), is("10.0.0.1", 65535));
        assert_eq!(Address::parse("[::1]:6379"), is("::1", 6379));
        for text in [
            "",
            ":",
            "host",
            "host:",
            ":6379",
            "host:0",
            "host:65536",
            "host:+1",
            "host:x",
            "::1",
            "::1:6379",
            "[]:1",
            "[x]:1",
            "[::1]",
            "a b:1",
            "user:secret@host:1",
            "redis://h:1",
            "host:1/0",
            "h\u{e9}:1",
            "h\0:1",
        ] {
            assert_eq!(Address::parse(text), None, "{text}");
        }
    }

    #[test]
    fn an_address_is_shown_as_it_is_written() {
        let shown = |address: Address| address.to_string();
        assert_eq!(shown(Address::tcp("::1", 7)), "[::1]:7");
        assert_eq!(shown(Address::tcp("a", 7)), "a:7");
        assert_eq!(shown(Address::Unix("/run/redis.sock".into())), "/run/redis.sock");
    }
}
