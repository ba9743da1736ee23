//! Contestants: a kind of peer, and the way it is read.

use std::fs;

use anyhow::{Context, Result};

use crate::peer::{OpenOptions, Peer};
use crate::peers::{GROUP, kv, leveldb, lmdb, rocksdb, sqlite};
use crate::workload::{Action, Shelf, Workload};

/// The name of the peer that ratios refer to.
pub const RAW_SQLITE: &str = "raw SQLite";
/// SQLite recommends a table WITHOUT ROWID for rows of less than a twentieth of a page.
const ROW_WITHOUT_ROWID_MAX: usize = 4096 / 20;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Kv,
    KvLog,
    Sqlite,
    SqliteRowid,
    Lmdb,
    LevelDb,
    RocksDb,
}

/// How a get hands its value over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    Copied,
    Borrowed,
}

/// One bar of a workload: `peer` is an index into the peers that are open.
#[derive(Clone, Copy)]
pub struct Contestant {
    pub peer: usize,
    pub access: Access,
    pub label: &'static str,
}

impl Kind {
    /// Returns who has a store on `shelf`.
    pub fn on(shelf: Shelf, with_kv: bool) -> Vec<Self> {
        let mut kinds = vec![
            Self::Kv,
            Self::KvLog,
            Self::Sqlite,
            Self::SqliteRowid,
            Self::Lmdb,
            Self::LevelDb,
            Self::RocksDb,
        ];
        kinds.retain(|kind| match kind {
            Self::Kv | Self::KvLog => with_kv,
            // A rowid table is the better choice for large values only.
            Self::SqliteRowid => shelf == Shelf::Large,
            _ => true,
        });
        kinds
    }

    /// Returns each peer once, SQLite with the table that suits rows of such keys and values.
    pub fn for_values(key_len: usize, value_len: usize, with_kv: bool) -> Vec<Self> {
        let is_small = GROUP.len() + key_len + value_len < ROW_WITHOUT_ROWID_MAX;
        let sqlite = if is_small { Self::Sqlite } else { Self::SqliteRowid };
        let mut kinds =
            vec![Self::Kv, Self::KvLog, sqlite, Self::Lmdb, Self::LevelDb, Self::RocksDb];
        kinds.retain(|kind| !matches!(kind, Self::Kv | Self::KvLog) || with_kv);
        kinds
    }

    /// Returns the name of the library, whatever the table.
    pub fn peer(self) -> &'static str {
        match self {
            Self::SqliteRowid => RAW_SQLITE,
            kind => kind.label(),
        }
    }

    pub fn label(self) -> &'static str {
        match self {
            Self::Kv => "kv",
            Self::KvLog => "kv, log",
            Self::Sqlite => RAW_SQLITE,
            Self::SqliteRowid => "raw SQLite, rowid",
            Self::Lmdb => "LMDB",
            Self::LevelDb => "LevelDB",
            Self::RocksDb => "RocksDB",
        }
    }

    /// Opens this kind's store in a directory of its own below that of `opening`.
    pub fn open(self, shelf: Shelf, opening: &OpenOptions) -> Result<Box<dyn Peer>> {
        self.open_below(&self.directory(shelf), opening)
    }

    /// Opens this kind's store in a directory of this name below that of `opening`.
    pub fn open_below(self, name: &str, opening: &OpenOptions) -> Result<Box<dyn Peer>> {
        let directory = opening.directory.join(name);
        fs::create_dir_all(&directory)?;
        let opening = OpenOptions { directory: &directory, ..*opening };
        self.open_in(&opening).with_context(|| format!("open {}", self.label()))
    }

    /// Opens this kind's store in the directory of `opening`.
    pub fn open_in(self, opening: &OpenOptions) -> Result<Box<dyn Peer>> {
        Ok(match self {
            Self::Kv => Box::new(kv::Kv::open(opening)?),
            Self::KvLog => Box::new(kv::Kv::open_log(opening)?),
            Self::Sqlite => Box::new(sqlite::WithoutRowid::open(opening)?),
            Self::SqliteRowid => Box::new(sqlite::WithRowid::open(opening)?),
            Self::Lmdb => Box::new(lmdb::Lmdb::open(opening)?),
            Self::LevelDb => Box::new(leveldb::LevelDb::open(opening)?),
            Self::RocksDb => Box::new(rocksdb::RocksDb::open(opening)?),
        })
    }

    /// Returns the name of the directory of this kind's store.
    pub fn directory(self, shelf: Shelf) -> String {
        format!("{self:?}-{shelf:?}").to_lowercase()
    }
}

/// Returns the bars of `workload`: each peer once, and kv's borrowing get beside its copying one.
pub fn contestants(workload: Workload, kinds: &[Kind]) -> Vec<Contestant> {
    let mut contestants = Vec::new();
    for (peer, kind) in kinds.iter().enumerate() {
        contestants.push(Contestant { peer, access: Access::Copied, label: kind.label() });
        if *kind == Kind::Kv && workload.action() == Action::Get {
            contestants.push(Contestant { peer, access: Access::Borrowed, label: "kv, kv_get" });
        }
    }
    contestants
}

/// Returns the label that the ratios of `workload` refer to.
pub fn baseline(workload: Workload) -> &'static str {
    match workload.shelf() {
        Shelf::Small => Kind::Sqlite.label(),
        Shelf::Large => Kind::SqliteRowid.label(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sqlite_has_the_table_that_suits_the_rows() {
        assert!(Kind::for_values(16, 100, true).contains(&Kind::Sqlite));
        assert!(Kind::for_values(16, 1000, true).contains(&Kind::SqliteRowid));
        assert!(!Kind::for_values(16, 100, false).contains(&Kind::Kv));
    }
}
