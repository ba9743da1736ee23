//! The options of a store with a log.

use std::path::PathBuf;
use std::time::Duration;

use crate::engine::memory_budget::MemoryBudget;
use crate::engine::shared_options::check_same;
use crate::error::Result;
use crate::model::{CacheOptions, Durability};

/// How a store with a log is opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogEngineOptions {
    /// The folder.
    pub path: PathBuf,
    /// Whether a missing folder is created.
    pub create: bool,
    /// Whether missing folders above it are created.
    pub create_dirs: bool,
    /// Whether the store is only read: as it is when it is opened, beside a process that writes.
    pub read_only: bool,
    /// The durability of commits.
    pub durability: Durability,
    /// The longest time for which a commit of normal durability is not synced.
    pub sync_every: Duration,
    /// The interval at which expired entries are purged; zero for never.
    pub purge_interval: Duration,
    /// The duration from which on a call is in the log; zero for none.
    pub slow: Duration,
    /// The limit of the memory that the store takes in this process.
    pub max_memory: MemoryBudget,
    /// Bytes of log after which a snapshot begins a new one, unless the entries are more.
    pub log_limit: u64,
    /// Whether the changes of the log can be read.
    pub changes: bool,
    /// The number of changes that are kept at least.
    pub changes_keep: u64,
    /// Limits, eviction and default ttl.
    pub cache: CacheOptions,
}

impl LogEngineOptions {
    /// The default of [`LogEngineOptions::changes_keep`].
    pub const KEEP_DEFAULT: u64 = 100_000;

    /// Returns the defaults for the folder at `path`.
    pub fn new(path: impl Into<PathBuf>) -> LogEngineOptions {
        LogEngineOptions {
            path: path.into(),
            create: true,
            create_dirs: false,
            read_only: false,
            durability: Durability::Normal,
            sync_every: Duration::from_millis(100),
            purge_interval: Duration::from_secs(60),
            slow: Duration::ZERO,
            max_memory: MemoryBudget::default(),
            log_limit: 64 * 1024 * 1024,
            changes: false,
            changes_keep: Self::KEEP_DEFAULT,
            cache: CacheOptions::default(),
        }
    }

    /// Returns the store as the log names it, without its options.
    pub(crate) fn store_name(&self) -> String {
        format!("log:{}", self.path.display())
    }

    /// Fails if a handle with the options `other` cannot share an engine that was opened with
    /// `self`; the message names the first option that differs.
    pub fn check_shared(&self, other: &LogEngineOptions) -> Result<()> {
        let (ours, theirs) = (&self.cache, &other.cache);
        let same = [
            ("read_only", self.read_only == other.read_only),
            ("durability", self.durability == other.durability),
            ("sync_every", self.sync_every == other.sync_every),
            ("purge_interval", self.purge_interval == other.purge_interval),
            ("slow", self.slow == other.slow),
            ("max_memory", self.max_memory == other.max_memory),
            ("log_limit", self.log_limit == other.log_limit),
            ("changes", self.changes == other.changes),
            ("changes_keep", self.changes_keep == other.changes_keep),
            ("max_bytes", ours.limits.max_bytes == theirs.limits.max_bytes),
            ("max_entries", ours.limits.max_entries == theirs.limits.max_entries),
            ("evict", ours.limits.eviction == theirs.limits.eviction),
            ("default_ttl", ours.default_ttl == theirs.default_ttl),
        ];
        check_same(&same, "store")
    }
}
