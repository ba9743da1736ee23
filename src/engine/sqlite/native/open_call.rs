//! The call by which SQLite opens files, with the number of the failure that counts.
//!
//! When SQLite cannot open a file for writing, such as a log that it has to create, it opens the
//! same file for reading. If that fails too, it reports only the second number, which is that of a
//! missing file, whatever has kept the file from being created.

use std::cell::Cell;
use std::ffi::{c_char, c_int};
use std::mem::transmute;
use std::ptr;
use std::sync::{Once, OnceLock};

use rusqlite::ffi;

use crate::engine::sqlite::native::errno::{errno, note_open_failure, set_errno};

/// The call as SQLite makes it: path, flags, mode.
type Open = unsafe extern "C" fn(*const c_char, c_int, c_int) -> c_int;

const NAME: *const c_char = c"open".as_ptr();

/// The call that was there before.
static NEXT: OnceLock<Open> = OnceLock::new();

thread_local! {
    /// The address of the last path that could not be opened for writing, and why; 0 for none.
    static FAILED: Cell<(usize, c_int)> = const { Cell::new((0, 0)) };
}

/// Puts [`open`] in the place of SQLite's call, once in the process. Where SQLite does not let it
/// be replaced, the second number is reported.
pub(super) fn replace_once() {
    static ONCE: Once = Once::new();
    // SAFETY: the VFS that SQLite returns stays, and so does `open`: the library is not unloaded.
    // SQLite calls what it is given with the three arguments of `Open`, which is also the type of
    // what it returns. Another thread of a program that shares SQLite calls the one or the other.
    ONCE.call_once(|| unsafe {
        let vfs = ffi::sqlite3_vfs_find(ptr::null());
        let Some((get, set)) = vfs.as_ref().and_then(|it| it.xGetSystemCall.zip(it.xSetSystemCall))
        else {
            return;
        };
        if let Some(next) = get(vfs, NAME) {
            NEXT.get_or_init(|| transmute::<unsafe extern "C" fn(), Open>(next));
            let ours = transmute::<Open, unsafe extern "C" fn()>(open);
            // A failure leaves SQLite's own call.
            let _ = set(vfs, NAME, Some(ours));
        }
    });
}

/// Opens a file as SQLite does. A second failure on one path has the number of the first.
///
/// # Safety
/// `path` is a string that ends with a NUL.
unsafe extern "C" fn open(path: *const c_char, flags: c_int, mode: c_int) -> c_int {
    let Some(next) = NEXT.get() else { return -1 };
    // SAFETY: the arguments are those of the caller.
    let file = unsafe { next(path, flags, mode) };
    // A thread that is ending has no place for the number.
    let _ = FAILED.try_with(|failed| {
        let (last, number) = failed.replace((0, 0));
        if file >= 0 {
            return;
        }
        if flags & libc::O_ACCMODE != libc::O_RDONLY {
            failed.set((path.addr(), errno()));
            note_open_failure(errno());
        } else if last == path.addr() {
            set_errno(number);
        }
    });
    file
}
