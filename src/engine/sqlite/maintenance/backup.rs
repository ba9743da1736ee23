//! Backups: a snapshot of a file, copied page by page into a new one.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{OpenFlags, ffi};

use crate::call::CallContext;
use crate::engine::file_use::check_unused;
use crate::engine::sqlite::SqliteEngine;
use crate::engine::sqlite::file::access;
use crate::engine::sqlite::file::connection::Connection;
use crate::engine::sqlite::native::set_busy_timeout;
use crate::engine::sqlite::read::reader::Snapshot;
use crate::engine::{BackupProgress, BackupSource};
use crate::error::{Error, ErrorKind, Result};
use crate::model::Quoted;
use crate::os::WholeFile;

/// Pages copied between two calls of a backup's progress: one MiB.
const BACKUP_STEP: i32 = 256;

/// How long a lock on the new file is waited for, which no other process should hold.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

impl BackupSource for SqliteEngine {
    fn backup(
        &self,
        call: &CallContext,
        path: &Path,
        progress: &mut dyn FnMut(BackupProgress) -> bool,
    ) -> Result<()> {
        let name = Quoted(path.as_os_str().as_encoded_bytes()).to_string();
        let copied = create(path).and_then(|partial| {
            // The backup reads from one snapshot; without it each commit of another connection
            // would restart the copy.
            let mut snapshot = Snapshot::begin(&self.readers, call)?;
            let whole = copy_into(call, snapshot.session().connection(), partial.path(), progress)?;
            // The copied header has put the file in WAL mode; the close removes its WAL.
            drop(whole);
            snapshot.check_unchanged()?;
            partial.publish().map_err(explain)
        });
        copied.map_err(|error| error.context(format_args!("backup to {name}")))
    }

    fn restore(
        &self,
        call: &CallContext,
        path: &Path,
        progress: &mut dyn FnMut(BackupProgress) -> bool,
    ) -> Result<()> {
        self.check_writable()?;
        self.writer.poison().check()?;
        let name = Quoted(path.as_os_str().as_encoded_bytes()).to_string();
        let restored = self.replace_contents(call, path, progress);
        restored.map_err(|error| error.context(format_args!("restore from {name}")))
    }
}

/// Begins the new file at `path`.
fn create(path: &Path) -> Result<WholeFile> {
    check_unused(path)?;
    WholeFile::create(path).map_err(explain)
}

fn explain(error: io::Error) -> Error {
    match error.kind() {
        io::ErrorKind::AlreadyExists => {
            let message = "the file exists already; remove it or name another";
            Error::new(ErrorKind::Argument, message).with_os_error(libc::EEXIST)
        }
        // A path of something else than a regular file.
        io::ErrorKind::InvalidInput if error.raw_os_error().is_none() => {
            Error::new(ErrorKind::Argument, error.to_string())
        }
        _ => error.into(),
    }
}

/// Copies the database of `from` into the empty file at `path`, and returns a connection to it.
pub(super) fn copy_into(
    call: &CallContext,
    from: &Connection,
    path: &Path,
    progress: &mut dyn FnMut(BackupProgress) -> bool,
) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    // The target is no store that is open: its failures poison nothing.
    let (mut to, cause) = Connection::open(path, flags, &Arc::default())?;
    access::check_file(&to, path, cause)?;
    set_busy_timeout(to.raw(), BUSY_TIMEOUT).map_err(|error| to.explain(error))?;
    copying(from, &mut to, |backup| copy_pages(call, backup, progress))?;
    Ok(to)
}

/// Why copying pages has ended early.
pub(super) enum Stopped {
    /// SQLite has failed with this code.
    Sqlite(i32),
    /// Anything else.
    Other(Error),
}

impl From<rusqlite::Error> for Stopped {
    fn from(error: rusqlite::Error) -> Stopped {
        let code = error.sqlite_error().map_or(ffi::SQLITE_ERROR, |it| it.extended_code);
        Stopped::Sqlite(code)
    }
}

impl From<Error> for Stopped {
    fn from(error: Error) -> Stopped {
        Stopped::Other(error)
    }
}

/// Runs `work` with the copying of all pages from one connection to another.
pub(super) fn copying<R>(
    from: &Connection,
    to: &mut Connection,
    work: impl FnOnce(&Backup<'_, '_>) -> Result<R, Stopped>,
) -> Result<R> {
    let done = match Backup::new(from.raw(), to.raw_mut()) {
        Ok(backup) => work(&backup),
        Err(error) => Err(error.into()),
    };
    done.map_err(|stopped| match stopped {
        Stopped::Sqlite(code) => {
            // The connection that has failed knows the number.
            let target_failed = to.explain_code(code);
            if target_failed.os_error() != 0 { target_failed } else { from.explain_code(code) }
        }
        Stopped::Other(error) => error,
    })
}

/// Copies the pages that are left.
pub(super) fn copy_pages(
    call: &CallContext,
    backup: &Backup<'_, '_>,
    progress: &mut dyn FnMut(BackupProgress) -> bool,
) -> Result<(), Stopped> {
    loop {
        call.check()?;
        let step = backup.step(BACKUP_STEP)?;
        if !matches!(step, StepResult::More | StepResult::Done) {
            let message = "another process has locked the copy; try again";
            return Err(Error::new(ErrorKind::Busy, message).into());
        }
        let pages = backup.progress();
        let total = pages.pagecount.max(0) as u64;
        let done = total.saturating_sub(pages.remaining.max(0) as u64);
        if !progress(BackupProgress { done, total }) {
            let message = "its progress function has ended it";
            return Err(Error::new(ErrorKind::Cancelled, message).into());
        }
        if step == StepResult::Done {
            return Ok(());
        }
    }
}
