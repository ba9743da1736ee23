//! Statuses, the error structure of the caller, and the guard around every call.

use std::any::Any;
use std::ffi::c_char;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::ffi::arguments::Out;
use crate::{Error, ErrorKind, Result};

/// The result of a call: 0 is success, a positive number an outcome, a negative number an error.
///
/// Numbers are never reused for another meaning.
pub type kv_status = i32;

/// The call has succeeded.
pub const KV_OK: kv_status = 0;
/// The key has no live entry.
pub const KV_NOT_FOUND: kv_status = 1;
/// A condition does not hold; nothing was written.
pub const KV_CONFLICT: kv_status = 2;
/// A cursor has reached its end.
pub const KV_DONE: kv_status = 3;
/// No event is queued, and none arrived before the timeout of the call.
pub const KV_TIMEOUT: kv_status = 4;
/// The caller's buffer is too small; the call has written the length that is needed.
pub const KV_TOO_SMALL: kv_status = 5;
/// An argument or option is invalid.
pub const KV_ERR_ARGUMENT: kv_status = -1;
/// A handle is zero, stale, forged, closed or of another kind.
pub const KV_ERR_HANDLE: kv_status = -2;
/// The store behind the handle was closed.
pub const KV_ERR_CLOSED: kv_status = -3;
/// A lock was not free before the time-out, or another call uses the handle.
pub const KV_ERR_BUSY: kv_status = -4;
/// The write would exceed the quota of a namespace.
pub const KV_ERR_QUOTA: kv_status = -5;
/// The disk is full, or the store has reached its limit.
pub const KV_ERR_FULL: kv_status = -6;
/// A group, key, value or buffer exceeds its limit.
pub const KV_ERR_TOO_LARGE: kv_status = -7;
/// A value is not a 64-bit decimal integer, or the sum would not be one.
pub const KV_ERR_NOT_INTEGER: kv_status = -8;
/// A value is not JSON.
pub const KV_ERR_NOT_JSON: kv_status = -9;
/// A read or write failed; os_error is the operating system's error number.
pub const KV_ERR_IO: kv_status = -10;
/// The store was opened for reading only, or can only be read.
pub const KV_ERR_READ_ONLY: kv_status = -11;
/// The operating system denies access.
pub const KV_ERR_PERMISSION: kv_status = -12;
/// The file is damaged.
pub const KV_ERR_CORRUPT: kv_status = -13;
/// The file is not a store, or has a format that this version does not know.
pub const KV_ERR_FORMAT: kv_status = -14;
/// The engine of the store cannot perform the call as its contract requires.
pub const KV_ERR_UNSUPPORTED: kv_status = -15;
/// A server cannot be reached, or does not reply in time; os_error is the system's error number if
/// it has reported one, such as that of a refused connection.
pub const KV_ERR_UNAVAILABLE: kv_status = -16;
/// A services file is invalid, or does not contain the service.
pub const KV_ERR_CONFIG: kv_status = -17;
/// The requested changes were trimmed from the change log, or the snapshot of a cursor has ended
/// because it was not used.
pub const KV_ERR_COMPACTED: kv_status = -18;
/// An earlier failure left the durability of writes unknown; close the store and open it again.
pub const KV_ERR_POISONED: kv_status = -19;
/// The process was forked while a store was open, and cannot use any store.
pub const KV_ERR_FORKED: kv_status = -20;
/// The library caught a bug of its own at its boundary.
pub const KV_ERR_PANIC: kv_status = -21;
/// Memory is exhausted, or the limit of open handles is reached.
pub const KV_ERR_MEMORY: kv_status = -22;
/// The call was cancelled, see kv_cancel. It has written nothing, except the finished steps of a
/// copy or purge.
pub const KV_ERR_CANCELLED: kv_status = -23;
/// The deadline of the call has passed, see kv_arm. It has written nothing, except the finished
/// steps of a copy or purge.
pub const KV_ERR_DEADLINE: kv_status = -24;

/// A length: the bytes end with a NUL, which is not part of them.
pub const KV_NUL: usize = usize::MAX;

/// The size of kv_error.message in bytes, the final NUL included.
pub const KV_ERROR_MESSAGE_LEN: usize = 248;

/// The description of an error, in memory of the caller. A call fills it only if its status is
/// negative.
#[repr(C)]
pub struct kv_error {
    /// The status that the call has returned.
    pub code: kv_status,
    /// The operating system's error number, or 0 if there is none: errno, and on Windows that of
    /// GetLastError.
    pub os_error: i32,
    /// A sentence in UTF-8 that ends with a NUL. A longer message is cut between characters.
    pub message: [c_char; KV_ERROR_MESSAGE_LEN],
}

const _: () = assert!(size_of::<kv_error>() == 256);

