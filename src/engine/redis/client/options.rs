//! The options of a client: addresses, user, TLS, connections and timeouts.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use crate::error::{Error, ErrorKind, Result};

/// The largest pool of connections to one server.
pub(crate) const POOL_SIZE_MAX: u32 = 1024;
/// The default port of Redis.
pub(crate) const PORT: u16 = 6379;

/// The options of a client of a server or a cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ClientOptions {
    /// The server, or some nodes of the cluster, which name the others.
    pub addresses: Vec<Address>,
    /// Whether it is a cluster.
    pub cluster: bool,
    /// Whether connections use TLS.
    pub tls: bool,
    /// PEM file of trusted authorities; the system's trust store if empty.
    pub tls_ca: PathBuf,
    /// PEM file of the client's certificate; none if empty.
    pub tls_cert: PathBuf,
    /// PEM file of the certificate's private key.
    pub tls_key: PathBuf,
    /// The user of the password; the default user if empty.
    pub username: String,
    /// The password sent with AUTH; `None` if the server asks for none.
    pub password: Option<Password>,
    /// The number of the database on the server.
    pub database: u32,
    /// The most connections to one server.
    pub pool_size: u32,
    /// The timeout of connecting.
    pub connect_timeout: Duration,
    /// The timeout of a call, which begins again with each read that receives bytes.
    pub call_timeout: Duration,
}

/// The name or address of a server, an IPv6 address without its brackets, and its port.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Address {
    /// The name.
    pub host: String,
    /// The port.
    pub port: u16,
}

/// A password: no message, log or debug output shows it.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Password(String);

impl Default for ClientOptions {
    fn default() -> Self {
        ClientOptions {
            addresses: vec![Address { host: "localhost".to_owned(), port: PORT }],
            cluster: false,
            tls: false,
            tls_ca: PathBuf::new(),
            tls_cert: PathBuf::new(),
            tls_key: PathBuf::new(),
            username: String::new(),
            password: None,
            database: 0,
            pool_size: 10,
            connect_timeout: Duration::from_secs(2),
            call_timeout: Duration::from_secs(5),
        }
    }
}

impl ClientOptions {
    /// Sets the servers from `HOST:PORT`, with an IPv6 address `[HOST]:PORT`, or several of them
    /// separated by commas.
    ///
    /// The error message does not contain `text`, because that may contain a password.
    pub(crate) fn set_addresses(&mut self, text: &str) -> Result<()> {
        let addresses = text.split(',').map(|it| split_address(it.trim()));
        self.addresses = addresses
            .collect::<Option<_>>()
            .ok_or_else(|| invalid("an address is HOST:PORT, and an IPv6 host in brackets"))?;
        Ok(())
    }

    /// Sets the servers like [`ClientOptions::set_addresses`], where a missing port is 6379.
    pub(crate) fn set_hosts(&mut self, text: &str) -> Result<()> {
        let has_port = |it: &str| it.rsplit_once(':').is_some_and(|(_, port)| !port.contains(']'));
        let with_port = |it: &str| match has_port(it) {
            true => it.to_owned(),
            false => format!("{it}:{PORT}"),
        };
        let all: Vec<String> = text.split(',').map(with_port).collect();
        self.set_addresses(&all.join(","))
    }

    /// Sets the password; an empty one means none.
    pub(crate) fn set_password(&mut self, text: &str) {
        self.password = (!text.is_empty()).then(|| Password(text.to_owned()));
    }

    /// Sets the number of the database. The server refuses a number that it does not have when a
    /// connection is made.
    pub(crate) fn set_database(&mut self, number: u64) -> Result<()> {
        let number = u32::try_from(number).ok().filter(|it| i32::try_from(*it).is_ok());
        self.database =
            number.ok_or_else(|| invalid("the number of a database is at most 2147483647"))?;
        Ok(())
    }

    /// Sets the most connections to one server, 1 to [`POOL_SIZE_MAX`].
    pub(crate) fn set_pool_size(&mut self, number: u64) -> Result<()> {
        let number = u32::try_from(number).ok().filter(|it| (1..=POOL_SIZE_MAX).contains(it));
        self.pool_size = number
            .ok_or_else(|| invalid(format!("a pool has 1 to {POOL_SIZE_MAX} connections")))?;
        Ok(())
    }

