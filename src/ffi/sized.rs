//! Structures that begin with their own size, so that they can grow: a program that was compiled
//! with an older header passes a shorter one, with a newer header a longer one.

use std::any::type_name;
use std::slice;

use crate::Result;
use crate::ffi::arguments::invalid;

/// The largest accepted size of a structure in bytes; a larger one is an uninitialised field.
const SIZE_MAX: usize = 1024;

/// A structure whose first field is its size as a `u32`.
///
/// # Safety
/// The structure is `repr(C)` without padding, and every bit pattern is a valid value of it.
pub unsafe trait SizedStruct: Copy {
    /// The offsets of the ends of the fields with which a caller's structure may end, in rising
    /// order.
    const ENDS: &'static [usize];
}

/// Declares a structure that can grow: its fields in order, in the second list those with which a
/// caller's structure may end. The compiler checks that no field is missing.
macro_rules! sized_struct {
    ($name:ident { $($before:ident),* $(,)? } { $($field:ident),+ $(,)? }) => {
        // SAFETY: the fields are numbers and pointers; the assertion below excludes padding.
        unsafe impl $crate::ffi::sized::SizedStruct for $name {
            const ENDS: &'static [usize] = &[$($crate::ffi::sized::end_of!($name, $field)),+];
        }

        const _: () = {
            // A field that is not named here is an error, and so is padding.
            #[allow(dead_code, reason = "compiled to see that it names every field")]
            fn every_field($name { $($before: _,)* $($field: _),+ }: $name) {}
            let fields = [$($crate::ffi::sized::len_of!($name, $before),)*
                $($crate::ffi::sized::len_of!($name, $field)),+];
            let (mut id, mut sum) = (0, 0);
            while id < fields.len() {
                sum += fields[id];
                id += 1;
            }
            assert!(sum == size_of::<$name>(), "the structure has padding");
        };
    };
}

macro_rules! len_of {
    ($name:ident, $field:ident) => {{
        const fn len<T>(_: *const T) -> usize {
            size_of::<T>()
        }
        let whole = std::mem::MaybeUninit::<$name>::uninit();
        // SAFETY: nothing is read; only the address of a field of allocated memory is taken.
        len(unsafe { &raw const (*whole.as_ptr()).$field })
    }};
}

macro_rules! end_of {
    ($name:ident, $field:ident) => {
        std::mem::offset_of!($name, $field) + $crate::ffi::sized::len_of!($name, $field)
    };
}

pub(crate) use {end_of, len_of, sized_struct};

/// Returns an error unless a caller's structure `what` can have `size` bytes: it ends with a field
/// that this version knows, or is longer than this version knows.
fn check_size<T: SizedStruct>(what: &str, size: usize) -> Result<()> {
    let is_whole = T::ENDS.contains(&size);
    if is_whole || (size_of::<T>()..=SIZE_MAX).contains(&size) {
        return Ok(());
    }
    let name = type_name::<T>();
    let name = name.rsplit("::").next().unwrap_or(name).to_uppercase();
    let least = T::ENDS.first().copied().unwrap_or_default();
    let fault =
        if (least..size_of::<T>()).contains(&size) { ", which cuts a field in two" } else { "" };
    Err(invalid(format!("{what} has size {size}{fault}; initialise it with {name}_INIT")))
}

/// Options that the caller passes by a pointer; NULL means the defaults.
pub struct OptionsIn<T>(*const T);

impl<T: SizedStruct + Default> OptionsIn<T> {
    /// Returns the options at `pointer`.
    ///
    /// # Safety
    /// `pointer` is NULL, or is aligned and points to a structure that begins with its own size and
    /// has as many bytes. They stay unchanged as long as the result is in use.
    pub unsafe fn from_raw(pointer: *const T) -> Self {
        OptionsIn(pointer)
    }

    /// Returns the structure `what`, or the defaults for NULL. A structure of an older header is
    /// read as far as it goes. In a structure of a newer header, the fields that this version does
    /// not know must be zero.
    pub fn read(&self, what: &str) -> Result<T> {
        let (pointer, mut options) = (self.0, T::default());
        if pointer.is_null() {
            return Ok(options);
        }
        // SAFETY: `from_raw` requires the size in the first field.
        let size = unsafe { pointer.cast::<u32>().read() } as usize;
        check_size::<T>(what, size)?;
        let known = size.min(size_of::<T>());
        // SAFETY: `from_raw` requires `size` bytes, ours are `size_of::<T>()`; any bytes are valid.
        let unknown = unsafe {
            std::ptr::copy_nonoverlapping(pointer.cast::<u8>(), (&raw mut options).cast(), known);
            slice::from_raw_parts(pointer.cast::<u8>().add(known), size - known)
        };
        // A newer program sets an option that this version would silently ignore.
        if unknown.iter().any(|byte| *byte != 0) {
            return Err(invalid(format!("{what} has fields that this version does not know")));
        }
        Ok(options)
    }
}

