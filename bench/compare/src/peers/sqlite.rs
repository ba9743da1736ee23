//! Raw SQLite, as an expert would call it: prepared statements, WAL, one transaction per call.

use std::ffi::{CStr, CString};
use std::sync::Mutex;

use anyhow::{Result, anyhow, ensure};
use libsqlite3_sys as ffi;

use super::GROUP;
use super::sqlite_statement::{Connection, Statement};
use crate::peer::{Direction, Durability, Entry, OpenOptions, Peer};

/// The key is the table: one B-tree, best for small values. The base line of the small workloads.
pub type WithoutRowid = Sqlite<false>;
/// Rows beside an index: large values stay out of the key's B-tree. The base line of the large
/// ones.
pub type WithRowid = Sqlite<true>;

pub struct Sqlite<const ROWID: bool> {
    /// Locked only where threads share it; a workload of one thread goes around the lock.
    table: Mutex<Table>,
}

/// The statements come first: they must be dropped before their connection.
struct Table {
    get: Statement,
    set: Statement,
    scan: Statement,
    scan_back: Statement,
    begin: Statement,
    commit: Statement,
    connection: Connection,
}

/// Returns the version of the SQLite that is linked in.
pub fn version() -> String {
    // SAFETY: SQLite returns a static, NUL-terminated text.
    let version = unsafe { CStr::from_ptr(ffi::sqlite3_libversion()) };
    version.to_string_lossy().into_owned()
}

impl<const ROWID: bool> Sqlite<ROWID> {
    const CREATE: &CStr = if ROWID {
        c"CREATE TABLE IF NOT EXISTS kv(id INTEGER PRIMARY KEY, grp BLOB, key BLOB, value BLOB, UNIQUE(grp, key))"
    } else {
        c"CREATE TABLE IF NOT EXISTS kv(grp BLOB, key BLOB, value BLOB, PRIMARY KEY(grp, key)) WITHOUT ROWID"
    };

    fn table(&mut self) -> &mut Table {
        // A poisoned lock means that a worker panicked, and then the whole run has failed already.
        self.table.get_mut().expect("a worker panicked while it wrote")
    }
}

impl Table {
    fn open(opening: &OpenOptions, create: &CStr) -> Result<Self> {
        let connection = Connection::open(&opening.directory.join("raw.db"))?;
        // SQLite's default, which the flags of the library change.
        connection.execute(c"PRAGMA auto_vacuum = NONE")?;
        let mut journal = connection.prepare(c"PRAGMA journal_mode = WAL")?;
        ensure!(journal.step()? && journal.column(0) == b"wal", "SQLite refused the WAL");
        drop(journal);
        connection.execute(match opening.durability {
            Durability::Process => c"PRAGMA synchronous = NORMAL",
            Durability::Disk => c"PRAGMA synchronous = FULL",
        })?;
        // SQLite's default, spelled out: the writer that fills 1000 pages does the checkpoint
        // itself.
        connection.execute(c"PRAGMA wal_autocheckpoint = 1000")?;
        if let Some(mib) = opening.cache_mib {
            let pragma = CString::new(format!("PRAGMA cache_size = -{}", u64::from(mib) * 1024))?;
            connection.execute(&pragma)?;
        }
        connection.execute(create)?;
        Ok(Self {
            get: connection.prepare(c"SELECT value FROM kv WHERE grp = ?1 AND key = ?2")?,
            set: connection.prepare(
                c"INSERT INTO kv(grp, key, value) VALUES(?1, ?2, ?3)
                  ON CONFLICT(grp, key) DO UPDATE SET value = excluded.value",
            )?,
            scan: connection.prepare(
                c"SELECT key, value FROM kv WHERE grp = ?1 AND key > ?2 ORDER BY key LIMIT ?3",
            )?,
            scan_back: connection.prepare(
                c"SELECT key, value FROM kv WHERE grp = ?1 AND key < ?2 ORDER BY key DESC LIMIT ?3",
            )?,
            begin: connection.prepare(c"BEGIN IMMEDIATE")?,
            commit: connection.prepare(c"COMMIT")?,
            connection,
        })
    }

    fn set(&mut self, key: &[u8], value: &[u8]) -> Result<()> {
        // SAFETY: the caller's bytes outlive this call, and `run` ends with a reset.
        unsafe {
            self.set.bind(1, GROUP)?;
            self.set.bind(2, key)?;
            self.set.bind(3, value)?;
        }
        self.set.run()
    }
}

impl<const ROWID: bool> Peer for Sqlite<ROWID> {
    fn open(opening: &OpenOptions) -> Result<Self> {
        Ok(Self { table: Mutex::new(Table::open(opening, Self::CREATE)?) })
    }

    fn get(&mut self, key: &[u8], value: &mut Vec<u8>) -> Result<bool> {
        let get = &mut self.table().get;
        // SAFETY: the caller's bytes outlive this call, which ends with a reset.
        unsafe {
            get.bind(1, GROUP)?;
            get.bind(2, key)?;
        }
        let found = get.step()?;
        if found {
            value.clear();
            value.extend_from_slice(get.column(0));
        }
        get.reset();
        Ok(found)
    }

    fn set(&mut self, key: &[u8], value: &[u8]) -> Result<()> {
        self.table().set(key, value)
    }

    fn set_shared(&self, key: &[u8], value: &[u8]) -> Result<()> {
        self.table.lock().map_err(|_| anyhow!("another worker panicked"))?.set(key, value)
    }

    fn batch(&mut self, entries: &[Entry]) -> Result<()> {
        let table = self.table();
        table.begin.run()?;
        for entry in entries {
            table.set(&entry.key, &entry.value)?;
        }
        table.commit.run()
    }

    fn scan(
        &mut self,
        direction: Direction,
        from: &[u8],
        limit: usize,
        visit: &mut dyn FnMut(&[u8], &[u8]),
    ) -> Result<usize> {
        let table = self.table();
        let scan = match direction {
            Direction::Ascending => &mut table.scan,
            Direction::Descending => &mut table.scan_back,
        };
        // SAFETY: the caller's bytes outlive this call, which ends with a reset.
        unsafe {
            scan.bind(1, GROUP)?;
            scan.bind(2, from)?;
        }
        scan.bind_number(3, i64::try_from(limit)?)?;
        let mut count = 0;
        while scan.step()? {
            visit(scan.column(0), scan.column(1));
            count += 1;
        }
        scan.reset();
        Ok(count)
    }

    fn close(self: Box<Self>) -> Result<()> {
        let table = self.table.into_inner().map_err(|_| anyhow!("a worker panicked"))?;
        // Without it the next opening would start with this one's WAL and pay for it.
        table.connection.execute(c"PRAGMA wal_checkpoint(TRUNCATE)")
    }
}