/// Runs the body of a call and returns its status. An error or a panic becomes a negative status,
/// and is written to `error`.
pub(crate) fn guard(error: Out<kv_error>, body: impl FnOnce() -> Result<kv_status>) -> kv_status {
    guard_or_else(error, body, || ())
}

/// Runs the body like [`guard`]; after a panic it also calls `poison`, so that no later write
/// builds on a state that is half done.
pub(crate) fn guard_or_else(
    error: Out<kv_error>,
    body: impl FnOnce() -> Result<kv_status>,
    poison: impl FnOnce(),
) -> kv_status {
    let failure = match catch_unwind(AssertUnwindSafe(body)) {
        Ok(Ok(status)) => return status,
        Ok(Err(failure)) => failure,
        Err(panic) => {
            let mut poison = Some(poison);
            after_panic(panic, &mut || poison.take().into_iter().for_each(|poison| poison()))
        }
    };
    report(&error, &failure)
}

/// Writes a failure to the structure of the caller, and returns its status. It is not inlined into
/// each function of the interface.
#[cold]
#[inline(never)]
fn report(error: &Out<kv_error>, failure: &Error) -> kv_status {
    error.write(describe(failure));
    failure.kind().code()
}

/// Returns the failure of a call that has panicked, after `poison`.
#[cold]
#[inline(never)]
fn after_panic(panic: Box<dyn Any + Send>, poison: &mut dyn FnMut()) -> Error {
    let text = panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_default();
    // A panic while the payload is dropped or the store is poisoned is caught too.
    let _ = catch_unwind(AssertUnwindSafe(|| drop(panic)));
    let _ = catch_unwind(AssertUnwindSafe(poison));
    Error::new(ErrorKind::Panic, format!("a bug in the library: {text}"))
}

fn describe(failure: &Error) -> kv_error {
    let text = failure.message();
    let mut len = text.len().min(KV_ERROR_MESSAGE_LEN - 1);
    while !text.is_char_boundary(len) {
        len -= 1;
    }
    let mut message = [0; KV_ERROR_MESSAGE_LEN];
    let bytes = text.bytes().take(len).map(|byte| byte as c_char);
    message.iter_mut().zip(bytes).for_each(|(to, from)| *to = from);
    kv_error { code: failure.kind().code(), os_error: failure.os_error(), message }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn empty() -> kv_error {
        kv_error { code: 0, os_error: 0, message: [7; KV_ERROR_MESSAGE_LEN] }
    }

    fn out(error: &mut kv_error) -> Out<kv_error> {
        // SAFETY: each test reads the structure after the last use of the result.
        unsafe { Out::from_raw(error) }
    }

    fn text(error: &kv_error) -> String {
        let bytes: Vec<u8> =
            error.message.iter().take_while(|it| **it != 0).map(|it| *it as u8).collect();
        String::from_utf8(bytes).expect("messages are UTF-8")
    }

    #[test]
    fn a_panic_becomes_a_status_and_poisons() {
        let mut error = empty();
        let mut poisoned = false;

        let status =
            guard_or_else(out(&mut error), || panic!("index {} of 3", 7), || poisoned = true);

        assert_eq!((status, error.code), (KV_ERR_PANIC, KV_ERR_PANIC));
        assert_eq!(text(&error), "a bug in the library: index 7 of 3");
        assert!(poisoned);
    }

    #[test]
    fn a_long_message_is_cut_between_characters() {
        let mut error = empty();
        let long = "\u{e9}".repeat(200);

        guard(out(&mut error), || Err(Error::new(ErrorKind::Io, long.clone()).with_os_error(5)));

        assert_eq!(text(&error), "\u{e9}".repeat(123));
        assert_eq!(error.os_error, 5);
    }

    #[test]
    fn success_leaves_the_error_alone_and_null_is_fine() {
        let mut error = empty();
        assert_eq!(guard(out(&mut error), || Ok(KV_DONE)), KV_DONE);
        assert_eq!(error.message, [7; KV_ERROR_MESSAGE_LEN]);
        let failure = || Err(Error::new(ErrorKind::Busy, "busy"));
        // SAFETY: the pointer is NULL.
        let none = unsafe { Out::from_raw(std::ptr::null_mut()) };
        assert_eq!(guard(none, failure), KV_ERR_BUSY);
    }

    #[test]
    fn statuses_are_the_numbers_of_the_kinds() {
        let statuses: Vec<kv_status> = ErrorKind::ALL.iter().map(|kind| kind.code()).collect();
        assert_eq!(statuses, (KV_ERR_DEADLINE..=KV_ERR_ARGUMENT).rev().collect::<Vec<_>>());
        assert_eq!(ErrorKind::Poisoned.code(), KV_ERR_POISONED);
        assert_eq!(ErrorKind::NotInteger.code(), KV_ERR_NOT_INTEGER);
    }
}
