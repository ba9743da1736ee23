//! Reads: the pool of read connections with their snapshots, the cursors of scans, views, and the
//! limit of their idle time.

pub(super) mod cursor;
pub(super) mod key_reader;
pub(super) mod leases;
pub(super) mod lookup;
pub(super) mod owned_query;
pub(super) mod reader;
pub(super) mod state;
pub(super) mod value_reader;
pub(super) mod view;