/// A structure of the caller for results; or NULL.
pub struct SizedOut<T>(*mut T);

impl<T: SizedStruct> SizedOut<T> {
    /// Returns the structure at `pointer`.
    ///
    /// # Safety
    /// `pointer` is NULL, or is aligned and points to a structure that begins with its own size and
    /// has as many bytes. They may be written and are used by no other thread as long as the result
    /// is in use.
    pub unsafe fn from_raw(pointer: *mut T) -> Self {
        SizedOut(pointer)
    }

    /// Returns whether the caller has passed NULL.
    pub fn is_null(&self) -> bool {
        self.0.is_null()
    }

    /// Returns the structure `what` with its size, or an error for NULL or an invalid size.
    pub fn required(self, what: &str) -> Result<SizedPlace<T>> {
        if self.is_null() {
            return Err(invalid(format!("{what} is NULL")));
        }
        // SAFETY: `from_raw` requires the size in the first field.
        let size = unsafe { self.0.cast::<u32>().read() } as usize;
        check_size::<T>(what, size)?;
        Ok(SizedPlace { pointer: self.0, size })
    }
}

/// A structure of the caller for results, whose size is valid.
pub struct SizedPlace<T> {
    pointer: *mut T,
    size: usize,
}

impl<T: SizedStruct> SizedPlace<T> {
    /// Writes the fields of `found` that the caller's structure has, except its size, and zeroes
    /// those that this version does not know.
    pub fn fill(&self, found: T) {
        let known = self.size.min(size_of::<T>());
        let (from, to) = ((&raw const found).cast::<u8>(), self.pointer.cast::<u8>());
        let kept = size_of::<u32>();
        // SAFETY: the caller's structure has `size` bytes, at least the four of its size.
        unsafe {
            to.add(kept).copy_from_nonoverlapping(from.add(kept), known - kept);
            to.add(known).write_bytes(0, self.size - known);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;

    #[repr(C)]
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
    struct kv_sample {
        size: u32,
        first: u32,
        second: u64,
        third: u64,
    }

    sized_struct!(kv_sample { size } { first, second, third });

    #[repr(C)]
    #[derive(Clone, Copy)]
    struct Longer(kv_sample, u64);

    fn sample(size: u32) -> kv_sample {
        kv_sample { size, first: 1, second: 2, third: 3 }
    }

    #[test]
    fn a_structure_ends_with_a_field_or_is_longer() {
        for size in [8, 16, 24, 25, 1024] {
            assert_eq!(check_size::<kv_sample>("x", size), Ok(()), "{size}");
        }
        for size in [0, 4, 7, 1025, 9, 12, 15, 20, 23] {
            let error = check_size::<kv_sample>("x", size).expect_err("refused");
            assert_eq!(error.kind(), ErrorKind::Argument);
            assert!(error.message().contains("KV_SAMPLE_INIT"), "{error}");
            let cut = (8..24).contains(&size);
            assert_eq!(error.message().contains("cuts a field"), cut, "{error}");
        }
    }

    #[test]
    fn options_are_read_as_far_as_they_go() {
        // SAFETY: the structures are whole.
        let read = |given: &kv_sample| unsafe { OptionsIn::from_raw(given) }.read("x");
        assert_eq!(read(&sample(16)), Ok(kv_sample { third: 0, ..sample(16) }));
        assert_eq!(read(&sample(24)), Ok(sample(24)));
        for (tail, expected) in [(0, Ok(sample(32))), (1 << 40, Err(ErrorKind::Argument))] {
            let longer = Longer(sample(32), tail);
            // SAFETY: as its size says, it has 32 bytes.
            let options = unsafe { OptionsIn::from_raw((&raw const longer).cast::<kv_sample>()) };
            assert_eq!(options.read("x").map_err(|error| error.kind()), expected);
        }
    }

    #[test]
    fn results_are_filled_as_far_as_the_caller_has_room() {
        for (size, expected) in [(8, (9, 9, 9)), (16, (2, 9, 9)), (24, (2, 3, 9)), (32, (2, 3, 0))]
        {
            let mut room = Longer(kv_sample { second: 9, third: 9, ..sample(size) }, 9);
            // SAFETY: the room has at least `size` bytes.
            let out = unsafe { SizedOut::from_raw((&raw mut room).cast::<kv_sample>()) };

            out.required("x").expect("a size").fill(kv_sample { first: 5, ..sample(7) });

            assert_eq!((room.0.size, room.0.first), (size, 5));
            assert_eq!((room.0.second, room.0.third, room.1), expected, "{size}");
        }
    }
}
