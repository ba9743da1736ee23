//! Bytes and structures that come in as pointers, and results that go out through them.

use std::ffi::{CStr, c_char, c_void};

use crate::ffi::status::KV_NUL;
use crate::{Error, ErrorKind, GROUP_LEN_MAX, Group, KEY_LEN_MAX, Key, Result, VALUE_LEN_MAX};

/// Returns the group a caller names.
///
/// # Safety
/// `data` is NULL or points to `len` bytes, or to a NUL-terminated string if `len` is `KV_NUL`,
/// that nobody changes during the call.
pub unsafe fn group<'a>(data: *const c_void, len: usize) -> Result<Group<'a>> {
    // SAFETY: passed on.
    Group::new(unsafe { bytes("group", data, len, GROUP_LEN_MAX) }?)
}

/// Returns the key a caller names.
///
/// # Safety
/// As for [`group`].
pub unsafe fn key<'a>(data: *const c_void, len: usize) -> Result<Key<'a>> {
    // SAFETY: passed on.
    Key::new(unsafe { bytes("key", data, len, KEY_LEN_MAX) }?)
}

/// Returns the value a caller hands in.
///
/// # Safety
/// As for [`group`].
pub unsafe fn value<'a>(data: *const c_void, len: usize) -> Result<&'a [u8]> {
    // SAFETY: passed on.
    unsafe { bytes("value", data, len, VALUE_LEN_MAX) }
}

/// Returns bytes a caller hands in under the name `what`, at most `max` of them.
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
        // A length that cannot be meant is refused before anything is looked at.
        (false, len) if len > max => check_len(what, len, max).map(|()| &[][..]),
        // SAFETY: the caller says that `len` bytes are there.
        (false, len) => Ok(unsafe { std::slice::from_raw_parts(data.cast::<u8>(), len) }),
    }
}

/// Returns the text a caller hands in under the name `what`.
///
/// # Safety
/// `text` is NULL or a NUL-terminated string that nobody changes during the call.
pub unsafe fn text<'a>(what: &str, text: *const c_char) -> Result<&'a str> {
    if text.is_null() {
        return Err(invalid(format!("{what} is NULL")));
    }
    // SAFETY: the caller says that a NUL ends the bytes.
    let text = unsafe { CStr::from_ptr(text) };
    text.to_str().map_err(|_| invalid(format!("{what} is not UTF-8")))
}

/// Returns where to write a result called `what`.
///
/// # Safety
/// `pointer` is NULL or the caller's own, aligned and writable for the length of the call.
pub unsafe fn output<'a, T>(what: &str, pointer: *mut T) -> Result<&'a mut T> {
    // SAFETY: the caller says so.
    unsafe { pointer.as_mut() }.ok_or_else(|| invalid(format!("{what} is NULL")))
}

/// Returns the room that a caller has for flat entries or events.
///
/// # Safety
/// `buffer` is NULL or the caller's own, with `capacity` bytes that nobody else touches during the
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

/// Writes `result` where the caller wants it, if it wants it.
///
/// # Safety
/// As for [`output`].
pub unsafe fn give<T>(pointer: *mut T, result: T) {
    // SAFETY: the caller says so.
    if let Some(place) = unsafe { pointer.as_mut() } {
        *place = result;
    }
}

/// The largest structure a caller can mean; what is behind would be somebody else's memory.
const STRUCTURE_LEN_MAX: usize = 1024;

/// A structure of a caller's for results, which begins with its own size.
pub struct Place<T> {
    pointer: *mut T,
    size: usize,
}

/// Returns the place of a structure that has at least the fields this version knows.
///
/// # Safety
/// `pointer` is NULL or the caller's own, begins with its size as a `u32`, and has as many bytes; it
/// stays so while the place is used.
pub unsafe fn place<T>(what: &str, pointer: *mut T) -> Result<Place<T>> {
    // SAFETY: the caller says so; only the size is read.
    let size = unsafe { output(what, pointer.cast::<u32>()) }.copied()? as usize;
    if !(size_of::<T>()..=STRUCTURE_LEN_MAX).contains(&size) {
        return Err(wrong_size::<T>(what, size));
    }
    Ok(Place { pointer, size })
}

/// Names the macro that makes a structure of the right size.
fn wrong_size<T>(what: &str, size: usize) -> Error {
    let name = std::any::type_name::<T>();
    let name = name.rsplit("::").next().unwrap_or(name).to_uppercase();
    invalid(format!("{what} has size {size}; initialise it with {name}_INIT"))
}

impl<T> Place<T> {
    /// Returns the size that the caller has set.
    pub fn size(&self) -> u32 {
        self.size as u32
    }

    /// Writes what was found; a newer structure's further fields are zeroed.
    pub fn fill(&self, found: T) {
        let known = size_of::<T>();
        // SAFETY: the caller's structure has `size` bytes, which was looked at.
        unsafe {
            self.pointer.write_unaligned(found);
            self.pointer.cast::<u8>().add(known).write_bytes(0, self.size - known);
        }
    }
}

/// Returns the options a caller hands in, or the defaults for NULL. A structure of an older
/// header is read as far as it goes; of a newer one, what we do not know has to be zero.
///
/// # Safety
/// `pointer` is NULL or points to a structure that begins with its own size as a `u32`; all bit
/// patterns are values of `T`.
pub unsafe fn options<T: Copy + Default>(what: &str, pointer: *const T) -> Result<T> {
    let mut options = T::default();
    if pointer.is_null() {
        return Ok(options);
    }
    // SAFETY: the first field is the size.
    let size = unsafe { pointer.cast::<u32>().read() } as usize;
    if !(size_of::<u32>()..=STRUCTURE_LEN_MAX).contains(&size) {
        return Err(wrong_size::<T>(what, size));
    }
    let known = size.min(size_of::<T>());
    // SAFETY: the caller's structure has `size` bytes, ours `size_of::<T>()`.
    let unknown = unsafe {
        std::ptr::copy_nonoverlapping(pointer.cast::<u8>(), (&raw mut options).cast(), known);
        std::slice::from_raw_parts(pointer.cast::<u8>().add(known), size - known)
    };
    // A newer program asks for something that this version would silently leave out.
    if unknown.iter().any(|byte| *byte != 0) {
        return Err(invalid(format!("{what} has fields that this version does not know")));
    }
    Ok(options)
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
