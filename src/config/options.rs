//! The options of each engine: their names in locations and services files, and their values.

use std::path::PathBuf;
use std::time::Duration;

use crate::config::unit::{parse_count, parse_duration, parse_size, parse_switch};
use crate::engine::redis::RedisOptions;
use crate::engine::sqlite::{Durability, SqliteOptions};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{CacheOptions, Eviction, Quoted, VALUE_LEN_MAX};

/// An option of an engine whose options are an `O`.
pub struct Rule<O> {
    /// The name of the option.
    pub name: &'static str,
    /// The kind of its value.
    pub takes: Takes<O>,
}

/// The kind of an option's value, with the function that sets it.
pub enum Takes<O> {
    /// `on` or `off`.
    Switch(fn(&mut O, bool)),
    /// A duration with its unit.
    Duration(fn(&mut O, Duration)),
    /// Bytes, maybe with a unit.
    Size(fn(&mut O, u64)),
    /// A whole number; the message of a refusal does not show it.
    Count(fn(&mut O, u64) -> Result<()>),
    /// One of these words.
    Word(&'static [&'static str], fn(&mut O, &str)),
    /// Any text; the message of a refusal does not show it, because it may be secret.
    Text(fn(&mut O, &str) -> Result<()>),
}

/// Rules, and behind them those of cache mode, which files and stores in memory have.
macro_rules! with_cache {
    ($it:ident => $cache:expr, [$($rule:expr,)*]) => {
        &[
            $($rule,)*
            rule("max_bytes", Takes::Size(|$it, size| $cache.limits.max_bytes = Some(size))),
            rule("max_entries", Takes::Count(|$it, count| {
                $cache.limits.max_entries = Some(count);
                Ok(())
            })),
            rule("evict", Takes::Word(&["none", "lru"], |$it, word| {
                $cache.limits.eviction = Some(eviction(word));
            })),
            rule("default_ttl", Takes::Duration(|$it, time| $cache.default_ttl = time)),
        ]
    };
}

/// The options of a SQLite file, without its path.
pub const SQLITE: &[Rule<SqliteOptions>] = with_cache!(it => it.cache, [
    rule("durability", Takes::Word(&["normal", "full"], set_durability)),
    rule("busy_timeout", Takes::Duration(|it, time| it.busy_timeout = time)),
    rule("purge_interval", Takes::Duration(|it, time| it.purge_interval = time)),
    rule("wal_limit", Takes::Size(|it, size| it.wal_limit = size)),
    rule("inline_limit", Takes::Size(set_inline_limit)),
    rule("create", Takes::Switch(|it, on| it.create = on)),
    rule("create_dirs", Takes::Switch(|it, on| it.create_dirs = on)),
    rule("read_only", Takes::Switch(|it, on| it.read_only = on)),
    rule("changes", Takes::Switch(|it, on| it.log.enabled = Some(on))),
    rule("changes_keep", Takes::Count(set_changes_keep)),
    rule("changes_keep_for", Takes::Duration(|it, time| it.log.keep_for = Some(time))),
]);

/// The options of a store in memory.
pub const MEMORY: &[Rule<CacheOptions>] = with_cache!(it => it, []);

/// The options of a store in a Redis, without those of the server.
pub const REDIS: &[Rule<RedisOptions>] = &[
    rule("prefix", Takes::Text(RedisOptions::set_prefix)),
    rule("pool_size", Takes::Count(|it, number| it.client.set_pool_size(number))),
    rule("connect_timeout", Takes::Duration(|it, time| it.client.connect_timeout = time)),
    rule("call_timeout", Takes::Duration(|it, time| it.client.call_timeout = time)),
    rule("purge_interval", Takes::Duration(|it, time| it.purge_interval = time)),
    rule("scans", Takes::Word(&["snapshot", "live"], |it, word| it.live_scans = word == "live")),
    rule("default_ttl", Takes::Duration(|it, time| it.default_ttl = time)),
    rule("expiry_events", Takes::Switch(|it, on| it.expiry_events = on)),
    rule("tls_ca", Takes::Text(|it, path| set_path(&mut it.client.tls_ca, path))),
    rule("tls_cert", Takes::Text(|it, path| set_path(&mut it.client.tls_cert, path))),
    rule("tls_key", Takes::Text(|it, path| set_path(&mut it.client.tls_key, path))),
];

/// The options of a Redis server, which a location has before its options.
pub const REDIS_SERVER: &[Rule<RedisOptions>] = &[
    rule("addr", Takes::Text(|it, text| it.client.set_addresses(text))),
    rule("username", Takes::Text(set_username)),
    rule("password", Takes::Text(set_password)),
    rule("db", Takes::Count(|it, number| it.client.set_database(number))),
    rule("cluster", Takes::Switch(|it, on| it.client.cluster = on)),
    rule("tls", Takes::Switch(|it, on| it.client.tls = on)),
];

