//! The options of a database file.

use std::path::PathBuf;
use std::time::Duration;

use crate::engine::memory_budget::MemoryBudget;
use crate::engine::shared_options::check_same;
use crate::error::Result;
use crate::model::{CacheOptions, Durability};

/// The options of a file. All handles of a process on one file share one engine, and thus its
/// options.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SqliteOptions {
    /// The database file.
    pub path: PathBuf,
    /// Whether a missing file is created.
    pub create: bool,
    /// Whether missing parent directories are created.
    pub create_dirs: bool,
    /// Whether a store begins beside data of another system, which is refused otherwise.
    pub ignore_foreign_data: bool,
    /// Whether writes are refused.
    pub read_only: bool,
    /// The error number of the system that denies writing, if the file is read only for that; else
    /// 0.
    pub write_denial: i32,
    /// The durability of commits.
    pub durability: Durability,
    /// The longest wait of a call for the locks of other processes.
    pub busy_timeout: Duration,
    /// The interval at which expired entries are purged; zero for never.
    pub purge_interval: Duration,
    /// The duration from which on a call is in the log; zero for none.
    pub slow: Duration,
    /// The limit of the memory that the store takes in this process.
    pub max_memory: MemoryBudget,
    /// The longest time between two calls on a cursor, after which its snapshot ends; zero for no
    /// limit.
    pub snapshot_timeout: Duration,
    /// Bytes of WAL after which the maintenance thread checkpoints it.
    pub wal_limit: u64,
    /// Bytes of the entry cache; 0 for none.
    pub entry_cache: u64,
    /// The most bytes of group, key and value that this process writes into one row; the value of a
    /// longer entry gets an overflow row. Reading does not depend on it.
    pub inline_limit: usize,
    /// Changes to the settings of the file's change log.
    pub log: LogOptions,
    /// Changes to the limits of the file, and the default ttl of entries that this process writes.
    pub cache: CacheOptions,
}

/// Settings of the change log. They are stored in the file and shared by all processes; a setting
/// that is `None` keeps its stored value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LogOptions {
    /// Whether there is a change log.
    pub enabled: Option<bool>,
    /// The number of changes that are kept; 0 for no limit.
    pub keep: Option<u64>,
    /// The time for which changes are kept; zero for no limit.
    pub keep_for: Option<Duration>,
}

impl LogOptions {
    /// The number of changes that a new change log keeps.
    pub const KEEP_DEFAULT: u64 = 100_000;

    /// Returns whether a limit of the change log is set.
    pub fn keeps(&self) -> bool {
        self.keep.is_some() || self.keep_for.is_some()
    }

    /// Returns whether no setting is set.
    pub fn is_empty(&self) -> bool {
        *self == LogOptions::default()
    }
}

/// Bytes of a WAL frame: a page of 4 KiB and its header.
const FRAME_LEN: u64 = 4096 + 24;

/// The default of [`SqliteOptions::inline_limit`], measured in docs/storage.md: a row of up to
/// 1,002 bytes, with some 25 for version, expiry and lengths, has no overflow pages.
pub const INLINE_VALUE_MAX: usize = 960;

/// Returns the statement that sets a durability on a connection, outside of a transaction.
pub(crate) fn pragma_of(durability: Durability) -> &'static str {
    match durability {
        Durability::Normal => "PRAGMA synchronous = NORMAL",
        Durability::Full => "PRAGMA synchronous = FULL",
    }
}

impl SqliteOptions {
    /// Returns the defaults for a file at `path`.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        SqliteOptions {
            path: path.into(),
            create: true,
            create_dirs: false,
            ignore_foreign_data: false,
            read_only: false,
            write_denial: 0,
            durability: Durability::default(),
            busy_timeout: Duration::from_secs(5),
            purge_interval: Duration::from_secs(60),
            snapshot_timeout: Duration::ZERO,
            slow: Duration::ZERO,
            max_memory: MemoryBudget::default(),
            wal_limit: 64 * 1024 * 1024,
            entry_cache: 16 * 1024 * 1024,
            inline_limit: INLINE_VALUE_MAX,
            log: LogOptions::default(),
            cache: CacheOptions::default(),
        }
    }

    /// Returns the store as the log names it, without its options.
    pub(crate) fn store_name(&self) -> String {
        self.path.display().to_string()
    }

    /// Fails if a handle with the options `other` cannot share an engine that was opened with
    /// `self`; the message names the first option that differs.
    pub fn check_shared(&self, other: &SqliteOptions) -> Result<()> {
        let same = [
            ("read_only", self.read_only == other.read_only),
            ("durability", self.durability == other.durability),
            ("busy_timeout", self.busy_timeout == other.busy_timeout),
            ("purge_interval", self.purge_interval == other.purge_interval),
            ("slow", self.slow == other.slow),
            ("max_memory", self.max_memory == other.max_memory),
            ("snapshot_timeout", self.snapshot_timeout == other.snapshot_timeout),
            ("wal_limit", self.wal_limit == other.wal_limit),
            ("entry_cache", self.entry_cache == other.entry_cache),
            ("inline_limit", self.inline_limit == other.inline_limit),
            ("default_ttl", self.cache.default_ttl == other.cache.default_ttl),
        ];
        check_same(&same, "file")
    }
}

/// The multiple of `wal_limit` at which writers wait for a checkpoint.
pub(crate) const WRITERS_WAIT_AT: u32 = 2;

/// Returns the number of WAL frames in `wal_limit` bytes, at least 1.
pub(crate) fn frames_of(wal_limit: u64) -> u32 {
    u32::try_from(wal_limit / FRAME_LEN).unwrap_or(u32::MAX).max(1)
}
