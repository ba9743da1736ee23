//! The options of a client: addresses, user, TLS, connections and timeouts.

use std::path::PathBuf;
use std::time::Duration;

use crate::engine::redis::client::address::{Address, PORT};
use crate::engine::redis::client::secret::{Password, Secret};
use crate::error::{Error, ErrorKind, Result};

/// The largest pool of connections to one server.
pub(crate) const POOL_SIZE_MAX: u32 = 1024;

/// The options of a client of a server or a cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ClientOptions {
    /// The server, or some nodes of the cluster, which name the others.
    pub addresses: Vec<Address>,
    /// Whether it is a cluster.
    pub cluster: bool,
    /// The name of the master, if the addresses are those of Sentinels; empty otherwise.
    pub sentinel: String,
    /// The user of the Sentinels; the default user if empty.
    pub sentinel_user: String,
    /// The source of the password of the Sentinels.
    pub sentinel_secret: Secret,
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
    /// The source of the password.
    pub secret: Secret,
    /// The number of the database on the server.
    pub database: u32,
    /// The most connections to one server.
    pub pool_size: u32,
    /// The timeout of connecting.
    pub connect_timeout: Duration,
    /// The timeout of a call. One that transfers much has a second more for each MiB.
    pub call_timeout: Duration,
}

impl Default for ClientOptions {
    fn default() -> Self {
        ClientOptions {
            addresses: vec![Address::tcp("localhost", PORT)],
            cluster: false,
            sentinel: String::new(),
            sentinel_user: String::new(),
            sentinel_secret: Secret::None,
            tls: false,
            tls_ca: PathBuf::new(),
            tls_cert: PathBuf::new(),
            tls_key: PathBuf::new(),
            username: String::new(),
            secret: Secret::None,
            database: 0,
            pool_size: 10,
            connect_timeout: Duration::from_secs(2),
            call_timeout: Duration::from_secs(5),
        }
    }
}

impl ClientOptions {
    /// Sets the servers from `HOST:PORT`, with an IPv6 address `[HOST]:PORT`, or several of them
    /// separated by commas; or from the path of a Unix socket, which begins with a slash.
    ///
    /// The error message does not contain `text`, because that may contain a password.
    pub(crate) fn set_addresses(&mut self, text: &str) -> Result<()> {
        if text.starts_with('/') {
            self.set_socket(text);
            return Ok(());
        }
        let addresses = text.split(',').map(|it| Address::parse(it.trim()));
        self.addresses = addresses
            .collect::<Option<_>>()
            .ok_or_else(|| invalid("an address is HOST:PORT, and an IPv6 host in brackets"))?;
        Ok(())
    }

    /// Sets the servers like [`ClientOptions::set_addresses`], where a missing port is `port`.
    pub(crate) fn set_hosts(&mut self, text: &str, port: u16) -> Result<()> {
        let has_port = |it: &str| it.rsplit_once(':').is_some_and(|(_, port)| !port.contains(']'));
        let with_port = |it: &str| match has_port(it) {
            true => it.to_owned(),
            false => format!("{it}:{port}"),
        };
        let all: Vec<String> = text.split(',').map(with_port).collect();
        self.set_addresses(&all.join(","))
    }

    /// Sets the server behind the Unix socket at `path`.
    pub(crate) fn set_socket(&mut self, path: &str) {
        self.addresses = vec![Address::Unix(path.into())];
    }

    /// Sets the password; an empty one means none.
    pub(crate) fn set_password(&mut self, text: &str) -> Result<()> {
        match Password::new(text) {
            Some(password) => self.set_secret(Secret::Text(password)),
            None => Ok(()),
        }
    }

    /// Sets the file with the password.
    pub(crate) fn set_password_file(&mut self, path: &str) -> Result<()> {
        self.set_secret(Secret::File(path.into()))
    }

    /// Sets the variable of the environment with the password.
    pub(crate) fn set_password_env(&mut self, name: &str) -> Result<()> {
        if name.is_empty() || name.contains(['=', '\0']) {
            return Err(invalid("it is not the name of a variable"));
        }
        self.set_secret(Secret::Variable(name.to_owned()))
    }

    fn set_secret(&mut self, secret: Secret) -> Result<()> {
        if self.secret != Secret::None {
            return Err(invalid("give one of password, password_file and password_env"));
        }
        self.secret = secret;
        Ok(())
    }

