//! Reads: the pool of read connections with their snapshots, the cursors of scans, and the limit of
//! their idle time.

pub(super) mod cursor;
pub(super) mod idle_cursors;
pub(super) mod lookup;
pub(super) mod reader;
