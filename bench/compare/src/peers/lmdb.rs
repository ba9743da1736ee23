//! LMDB: one memory-mapped, copy-on-write B-tree.
//!
//! `Durability::Process` is MDB_NOSYNC: without MDB_WRITEMAP, LMDB writes the data pages and then
//! the meta page with write calls, so the kernel has them when the process dies. MDB_NOMETASYNC is
//! not the mode asked for: it still syncs the data pages on each commit.

use std::ffi::{CStr, CString, c_char, c_int, c_uint, c_void};
use std::ptr;

use anyhow::{Result, bail};

use crate::peer::{Direction, Durability, Entry, OpenOptions, Peer};

#[repr(C)]
struct Val {
    len: usize,
    data: *mut c_void,
}

const NOSYNC: c_uint = 0x10000;
const RDONLY: c_uint = 0x20000;
/// Readers belong to their transaction, not to their thread, so that a peer may change threads.
const NOTLS: c_uint = 0x20_0000;
const NOTFOUND: c_int = -30798;
const CURSOR_LAST: c_uint = 6;
const CURSOR_NEXT: c_uint = 8;
const CURSOR_PREV: c_uint = 12;
const CURSOR_SET_RANGE: c_uint = 17;

/// Address space only: the file grows as it fills.
const MAP_SIZE: usize = 16 << 30;

type Handle = *mut c_void;

unsafe extern "C" {
    fn mdb_version(major: *mut c_int, minor: *mut c_int, patch: *mut c_int) -> *const c_char;
    fn mdb_strerror(code: c_int) -> *const c_char;
    fn mdb_env_create(env: *mut Handle) -> c_int;
    fn mdb_env_set_mapsize(env: Handle, size: usize) -> c_int;
    fn mdb_env_open(env: Handle, path: *const c_char, flags: c_uint, mode: libc::mode_t) -> c_int;
    fn mdb_env_close(env: Handle);
    fn mdb_txn_begin(env: Handle, parent: Handle, flags: c_uint, txn: *mut Handle) -> c_int;
    fn mdb_txn_commit(txn: Handle) -> c_int;
    fn mdb_txn_abort(txn: Handle);
    fn mdb_txn_reset(txn: Handle);
    fn mdb_txn_renew(txn: Handle) -> c_int;
    fn mdb_dbi_open(txn: Handle, name: *const c_char, flags: c_uint, dbi: *mut c_uint) -> c_int;
    fn mdb_get(txn: Handle, dbi: c_uint, key: *mut Val, data: *mut Val) -> c_int;
    fn mdb_put(txn: Handle, dbi: c_uint, key: *mut Val, data: *mut Val, flags: c_uint) -> c_int;
    fn mdb_cursor_open(txn: Handle, dbi: c_uint, cursor: *mut Handle) -> c_int;
    fn mdb_cursor_renew(txn: Handle, cursor: Handle) -> c_int;
    fn mdb_cursor_get(cursor: Handle, key: *mut Val, data: *mut Val, op: c_uint) -> c_int;
    fn mdb_cursor_close(cursor: Handle);
}

pub struct Lmdb {
    env: Handle,
    dbi: c_uint,
    /// Kept and renewed for each read, as LMDB recommends; reset in between, so that it pins no
    /// pages.
    reader: Handle,
    cursor: Handle,
}

// SAFETY: with MDB_NOTLS a read transaction and its cursor may move between threads, and they are
// reached only through `&mut self`.
unsafe impl Send for Lmdb {}
// SAFETY: `&self` only begins write transactions, which LMDB serialises with its own lock.
unsafe impl Sync for Lmdb {}

/// Returns the version of the library that is loaded.
pub fn version() -> String {
    let (mut major, mut minor, mut patch) = (0, 0, 0);
    // SAFETY: the three places are valid; the returned static text is not used.
    unsafe { mdb_version(&mut major, &mut minor, &mut patch) };
    format!("{major}.{minor}.{patch}")
}

impl Val {
    fn new(bytes: &[u8]) -> Self {
        Self { len: bytes.len(), data: bytes.as_ptr().cast_mut().cast() }
    }

    /// # Safety
    /// LMDB must have filled the value in a transaction that is still open and unchanged.
    unsafe fn bytes(&self) -> &[u8] {
        if self.len == 0 {
            return &[];
        }
        // SAFETY: as the caller promises, LMDB keeps `len` bytes at `data`.
        unsafe { std::slice::from_raw_parts(self.data.cast(), self.len) }
    }
}

impl Lmdb {
    fn write(&self, entries: &mut dyn Iterator<Item = (&[u8], &[u8])>) -> Result<()> {
        let mut txn = ptr::null_mut();
        // SAFETY: the environment is open; a write transaction stays on this thread until it ends
        // below.
        check(unsafe { mdb_txn_begin(self.env, ptr::null_mut(), 0, &mut txn) })?;
        for (key, value) in entries {
            let (mut key, mut value) = (Val::new(key), Val::new(value));
            // SAFETY: the transaction is open and LMDB copies both before it returns.
            let code = unsafe { mdb_put(txn, self.dbi, &mut key, &mut value, 0) };
            if code != 0 {
                // SAFETY: the transaction is open and ends here.
                unsafe { mdb_txn_abort(txn) };
                return check(code);
            }
        }
        // SAFETY: the transaction is open and ends here, whatever the outcome.
        check(unsafe { mdb_txn_commit(txn) })
    }
}

