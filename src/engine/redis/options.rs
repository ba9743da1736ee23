//! Where a Redis is, and how a store uses it.

use std::fmt;

use crate::error::{Error, ErrorKind, Result};

/// The most connections that a store may keep.
pub const POOL_SIZE_MAX: u32 = 1024;
/// The longest prefix of keys, in bytes.
pub const PREFIX_LEN_MAX: usize = 1024;

/// Where a Redis is, and how a store uses it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RedisOptions {
    /// The name or address of the server; an IPv6 address without its brackets.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// What the server wants to hear, if it wants to hear something.
    pub password: Option<Password>,
    /// The number of the database on the server.
    pub database: u32,
    /// How many connections are kept.
    pub pool_size: u32,
    /// What stands before each key, with a colon between them; nothing, and no colon, if empty.
    pub prefix: String,
}

/// A password: no message, log or debug output shows it.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(String);

impl Default for RedisOptions {
    fn default() -> Self {
        RedisOptions {
            host: "localhost".to_owned(),
            port: 6379,
            password: None,
            database: 0,
            pool_size: 10,
            prefix: "kv".to_owned(),
        }
    }
}

impl RedisOptions {
    /// Takes host and port from `HOST:PORT`, of an IPv6 address `[HOST]:PORT`.
    ///
    /// The message of a refusal does not show `text`: people put passwords into addresses.
    pub fn set_address(&mut self, text: &str) -> Result<()> {
        let (host, port) = split_address(text)
            .ok_or_else(|| invalid("an address is HOST:PORT, and an IPv6 host in brackets"))?;
        self.host = host.to_owned();
        self.port = port;
        Ok(())
    }

    /// Takes the password; an empty one is none.
    pub fn set_password(&mut self, text: &str) {
        self.password = (!text.is_empty()).then(|| Password(text.to_owned()));
    }

    /// Takes the number of the database; whether the server has it, the server knows.
    pub fn set_database(&mut self, number: u64) -> Result<()> {
        let number = u32::try_from(number).ok().filter(|it| i32::try_from(*it).is_ok());
        self.database = number.ok_or_else(|| invalid("no server has so many databases"))?;
        Ok(())
    }

    /// Takes the number of connections, 1 to [`POOL_SIZE_MAX`].
    pub fn set_pool_size(&mut self, number: u64) -> Result<()> {
        let number = u32::try_from(number).ok().filter(|it| (1..=POOL_SIZE_MAX).contains(it));
        self.pool_size = number
            .ok_or_else(|| invalid(format!("a pool has 1 to {POOL_SIZE_MAX} connections")))?;
        Ok(())
    }

    /// Takes the prefix of keys.
    pub fn set_prefix(&mut self, text: &str) -> Result<()> {
        if text.len() > PREFIX_LEN_MAX {
            return Err(invalid(format!(
                "prefix of {} bytes is over the limit of {PREFIX_LEN_MAX} bytes",
                text.len()
            )));
        }
        self.prefix = text.to_owned();
        Ok(())
    }
}

fn split_address(text: &str) -> Option<(&str, u16)> {
    let (host, port) = text.rsplit_once(':')?;
    let in_brackets = host.strip_prefix('[').and_then(|it| it.strip_suffix(']'));
    let is_host = match in_brackets {
        Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok(),
        None => host.bytes().all(|it| it.is_ascii_alphanumeric() || b"-._".contains(&it)),
    };
    let host = in_brackets.unwrap_or(host);
    let is_port = port.bytes().all(|it| it.is_ascii_digit());
    let port = port.parse().ok().filter(|it| is_port && *it != 0)?;
    (is_host && !host.is_empty()).then_some((host, port))
}

impl Password {
    /// Returns the password, for the server's ears.
    pub fn reveal(&self) -> &str {
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
            let mut options = RedisOptions::default();
            options.set_address(text).map(|()| (options.host, options.port))
        };
        let is = |host: &str, port| Ok((host.to_owned(), port));

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
        ] {
            let error = address(text).expect_err(text);
            assert_eq!(error.message(), "an address is HOST:PORT, and an IPv6 host in brackets");
        }
    }

    #[test]
    fn numbers_and_the_prefix_have_limits() {
        let mut options = RedisOptions::default();

        assert_eq!(options.set_database(i32::MAX as u64), Ok(()));
        assert!(options.set_database(i32::MAX as u64 + 1).is_err());
        assert_eq!(options.set_pool_size(u64::from(POOL_SIZE_MAX)), Ok(()));
        assert!(options.set_pool_size(u64::from(POOL_SIZE_MAX) + 1).is_err());
        assert!(options.set_pool_size(0).is_err());
        assert_eq!(options.set_prefix(&"p".repeat(PREFIX_LEN_MAX)), Ok(()));
        assert!(options.set_prefix(&"p".repeat(PREFIX_LEN_MAX + 1)).is_err());
    }

    #[test]
    fn a_password_is_not_shown_and_an_empty_one_is_none() {
        let mut options = RedisOptions::default();
        options.set_password("hunter2");

        assert!(!format!("{options:?}").contains("hunter2"));
        assert_eq!(options.password.as_ref().map(Password::reveal), Some("hunter2"));

        options.set_password("");
        assert_eq!(options.password, None);
    }
}
