//! The pointers that a caller passes. Each becomes a value of a type that states its use, and that
//! safe code can use.

use crate::{Error, ErrorKind, Result};

/// Replaces the pointers of an exported function, each with its length if it has one, by values of
/// the types that are named. `arguments!(InBytes(key, key_len), Out(error))` makes an `InBytes` out
/// of the first two arguments and an `Out` out of the third, under the names `key` and `error`.
///
/// Each constructor has a condition, which is a promise of the caller: it is one of the rules for
/// pointers at the head of the header. An exported function is unsafe because it relies on them.
/// The macro does not compile in a safe function.
macro_rules! arguments {
    ($($kind:ident($pointer:ident $(, $len:ident)?)),+ $(,)?) => {
        $(
            #[allow(unsafe_op_in_unsafe_fn, reason = "the caller promises the condition")]
            let $pointer = $kind::from_raw($pointer $(, $len)?);
        )+
    };
}

pub(crate) use arguments;

/// The place of a result, to which a call writes; or NULL.
pub struct Out<T>(*mut T);

impl<T> Out<T> {
    /// Returns the place at `pointer`.
    ///
    /// # Safety
    /// `pointer` is NULL, or is aligned and points to memory for a `T`, which may be written and is
    /// used by no other thread as long as the result is in use.
    pub unsafe fn from_raw(pointer: *mut T) -> Self {
        Out(pointer)
    }

    /// Returns whether the caller has passed NULL.
    pub fn is_null(&self) -> bool {
        self.0.is_null()
    }

    /// Returns the place of the result `what`, or an error for NULL.
    pub fn required(self, what: &str) -> Result<Self> {
        self.check(what).map(|()| self)
    }

    /// Fails if there is no place for the result `what`.
    pub fn check(&self, what: &str) -> Result<()> {
        if self.is_null() { Err(null(what)) } else { Ok(()) }
    }

    /// Writes `result`, unless the caller has passed NULL.
    pub fn write(&self, result: T) {
        if !self.is_null() {
            // SAFETY: the pointer is not NULL, so the condition of `from_raw` allows the write.
            unsafe { self.0.write(result) };
        }
    }

    /// Writes `none` before the call can fail, so that no failure leaves a stale handle or value.
    pub fn reset(&self, none: T) {
        self.write(none);
    }
}

/// Returns the error of an argument that is NULL. Like the other errors of arguments it is not
/// inlined into each function of the interface.
#[cold]
#[inline(never)]
pub fn null(what: &str) -> Error {
    invalid(format!("{what} is NULL"))
}

/// Returns an error about an argument.
pub fn invalid(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Argument, message.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_result_is_written_unless_it_has_no_place() {
        let mut room = 1;
        // SAFETY: the first pointer is that of a variable of this thread, the second is NULL.
        let (out, none) =
            unsafe { (Out::from_raw(&raw mut room), Out::<i32>::from_raw(std::ptr::null_mut())) };

        none.write(2);
        let refused = none.required("room").err();
        out.required("room").expect("a place").write(3);

        assert_eq!(refused, Some(invalid("room is NULL")));
        assert_eq!(room, 3);
    }
}