impl Peer for Lmdb {
    fn open(opening: &OpenOptions) -> Result<Self> {
        let flags = NOTLS
            | match opening.durability {
                Durability::Process => NOSYNC,
                Durability::Disk => 0,
            };
        let path = CString::new(opening.directory.as_os_str().as_encoded_bytes())?;
        let (mut env, mut txn, mut dbi) = (ptr::null_mut(), ptr::null_mut(), 0);
        let (mut reader, mut cursor) = (ptr::null_mut(), ptr::null_mut());
        // SAFETY: the calls follow the order of lmdb.h with valid places for their results; a
        // failure ends the run, so nothing is freed on that path.
        unsafe {
            check(mdb_env_create(&mut env))?;
            check(mdb_env_set_mapsize(env, MAP_SIZE))?;
            check(mdb_env_open(env, path.as_ptr(), flags, 0o644))?;
            check(mdb_txn_begin(env, ptr::null_mut(), 0, &mut txn))?;
            check(mdb_dbi_open(txn, ptr::null(), 0, &mut dbi))?;
            check(mdb_txn_commit(txn))?;
            check(mdb_txn_begin(env, ptr::null_mut(), RDONLY, &mut reader))?;
            check(mdb_cursor_open(reader, dbi, &mut cursor))?;
            mdb_txn_reset(reader);
        }
        Ok(Self { env, dbi, reader, cursor })
    }

    fn get(&mut self, key: &[u8], value: &mut Vec<u8>) -> Result<bool> {
        let (mut key, mut data) = (Val::new(key), Val::new(&[]));
        // SAFETY: the reader was reset after its last use; it is renewed for the look-up and reset
        // when the bytes have been copied.
        unsafe {
            check(mdb_txn_renew(self.reader))?;
            let code = mdb_get(self.reader, self.dbi, &mut key, &mut data);
            if code == 0 {
                value.clear();
                value.extend_from_slice(data.bytes());
            }
            mdb_txn_reset(self.reader);
            found(code)
        }
    }

    fn set(&mut self, key: &[u8], value: &[u8]) -> Result<()> {
        self.set_shared(key, value)
    }

    fn set_shared(&self, key: &[u8], value: &[u8]) -> Result<()> {
        self.write(&mut std::iter::once((key, value)))
    }

    fn batch(&mut self, entries: &[Entry]) -> Result<()> {
        self.write(&mut entries.iter().map(|e| (&e.key[..], &e.value[..])))
    }

    fn scan(
        &mut self,
        direction: Direction,
        from: &[u8],
        limit: usize,
        visit: &mut dyn FnMut(&[u8], &[u8]),
    ) -> Result<usize> {
        let (mut key, mut data) = (Val::new(from), Val::new(&[]));
        let step = match direction {
            Direction::Ascending => CURSOR_NEXT,
            Direction::Descending => CURSOR_PREV,
        };
        // SAFETY: the reader was reset after its last use; reader and cursor are renewed together,
        // and what the cursor shows is used before it moves and before the reader is reset.
        unsafe {
            check(mdb_txn_renew(self.reader))?;
            check(mdb_cursor_renew(self.reader, self.cursor))?;
            let mut code = mdb_cursor_get(self.cursor, &mut key, &mut data, CURSOR_SET_RANGE);
            // The cursor is at `from` or behind it, which a descending scan must leave.
            if direction == Direction::Descending {
                let back = if code == NOTFOUND { CURSOR_LAST } else { CURSOR_PREV };
                code = mdb_cursor_get(self.cursor, &mut key, &mut data, back);
            } else if code == 0 && key.bytes() == from {
                code = mdb_cursor_get(self.cursor, &mut key, &mut data, CURSOR_NEXT);
            }
            let mut count = 0;
            while code == 0 && count < limit {
                visit(key.bytes(), data.bytes());
                count += 1;
                if count < limit {
                    code = mdb_cursor_get(self.cursor, &mut key, &mut data, step);
                }
            }
            mdb_txn_reset(self.reader);
            found(code)?;
            Ok(count)
        }
    }

    fn close(self: Box<Self>) -> Result<()> {
        // SAFETY: cursor, reader and environment are closed once, in this order, and never used
        // again.
        unsafe {
            mdb_cursor_close(self.cursor);
            mdb_txn_abort(self.reader);
            mdb_env_close(self.env);
        }
        Ok(())
    }
}

fn found(code: c_int) -> Result<bool> {
    if code == NOTFOUND {
        return Ok(false);
    }
    check(code)?;
    Ok(true)
}

fn check(code: c_int) -> Result<()> {
    if code == 0 {
        return Ok(());
    }
    // SAFETY: LMDB returns a NUL-terminated text for any code.
    let message = unsafe { CStr::from_ptr(mdb_strerror(code)) };
    bail!("LMDB says {} (code {code})", message.to_string_lossy())
}
