//! The versions of the library, and the texts of the statuses.

use std::ffi::{CStr, c_char};

use crate::ffi::status::*;

/// The major version of the library.
pub const KV_VERSION_MAJOR: u32 = 0;
/// The minor version of the library.
pub const KV_VERSION_MINOR: u32 = 2;
/// The patch version of the library.
pub const KV_VERSION_PATCH: u32 = 0;
/// The version of the library as one number: major * 1,000,000 + minor * 1,000 + patch.
pub const KV_VERSION_NUMBER: u32 = 2000;
/// The version of this interface. It changes only if programs compiled for an older one would
/// break.
pub const KV_ABI_VERSION: u32 = 2;

const _: () = assert!(
    KV_VERSION_NUMBER == KV_VERSION_MAJOR * 1_000_000 + KV_VERSION_MINOR * 1_000 + KV_VERSION_PATCH
);

const VERSION: &CStr =
    match CStr::from_bytes_with_nul(concat!(env!("CARGO_PKG_VERSION"), "\0").as_bytes()) {
        Ok(version) => version,
        Err(_) => panic!("a version holds no NUL"),
    };

/// Returns the meaning of a status, for any number; the string is static. kv_error.message says
/// more.
#[unsafe(no_mangle)]
pub extern "C" fn kv_strerror(status: kv_status) -> *const c_char {
    let text = match status {
        KV_OK => c"ok",
        KV_NOT_FOUND => c"not found",
        KV_CONFLICT => c"a condition does not hold",
        KV_DONE => c"at the end",
        KV_TIMEOUT => c"timed out",
        KV_TOO_SMALL => c"the buffer is too small",
        KV_ERR_ARGUMENT => c"invalid argument",
        KV_ERR_HANDLE => c"invalid handle",
        KV_ERR_CLOSED => c"closed",
        KV_ERR_BUSY => c"busy",
        KV_ERR_QUOTA => c"quota exceeded",
        KV_ERR_FULL => c"full",
        KV_ERR_TOO_LARGE => c"too large",
        KV_ERR_NOT_INTEGER => c"not an integer",
        KV_ERR_NOT_JSON => c"not JSON",
        KV_ERR_IO => c"input or output failed",
        KV_ERR_READ_ONLY => c"read-only",
        KV_ERR_PERMISSION => c"permission denied",
        KV_ERR_CORRUPT => c"damaged",
        KV_ERR_FORMAT => c"not a store, or of an unknown format",
        KV_ERR_UNSUPPORTED => c"not supported by this engine",
        KV_ERR_UNAVAILABLE => c"the server is unavailable",
        KV_ERR_CONFIG => c"invalid configuration",
        KV_ERR_COMPACTED => c"what was asked for is kept no longer",
        KV_ERR_POISONED => c"stopped by an earlier failure; reopen the store",
        KV_ERR_FORKED => c"used in a forked process",
        KV_ERR_PANIC => c"a bug in the library",
        KV_ERR_MEMORY => c"out of memory or handles",
        KV_ERR_CANCELLED => c"cancelled",
        KV_ERR_DEADLINE => c"the deadline has passed",
        _ => c"unknown status",
    };
    text.as_ptr()
}

/// Returns the version of the loaded library, such as "0.2.0"; the string is static.
#[unsafe(no_mangle)]
pub extern "C" fn kv_version() -> *const c_char {
    VERSION.as_ptr()
}

/// Returns the version of the loaded library as a number, to compare with KV_VERSION_NUMBER.
#[unsafe(no_mangle)]
pub extern "C" fn kv_version_number() -> u32 {
    KV_VERSION_NUMBER
}

/// Returns the version of the interface of the loaded library, to compare with KV_ABI_VERSION.
#[unsafe(no_mangle)]
pub extern "C" fn kv_abi_version() -> u32 {
    KV_ABI_VERSION
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_that_of_the_package() {
        let parts = [KV_VERSION_MAJOR, KV_VERSION_MINOR, KV_VERSION_PATCH];
        assert_eq!(parts.map(|it| it.to_string()).join("."), env!("CARGO_PKG_VERSION"));
    }

    #[test]
    fn every_number_has_a_text() {
        for status in -1000..1000 {
            // SAFETY: the function returns static strings.
            let text = unsafe { CStr::from_ptr(kv_strerror(status)) };
            let known = (KV_ERR_DEADLINE..=KV_TOO_SMALL).contains(&status);
            assert_eq!(text == c"unknown status", !known, "{status}");
        }
    }
}
