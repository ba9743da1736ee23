//! The part of `include/kv.h` that the benchmark calls, loaded from a shared library.
//!
//! The functions are looked up by name, as a program in any language would find them; a test
//! compares the structs with the header.

use std::ffi::{CStr, c_char, c_void};
use std::path::Path;
use std::ptr;

use anyhow::{Context, Result};
use libloading::Library;

use crate::peer::Direction;

pub type Status = i32;
pub const OK: Status = 0;
pub const NOT_FOUND: Status = 1;
pub const DONE: Status = 3;

#[repr(C)]
#[derive(Clone, Copy, Default)]
pub struct Store {
    pub id: u64,
}

#[repr(C)]
#[derive(Clone, Copy, Default)]
pub struct Cursor {
    pub id: u64,
}

#[repr(C)]
#[derive(Clone, Copy, Default)]
pub struct Batch {
    pub id: u64,
}

#[repr(C)]
pub struct Error {
    pub code: i32,
    pub os_error: i32,
    pub message: [c_char; 248],
}

#[repr(C)]
pub struct Value {
    pub data: *const u8,
    pub len: usize,
    pub version: u64,
    pub expires_at_ms: i64,
    pub owner: u64,
    pub value_size: u64,
    pub flags: u32,
    pub reserved: u32,
}

#[repr(C)]
pub struct Entry {
    pub group: *const u8,
    pub group_len: usize,
    pub key: *const u8,
    pub key_len: usize,
    pub value: *const u8,
    pub value_len: usize,
    pub value_size: u64,
    pub version: u64,
    pub expires_at_ms: i64,
    pub flags: u32,
    pub reserved: u32,
}

#[repr(C)]
pub struct ScanOptions {
    pub size: u32,
    pub flags: u32,
    pub pattern: *const c_void,
    pub pattern_len: usize,
    pub lower: *const c_void,
    pub lower_len: usize,
    pub upper: *const c_void,
    pub upper_len: usize,
    pub limit: u64,
    pub offset: u64,
}

const REVERSE: u32 = 1;
const LOWER_EXCLUSIVE: u32 = 16;

impl ScanOptions {
    /// Up to `limit` entries behind `from`, which must outlive the options.
    pub fn new(direction: Direction, from: &[u8], limit: u64) -> Self {
        let none = (ptr::null(), 0);
        let from = (from.as_ptr().cast(), from.len());
        let (flags, (lower, lower_len), (upper, upper_len)) = match direction {
            Direction::Ascending => (LOWER_EXCLUSIVE, from, none),
            Direction::Descending => (REVERSE, none, from),
        };
        Self {
            size: size_of::<Self>() as u32,
            flags,
            pattern: ptr::null(),
            pattern_len: 0,
            lower,
            lower_len,
            upper,
            upper_len,
            limit,
            offset: 0,
        }
    }
}

type Bytes = *const u8;

/// The functions, with the library they live in.
#[rustfmt::skip]
pub struct Abi {
    pub open: unsafe extern "C" fn(*const c_char, *mut Store, *mut Error) -> Status,
    pub close: unsafe extern "C" fn(Store, *mut Error) -> Status,
    pub get: unsafe extern "C" fn(Store, Bytes, usize, Bytes, usize, *mut Value, *mut Error) -> Status,
    pub get_into: unsafe extern "C" fn(Store, Bytes, usize, Bytes, usize, *mut u8, usize, *mut usize, *mut Error) -> Status,
    pub value_free: unsafe extern "C" fn(*mut Value),
    pub set: unsafe extern "C" fn(Store, Bytes, usize, Bytes, usize, Bytes, usize, *mut Error) -> Status,
    pub batch_new: unsafe extern "C" fn(*mut Batch, *mut Error) -> Status,
    pub batch_set: unsafe extern "C" fn(Batch, Bytes, usize, Bytes, usize, Bytes, usize, *const c_void, *mut Error) -> Status,
    pub batch_commit: unsafe extern "C" fn(Store, Batch, *mut Error) -> Status,
    pub batch_clear: unsafe extern "C" fn(Batch, *mut Error) -> Status,
    pub batch_free: unsafe extern "C" fn(Batch, *mut Error) -> Status,
    pub scan: unsafe extern "C" fn(Store, Bytes, usize, *const ScanOptions, *mut Cursor, *mut Error) -> Status,
    pub cursor_next: unsafe extern "C" fn(Cursor, *mut Entry, *mut Error) -> Status,
    pub cursor_close: unsafe extern "C" fn(Cursor, *mut Error) -> Status,
    version: Option<unsafe extern "C" fn() -> *const c_char>,
    /// Last, and never unloaded before the functions above have gone.
    _library: Library,
}

