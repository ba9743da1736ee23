//! Pinned values: bytes that stay in memory until the caller frees them.

use crate::ffi::handle::Kind;
use crate::ffi::handle::exclusive::Slots;
use crate::{Entry, EntryInfo, Expiry, Result, Value};

/// The chunks of 1,048,576 pinned values, the most in a process.
const PINNED_CHUNKS: usize = 13;

static PINNED: Slots<Value, PINNED_CHUNKS> = Slots::new(Kind::Value);

/// A value that the library keeps in memory until kv_value_free. A copy of the structure copies no
/// bytes, and the value is freed once.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct kv_value {
    /// The bytes; not NULL for a value that was read, also if it is empty.
    pub data: *const u8,
    /// The number of bytes.
    pub len: usize,
    /// The version of the entry.
    pub version: u64,
    /// The expiry in milliseconds since 1970, or -1 if the entry never expires.
    pub expires_at_ms: i64,
    /// The number by which kv_value_free finds the bytes; 0 if there is nothing to free.
    pub owner: u64,
    /// The size of the whole value in bytes; equal to `len` if the bytes are present.
    pub value_size: u64,
    /// Reserved; 0.
    pub flags: u32,
    /// Reserved; 0.
    pub reserved: u32,
}

#[cfg(target_pointer_width = "64")]
const _: () = assert!(size_of::<kv_value>() == 56);

impl kv_value {
    /// A structure without a value.
    pub const NONE: kv_value = kv_value {
        data: std::ptr::null(),
        len: 0,
        version: 0,
        expires_at_ms: 0,
        owner: 0,
        value_size: 0,
        flags: 0,
        reserved: 0,
    };

    /// Pins the value of `entry`, and returns the structure for the caller.
    pub fn pin(entry: Entry) -> Result<kv_value> {
        let Entry { value, version, expires_at } = entry;
        let len = value.len();
        let (data, owner) = pin_bytes(value)?;
        let expires_at_ms = expires_at_ms(expires_at);
        let value_size = len as u64;
        Ok(kv_value { data, len, version, expires_at_ms, owner, value_size, ..kv_value::NONE })
    }

    /// Returns the structure of an entry whose value was not read.
    pub fn of_info(info: EntryInfo) -> kv_value {
        let expires_at_ms = expires_at_ms(info.expires_at);
        kv_value { version: info.version, expires_at_ms, value_size: info.size, ..kv_value::NONE }
    }
}

/// Pins bytes; returns their address and the number of their owner.
pub fn pin_bytes(bytes: Value) -> Result<(*const u8, u64)> {
    let data = bytes.as_ptr();
    Ok((data, PINNED.insert(bytes)?))
}

/// Frees pinned bytes. The number of bytes that were freed already is ignored.
pub fn unpin(owner: u64) {
    // The drop of bytes cannot panic.
    drop(PINNED.remove(owner));
}

/// Returns an expiry as the C structures state it.
pub fn expires_at_ms(expires_at: Option<Expiry>) -> i64 {
    expires_at.map_or(-1, Expiry::as_millis)
}

/// Frees a value and zeroes the structure. NULL, a zeroed structure, and a value that was already
/// freed, through this or a copied structure, are ignored.
///
/// Threads: any thread, once for each value.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_value_free(value: *mut kv_value) {
    // SAFETY: the caller passes NULL or a kv_value of its own.
    let Some(value) = (unsafe { value.as_mut() }) else {
        return;
    };
    unpin(value.owner);
    *value = kv_value::NONE;
}
