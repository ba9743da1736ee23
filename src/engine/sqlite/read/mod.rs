//! Reads: the pool of read connections with their snapshots, and the cursors of scans.

pub mod cursor;
pub mod reader;