    /// Fails if two options contradict each other.
    pub(crate) fn check(&self) -> Result<()> {
        let without_tls = !self.tls
            && [&self.tls_ca, &self.tls_cert, &self.tls_key]
                .iter()
                .any(|it| **it != PathBuf::new());
        let is_half = (self.tls_cert == PathBuf::new()) != (self.tls_key == PathBuf::new());
        if without_tls {
            return Err(invalid(
                "tls_ca, tls_cert and tls_key need an encrypted connection, as rediss:// has",
            ));
        }
        if is_half {
            return Err(invalid("tls_cert and tls_key go together: give both or neither"));
        }
        if !self.username.is_empty() && self.password.is_none() {
            return Err(invalid("a user needs a password: give both or neither"));
        }
        if self.cluster && self.database != 0 {
            return Err(invalid("a cluster has database 0 only"));
        }
        if !self.cluster && self.addresses.len() != 1 {
            return Err(invalid("only a cluster has several addresses; a single server has one"));
        }
        if self.connect_timeout.is_zero() || self.call_timeout.is_zero() {
            return Err(invalid("connect_timeout and call_timeout must be more than 0"));
        }
        Ok(())
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Address { host, port } = self;
        if host.contains(':') { write!(f, "[{host}]:{port}") } else { write!(f, "{host}:{port}") }
    }
}

fn split_address(text: &str) -> Option<Address> {
    let (host, port) = text.rsplit_once(':')?;
    let in_brackets = host.strip_prefix('[').and_then(|it| it.strip_suffix(']'));
    let is_host = match in_brackets {
        Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok(),
        None => host.bytes().all(|it| it.is_ascii_alphanumeric() || b"-._".contains(&it)),
    };
    let host = in_brackets.unwrap_or(host);
    let is_port = port.bytes().all(|it| it.is_ascii_digit());
    let port = port.parse().ok().filter(|it| is_port && *it != 0)?;
    (is_host && !host.is_empty()).then(|| Address { host: host.to_owned(), port })
}

impl Password {
    /// Returns the password, to be sent to the server.
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(...)")
    }
}

fn invalid(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Argument, message.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_host_and_a_port() {
        let address = |text: &str| {
            let mut options = ClientOptions::default();
            options.set_addresses(text).map(|()| options.addresses)
        };
        let is = |host: &str, port| Ok(vec![Address { host: host.to_owned(), port }]);

        assert_eq!(address("cache.example:6380"), is("cache.example", 6380));
        assert_eq!(address("10.0.0.1:65535"), is("10.0.0.1", 65535));
        assert_eq!(address("[::1]:6379"), is("::1", 6379));
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
            "a:1,,b:2",
            "a:1,b",
        ] {
            let error = address(text).expect_err(text);
            assert_eq!(error.message(), "an address is HOST:PORT, and an IPv6 host in brackets");
        }
    }

    #[test]
    fn hosts_may_leave_out_the_port() {
        let mut options = ClientOptions::default();
        options.set_hosts("a,b:7,[::1],[::2]:9").expect("hosts");
        let shown: Vec<String> = options.addresses.iter().map(Address::to_string).collect();
        assert_eq!(shown, ["a:6379", "b:7", "[::1]:6379", "[::2]:9"]);
        assert!(options.set_hosts("").is_err());
        assert!(options.set_hosts("a:").is_err());
    }

    #[test]
    fn contradicting_options_are_refused() {
        let refused = |change: fn(&mut ClientOptions)| {
            let mut options = ClientOptions::default();
            assert_eq!(options.check(), Ok(()));
            change(&mut options);
            options.check().expect_err("a contradiction").message().to_owned()
        };
        assert!(refused(|it| it.tls_ca = "ca.pem".into()).contains("encrypted"));
        assert!(refused(|it| (it.tls, it.tls_key) = (true, "k".into())).contains("together"));
        assert!(refused(|it| it.username = "ann".into()).contains("password"));
        assert!(refused(|it| (it.cluster, it.database) = (true, 1)).contains("database"));
        assert!(refused(|it| it.addresses.clear()).contains("addresses"));
        assert!(refused(|it| it.call_timeout = Duration::ZERO).contains("call_timeout"));
    }

    #[test]
    fn numbers_have_limits() {
        let mut options = ClientOptions::default();

        assert_eq!(options.set_database(i32::MAX as u64), Ok(()));
        assert!(options.set_database(i32::MAX as u64 + 1).is_err());
        assert_eq!(options.set_pool_size(u64::from(POOL_SIZE_MAX)), Ok(()));
        assert!(options.set_pool_size(u64::from(POOL_SIZE_MAX) + 1).is_err());
        assert!(options.set_pool_size(0).is_err());
    }

    #[test]
    fn a_password_is_not_shown_and_an_empty_one_is_none() {
        let mut options = ClientOptions::default();
        options.set_password("hunter2");

        assert!(!format!("{options:?}").contains("hunter2"));
        assert_eq!(options.password.as_ref().map(Password::reveal), Some("hunter2"));

        options.set_password("");
        assert_eq!(options.password, None);
    }
}
