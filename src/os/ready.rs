//! The events that are waited for.

/// The event that a descriptor is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ready {
    /// The descriptor is readable.
    Read,
    /// The descriptor is writable.
    Write,
}
