//! Bytes and texts that a caller passes, and buffers that a call fills.

use std::ffi::{CStr, c_char, c_void};
use std::marker::PhantomData;

use crate::ffi::arguments::{invalid, null};
use crate::ffi::status::KV_NUL;
use crate::{Error, ErrorKind, GROUP_LEN_MAX, Group, KEY_LEN_MAX, Key, Result, VALUE_LEN_MAX};

/// Bytes that the caller passes by a pointer and a length, which may be `KV_NUL`. No byte is read
/// before a method returns the bytes.
#[derive(Clone, Copy)]
pub struct InBytes<'a> {
    data: *const c_void,
    len: usize,
    bytes: PhantomData<&'a [u8]>,
}

impl<'a> InBytes<'a> {
    /// Returns the bytes at `data`.
    ///
    /// # Safety
    /// `data` is NULL or points to `len` bytes, or to a NUL-terminated string if `len` is `KV_NUL`.
    /// They stay unchanged for `'a`.
    pub unsafe fn from_raw(data: *const c_void, len: usize) -> Self {
        InBytes { data, len, bytes: PhantomData }
    }

    /// Returns whether the caller has passed NULL.
    pub fn is_null(self) -> bool {
        self.data.is_null()
    }

    /// Returns whether the caller has passed no bytes: NULL with the length 0 or KV_NUL.
    pub fn is_none(self) -> bool {
        self.is_null() && (self.len == 0 || self.len == KV_NUL)
    }

    /// Returns the group of this name.
    pub fn group(self) -> Result<Group<'a>> {
        Group::new(self.bytes("group", GROUP_LEN_MAX)?)
    }

    /// Returns the key.
    pub fn key(self) -> Result<Key<'a>> {
        Key::new(self.bytes("key", KEY_LEN_MAX)?)
    }

    /// Returns the value.
    pub fn value(self) -> Result<&'a [u8]> {
        self.bytes("value", VALUE_LEN_MAX)
    }

    /// Returns the bytes of the argument `what`, at most `max` of them.
    pub fn bytes(self, what: &str, max: usize) -> Result<&'a [u8]> {
        match (self.is_null(), self.len) {
            (true, 0) => Ok(&[]),
            (true, _) => Err(no_bytes(what)),
            (false, KV_NUL) => {
                // SAFETY: `from_raw` requires a NUL-terminated string for this length.
                let bytes = unsafe { CStr::from_ptr(self.data.cast::<c_char>()) }.to_bytes();
                check_len(what, bytes.len(), max).map(|()| bytes)
            }
            // A length over the limit is refused before any byte is read.
            (false, len) if len > max => check_len(what, len, max).map(|()| &[][..]),
            // SAFETY: `from_raw` requires `len` bytes.
            (false, len) => Ok(unsafe { std::slice::from_raw_parts(self.data.cast::<u8>(), len) }),
        }
    }
}

fn check_len(what: &str, len: usize, max: usize) -> Result<()> {
    if len <= max { Ok(()) } else { Err(too_long(what, len, max)) }
}

#[cold]
#[inline(never)]
fn too_long(what: &str, len: usize, max: usize) -> Error {
    let message = format!("{what} of {len} bytes is over the limit of {max} bytes");
    Error::new(ErrorKind::TooLarge, message)
}

#[cold]
#[inline(never)]
fn no_bytes(what: &str) -> Error {
    invalid(format!("{what} is NULL, its length is not 0"))
}

/// A text that the caller passes by a pointer.
pub struct InText<'a> {
    text: *const c_char,
    bytes: PhantomData<&'a CStr>,
}

impl<'a> InText<'a> {
    /// Returns the text at `text`.
    ///
    /// # Safety
    /// `text` is NULL or points to a NUL-terminated string, which stays unchanged for `'a`.
    pub unsafe fn from_raw(text: *const c_char) -> Self {
        InText { text, bytes: PhantomData }
    }

    /// Returns the text of the argument `what`, or an error for NULL.
    pub fn to_str(&self, what: &str) -> Result<&'a str> {
        if self.text.is_null() {
            return Err(null(what));
        }
        // SAFETY: it is not NULL, so `from_raw` requires a NUL-terminated string.
        let text = unsafe { CStr::from_ptr(self.text) };
        text.to_str().map_err(|_| invalid(format!("{what} is not UTF-8")))
    }
}

/// A buffer of the caller, with room for a stated number of bytes.
pub struct OutBytes<'a> {
    data: *mut u8,
    capacity: usize,
    bytes: PhantomData<&'a mut [u8]>,
}

impl<'a> OutBytes<'a> {
    /// Returns the buffer at `buffer`.
    ///
    /// # Safety
    /// `buffer` is NULL or points to `capacity` bytes, which may be written and are used by nothing
    /// else for `'a`.
    pub unsafe fn from_raw(buffer: *mut c_void, capacity: usize) -> Self {
        OutBytes { data: buffer.cast(), capacity, bytes: PhantomData }
    }

    /// Returns an error for NULL with a capacity.
    pub fn check(&self) -> Result<()> {
        if self.data.is_null() && self.capacity != 0 {
            return Err(invalid("buffer is NULL, capacity is not 0"));
        }
        Ok(())
    }

    /// Copies `bytes` to the start of the buffer; returns whether they fit.
    pub fn copy(&self, bytes: &[u8]) -> bool {
        let fits = bytes.len() <= self.capacity;
        if fits && !self.data.is_null() {
            // SAFETY: `from_raw` requires `capacity` bytes, and `bytes` is no longer.
            unsafe { self.data.copy_from(bytes.as_ptr(), bytes.len()) };
        }
        fits
    }

    /// Returns the bytes of the buffer.
    pub fn room(self) -> Result<&'a mut [u8]> {
        self.check()?;
        let capacity = self.capacity;
        if capacity > isize::MAX as usize {
            return Err(invalid(format!("capacity of {capacity} bytes cannot be meant")));
        }
        Ok(match capacity {
            0 => &mut [],
            // SAFETY: `from_raw` requires `capacity` bytes, and the buffer is not NULL.
            _ => unsafe { std::slice::from_raw_parts_mut(self.data, capacity) },
        })
    }
}
