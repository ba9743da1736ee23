//! Descriptors of a database file that another part of this process has opened: another copy of
//! SQLite, or code that takes it for a plain file.
//!
//! POSIX locks belong to the process. So two copies of SQLite in it do not exclude each other, and
//! each close of a descriptor drops the locks of both.

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use crate::engine::sqlite::native::{is_recording, replace_system_calls};
use crate::error::{Error, ErrorKind, Result};
use crate::os::{self, Descriptor, Identity};

/// Pauses between looks, in milliseconds: this library or its SQLite may be just opening or closing
/// the file in another thread, and a descriptor that is gone by then does no harm.
const PAUSES: [u64; 7] = [1, 2, 4, 8, 16, 32, 64];

/// The interval between two looks for one file, at least.
const INTERVAL_MIN: Duration = Duration::from_millis(500);
/// The same as a multiple of the duration of a look, which grows with the number of descriptors.
const INTERVAL_LOOKS: u32 = 10;

/// The last file without outsiders, and until when there is no other look at it.
static LAST: Mutex<Option<(Identity, Instant)>> = Mutex::new(None);

/// Fails with [`ErrorKind::Busy`] if this process has the database file at `path`, or the wal-index
/// beside it, open outside its copy of SQLite. Opens and closes nothing of them.
pub(super) fn check(path: &Path) -> Result<()> {
    let Some(main) = os::identity(path) else { return Ok(()) };
    replace_system_calls();
    let index = os::identity(&os::side_path(path, os::SHM));
    let files = [main, index.unwrap_or(main)];
    let begun = Instant::now();
    let mut suspects = os::foreign_descriptors(&files);
    let until = begun + INTERVAL_MIN.max(begun.elapsed() * INTERVAL_LOOKS);
    if !suspects.is_empty() && is_recording() {
        for pause in PAUSES {
            thread::sleep(Duration::from_millis(pause));
            let still = os::foreign_descriptors(&files);
            suspects.retain(|it| still.contains(it));
        }
        if let Some((descriptor, file)) = suspects.first() {
            return Err(refusal(*descriptor, *file == main));
        }
    }
    *LAST.lock() = Some((main, until));
    Ok(())
}

/// Does the same, unless the file was just looked at.
pub(super) fn check_again(path: &Path) -> Result<()> {
    let last = *LAST.lock();
    match last {
        Some((file, until)) if Instant::now() < until && os::identity(path) == Some(file) => Ok(()),
        _ => check(path),
    }
}

fn refusal(descriptor: Descriptor, is_main: bool) -> Error {
    let file = if is_main { "the file" } else { "the file's -shm" };
    // Callers of the C ABI see 247 bytes, of which the path has up to 85.
    let message = format!(
        "this process has {file} open outside kv (descriptor {descriptor}), by another copy of \
         SQLite or as a plain file; close it first, or use the system's SQLite for both"
    );
    Error::new(ErrorKind::Busy, message)
}
