//! Figures of a store at a moment.

/// What a store holds and has done. Counters begin at 0 when the engine opens.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stats {
    /// Live entries.
    pub entries: u64,
    /// Bytes of the groups, keys and values of live entries.
    pub bytes: u64,
    /// Dead entries that await the purge.
    pub expired_entries: u64,
    /// Reads of one key that found it.
    pub hits: u64,
    /// Reads of one key that did not.
    pub misses: u64,
    /// Batches with a write in them that were applied.
    pub commits: u64,
    /// Transactions these took; fewer than the batches when writers share one.
    pub transactions: u64,
    /// Dead entries purged.
    pub expirations: u64,
    /// Bytes of the database file, 0 without one.
    pub file_bytes: u64,
    /// Bytes of the write-ahead log in use, 0 without one.
    pub wal_bytes: u64,
    /// Checkpoints done by this engine.
    pub checkpoints: u64,
    /// Read connections open.
    pub readers: u64,
    /// The version of SQLite in use, empty without it.
    pub sqlite_version: &'static str,
    /// Live entries removed to make room for others.
    pub evictions: u64,
    /// Bytes that the store as a whole may hold, 0 for no limit.
    pub max_bytes: u64,
    /// Entries that the store as a whole may hold, 0 for no limit.
    pub max_entries: u64,
}