impl Abi {
    /// Loads the library for the rest of the process, since libkv is not made to be unloaded.
    pub fn load(path: &Path) -> Result<&'static Self> {
        // SAFETY: libkv runs no code when it is loaded, and the types above are those of its
        // header.
        let abi = unsafe { Library::new(path) }
            .map_err(Into::into)
            .and_then(Self::find)
            .with_context(|| format!("load {}", path.display()))?;
        Ok(Box::leak(Box::new(abi)))
    }

    /// Returns the version of the library, if it tells.
    pub fn version(&self) -> String {
        let Some(version) = self.version else {
            return "unknown".to_owned();
        };
        // SAFETY: kv_version returns a static, NUL-terminated text.
        unsafe { CStr::from_ptr(version()) }.to_string_lossy().into_owned()
    }

    fn find(library: Library) -> Result<Self> {
        // SAFETY: the types above are those of the header, whose structs a test compares; the
        // copied pointers stay valid because the library is kept.
        unsafe {
            Ok(Self {
                open: *library.get("kv_open")?,
                close: *library.get("kv_close")?,
                get: *library.get("kv_get")?,
                get_into: *library.get("kv_get_into")?,
                value_free: *library.get("kv_value_free")?,
                set: *library.get("kv_set")?,
                batch_new: *library.get("kv_batch_new")?,
                batch_set: *library.get("kv_batch_set")?,
                batch_commit: *library.get("kv_batch_commit")?,
                batch_clear: *library.get("kv_batch_clear")?,
                batch_free: *library.get("kv_batch_close")?,
                scan: *library.get("kv_scan")?,
                cursor_next: *library.get("kv_cursor_next")?,
                cursor_close: *library.get("kv_cursor_close")?,
                version: library.get("kv_version").ok().map(|symbol| *symbol),
                _library: library,
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;
    use std::io::Write as _;
    use std::mem::offset_of;
    use std::process::{Command, Stdio};

    use super::*;

    /// Adds the C assertions that `$c` has the size and the offsets of `$rust`.
    macro_rules! assert_layout {
        ($source:ident, $c:literal, $rust:ty, [$($field:ident),+]) => {
            let size = size_of::<$rust>();
            writeln!($source, "_Static_assert(sizeof({}) == {size}, \"{} size\");", $c, $c).unwrap();
            $(
                let (field, offset) = (stringify!($field), offset_of!($rust, $field));
                writeln!($source, "_Static_assert(offsetof({}, {field}) == {offset}, \"{} {field}\");", $c, $c).unwrap();
            )+
        };
    }

    #[test]
    #[rustfmt::skip]
    fn the_structs_are_those_of_the_header() {
        let mut source = String::from("#include <stddef.h>\n#include \"kv.h\"\n");
        assert_layout!(source, "kv_store", Store, [id]);
        assert_layout!(source, "kv_cursor", Cursor, [id]);
        assert_layout!(source, "kv_batch", Batch, [id]);
        assert_layout!(source, "kv_error", Error, [code, os_error, message]);
        assert_layout!(source, "kv_value", Value, [data, len, version, expires_at_ms, owner, value_size, flags, reserved]);
        assert_layout!(source, "kv_entry", Entry, [group, group_len, key, key_len, value, value_len, value_size, version, expires_at_ms, flags, reserved]);
        assert_layout!(source, "kv_scan_options", ScanOptions, [size, flags, pattern, pattern_len, lower, lower_len, upper, upper_len, limit, offset]);
        writeln!(source, "_Static_assert(KV_OK == {OK} && KV_NOT_FOUND == {NOT_FOUND} && KV_DONE == {DONE} && KV_SCAN_REVERSE == {REVERSE} && KV_SCAN_LOWER_EXCLUSIVE == {LOWER_EXCLUSIVE}, \"status\");").unwrap();

        let mut compiler = Command::new("cc")
            .args(["-fsyntax-only", "-std=c11", "-I../../include", "-xc", "-"])
            .stdin(Stdio::piped())
            .spawn()
            .expect("a C compiler is installed");
        compiler.stdin.take().unwrap().write_all(source.as_bytes()).unwrap();
        assert!(compiler.wait().unwrap().success(), "kv.h has changed");
    }
}
