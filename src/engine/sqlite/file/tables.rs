//! The SQL text of the statements that run rarely: the tables, their measures and their repair.

use crate::engine::sqlite::file::format::{
    Format, has_overflow_row, overflow_id, overflow_len, value_len,
};

/// Creates the tables, in the newest format. A value over the inline limit is an overflow row of
/// `kv_values`, because a table without rowids reads long rows slowly: the value of the entry's row
/// is then empty, and `overflow` is the id of that row. Bits 0 to 7 of `flags` belong to the value;
/// the others are 0.
pub(crate) const CREATE_TABLES: &str = "
    CREATE TABLE kv_meta (
        name TEXT PRIMARY KEY,
        value INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE kv_entries (
        grp BLOB NOT NULL,
        key BLOB NOT NULL,
        version INTEGER NOT NULL,
        expires_at INTEGER,
        value ANY NOT NULL,
        flags INTEGER NOT NULL DEFAULT 0,
        overflow INTEGER,
        PRIMARY KEY (grp, key)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX kv_expiry ON kv_entries (expires_at) WHERE expires_at IS NOT NULL;
    CREATE TABLE kv_values (
        id INTEGER PRIMARY KEY,
        value BLOB NOT NULL
    ) STRICT;
    CREATE TABLE kv_quotas (
        namespace BLOB PRIMARY KEY,
        max_keys INTEGER NOT NULL,
        max_groups INTEGER NOT NULL,
        max_bytes INTEGER NOT NULL,
        keys INTEGER NOT NULL,
        groups INTEGER NOT NULL,
        bytes INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    INSERT INTO kv_meta VALUES ('format', 2), ('clock', 0), ('clock_exact', 0);
";

/// Creates the tables of values that are stored in pieces. The id of the stream of a value is its
/// negative `overflow`. Piece n of a stream has the id of the stream times 2^22 plus n.
pub(crate) const CREATE_STREAMS: &str = "
    CREATE TABLE kv_streams (
        id INTEGER PRIMARY KEY,
        size INTEGER NOT NULL,
        state INTEGER NOT NULL,
        lease INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX kv_leases ON kv_streams (lease) WHERE state <> 1;
    CREATE TABLE kv_pieces (
        id INTEGER PRIMARY KEY,
        data BLOB NOT NULL
    ) STRICT";
pub(crate) const HAS_STREAMS: &str =
    "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'kv_streams')";

/// Creates the LRU order. Each of its rows belongs to the row of `kv_entries` with the same group
/// and key; an entry without one precedes all others.
pub(crate) const CREATE_LRU: &str = "
    CREATE TABLE kv_uses (
        used INTEGER PRIMARY KEY,
        grp BLOB NOT NULL,
        key BLOB NOT NULL,
        UNIQUE (grp, key)
    ) STRICT";
pub(crate) const DROP_LRU: &str = "
    DROP TABLE kv_uses;
    DELETE FROM kv_meta WHERE name = 'evict'";
/// Puts the entries that are not in the LRU order at its head, ordered by version.
pub(crate) const ADOPT_UNORDERED: &str = "
    INSERT INTO kv_uses (used, grp, key)
    SELECT (SELECT min(coalesce(min(used), 0), 0) FROM kv_uses)
        - row_number() OVER (ORDER BY version DESC), grp, key
    FROM kv_entries
    WHERE NOT EXISTS (SELECT 1 FROM kv_uses
        WHERE kv_uses.grp = kv_entries.grp AND kv_uses.key = kv_entries.key)";

pub(crate) const NEWEST_ACCESS: &str = "SELECT max(used) FROM kv_uses";

pub(crate) const OUR_OBJECTS: &str = "
    SELECT type || ' ' || name FROM sqlite_schema
    WHERE lower(name) IN ('kv_meta', 'kv_entries', 'kv_values', 'kv_expiry', 'kv_quotas',
        'kv_changes', 'kv_changes_insert', 'kv_changes_update', 'kv_changes_delete', 'kv_uses',
        'kv_streams', 'kv_leases', 'kv_pieces')
    ORDER BY 1";
/// All triggers on tables of a store, and the indexes of other programs there that are unique,
/// partial or of expressions.
pub(crate) const ATTACHED: &str = "
    SELECT type, name, tbl_name, sql FROM sqlite_schema
    WHERE type = 'trigger' AND lower(tbl_name) IN
        ('kv_meta', 'kv_entries', 'kv_values', 'kv_quotas', 'kv_changes', 'kv_uses', 'kv_streams',
        'kv_pieces')
    UNION ALL
    SELECT 'index', list.name, tables.name, NULL
    FROM sqlite_schema AS tables, pragma_index_list(tables.name) AS list
    WHERE tables.type = 'table' AND lower(tables.name) IN
        ('kv_meta', 'kv_entries', 'kv_values', 'kv_quotas', 'kv_changes', 'kv_uses', 'kv_streams',
        'kv_pieces')
    AND list.origin = 'c' AND list.name NOT IN ('kv_expiry', 'kv_leases')
    AND (list.\"unique\" OR list.partial
        OR EXISTS (SELECT 1 FROM pragma_index_xinfo(list.name) WHERE cid = -2))";
pub(crate) const COLUMNS: &str = "
    SELECT group_concat(name) FROM (SELECT name FROM pragma_table_info(?1) ORDER BY cid)";
/// Whether a store was never written to, and is all that the file has.
pub(crate) const IS_UNUSED: &str = "
    SELECT (SELECT value FROM kv_meta WHERE name = 'clock') = 0
        AND NOT EXISTS (SELECT 1 FROM kv_entries)
        AND NOT EXISTS (SELECT 1 FROM kv_quotas WHERE namespace <> x'')
        AND NOT EXISTS (SELECT 1 FROM sqlite_schema
            WHERE name NOT GLOB 'kv_*' AND name NOT GLOB 'sqlite_*')";
/// Whether a file has no tables.
pub(crate) const HAS_NO_TABLES: &str = "SELECT NOT EXISTS (SELECT 1 FROM sqlite_schema)";
pub(crate) const META: &str = "SELECT value FROM kv_meta WHERE name = ?1";
pub(crate) const SET_META: &str = "
    INSERT INTO kv_meta VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = excluded.value";

pub(crate) const COUNT_EXPIRED: &str = "
    SELECT count(*) FROM kv_entries
    WHERE expires_at <= ?1 AND grp >= ?2 AND (?3 IS NULL OR grp < ?3)";

pub(crate) const ACCOUNTS: &str = "
    SELECT namespace, max_keys, max_groups, max_bytes, keys, groups, bytes FROM kv_quotas
    ORDER BY namespace";
pub(crate) const SET_QUOTA: &str = "
    INSERT OR REPLACE INTO kv_quotas (namespace, max_keys, max_groups, max_bytes, keys, groups, bytes)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
pub(crate) const DROP_QUOTA: &str = "DELETE FROM kv_quotas WHERE namespace = ?1";

/// Counts the entries to which no write can assign a later version.
pub(crate) const LAST_VERSIONS: &str = "
    SELECT count(*) FROM kv_entries WHERE version = 9223372036854775807 OR version < 0";
/// Counts the records of the newest version after which there is no later one.
pub(crate) const LAST_CLOCKS: &str = "
    SELECT count(*) FROM kv_meta
    WHERE name = 'clock' AND (value = 9223372036854775807 OR value < 0)";
/// Counts the logged changes after which there is no later one.
pub(crate) const LAST_CHANGES: &str = "
    SELECT count(*) FROM kv_changes
    WHERE version = 9223372036854775807 OR version < 0 OR seq = 9223372036854775807 OR seq < 0";
/// Gives the entry of the change that [`FormatSql::log_restored`] has logged its version.
pub(crate) const SET_RESTORED: &str = "
    UPDATE kv_entries SET version = ?1 WHERE (grp, key) IN (SELECT grp, key FROM kv_changes)";

/// Counts the values in pieces that are not what their entries say.
pub(crate) const BROKEN_STREAMS: &str = "
    SELECT count(*) FROM kv_streams WHERE state = 1 AND size <>
        (SELECT total(length(data)) FROM kv_pieces
         WHERE kv_pieces.id >= kv_streams.id << 22 AND kv_pieces.id < kv_streams.id + 1 << 22)";
/// Counts the streams that are values, but of no entry, and the pieces of no stream.
pub(crate) const UNOWNED_STREAMS: &str = "
    SELECT (SELECT count(*) FROM kv_streams WHERE state = 1 AND id NOT IN
            (SELECT -overflow FROM kv_entries WHERE overflow < 0))
        + (SELECT count(*) FROM kv_pieces WHERE id >> 22 NOT IN (SELECT id FROM kv_streams))";
/// The statements that depend on the format.
pub(crate) struct FormatSql {
    /// Measures the live entries of a range of groups: the groups from ?2 to before ?3.
    pub measure: &'static str,
    /// Measures the usage of a namespace, expired entries included: the groups from ?1 to before
    /// ?2.
    pub measure_namespace: &'static str,
    /// Measures the usage of the whole file, expired entries included.
    pub measure_store: &'static str,
    /// Counts the entries whose overflow rows are missing.
    pub dangling_values: &'static str,
    /// Counts the entries that share an overflow row with another.
    pub shared_values: &'static str,
    /// Deletes the overflow rows that no entry has.
    pub delete_orphaned_values: &'static str,
    /// Deletes the pieces of no stream, and ends the streams of no entry.
    pub delete_unowned_pieces: &'static str,
    /// Logs the first entry of a restored store that is live at ?3 as a change; nothing if there
    /// is none.
    pub log_restored: &'static str,
    /// Logs that a restored store has no entry that is live at ?3.
    pub log_emptied: &'static str,
}

/// The column for the time of a logged change, in a format.
macro_rules! time_column {
    (1) => {
        ""
    };
    (2) => {
        ", time"
    };
}

/// The time of a logged change, which is ?3, in a format.
macro_rules! time_value {
    (1) => {
        ""
    };
    (2) => {
        ", ?3"
    };
}

/// The column for the size of a logged value without bytes, in a format.
macro_rules! size_column {
    (1) => {
        ""
    };
    (2) => {
        ", size"
    };
}

/// The size of a value in pieces, or NULL, in a format.
macro_rules! size_value {
    (1) => {
        ""
    };
    (2) => {
        ", (SELECT size FROM kv_streams WHERE id = -kv_entries.overflow)"
    };
}

/// A further condition under which an entry is without its value, in a format.
macro_rules! no_stream {
    (1) => {
        ""
    };
    (2) => {
        " AND NOT EXISTS
         (SELECT 1 FROM kv_streams WHERE id = -kv_entries.overflow AND state = 1)"
    };
}

/// Deletes what of the pieces of values has no owner, in a format.
macro_rules! delete_unowned {
    (1) => {
        ""
    };
    (2) => {
        "DELETE FROM kv_pieces WHERE id >> 22 NOT IN (SELECT id FROM kv_streams);
         UPDATE kv_streams SET state = 2 WHERE state = 1 AND id NOT IN
             (SELECT -overflow FROM kv_entries WHERE overflow < 0)"
    };
}

/// The statements of a format.
macro_rules! format_sql {
    ($format:tt) => {
        FormatSql {
            measure: concat!(
                "SELECT count(*), total(length(grp) + length(key) + ",
                value_len!($format),
                ") FROM kv_entries WHERE grp >= ?2 AND (?3 IS NULL OR grp < ?3)
                 AND (expires_at IS NULL OR expires_at > ?1)"
            ),
            measure_namespace: concat!(
                "SELECT count(*), count(DISTINCT grp), total(length(grp) + length(key) + ",
                value_len!($format),
                ") FROM kv_entries WHERE grp >= ?1 AND grp < ?2"
            ),
            measure_store: concat!(
                "SELECT count(*), total(length(grp) + length(key) + ",
                value_len!($format),
                ") FROM kv_entries"
            ),
            dangling_values: concat!(
                "SELECT count(*) FROM kv_entries WHERE ",
                has_overflow_row!($format),
                " AND NOT EXISTS
                 (SELECT 1 FROM kv_values WHERE id = kv_entries.",
                overflow_id!($format),
                ")",
                no_stream!($format)
            ),
            shared_values: concat!(
                "SELECT count(*) - count(DISTINCT ",
                overflow_id!($format),
                ") FROM kv_entries WHERE ",
                has_overflow_row!($format)
            ),
            delete_orphaned_values: concat!(
                "DELETE FROM kv_values WHERE id NOT IN
                 (SELECT ",
                overflow_id!($format),
                " FROM kv_entries WHERE ",
                has_overflow_row!($format),
                ")"
            ),
            delete_unowned_pieces: delete_unowned!($format),
            log_restored: concat!(
                "INSERT INTO kv_changes (version, seq, type, grp, key, value",
                time_column!($format),
                size_column!($format),
                ") SELECT ?1, ?2, 1, grp, key, CASE WHEN ",
                has_overflow_row!($format),
                " THEN (SELECT kv_values.value FROM kv_values WHERE id = kv_entries.",
                overflow_id!($format),
                ") ELSE CAST(value AS BLOB) END",
                time_value!($format),
                size_value!($format),
                " FROM kv_entries WHERE expires_at IS NULL OR expires_at > ?3
                 ORDER BY grp, key LIMIT 1"
            ),
            log_emptied: concat!(
                "INSERT INTO kv_changes (version, seq, type, grp, key",
                time_column!($format),
                ") SELECT ?1, ?2, 2, x'', x''",
                time_value!($format),
                " WHERE NOT EXISTS
                 (SELECT 1 FROM kv_entries WHERE expires_at IS NULL OR expires_at > ?3)"
            ),
        }
    };
}

impl FormatSql {
    /// Returns the statements of a format.
    pub(crate) const fn of(format: Format) -> FormatSql {
        match format {
            Format::One => format_sql!(1),
            Format::Two => format_sql!(2),
        }
    }
}
