//! Bytes that a caller passes as pointers, and results that are written through them.

use std::ffi::{CStr, c_char, c_void};

use crate::ffi::status::KV_NUL;
use crate::{Error, ErrorKind, GROUP_LEN_MAX, Group, KEY_LEN_MAX, Key, Result, VALUE_LEN_MAX};

/// Returns the group that the caller names.
///
/// # Safety
/// `data` is NULL or points to `len` bytes, or to a NUL-terminated string if `len` is `KV_NUL`,
/// that no other thread changes during the call.
pub unsafe fn group<'a>(data: *const c_void, len: usize) -> Result<Group<'a>> {
    // SAFETY: passed on.
    Group::new(unsafe { bytes("group", data, len, GROUP_LEN_MAX) }?)
}

/// Returns the key that the caller names.
///
/// # Safety
/// As for [`group`].
pub unsafe fn key<'a>(data: *const c_void, len: usize) -> Result<Key<'a>> {
    // SAFETY: passed on.
    Key::new(unsafe { bytes("key", data, len, KEY_LEN_MAX) }?)
}

/// Returns the value that the caller passes.
///
/// # Safety
/// As for [`group`].
pub unsafe fn value<'a>(data: *const c_void, len: usize) -> Result<&'a [u8]> {
    // SAFETY: passed on.
    unsafe { bytes("value", data, len, VALUE_LEN_MAX) }
}

/// Returns the group and the key that the caller names.
///
/// # Safety
/// As for [`group`], for both.
pub unsafe fn group_and_key<'a>(
    group: *const c_void,
    group_len: usize,
    key: *const c_void,
    key_len: usize,
) -> Result<(Group<'a>, Key<'a>)> {
    // SAFETY: passed on.
    unsafe { Ok((self::group(group, group_len)?, self::key(key, key_len)?)) }
}

/// Returns the group and the key that the caller names, and the value that it passes.
///
/// # Safety
/// As for [`group`], for all three.
pub unsafe fn group_key_and_value<'a>(
    group: *const c_void,
    group_len: usize,
    key: *const c_void,
    key_len: usize,
    value: *const c_void,
    value_len: usize,
) -> Result<(Group<'a>, Key<'a>, &'a [u8])> {
    // SAFETY: passed on.
    let (group, key) = unsafe { group_and_key(group, group_len, key, key_len) }?;
    // SAFETY: passed on.
    Ok((group, key, unsafe { self::value(value, value_len) }?))
}

/// Returns the bytes that the caller passes as the argument `what`, at most `max` of them.
///
/// # Safety
/// As for [`group`].
pub unsafe fn bytes<'a>(
    what: &str,
    data: *const c_void,
    len: usize,
    max: usize,
) -> Result<&'a [u8]> {
    match (data.is_null(), len) {
        (true, 0) => Ok(&[]),
        (true, _) => Err(invalid(format!("{what} is NULL, its length is not 0"))),
        (false, KV_NUL) => {
            // SAFETY: the caller says that a NUL ends the bytes.
            let bytes = unsafe { CStr::from_ptr(data.cast::<c_char>()) }.to_bytes();
            check_len(what, bytes.len(), max).map(|()| bytes)
        }
        // A length over the limit is refused before any byte is read.
        (false, len) if len > max => check_len(what, len, max).map(|()| &[][..]),
        // SAFETY: the caller says that `len` bytes are there.
        (false, len) => Ok(unsafe { std::slice::from_raw_parts(data.cast::<u8>(), len) }),
    }
}

/// Returns the text that the caller passes as the argument `what`.
///
/// # Safety
/// `text` is NULL or a NUL-terminated string that no other thread changes during the call.
pub unsafe fn text<'a>(what: &str, text: *const c_char) -> Result<&'a str> {
    if text.is_null() {
        return Err(invalid(format!("{what} is NULL")));
    }
    // SAFETY: the caller says that a NUL ends the bytes.
    let text = unsafe { CStr::from_ptr(text) };
    text.to_str().map_err(|_| invalid(format!("{what} is not UTF-8")))
}

/// Returns the place for the result `what`, or an error for NULL.
///
/// # Safety
/// `pointer` is NULL or the caller's own, aligned and writable during the call.
pub unsafe fn output<'a, T>(what: &str, pointer: *mut T) -> Result<&'a mut T> {
    // SAFETY: the caller says so.
    unsafe { pointer.as_mut() }.ok_or_else(|| invalid(format!("{what} is NULL")))
}

/// Returns the buffer of the caller for entries or events in flat form.
///
/// # Safety
/// `buffer` is NULL or the caller's own, with `capacity` bytes that no other thread uses during the
/// call.
pub unsafe fn room<'a>(buffer: *mut c_void, capacity: usize) -> Result<&'a mut [u8]> {
    if buffer.is_null() && capacity != 0 {
        return Err(invalid("buffer is NULL, capacity is not 0"));
    }
    if capacity > isize::MAX as usize {
        return Err(invalid(format!("capacity of {capacity} bytes cannot be meant")));
    }
    Ok(match capacity {
        0 => &mut [],
        // SAFETY: the caller says that the bytes are there.
        _ => unsafe { std::slice::from_raw_parts_mut(buffer.cast(), capacity) },
    })
}

/// Writes `result` to the place that the caller passes, unless it is NULL.
///
/// # Safety
/// As for [`output`].
pub unsafe fn give<T>(pointer: *mut T, result: T) {
    // SAFETY: the caller says so.
    if let Some(place) = unsafe { pointer.as_mut() } {
        *place = result;
    }
}

fn check_len(what: &str, len: usize, max: usize) -> Result<()> {
    if len <= max {
        return Ok(());
    }
    let message = format!("{what} of {len} bytes is over the limit of {max} bytes");
    Err(Error::new(ErrorKind::TooLarge, message))
}

/// Returns an error about an argument.
pub fn invalid(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Argument, message.into())
}
