//! How a file is opened.

use std::path::PathBuf;
use std::time::Duration;

use crate::error::{Error, ErrorKind, Result};
use crate::model::CacheOptions;

/// What survives a loss of power. A killed process loses nothing at either.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Durability {
    /// The last commits may be lost, never their atomicity or the file's integrity.
    #[default]
    Normal,
    /// Every acknowledged commit survives: one fsync each, shared by concurrent writers.
    Full,
}

impl Durability {
    /// Returns the statement that makes a connection commit this durably.
    pub fn pragma(self) -> &'static str {
        match self {
            Durability::Normal => "PRAGMA synchronous = NORMAL",
            Durability::Full => "PRAGMA synchronous = FULL",
        }
    }
}

/// How a file is opened. All handles on one file in a process share one engine, hence its options.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SqliteOptions {
    /// The database file.
    pub path: PathBuf,
    /// Whether a missing file is created.
    pub create: bool,
    /// Whether missing parent directories are created.
    pub create_dirs: bool,
    /// Whether writes are refused.
    pub read_only: bool,
    /// What survives a loss of power.
    pub durability: Durability,
    /// How long a call waits for another process's lock.
    pub busy_timeout: Duration,
    /// How often dead entries are purged; zero never.
    pub purge_interval: Duration,
    /// Bytes of log after which the background thread moves it into the file.
    pub wal_limit: u64,
    /// Bytes of group, key and value that this process writes into one row; of longer entries the
    /// value gets a row of its own. Snapshot does not depend on it.
    pub inline_limit: usize,
    /// What is to become of the file's log of changes.
    pub log: LogOptions,
    /// What is to become of the file's limits, and the default ttl of what this process writes.
    pub cache: CacheOptions,
}

/// What is to become of the log of changes. It belongs to the file: what is not said here stays as
/// it is, for all who use the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LogOptions {
    /// Whether a log is kept.
    pub enabled: Option<bool>,
    /// How many changes are kept; 0 for no limit.
    pub keep: Option<u64>,
    /// For how long they are kept; zero for no limit.
    pub keep_for: Option<Duration>,
}

impl LogOptions {
    /// How many changes a new log keeps.
    pub const KEEP_DEFAULT: u64 = 100_000;

    /// Answers whether something is said about how much is kept.
    pub fn keeps(&self) -> bool {
        self.keep.is_some() || self.keep_for.is_some()
    }

    /// Answers whether nothing is said.
    pub fn is_empty(&self) -> bool {
        *self == LogOptions::default()
    }
}

/// A page of the log with its header.
const FRAME_LEN: u64 = 4096 + 24;

/// The default of [`SqliteOptions::inline_limit`]. Measured, see docs/storage.md: a row of up
/// to 1,002 bytes, with some 25 for version, expiry and lengths, spills nothing to other pages.
pub const INLINE_VALUE_MAX: usize = 960;

impl SqliteOptions {
    /// Returns the defaults for a file at `path`.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        SqliteOptions {
            path: path.into(),
            create: true,
            create_dirs: false,
            read_only: false,
            durability: Durability::default(),
            busy_timeout: Duration::from_secs(5),
            purge_interval: Duration::from_secs(60),
            wal_limit: 16 * 1024 * 1024,
            inline_limit: INLINE_VALUE_MAX,
            log: LogOptions::default(),
            cache: CacheOptions::default(),
        }
    }

    /// Answers whether an engine opened with `self` serves a caller who asked for `other`; names
    /// the first option in which they differ.
    pub fn check_shared(&self, other: &SqliteOptions) -> Result<()> {
        let differing = [
            ("read_only", self.read_only != other.read_only),
            ("durability", self.durability != other.durability),
            ("busy_timeout", self.busy_timeout != other.busy_timeout),
            ("purge_interval", self.purge_interval != other.purge_interval),
            ("wal_limit", self.wal_limit != other.wal_limit),
            ("inline_limit", self.inline_limit != other.inline_limit),
            ("default_ttl", self.cache.default_ttl != other.cache.default_ttl),
        ];
        match differing.iter().find(|(_, differs)| *differs) {
            None => Ok(()),
            Some((name, _)) => Err(Error::new(
                ErrorKind::Argument,
                format!("option {name} differs from that of a handle already open on this file"),
            )),
        }
    }
}

/// Returns how many frames of log `wal_limit` bytes are.
pub fn frames_of(wal_limit: u64) -> u32 {
    u32::try_from(wal_limit / FRAME_LEN).unwrap_or(u32::MAX).max(1)
}