/// Returns the present name of the option whose former name is `name`.
pub fn current_name(name: &str) -> Option<&'static str> {
    (name == "walks").then_some("scans")
}

impl<O> Rule<O> {
    /// Sets the option to the value that `text` spells; fails with [`ErrorKind::Argument`] and a
    /// message that names the fault.
    pub fn set(&self, options: &mut O, text: &str) -> Result<()> {
        match &self.takes {
            Takes::Switch(set) => set(options, parse_switch(text)?),
            Takes::Duration(set) => set(options, parse_duration(text)?),
            Takes::Size(set) => set(options, parse_size(text)?),
            Takes::Count(set) => set(options, parse_count(text)?)?,
            Takes::Word(words, set) if words.contains(&text) => set(options, text),
            Takes::Word(..) => {
                return Err(invalid(format!("{text:?} is not {}", self.takes.describe())));
            }
            Takes::Text(set) => set(options, text)?,
        }
        Ok(())
    }
}

impl<O> Takes<O> {
    /// Returns the kind of value in the words of a message.
    pub fn describe(&self) -> String {
        match self {
            Takes::Switch(_) => "on or off".to_owned(),
            Takes::Duration(_) => "a duration such as 500ms or 5s".to_owned(),
            Takes::Size(_) => "a size such as 65536 or 16MiB".to_owned(),
            Takes::Count(_) => "a whole number".to_owned(),
            Takes::Word(words, _) => words.join(" or "),
            Takes::Text(_) => "a text".to_owned(),
        }
    }
}

/// Returns `path` if it can be that of a SQLite file, or [`ErrorKind::Argument`] with the reason.
pub fn checked_path(path: &str) -> Result<&str> {
    if path.is_empty() {
        return Err(invalid("the path is empty".to_owned()));
    }
    if path.contains('\0') {
        return Err(invalid(format!("path {} holds a NUL", Quoted(path.as_bytes()))));
    }
    if path == ":memory:" {
        let message =
            "\":memory:\" is no file; a store in memory has a location and type of its own";
        return Err(invalid(message.to_owned()));
    }
    Ok(path)
}

const fn rule<O>(name: &'static str, takes: Takes<O>) -> Rule<O> {
    Rule { name, takes }
}

fn eviction(word: &str) -> Eviction {
    if word == "lru" { Eviction::LeastRecentlyUsed } else { Eviction::None }
}

fn set_durability(options: &mut SqliteOptions, word: &str) {
    options.durability = if word == "full" { Durability::Full } else { Durability::Normal };
}

fn set_inline_limit(options: &mut SqliteOptions, size: u64) {
    options.inline_limit = size.min(VALUE_LEN_MAX as u64) as usize;
}

fn set_changes_keep(options: &mut SqliteOptions, count: u64) -> Result<()> {
    options.log.keep = Some(count);
    Ok(())
}

fn set_path(option: &mut PathBuf, path: &str) -> Result<()> {
    *option = checked_path(path)?.into();
    Ok(())
}

fn set_username(options: &mut RedisOptions, text: &str) -> Result<()> {
    options.client.username = text.to_owned();
    Ok(())
}

fn set_password(options: &mut RedisOptions, text: &str) -> Result<()> {
    options.client.set_password(text);
    Ok(())
}

fn invalid(message: String) -> Error {
    Error::new(ErrorKind::Argument, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The documentation of the options: the services page and the comment of `kv_open`.
    const SERVICES_PAGE: &str = include_str!("../../docs/services.md");
    const OPEN_COMMENT: &str = include_str!("../ffi/open.rs");

    #[test]
    fn every_option_is_documented() {
        let redis = REDIS.iter().chain(REDIS_SERVER).map(|it| it.name);
        let memory = MEMORY.iter().map(|it| it.name);
        let sqlite = SQLITE.iter().map(|it| it.name);

        for name in redis.chain(memory).chain(sqlite) {
            assert!(SERVICES_PAGE.contains(&format!("| `{name}` |")), "docs/services.md: {name}");
        }

        let rows = OPEN_COMMENT.lines().filter_map(|line| line.strip_prefix("/// | "));
        let cells = rows.filter_map(|row| row.split('|').next());
        let in_header: Vec<_> = cells.flat_map(|cell| cell.split([' ', ','])).collect();
        for name in SQLITE.iter().map(|it| it.name).chain(REDIS.iter().map(|it| it.name)) {
            assert!(in_header.contains(&name), "kv_open: {name}");
        }
    }

    #[test]
    fn an_unknown_word_is_refused_with_the_known_ones() {
        let durability = &SQLITE[0];
        let mut options = SqliteOptions::new("x");

        let error = durability.set(&mut options, "most").expect_err("no such word");

        assert_eq!(error.message(), "\"most\" is not normal or full");
        assert_eq!(options, SqliteOptions::new("x"));
    }
}
