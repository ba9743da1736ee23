//! The number of the failure that counts, when SQLite cannot open a file.
//!
//! When SQLite cannot open a file for writing, such as a log that it has to create, it opens the
//! same file for reading. If that fails too, it reports only the second number, which is that of a
//! missing file, whatever has kept the file from being created.

use std::cell::Cell;
use std::ffi::{c_char, c_int};

use crate::engine::sqlite::native::errno::note_open_failure;
use crate::os::error_code;

thread_local! {
    /// The address of the last path that could not be opened for writing, and why; 0 for none.
    static FAILED: Cell<(usize, c_int)> = const { Cell::new((0, 0)) };
}

/// Notes the result of an opening: a second failure on one path gets the number of the first.
pub(super) fn note_opening(path: *const c_char, flags: c_int, descriptor: c_int) {
    // A thread that is ending has no place for the number.
    let _ = FAILED.try_with(|failed| {
        let (last, number) = failed.replace((0, 0));
        if descriptor >= 0 {
            return;
        }
        if flags & libc::O_ACCMODE != libc::O_RDONLY {
            failed.set((path.addr(), error_code::last()));
            note_open_failure(error_code::last());
        } else if last == path.addr() {
            error_code::set_last(number);
        }
    });
}
