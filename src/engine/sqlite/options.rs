//! How a file is opened.

use std::path::PathBuf;
use std::time::Duration;

use crate::error::{Error, ErrorKind, Result};

/// What survives a loss of power. A killed process loses nothing at either.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Durability {
    /// The last commits may be lost, never their atomicity or the file's integrity.
    #[default]
    Normal,
    /// Every acknowledged commit survives: one fsync each, shared by concurrent writers.
    Full,
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
}

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
