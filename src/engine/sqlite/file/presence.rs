//! Whether the file of a store is still the one at its path, and whether all processes that use it
//! have one log.

use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use crate::engine::sqlite::file::connect::FileId;
use crate::error::{Error, ErrorKind, Result};
use crate::os::{self, LockHolders};

/// The interval between two looks at the path.
const INTERVAL: Duration = Duration::from_millis(500);

/// Looks for processes with another log, and the pauses between them: a process that opens the
/// file locks it shortly before it locks the wal-index.
const LOOKS: u32 = 20;
const LOOK_PAUSE: Duration = Duration::from_millis(10);

/// Fails with [`ErrorKind::Busy`] if another process uses the file at `path` under another name: a
/// hard link or a bind mount. SQLite names the log after the path, so each would have a log of its
/// own, and neither would see what the other writes.
pub(crate) fn check_one_log(path: &Path) -> Result<()> {
    let mut suspects = with_another_log(path);
    for _ in 0..LOOKS {
        if suspects.is_empty() {
            return Ok(());
        }
        thread::sleep(LOOK_PAUSE);
        let still = with_another_log(path);
        suspects.retain(|process| still.contains(process));
    }
    let Some(process) = suspects.first() else { return Ok(()) };
    let message = format!(
        "process {process} has the file open without the log beside it: under another name (a hard \
         link or a bind mount), which has a log of its own; open it by the same name"
    );
    Err(Error::new(ErrorKind::Busy, message))
}

/// Returns the processes that have the file locked for reading, but not the wal-index of this path.
///
/// A process with a write lock on the file creates, upgrades or has it alone: the opening waits for
/// that as for any writer.
fn with_another_log(path: &Path) -> Vec<u32> {
    let holders = |path: &Path| os::identity(path).map(os::lock_holders).unwrap_or_default();
    let LockHolders { mut readers, writers } = holders(path);
    readers.retain(|process| !writers.contains(process));
    if !readers.is_empty() {
        let index = holders(&os::side_path(path, os::SHM));
        readers.retain(|it| !index.readers.contains(it) && !index.writers.contains(it));
    }
    readers
}

/// Notices that the file was removed, or another one put in its place.
pub(crate) struct Presence {
    path: PathBuf,
    file: FileId,
    last: Mutex<Look>,
}

/// The last look at the path.
struct Look {
    at: Instant,
    /// The number of commits when the file was there.
    commits: u64,
    /// The error of all writes after the file was missed.
    missed: Option<Error>,
}

impl Presence {
    /// Returns the presence of `file` at `path`.
    pub(crate) fn new(path: &Path, file: FileId) -> Presence {
        let last = Mutex::new(Look { at: Instant::now(), commits: 0, missed: None });
        Presence { path: path.to_owned(), file, last }
    }

    /// Fails if the file is no longer at its path. Looks there twice a second; `commits` is the
    /// number of commits so far.
    pub(crate) fn check(&self, commits: impl FnOnce() -> u64) -> Result<()> {
        // One writer of several at once will do.
        let Some(mut last) = self.last.try_lock() else { return Ok(()) };
        if let Some(error) = &last.missed {
            return Err(error.clone());
        }
        let now = Instant::now();
        if now.duration_since(last.at) < INTERVAL {
            return Ok(());
        }
        let commits = commits();
        let what = match FileId::of(&self.path) {
            Ok(file) if file == self.file => {
                (last.at, last.commits) = (now, commits);
                return Ok(());
            }
            Err(error) if os::error_code::is_missing(error.os_error()) => "removed or renamed",
            Err(error) if error.os_error() != 0 => return Ok(()),
            _ => "replaced by another",
        };
        let unsure = commits.saturating_sub(last.commits);
        let error = Error::new(
            ErrorKind::Io,
            format!(
                "the database file was {what} while it was open; {unsure} writes that were \
                 acknowledged since then or up to {} ms before are not in the file at this path; \
                 close the store and open it again",
                now.duration_since(last.at).as_millis(),
            ),
        );
        last.missed = Some(error.clone());
        Err(error)
    }
}
