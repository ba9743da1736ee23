//! The identity of a file, which it has under each of its names.

/// The device of a file and its number there: on POSIX systems the inode, on Windows volume and
/// index.
pub(crate) type Identity = (u64, u64);
