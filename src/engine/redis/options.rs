//! The options of a store in a Redis.

use std::time::Duration;

use crate::engine::redis::client::address::Address;
use crate::engine::redis::client::options::ClientOptions;
use crate::engine::redis::layout::Spread;
use crate::error::{Error, ErrorKind, Result};

/// The longest prefix of keys, in bytes.
pub(super) const PREFIX_LEN_MAX: usize = 1024;
/// The most keys that one snapshot scan visits.
pub(super) const SCAN_KEYS_MAX: u64 = 100_000;
/// The most bytes that one snapshot scan reads.
pub(super) const SCAN_BYTES_MAX: u64 = 64 << 20;

/// The options of a store in a Redis.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RedisOptions {
    /// The options of the client: servers, user, TLS, timeouts.
    pub client: ClientOptions,
    /// The prefix of each key, followed by a colon; neither if empty.
    pub prefix: String,
    /// The interval at which expired entries of named groups are purged; zero for never.
    pub purge_interval: Duration,
    /// The duration from which on a call is in the log; zero for none.
    pub slow: Duration,
    /// The ttl of entries that are written without one; zero for never.
    pub default_ttl: Duration,
    /// The most bytes of a value that is written in pieces.
    pub stream_max: u64,
    /// Whether watches receive the expiry of string keys. The server is configured to publish it.
    pub expiry_events: bool,
    /// Whether scans are live: read page after page. Otherwise each is one snapshot, and refused
    /// beyond its limit.
    pub live_scans: bool,
    /// The part of the store that is in one slot of a cluster.
    pub spread: Spread,
}

impl Default for RedisOptions {
    fn default() -> Self {
        RedisOptions {
            client: ClientOptions::default(),
            prefix: "kv".to_owned(),
            purge_interval: Duration::from_secs(60),
            slow: Duration::ZERO,
            default_ttl: Duration::ZERO,
            stream_max: 1 << 30,
            expiry_events: true,
            spread: Spread::Namespaces,
            live_scans: true,
        }
    }
}

impl RedisOptions {
    /// Returns the store as the log names it: its servers and its prefix, without user, password
    /// and options.
    pub(crate) fn store_name(&self) -> String {
        let ClientOptions { addresses, cluster, sentinel, .. } = &self.client;
        let addresses: Vec<_> = addresses.iter().map(Address::to_string).collect();
        let kind = match (sentinel.is_empty(), cluster) {
            (false, _) => "redis-sentinel",
            (true, true) => "redis-cluster",
            (true, false) => "redis",
        };
        format!("{kind}://{}?prefix={}", addresses.join(","), self.prefix)
    }

    /// Sets the prefix of keys.
    pub(crate) fn set_prefix(&mut self, text: &str) -> Result<()> {
        if text.len() > PREFIX_LEN_MAX {
            return Err(invalid(format!(
                "prefix of {} bytes is over the limit of {PREFIX_LEN_MAX} bytes",
                text.len()
            )));
        }
        // The hash tag of a key is in its first braces. If these are empty the key has none, so
        // that the keys of a bucket would be in different slots.
        if text.split_once('{').is_some_and(|(_, rest)| rest.starts_with('}')) {
            return Err(invalid(
                "the first braces of a prefix must not be empty; leave them out or name a tag",
            ));
        }
        self.prefix = text.to_owned();
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
    fn a_prefix_has_a_limit_and_no_empty_braces_at_its_head() {
        let mut options = RedisOptions::default();

        assert_eq!(options.set_prefix(&"p".repeat(PREFIX_LEN_MAX)), Ok(()));
        assert!(options.set_prefix(&"p".repeat(PREFIX_LEN_MAX + 1)).is_err());
        assert!(options.set_prefix("a{}b").is_err());
        assert_eq!(options.set_prefix("{app}"), Ok(()));
    }
}
