//! The system calls by which this copy of SQLite opens, reads and closes files. They are replaced
//! by functions that make the same call and record its descriptor, or why it has failed.

use std::ffi::{CStr, c_char, c_int, c_void};
use std::mem;
use std::sync::{Once, OnceLock};

use rusqlite::ffi;

use crate::engine::sqlite::native::errno::note_read;
use crate::engine::sqlite::native::open_failures::note_opening;
use crate::os::{accept_open_files, forget_own, record_own};

const VFS: &CStr = c"unix";
const OPEN: &CStr = c"open";
const CLOSE: &CStr = c"close";
/// SQLite reads by one of these, as it was compiled; the other two are not called.
const READ: &CStr = c"read";
const PREAD: &CStr = c"pread";
const PREAD64: &CStr = c"pread64";

type Open = unsafe extern "C" fn(*const c_char, c_int, c_int) -> c_int;
type Close = unsafe extern "C" fn(c_int) -> c_int;
type Read = unsafe extern "C" fn(c_int, *mut c_void, usize) -> isize;
type ReadAt = unsafe extern "C" fn(c_int, *mut c_void, usize, i64) -> isize;
type SystemCall = unsafe extern "C" fn();

/// The calls that SQLite made before.
static REPLACED: OnceLock<(Open, Close)> = OnceLock::new();
static REPLACED_READ: OnceLock<Read> = OnceLock::new();
static REPLACED_READ_AT: OnceLock<ReadAt> = OnceLock::new();

/// Records from now on which descriptors SQLite opens, and its failures to open files. Descriptors
/// that are open already are accepted if another user of this copy of SQLite may have opened them.
pub(crate) fn replace_system_calls() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let was_used = is_initialised();
        replace();
        replace_reads();
        if was_used {
            accept_open_files();
        }
    });
}

/// Returns whether the record is complete: no other user of this copy of SQLite has replaced the
/// calls since, or the way files are opened.
pub(crate) fn is_recording() -> bool {
    // SAFETY: the functions only look for a name.
    let (vfs, default) =
        unsafe { (ffi::sqlite3_vfs_find(VFS.as_ptr()), ffi::sqlite3_vfs_find(std::ptr::null())) };
    let is_ours = |name: &CStr, ours: usize| {
        // SAFETY: what was found is NULL or stays for as long as the process lives.
        unsafe { system_call(vfs, name) }.is_some_and(|call| call as usize == ours)
    };
    vfs == default
        && is_ours(OPEN, open as Open as usize)
        && is_ours(CLOSE, close as Close as usize)
}

/// Returns whether this copy of SQLite was used before.
fn is_initialised() -> bool {
    let mut methods = mem::MaybeUninit::<ffi::sqlite3_mem_methods>::uninit();
    // SAFETY: the call copies the allocator's methods into memory of their type, or fails because
    // SQLite is in use.
    let status = unsafe { ffi::sqlite3_config(ffi::SQLITE_CONFIG_GETMALLOC, methods.as_mut_ptr()) };
    status != ffi::SQLITE_OK
}

fn replace() {
    // SAFETY: the functions are called as SQLite declares them. Its system calls of these names
    // have the types of `Open` and `Close`, and so have their replacements, which are never
    // unloaded.
    unsafe {
        let vfs = ffi::sqlite3_vfs_find(VFS.as_ptr());
        let (Some(old_open), Some(old_close)) = (system_call(vfs, OPEN), system_call(vfs, CLOSE))
        else {
            return;
        };
        let Some(set) = (*vfs).xSetSystemCall else { return };
        let old_open = mem::transmute::<SystemCall, Open>(old_open);
        let old_close = mem::transmute::<SystemCall, Close>(old_close);
        if REPLACED.set((old_open, old_close)).is_ok() {
            set(vfs, OPEN.as_ptr(), Some(mem::transmute::<Open, SystemCall>(open)));
            set(vfs, CLOSE.as_ptr(), Some(mem::transmute::<Close, SystemCall>(close)));
        }
    }
}

/// Replaces the call by which SQLite reads.
fn replace_reads() {
    // SAFETY: as in `replace`; both calls at a position take one of 64 bits.
    unsafe {
        let vfs = ffi::sqlite3_vfs_find(VFS.as_ptr());
        let Some(set) = vfs.as_ref().and_then(|vfs| vfs.xSetSystemCall) else { return };
        if let Some(old) = system_call(vfs, READ)
            && REPLACED_READ.set(mem::transmute::<SystemCall, Read>(old)).is_ok()
        {
            set(vfs, READ.as_ptr(), Some(mem::transmute::<Read, SystemCall>(read)));
        }
        for name in [PREAD, PREAD64] {
            if let Some(old) = system_call(vfs, name)
                && REPLACED_READ_AT.set(mem::transmute::<SystemCall, ReadAt>(old)).is_ok()
            {
                set(vfs, name.as_ptr(), Some(mem::transmute::<ReadAt, SystemCall>(read_at)));
            }
        }
    }
}

/// Returns the system call of this name that `vfs` makes.
///
/// # Safety
/// `vfs` is NULL or registered.
unsafe fn system_call(vfs: *mut ffi::sqlite3_vfs, name: &CStr) -> Option<SystemCall> {
    // SAFETY: as the caller promises; versions below 3 have no such function.
    unsafe {
        let it = vfs.as_ref().filter(|vfs| vfs.iVersion >= 3)?;
        it.xGetSystemCall.and_then(|get| get(vfs, name.as_ptr()))
    }
}

/// Opens a file as SQLite would, and records the descriptor or the failure.
///
/// # Safety
/// As of open(2).
unsafe extern "C" fn open(path: *const c_char, flags: c_int, mode: c_int) -> c_int {
    let Some((open, _)) = REPLACED.get() else { return -1 };
    // SAFETY: the arguments are those that SQLite passes to this call.
    let descriptor = unsafe { open(path, flags, mode) };
    if descriptor >= 0 {
        record_own(descriptor);
    }
    note_opening(path, flags, descriptor);
    descriptor
}

/// Closes a file as SQLite would. It is forgotten before, because afterwards another thread may get
/// its number.
///
/// # Safety
/// As of close(2).
unsafe extern "C" fn close(descriptor: c_int) -> c_int {
    let Some((_, close)) = REPLACED.get() else { return -1 };
    forget_own(descriptor);
    // SAFETY: the argument is the one that SQLite passes to this call.
    unsafe { close(descriptor) }
}

/// Reads as SQLite would, and records a failure.
///
/// # Safety
/// As of read(2).
unsafe extern "C" fn read(file: c_int, to: *mut c_void, len: usize) -> isize {
    let Some(read) = REPLACED_READ.get() else { return -1 };
    // SAFETY: the arguments are those that SQLite passes to this call.
    let result = unsafe { read(file, to, len) };
    note_read(result);
    result
}

/// Reads at a position as SQLite would, and records a failure.
///
/// # Safety
/// As of pread(2).
unsafe extern "C" fn read_at(file: c_int, to: *mut c_void, len: usize, at: i64) -> isize {
    let Some(read_at) = REPLACED_READ_AT.get() else { return -1 };
    // SAFETY: the arguments are those that SQLite passes to this call.
    let result = unsafe { read_at(file, to, len, at) };
    note_read(result);
    result
}
