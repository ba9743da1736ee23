//! The message about a lock for which a call has waited in vain.

use std::path::Path;
use std::time::Duration;

use crate::os::{self, FileLock};

/// The byte of the wal-index that the writer locks, the checkpoint, and the recovery.
const WRITER: u64 = 120;
const CHECKPOINT: u64 = 121;
const RECOVERY: u64 = 122;

/// Returns the message about a lock on the database at `path` that a call has `waited` for. It
/// names the process that holds the lock, if the system shows one.
pub(super) fn message(path: Option<&Path>, waited: Duration) -> String {
    let unknown = || "another process has locked the file".to_owned();
    let holder = path.and_then(holder).unwrap_or_else(unknown);
    // Callers of the C ABI see 247 bytes.
    match waited.as_millis() {
        0 => format!("{holder}; try again, or open the store with a longer busy_timeout"),
        millis => format!(
            "{holder}; the call has waited {}.{} s for it: end what that process does, or open the \
             store with a longer busy_timeout",
            millis / 1000,
            millis % 1000 / 100
        ),
    }
}

/// Returns the words about the process with the lock that most likely was in the way: a write lock
/// on the file, the locks of the wal-index for the writer, a recovery and a checkpoint, any other.
fn holder(path: &Path) -> Option<String> {
    let locks = |path: &Path| os::identity(path).map(os::file_locks).unwrap_or_default();
    let (file, index) = (locks(path), locks(&os::side_path(path, os::SHM)));
    let has = |byte: u64| {
        move |lock: &&FileLock| lock.is_write && (lock.first..=lock.last).contains(&byte)
    };
    let found = |lock: &FileLock, does: &str| {
        let name = os::process_name(lock.process).map(|name| format!(" ({name})"));
        format!("process {}{} {does}", lock.process, name.unwrap_or_default())
    };
    let whole = file.iter().find(|lock| lock.is_write);
    if let Some(lock) = whole {
        return Some(found(lock, "has locked the whole file"));
    }
    let of_index = [
        (WRITER, "is in a write transaction on the file"),
        (RECOVERY, "recovers the file"),
        (CHECKPOINT, "moves the log into the file"),
    ];
    for (byte, does) in of_index {
        if let Some(lock) = index.iter().find(has(byte)) {
            return Some(found(lock, does));
        }
    }
    file.first().map(|lock| found(lock, "has the file open"))
}
