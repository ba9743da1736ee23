//! The options of a SQLite file, and those of a store in memory.

use crate::config::options::cache::{durability, with_cache};
use crate::config::options::rule::{Rule, Takes, rule, stored};
use crate::engine::memory::MemoryOptions;
use crate::engine::memory_budget::MemoryBudget;
use crate::engine::sqlite::SqliteOptions;
use crate::error::Result;
use crate::model::VALUE_LEN_MAX;

/// The options of a SQLite file, without its path.
pub(crate) const SQLITE: &[Rule<SqliteOptions>] = with_cache!(it => it.cache, stored: true, [
    rule(
        "durability", "normal", "full also survives a loss of power",
        Takes::Word(&["normal", "full"], set_durability),
    ),
    rule(
        "busy_timeout", "5s", "the longest wait for locks of other processes",
        Takes::Duration(|it, time| it.busy_timeout = time),
    ),
    rule(
        "purge_interval", "60s", "the interval of the purge; 0: never",
        Takes::Duration(|it, time| it.purge_interval = time),
    ),
    rule(
        "snapshot_timeout", "0", "how long a cursor or snapshot may be unused; 0: no limit",
        Takes::Duration(|it, time| it.snapshot_timeout = time),
    ),
    rule(
        "slow", "0", "the duration from which on a call is in the log; 0: none",
        Takes::Duration(|it, time| it.slow = time),
    ),
    rule(
        "max_memory", "0", "the limit of memory of entries, caches, queues; 0: no limit",
        Takes::Size(|it, size| it.max_memory = MemoryBudget(size)),
    ),
    rule(
        "wal_limit", "64MiB", "the size of the WAL after which it is checkpointed",
        Takes::Size(|it, size| it.wal_limit = size),
    ),
    rule(
        "entry_cache", "16MiB", "the size of the cache of entries; 0: none",
        Takes::Size(|it, size| it.entry_cache = size),
    ),
    rule(
        "inline_limit", "960", "bytes of group, key and value up to which a value is inline",
        Takes::Size(set_inline_limit),
    ),
    rule(
        "create", "on", "a missing file is created",
        Takes::Switch(|it, on| it.create = on),
    ),
    rule(
        "create_dirs", "off", "missing folders are created",
        Takes::Switch(|it, on| it.create_dirs = on),
    ),
    rule(
        "foreign_data", "refuse", "the effect of data of petrock or go-store",
        Takes::Word(&["refuse", "ignore"], |it, word| it.ignore_foreign_data = word == "ignore"),
    ),
    rule(
        "read_only", "off", "the store is only read",
        Takes::Switch(|it, on| it.read_only = on),
    ),
    stored(true, rule(
        "changes", "off", "the file has a change log",
        Takes::Switch(|it, on| it.log.enabled = Some(on)),
    )),
    stored(true, rule(
        "changes_keep", "100000", "the number of changes that the change log keeps; 0: all",
        Takes::Count(set_changes_keep),
    )),
    stored(true, rule(
        "changes_keep_for", "0", "the time for which the change log keeps changes; 0: for ever",
        Takes::Duration(|it, time| it.log.keep_for = Some(time)),
    )),
]);

/// The options of a store in memory.
pub(crate) const MEMORY: &[Rule<MemoryOptions>] = with_cache!(it => it.cache, stored: false, [
    rule(
        "purge_interval", "60s", "the interval of the purge; 0: never",
        Takes::Duration(|it, time| it.purge_interval = time),
    ),
    rule(
        "slow", "0", "the duration from which on a call is in the log; 0: none",
        Takes::Duration(|it, time| it.slow = time),
    ),
    rule(
        "max_memory", "0", "the limit of memory of entries, caches, queues; 0: no limit",
        Takes::Size(|it, size| it.max_memory = MemoryBudget(size)),
    ),
]);

fn set_durability(options: &mut SqliteOptions, word: &str) {
    options.durability = durability(word);
}

fn set_inline_limit(options: &mut SqliteOptions, size: u64) {
    options.inline_limit = size.min(VALUE_LEN_MAX as u64) as usize;
}

fn set_changes_keep(options: &mut SqliteOptions, count: u64) -> Result<()> {
    options.log.keep = Some(count);
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::engine::sqlite::LogOptions;
    use crate::model::Limits;

    /// Options of one opening alone: handles with different ones share an engine.
    const OF_AN_OPENING: [&str; 3] = ["create", "create_dirs", "foreign_data"];

    fn with_defaults<O>(rules: &[Rule<O>], stored: bool, options: &mut O) {
        for rule in rules.iter().filter(|it| it.stored == stored) {
            rule.set(options, rule.default).expect(rule.name);
        }
    }

    /// Returns a value that is not the default.
    fn another_value<O>(rule: &Rule<O>) -> &'static str {
        match &rule.takes {
            Takes::Duration(_) => "77s",
            Takes::Size(_) | Takes::Count(_) => "77",
            takes => {
                let mut words = takes.words().iter().copied();
                words.find(|it| *it != rule.default).expect("another word")
            }
        }
    }

    #[test]
    fn the_defaults_of_the_table_are_those_of_a_file() {
        let mut options = SqliteOptions::new("x");
        with_defaults(SQLITE, false, &mut options);
        assert_eq!(options, SqliteOptions::new("x"));

        with_defaults(SQLITE, true, &mut options);
        let log = LogOptions {
            enabled: Some(false),
            keep: Some(LogOptions::KEEP_DEFAULT),
            keep_for: Some(Duration::ZERO),
        };
        assert_eq!(options.log, log);
        assert_eq!(options.cache.limits.over(Limits::default()), Ok(Limits::default()));
    }

    #[test]
    fn the_defaults_of_the_table_are_those_of_a_store_in_memory() {
        let mut options = MemoryOptions::default();
        with_defaults(MEMORY, false, &mut options);
        assert_eq!(options.cache.default_ttl, MemoryOptions::default().cache.default_ttl);
        assert_eq!(options.purge_interval, MemoryOptions::default().purge_interval);
        let limits = options.cache.limits;
        assert!(limits.max_bytes == Some(0) && limits.max_entries == Some(0));
        assert_eq!(limits.eviction, Some(Limits::default().eviction));
        assert!(MEMORY.iter().all(|it| !it.stored));
    }

    #[test]
    fn handles_share_a_file_if_they_differ_only_in_options_that_it_stores() {
        for rule in SQLITE {
            let open = SqliteOptions::new("x");
            let mut other = open.clone();
            rule.set(&mut other, another_value(rule)).expect(rule.name);
            assert_ne!(other, open, "{}", rule.name);

            let is_shared = rule.stored || OF_AN_OPENING.contains(&rule.name);
            match open.check_shared(&other) {
                Ok(()) => assert!(is_shared, "{} is not compared", rule.name),
                Err(error) => {
                    let start = format!("option {} differs ", rule.name);
                    assert!(!is_shared && error.message().starts_with(&start), "{error}");
                }
            }
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
