//! The options of a store with a log.

use crate::config::options::cache::{durability, with_cache};
use crate::config::options::rule::{Rule, Takes, rule};
use crate::engine::log::LogEngineOptions;
use crate::engine::memory_budget::MemoryBudget;

/// The options of a store with a log, without its path.
pub(crate) const LOG: &[Rule<LogEngineOptions>] = with_cache!(it => it.cache, stored: false, [
    rule(
        "durability", "normal", "full also survives a loss of power",
        Takes::Word(&["normal", "full"], |it, word| it.durability = durability(word)),
    ),
    rule(
        "sync_every", "100ms", "how long a write may not be on the disk yet",
        Takes::Duration(|it, time| it.sync_every = time),
    ),
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
    rule(
        "log_limit", "64MiB", "the least size of the log at which a snapshot is made",
        Takes::Size(|it, size| it.log_limit = size),
    ),
    rule(
        "create", "on", "a missing folder is created",
        Takes::Switch(|it, on| it.create = on),
    ),
    rule(
        "create_dirs", "off", "missing folders above it are created",
        Takes::Switch(|it, on| it.create_dirs = on),
    ),
    rule(
        "read_only", "off", "the store is only read, as it is at its opening",
        Takes::Switch(|it, on| it.read_only = on),
    ),
    rule(
        "changes", "off", "the changes in the log can be read",
        Takes::Switch(|it, on| it.changes = on),
    ),
    rule(
        "changes_keep", "100000", "the number of changes that are kept at least; 0: all",
        Takes::Count(|it, count| {
            it.changes_keep = count;
            Ok(())
        }),
    ),
]);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Limits;

    #[test]
    fn the_defaults_of_the_table_are_those_of_a_store_with_a_log() {
        let mut options = LogEngineOptions::new("x");
        for rule in LOG {
            rule.set(&mut options, rule.default).expect(rule.name);
        }
        assert_eq!(options.cache.limits.over(Limits::default()), Ok(Limits::default()));
        options.cache = LogEngineOptions::new("x").cache;
        assert_eq!(options, LogEngineOptions::new("x"));
    }
}
