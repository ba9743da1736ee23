//! The number of frames that a commit leaves in the WAL, from the hook that SQLite calls after it.

use std::ffi::{c_char, c_int, c_void};
use std::sync::atomic::{AtomicU32, Ordering};

use rusqlite::{Connection, ffi};

/// The frames after the last commit of one connection. It must not be dropped while the connection
/// commits.
#[derive(Debug)]
pub(crate) struct CommitFrames {
    /// At an address that stays as long as the hook is set.
    frames: Box<AtomicU32>,
}

impl CommitFrames {
    /// Begins to watch the commits of `connection`. Its automatic checkpoint, which is a hook too,
    /// ends.
    pub(crate) fn watch(connection: &Connection) -> CommitFrames {
        let frames = Box::new(AtomicU32::new(0));
        let argument = (&raw const *frames).cast_mut().cast::<c_void>();
        // SAFETY: the handle is open. The argument of the hook stays at its address as long as
        // the connection commits, as the owner promises.
        unsafe { ffi::sqlite3_wal_hook(connection.handle(), Some(on_commit), argument) };
        CommitFrames { frames }
    }

    /// Returns the number of frames after the last commit since this was called, or `None` if there
    /// was none that has written.
    pub(crate) fn take(&self) -> Option<u32> {
        let frames = self.frames.swap(0, Ordering::Relaxed);
        (frames > 0).then_some(frames)
    }
}

extern "C" fn on_commit(
    frames: *mut c_void,
    _: *mut ffi::sqlite3,
    _: *const c_char,
    count: c_int,
) -> c_int {
    // SAFETY: the argument that `watch` has set, which stays as long as the connection commits.
    let frames = unsafe { &*frames.cast::<AtomicU32>() };
    frames.store(count.unsigned_abs(), Ordering::Relaxed);
    ffi::SQLITE_OK
}
