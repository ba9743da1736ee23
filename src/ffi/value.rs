//! Values that are handed out pinned: the bytes stay where they are until the caller is done.

use crate::ffi::handle::Kind;
use crate::ffi::handle::exclusive::Slots;
use crate::{Entry, Expiry, Result, Value};

/// Values that can be pinned at once, in chunks of 256.
const PINNED_CHUNKS: usize = 4096;

static PINNED: Slots<Value, PINNED_CHUNKS> = Slots::new(Kind::Value, "value");

/// A value that the library keeps in place until kv_value_free. Copying the structure copies no
/// bytes and gives no second right to free them.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct kv_value {
    /// The bytes; never NULL for a value that was found, also if it is empty.
    pub data: *const u8,
    /// How many there are.
    pub len: usize,
    /// The version of the entry.
    pub version: u64,
    /// When it expires, in milliseconds since 1970, or -1 if it never does.
    pub expires_at_ms: i64,
    /// Whose it is; 0 for nobody's.
    pub owner: u64,
    /// The size of the whole value in bytes: `len`, if its bytes are there.
    pub value_size: u64,
    /// 0.
    pub flags: u32,
    /// 0.
    pub reserved: u32,
}

const _: () = assert!(size_of::<kv_value>() == 56);

impl kv_value {
    /// A value that holds nothing.
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

    /// Returns `entry` pinned.
    pub fn pin(entry: Entry) -> Result<kv_value> {
        let Entry { value, version, expires_at } = entry;
        let len = value.len();
        let (data, owner) = pin_bytes(value)?;
        let expires_at_ms = expires_at_ms(expires_at);
        let value_size = len as u64;
        Ok(kv_value { data, len, version, expires_at_ms, owner, value_size, ..kv_value::NONE })
    }
}

/// Pins bytes; returns where they are, and whose.
pub fn pin_bytes(bytes: Value) -> Result<(*const u8, u64)> {
    let data = bytes.as_ptr();
    Ok((data, PINNED.insert(bytes)?))
}

/// Gives pinned bytes back. Those that are not pinned any more need nothing.
pub fn unpin(owner: u64) {
    // Dropping bytes cannot panic.
    drop(PINNED.remove(owner));
}

/// Returns an expiry as C sees it.
pub fn expires_at_ms(expires_at: Option<Expiry>) -> i64 {
    expires_at.map_or(-1, Expiry::as_millis)
}

/// Gives a value back and zeroes the structure. NULL, a zeroed structure, and a value that was
/// freed already, through this or a copied structure, are ignored.
///
/// Threads: any, once.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_value_free(value: *mut kv_value) {
    // SAFETY: the caller passes NULL or a kv_value of its own.
    let Some(value) = (unsafe { value.as_mut() }) else {
        return;
    };
    unpin(value.owner);
    *value = kv_value::NONE;
}