    /// Sets the name of the master that the servers at the addresses, which are Sentinels, know; an
    /// empty one means that they are no Sentinels. Messages may show a name that is accepted.
    pub(crate) fn set_sentinel(&mut self, name: &str) -> Result<()> {
        if !name.bytes().all(|it| it.is_ascii_alphanumeric() || b".-_".contains(&it)) {
            return Err(invalid("the name of a master has letters, digits and . - _ only"));
        }
        self.sentinel = name.to_owned();
        Ok(())
    }

    /// Sets the source of the password of the Sentinels by the setter for that of the servers.
    pub(crate) fn set_sentinel_secret(
        &mut self,
        set: impl FnOnce(&mut ClientOptions) -> Result<()>,
    ) -> Result<()> {
        let mut others = ClientOptions::default();
        set(&mut others)?;
        if others.secret != Secret::None && self.sentinel_secret != Secret::None {
            let message = "give one of sentinel_password, sentinel_password_file and \
                           sentinel_password_env";
            return Err(invalid(message));
        }
        self.sentinel_secret = others.secret;
        Ok(())
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
        if !self.username.is_empty() && self.secret == Secret::None {
            return Err(invalid("a user needs a password: give both or neither"));
        }
        self.check_sentinels()?;
        if self.cluster && self.database != 0 {
            return Err(invalid("a cluster has database 0 only"));
        }
        let has_socket = self.addresses.iter().any(|it| matches!(it, Address::Unix(_)));
        if has_socket && (self.tls || self.cluster) {
            return Err(invalid("a Unix socket has no encryption, and a cluster has hosts"));
        }
        let has_several = self.cluster || !self.sentinel.is_empty();
        if self.addresses.is_empty() || !has_several && self.addresses.len() != 1 {
            return Err(invalid("only a cluster has several addresses; a single server has one"));
        }
        if self.connect_timeout.is_zero() || self.call_timeout.is_zero() {
            return Err(invalid("connect_timeout and call_timeout must be more than 0"));
        }
        Ok(())
    }

    fn check_sentinels(&self) -> Result<()> {
        let has_login = !self.sentinel_user.is_empty() || self.sentinel_secret != Secret::None;
        if self.sentinel.is_empty() && has_login {
            return Err(invalid(
                "sentinel_user and sentinel_password need Sentinels, as redis-sentinel:// has",
            ));
        }
        if !self.sentinel_user.is_empty() && self.sentinel_secret == Secret::None {
            return Err(invalid("sentinel_user needs sentinel_password: give both or neither"));
        }
        let has_socket = self.addresses.iter().any(|it| matches!(it, Address::Unix(_)));
        if !self.sentinel.is_empty() && (self.cluster || has_socket) {
            return Err(invalid(
                "a master that Sentinels name is no cluster and has no Unix socket",
            ));
        }
        Ok(())
    }
}

fn invalid(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Argument, message.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_separated_by_commas() {
        let mut options = ClientOptions::default();
        options.set_addresses("a:1, b:2").expect("addresses");
        assert_eq!(options.addresses, [Address::tcp("a", 1), Address::tcp("b", 2)]);
        for text in ["", "a:1,,b:2", "a:1,b"] {
            let error = options.set_addresses(text).expect_err(text);
            assert_eq!(error.message(), "an address is HOST:PORT, and an IPv6 host in brackets");
        }
    }

    #[test]
    fn hosts_may_leave_out_the_port() {
        let mut options = ClientOptions::default();
        options.set_hosts("a,b:7,[::1],[::2]:9", PORT).expect("hosts");
        let shown: Vec<String> = options.addresses.iter().map(Address::to_string).collect();
        assert_eq!(shown, ["a:6379", "b:7", "[::1]:6379", "[::2]:9"]);
        assert!(options.set_hosts("", PORT).is_err());
        assert!(options.set_hosts("a:", PORT).is_err());
    }

    fn socket() -> Vec<Address> {
        vec![Address::Unix("/s".into())]
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
        assert!(refused(|it| (it.tls, it.addresses) = (true, socket())).contains("socket"));
        assert!(refused(|it| (it.cluster, it.addresses) = (true, socket())).contains("socket"));
        assert!(refused(|it| it.sentinel_user = "ann".into()).contains("redis-sentinel"));
        assert!(
            refused(|it| (it.sentinel, it.cluster) = ("m".into(), true)).contains("no cluster")
        );
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
}
