//! Errors: their kinds, with the numbers that all languages use, and their messages.

use std::borrow::Cow;
use std::fmt;

/// The result of a function that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// An error: its kind, a message for people, and the number of the operating system if it has one.
///
/// The absence of a key, a failed condition and the end of a scan are values, not errors.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    kind: ErrorKind,
    os_error: i32,
    message: Cow<'static, str>,
}

/// The numbers by which Windows says that a program has a file, or a part of it, for itself.
const IN_USE: [i32; 2] = [32, 33];

/// The kinds of failure. Their numbers are the `KV_ERR_*` constants and are never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[repr(i32)]
pub enum ErrorKind {
    /// An argument or option is not acceptable.
    Argument = -1,
    /// A handle is zero, stale, forged or of another kind.
    Handle = -2,
    /// The object behind the handle was closed.
    Closed = -3,
    /// Another user held a lock past the time-out, or the object is in use by another call.
    Busy = -4,
    /// A namespace would exceed its quota.
    Quota = -5,
    /// The disk or the store's own limit is full.
    Full = -6,
    /// A group, key, value or buffer exceeds its limit.
    TooLarge = -7,
    /// A value is not a 64-bit decimal integer, or would leave that range.
    NotInteger = -8,
    /// A value is not JSON.
    NotJson = -9,
    /// Reading or writing failed.
    Io = -10,
    /// The store was opened, or can only be opened, for reading.
    ReadOnly = -11,
    /// The operating system denies access.
    Permission = -12,
    /// The file is damaged.
    Corrupt = -13,
    /// The file is not a store, or of a format this version does not know.
    Format = -14,
    /// This engine does not support the call or one of its guarantees.
    Unsupported = -15,
    /// A server cannot be reached in time.
    Unavailable = -16,
    /// A configuration file is wrong.
    Config = -17,
    /// The change log was trimmed after the requested version.
    Compacted = -18,
    /// An earlier failure left durability unknown; reopen the store.
    Poisoned = -19,
    /// The store was opened before a fork; the child may not use it.
    Forked = -20,
    /// A bug in this library was caught at its boundary.
    Panic = -21,
    /// The allocation of memory failed.
    Memory = -22,
    /// The call was cancelled. It has written nothing, except the finished steps of a copy or
    /// purge.
    Cancelled = -23,
    /// The deadline of the call has passed. It has written nothing, except the finished steps of a
    /// copy or purge.
    Deadline = -24,
}

impl ErrorKind {
    /// Every kind, in the order of the numbers.
    pub const ALL: [ErrorKind; 24] = [
        ErrorKind::Argument,
        ErrorKind::Handle,
        ErrorKind::Closed,
        ErrorKind::Busy,
        ErrorKind::Quota,
        ErrorKind::Full,
        ErrorKind::TooLarge,
        ErrorKind::NotInteger,
        ErrorKind::NotJson,
        ErrorKind::Io,
        ErrorKind::ReadOnly,
        ErrorKind::Permission,
        ErrorKind::Corrupt,
        ErrorKind::Format,
        ErrorKind::Unsupported,
        ErrorKind::Unavailable,
        ErrorKind::Config,
        ErrorKind::Compacted,
        ErrorKind::Poisoned,
        ErrorKind::Forked,
        ErrorKind::Panic,
        ErrorKind::Memory,
        ErrorKind::Cancelled,
        ErrorKind::Deadline,
    ];

    /// Returns the number of this kind in all languages.
    pub fn code(self) -> i32 {
        self as i32
    }
}

impl Error {
    /// Returns an error of `kind` with `message`: in lower case, with the operation and its object.
    pub fn new(kind: ErrorKind, message: impl Into<Cow<'static, str>>) -> Self {
        Error { kind, os_error: 0, message: message.into() }
    }

    /// Returns the same error with the operating system's error number.
    pub fn with_os_error(mut self, os_error: i32) -> Self {
        self.os_error = os_error;
        self
    }

    /// Returns the same error with `context` and a colon before its message.
    pub fn context(mut self, context: impl fmt::Display) -> Self {
        self.message = Cow::Owned(format!("{context}: {}", self.message));
        self
    }

    /// Returns the kind.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// Returns whether the error is that the call was cancelled or that its deadline has passed.
    pub fn ends_call(&self) -> bool {
        matches!(self.kind, ErrorKind::Cancelled | ErrorKind::Deadline)
    }

    /// Returns the operating system's error number, or 0.
    pub fn os_error(&self) -> i32 {
        self.os_error
    }

    /// Returns the message for people.
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Self {
        let number = error.raw_os_error().unwrap_or(0);
        let kind = match error.kind() {
            _ if cfg!(windows) && IN_USE.contains(&number) => ErrorKind::Busy,
            std::io::ErrorKind::PermissionDenied => ErrorKind::Permission,
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => ErrorKind::Full,
            std::io::ErrorKind::ReadOnlyFilesystem => ErrorKind::ReadOnly,
            std::io::ErrorKind::OutOfMemory => ErrorKind::Memory,
            _ => ErrorKind::Io,
        };
        Error::new(kind, error.to_string()).with_os_error(number)
    }
}
