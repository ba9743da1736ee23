//! The file of a new store: created for it, and removed again if the opening fails.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use rusqlite::OpenFlags;

use crate::engine::file_use::check_place;
use crate::engine::sqlite::file::connection::Connection;
use crate::engine::sqlite::file::options::SqliteOptions;
use crate::engine::sqlite::file::{schema, tables};
use crate::engine::sqlite::native::set_busy_timeout;
use crate::error::{Error, Result};
use crate::os::{self, EventFlag, Identity};

/// Descriptors that are kept for the look at a file whose opening has failed: for the file and its
/// WAL, and one to spare.
const SPARES: usize = 3;

/// Creates the file, empty and private to its owner, if it is missing and `options` allow it.
/// Returns the file that it has created. Fails if its name is that of a file beside another store.
pub(crate) fn ensure_file(options: &SqliteOptions) -> Result<Option<NewFile>> {
    check_place(&options.path)?;
    if options.path.try_exists()? {
        return Ok(None);
    }
    if !options.create || options.read_only {
        let error = std::io::Error::from_raw_os_error(os::error_code::NOT_FOUND);
        return Err(Error::from(error));
    }
    if let (true, Some(parent)) = (options.create_dirs, options.path.parent()) {
        os::create_folders(parent)?;
    }
    let spares = (0..SPARES).map(|_| EventFlag::new()).collect::<std::io::Result<_>>()?;
    // Opens only a new file: to close a descriptor of a file that SQLite has open drops its locks.
    let path = os::follow(&options.path)?;
    match os::create_private(&path) {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(None),
        Err(error) => Err(error.into()),
        Ok(file) => {
            let identity = os::identity_of(&file).ok();
            Ok(Some(NewFile { path, identity, spares, is_kept: false }))
        }
    }
}

/// A file that was created for a store. If the opening fails, it is removed again, unless another
/// process uses it or has written to it meanwhile.
pub(crate) struct NewFile {
    path: PathBuf,
    identity: Option<Identity>,
    /// Descriptors of nothing, which take the place of those that the look will need: the opening
    /// may have failed because the process has no others.
    spares: Vec<EventFlag>,
    is_kept: bool,
}

impl NewFile {
    /// Keeps the file, of which a store was made.
    pub(crate) fn keep(mut self) {
        self.is_kept = true;
    }

    /// Removes the file and those beside it, if nothing was written for anyone. Every other process
    /// is kept out meanwhile; one that has opened the file already, and waits, finds it gone.
    fn remove_if_unused(&self) -> Result<()> {
        if self.is_empty() {
            if let Some(_lock) = os::lock_alone(&self.path)
                && self.is_empty()
            {
                self.remove();
            }
            return Ok(());
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let (connection, _) = Connection::open(&self.path, flags, &Arc::default())?;
        connection.checkpoint_on_close(false)?;
        let untimed = set_busy_timeout(connection.raw(), Duration::ZERO);
        untimed.map_err(|error| connection.explain(error))?;
        let is_unused = is_unused(&connection).unwrap_or(false);
        if is_unused && os::REMOVES_OPEN_FILES {
            self.remove();
            return Ok(());
        }
        if is_empty(&os::side_path(&self.path, os::WAL)) {
            // The look has created the WAL, and the close removes it.
            connection.checkpoint_on_close(true)?;
        }
        if is_unused {
            let seen = self.state();
            drop(connection);
            // Another process may have written to it between the two locks.
            if let Some(_lock) = os::lock_alone(&self.path)
                && self.state() == seen
            {
                self.remove();
            }
        }
        Ok(())
    }

    /// Returns the length of the file and the time of its last change.
    fn state(&self) -> Option<(u64, SystemTime)> {
        let file = fs::metadata(&self.path).ok()?;
        Some((file.len(), file.modified().ok()?))
    }

    fn is_empty(&self) -> bool {
        is_empty(&self.path) && is_empty(&os::side_path(&self.path, os::WAL))
    }

    fn remove(&self) {
        if self.identity.is_none() || os::identity(&self.path) != self.identity {
            return;
        }
        let beside = [os::WAL, os::SHM, os::JOURNAL].map(|it| os::side_path(&self.path, it));
        for path in beside.iter().chain([&self.path]) {
            // A failure leaves an empty store, or a file of which a later opening makes one.
            let _ = fs::remove_file(path);
        }
    }
}

impl Drop for NewFile {
    fn drop(&mut self) {
        if !self.is_kept {
            self.spares.clear();
            // A file that cannot be looked at stays.
            let _ = self.remove_if_unused();
        }
    }
}

/// Locks the file against all others for as long as the connection is open, and returns whether
/// nothing was written to it but the tables of a new store.
fn is_unused(connection: &Connection) -> Result<bool> {
    connection.execute_batch("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE")?;
    let sql = match schema::format_of(connection)? {
        Some(_) => tables::IS_UNUSED,
        None => tables::HAS_NO_TABLES,
    };
    connection.query_row(sql, [], |row| row.get(0))
}

fn is_empty(path: &Path) -> bool {
    fs::metadata(path).map_or(true, |it| it.len() == 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::poison::Poison;
    use crate::engine::sqlite::file::connect::connect_first;

    fn options(folder: &Path) -> SqliteOptions {
        SqliteOptions::new(folder.join("new.db"))
    }

    fn count(folder: &Path) -> usize {
        fs::read_dir(folder).expect("a folder").count()
    }

    #[test]
    fn what_another_process_has_written_stays() {
        let folder = tempfile::tempdir().expect("a folder");
        let options = options(folder.path());
        for sql in [
            "INSERT INTO kv_entries (grp, key, version, value) VALUES (x'', x'', 1, x'')",
            "INSERT INTO kv_quotas VALUES (x'61', 1, 1, 1, 0, 0, 0)",
            "UPDATE kv_meta SET value = 7 WHERE name = 'clock'",
            "CREATE TABLE other (a)",
        ] {
            let created = ensure_file(&options).expect("a folder of our own").expect("a new file");
            let poison = Arc::new(Poison::default());
            let (connection, _) = connect_first(&options, &poison).expect("a store");
            connection.execute_batch(sql).expect("sql");
            drop(connection);
            drop(created);
            assert_eq!(count(folder.path()), 1, "{sql}");
            fs::remove_file(&options.path).expect("a file of our own");
        }
    }

    #[test]
    fn a_store_without_entries_is_removed_and_a_file_in_its_place_is_not() {
        let folder = tempfile::tempdir().expect("a folder");
        let options = options(folder.path());
        let created = ensure_file(&options).expect("a folder of our own").expect("a new file");
        let poison = Arc::new(Poison::default());
        drop(connect_first(&options, &poison).expect("a store"));
        drop(created);
        assert_eq!(count(folder.path()), 0);

        let created = ensure_file(&options).expect("a folder of our own").expect("a new file");
        fs::rename(&options.path, folder.path().join("away")).expect("renamed");
        fs::write(&options.path, b"").expect("another file");
        drop(created);
        assert_eq!(count(folder.path()), 2);
        assert!(ensure_file(&options).expect("a file").is_none(), "it was there before");
        assert_eq!(count(folder.path()), 2);
    }
}
