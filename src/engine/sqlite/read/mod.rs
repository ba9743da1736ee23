//! Reads: the pool of read connections with their snapshots, and the cursors of scans.

pub(super) mod cursor;
pub(super) mod reader;
