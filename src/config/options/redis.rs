//! The options of a store in a Redis, and those of its server.

use std::path::PathBuf;

use crate::config::options::path::checked_path;
use crate::config::options::rule::{Rule, Takes, rule};
use crate::engine::redis::{RedisOptions, Spread};
use crate::error::Result;

/// The options of a store in a Redis, without those of the server.
pub(crate) const REDIS: &[Rule<RedisOptions>] = &[
    rule(
        "prefix",
        "kv",
        "the prefix of all keys of the store",
        Takes::Text(RedisOptions::set_prefix),
    ),
    rule(
        "pool_size",
        "10",
        "the largest number of connections to a server",
        Takes::Count(|it, number| it.client.set_pool_size(number)),
    ),
    rule(
        "connect_timeout",
        "2s",
        "the longest time in which a connection is made",
        Takes::Duration(|it, time| it.client.connect_timeout = time),
    ),
    rule(
        "call_timeout",
        "5s",
        "the longest time of a call; a second more for each MiB",
        Takes::Duration(|it, time| it.client.call_timeout = time),
    ),
    rule(
        "purge_interval",
        "60s",
        "the interval of the purge; 0: never",
        Takes::Duration(|it, time| it.purge_interval = time),
    ),
    rule(
        "slow",
        "0",
        "the duration from which on a call is in the log; 0: none",
        Takes::Duration(|it, time| it.slow = time),
    ),
    rule(
        "default_ttl",
        "0",
        "the ttl of entries written without one; 0: for ever",
        Takes::Duration(|it, time| it.default_ttl = time),
    ),
    rule(
        "stream_max",
        "1GiB",
        "the most bytes of a value in pieces",
        Takes::Size(|it, bytes| it.stream_max = bytes),
    ),
    rule(
        "scans",
        "live",
        "a snapshot is one moment, limited",
        Takes::Word(&["live", "snapshot"], |it, word| it.live_scans = word == "live"),
    ),
    rule(
        "spread",
        "off",
        "each group of a namespace in its own slot",
        Takes::Word(&["off", "groups"], |it, word| it.spread = spread_of(word)),
    ),
    rule(
        "expiry_events",
        "on",
        "the server reports expiry in the default group",
        Takes::Switch(|it, on| it.expiry_events = on),
    ),
    rule(
        "password_file",
        "",
        "a file whose first line is the password",
        Takes::Text(|it, path| it.client.set_password_file(checked_path(path)?)),
    ),
    rule(
        "password_env",
        "",
        "a variable of the environment with the password",
        Takes::Text(|it, name| it.client.set_password_env(name)),
    ),
    rule(
        "sentinel_user",
        "",
        "the user of the Sentinels; empty: the default user",
        Takes::Text(set_sentinel_user),
    ),
    rule(
        "sentinel_password",
        "",
        "the password of the Sentinels; empty: none",
        Takes::Text(|it, text| it.client.set_sentinel_secret(|to| to.set_password(text))),
    ),
    rule(
        "sentinel_password_file",
        "",
        "a file whose first line is that password",
        Takes::Text(|it, path| {
            let path = checked_path(path)?;
            it.client.set_sentinel_secret(|to| to.set_password_file(path))
        }),
    ),
    rule(
        "sentinel_password_env",
        "",
        "a variable with that password",
        Takes::Text(|it, name| it.client.set_sentinel_secret(|to| to.set_password_env(name))),
    ),
    rule(
        "tls_ca",
        "",
        "a PEM file of trusted CA certificates",
        Takes::Text(|it, path| set_path(&mut it.client.tls_ca, path)),
    ),
    rule(
        "tls_cert",
        "",
        "a PEM file of the client certificate",
        Takes::Text(|it, path| set_path(&mut it.client.tls_cert, path)),
    ),
    rule(
        "tls_key",
        "",
        "a PEM file of the private key of the client certificate",
        Takes::Text(|it, path| set_path(&mut it.client.tls_key, path)),
    ),
];

const DB: Rule<RedisOptions> = rule(
    "db",
    "0",
    "the number of the database",
    Takes::Count(|it, number| it.client.set_database(number)),
);

/// The option of a server that the location of a socket has among its options.
pub(crate) const REDIS_DB: &[Rule<RedisOptions>] = &[DB];

/// The options of a Redis server, which a location has before its options.
pub(crate) const REDIS_SERVER: &[Rule<RedisOptions>] = &[
    rule(
        "addr",
        "localhost:6379",
        "HOST:PORT, or the path of a socket; several of a cluster",
        Takes::Text(|it, text| it.client.set_addresses(text)),
    ),
    rule("username", "", "the user; empty: the default user", Takes::Text(set_username)),
    rule("password", "", "the password of the user; empty: none", Takes::Text(set_password)),
    DB,
    rule(
        "cluster",
        "off",
        "the servers are nodes of a Redis Cluster",
        Takes::Switch(|it, on| it.client.cluster = on),
    ),
    rule(
        "sentinel",
        "",
        "the name of the master, if the servers are Sentinels",
        Takes::Text(|it, name| it.client.set_sentinel(name)),
    ),
    rule("tls", "off", "connections are encrypted", Takes::Switch(|it, on| it.client.tls = on)),
];

fn spread_of(word: &str) -> Spread {
    if word == "groups" { Spread::Groups } else { Spread::Namespaces }
}

fn set_path(option: &mut PathBuf, path: &str) -> Result<()> {
    *option = checked_path(path)?.into();
    Ok(())
}

fn set_username(options: &mut RedisOptions, text: &str) -> Result<()> {
    options.client.username = text.to_owned();
    Ok(())
}

fn set_sentinel_user(options: &mut RedisOptions, text: &str) -> Result<()> {
    options.client.sentinel_user = text.to_owned();
    Ok(())
}

fn set_password(options: &mut RedisOptions, text: &str) -> Result<()> {
    options.client.set_password(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_of_the_tables_are_those_of_a_redis() {
        for rule in REDIS.iter().chain(REDIS_SERVER) {
            let mut options = RedisOptions::default();
            let result = rule.set(&mut options, rule.default);
            // An empty path or name is refused; one without a default is omitted.
            let is_named = ["tls_", "password_", "sentinel_password_"]
                .iter()
                .any(|it| rule.name.starts_with(it));
            assert_eq!(result.is_err(), is_named, "{}", rule.name);
            assert_eq!(options, RedisOptions::default(), "{}", rule.name);
            assert!(!rule.stored, "{}", rule.name);
        }
    }
}
