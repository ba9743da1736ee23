//! The options of a store in memory.

use std::time::Duration;

use crate::model::CacheOptions;

/// How a store in memory is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MemoryOptions {
    /// Limits, eviction and default ttl.
    pub cache: CacheOptions,
    /// The interval of the purge; zero for never.
    pub purge_interval: Duration,
}

impl Default for MemoryOptions {
    fn default() -> Self {
        MemoryOptions { cache: CacheOptions::default(), purge_interval: Duration::from_secs(60) }
    }
}
