//! Figures of a store at a moment.

/// The contents of a store, or of a namespace, which are counted entry by entry.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct StoreUsage {
    /// Live entries.
    pub entries: u64,
    /// Bytes of the groups, keys and values of live entries.
    pub bytes: u64,
    /// Expired entries that are not yet purged.
    pub expired_entries: u64,
}

/// The figures of a store that are known without reading its entries; counters begin at 0 when the
/// engine opens.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stats {
    /// Reads of one key that found it.
    pub hits: u64,
    /// Reads of one key that did not find it.
    pub misses: u64,
    /// Batches with a write in them that were applied.
    pub commits: u64,
    /// Transactions of these batches; fewer than the batches when group commit joins several.
    pub transactions: u64,
    /// Expired entries that were removed.
    pub expirations: u64,
    /// The format of the database file, 0 without one.
    pub format: u32,
    /// Bytes of the database file, 0 without one.
    pub file_bytes: u64,
    /// Bytes of the WAL in use, 0 without one.
    pub wal_bytes: u64,
    /// Checkpoints done by this engine.
    pub checkpoints: u64,
    /// Read connections open.
    pub readers: u64,
    /// The version of SQLite in use, empty without it.
    pub sqlite_version: &'static str,
    /// Live entries removed to make room for others.
    pub evictions: u64,
    /// The limit of the store in bytes, 0 for no limit.
    pub max_bytes: u64,
    /// The limit of the store in entries, 0 for no limit.
    pub max_entries: u64,
    /// Whether writes are refused.
    pub read_only: bool,
    /// The error number of the system that denies writing, if that is the reason; else 0.
    pub write_errno: i32,
    /// Milliseconds for which the oldest snapshot of a cursor or watch has been open, 0 without
    /// one.
    pub oldest_snapshot_ms: u64,
    /// Waits of writes for a checkpoint.
    pub write_stalls: u64,
    /// Microseconds of all these waits.
    pub write_stall_us: u64,
    /// Microseconds of the longest of them.
    pub longest_write_stall_us: u64,
    /// Reads of one key that the entry cache has answered.
    pub cache_hits: u64,
    /// Times that the entry cache was voided as a whole.
    pub cache_resets: u64,
}
