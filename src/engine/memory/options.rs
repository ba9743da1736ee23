//! The options of a store in memory.

use std::time::Duration;

use crate::engine::memory_budget::MemoryBudget;
use crate::engine::shared_options::check_same;
use crate::error::Result;
use crate::model::CacheOptions;

/// How a store in memory is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MemoryOptions {
    /// Limits, eviction and default ttl.
    pub cache: CacheOptions,
    /// The interval of the purge; zero for never.
    pub purge_interval: Duration,
    /// The duration from which on a call is in the log; zero for none.
    pub slow: Duration,
    /// The limit of the memory that the store takes in this process.
    pub max_memory: MemoryBudget,
}

impl Default for MemoryOptions {
    fn default() -> Self {
        MemoryOptions {
            cache: CacheOptions::default(),
            purge_interval: Duration::from_secs(60),
            slow: Duration::ZERO,
            max_memory: MemoryBudget::default(),
        }
    }
}

impl MemoryOptions {
    /// Fails if a handle with the options `other` cannot share an engine that was opened with
    /// `self`; the message names the first option that differs.
    pub fn check_shared(&self, other: &MemoryOptions) -> Result<()> {
        let (ours, theirs) = (&self.cache, &other.cache);
        let same = [
            ("purge_interval", self.purge_interval == other.purge_interval),
            ("slow", self.slow == other.slow),
            ("max_memory", self.max_memory == other.max_memory),
            ("max_bytes", ours.limits.max_bytes == theirs.limits.max_bytes),
            ("max_entries", ours.limits.max_entries == theirs.limits.max_entries),
            ("evict", ours.limits.eviction == theirs.limits.eviction),
            ("default_ttl", ours.default_ttl == theirs.default_ttl),
        ];
        check_same(&same, "store")
    }
}
