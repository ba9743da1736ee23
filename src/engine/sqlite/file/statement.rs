//! The SQL text of all statements.
//!
//! A statement that runs rarely is a constant; one that runs with each call is a variant of
//! [`Sql`], which a session keeps prepared.

/// The format that this version reads and writes, as recorded in `kv_meta`.
pub(crate) const FORMAT: i64 = 1;

/// Creates the tables. A value over the inline limit is an overflow row of `kv_values`, because a
/// table without rowids reads long rows slowly; the entry's row then holds an integer, its id.
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
    INSERT INTO kv_meta VALUES ('format', 1), ('clock', 0), ('clock_exact', 0);
";

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
        'kv_changes', 'kv_changes_insert', 'kv_changes_update', 'kv_changes_delete', 'kv_uses')
    ORDER BY 1";
pub(crate) const COLUMNS: &str = "
    SELECT group_concat(name) FROM (SELECT name FROM pragma_table_info(?1) ORDER BY cid)";
pub(crate) const META: &str = "SELECT value FROM kv_meta WHERE name = ?1";
pub(crate) const SET_META: &str = "
    INSERT INTO kv_meta VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = excluded.value";

pub(crate) const MEASURE: &str = "
    SELECT count(*), total(length(grp) + length(key) + CASE typeof(value)
        WHEN 'integer' THEN
            (SELECT length(kv_values.value) FROM kv_values WHERE id = kv_entries.value)
        ELSE length(value) END)
    FROM kv_entries
    WHERE grp >= ?2 AND (?3 IS NULL OR grp < ?3)
    AND (expires_at IS NULL OR expires_at > ?1)";
pub(crate) const COUNT_EXPIRED: &str = "
    SELECT count(*) FROM kv_entries
    WHERE expires_at <= ?1 AND grp >= ?2 AND (?3 IS NULL OR grp < ?3)";

/// Measures the usage of a namespace, expired entries included: the groups from ?1 to before ?2.
pub(crate) const MEASURE_NAMESPACE: &str = "
    SELECT count(*), count(DISTINCT grp), total(length(grp) + length(key) + CASE typeof(value)
        WHEN 'integer' THEN
            (SELECT length(kv_values.value) FROM kv_values WHERE id = kv_entries.value)
        ELSE length(CAST(value AS BLOB)) END)
    FROM kv_entries WHERE grp >= ?1 AND grp < ?2";
/// Measures the usage of the whole file, expired entries included.
pub(crate) const MEASURE_STORE: &str = "
    SELECT count(*), total(length(grp) + length(key) + CASE typeof(value)
        WHEN 'integer' THEN
            (SELECT length(kv_values.value) FROM kv_values WHERE id = kv_entries.value)
        ELSE length(CAST(value AS BLOB)) END)
    FROM kv_entries";
pub(crate) const SET_QUOTA: &str = "
    INSERT OR REPLACE INTO kv_quotas (namespace, max_keys, max_groups, max_bytes, keys, groups, bytes)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
pub(crate) const DROP_QUOTA: &str = "DELETE FROM kv_quotas WHERE namespace = ?1";

pub(crate) const DANGLING_VALUES: &str = "
    SELECT count(*) FROM kv_entries WHERE typeof(value) = 'integer'
    AND NOT EXISTS (SELECT 1 FROM kv_values WHERE id = kv_entries.value)";
pub(crate) const SHARED_VALUES: &str = "
    SELECT count(*) - count(DISTINCT value) FROM kv_entries WHERE typeof(value) = 'integer'";
pub(crate) const DELETE_ORPHANED_VALUES: &str = "
    DELETE FROM kv_values WHERE id NOT IN
    (SELECT value FROM kv_entries WHERE typeof(value) = 'integer')";

/// A statement that a session keeps prepared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sql {
    BeginRead,
    Touch,
    BeginWrite,
    Commit,
    Rollback,
    Get,
    GetOverflow,
    Find,
    Overwrite,
    Insert,
    Update,
    UpdateExpiry,
    Delete,
    InsertOverflow,
    UpdateOverflow,
    DeleteOverflow,
    Scan,
    ScanBelow,
    ScanReverse,
    ScanBelowReverse,
    ScanKeys,
    ScanKeysBelow,
    ScanKeysReverse,
    ScanKeysBelowReverse,
    ScanGroups,
    ScanGroupsBelow,
    CountGroup,
    CountGroups,
    CountGroupsBelow,
    NextGroup,
    HasLive,
    CountPrefix,
    CountPrefixBelow,
    DeletePrefix,
    DeletePrefixBelow,
    DeletePrefixOverflow,
    DeletePrefixOverflowBelow,
    ListPrefix,
    ListPrefixBelow,
    ListExpired,
    ListExpiredBelow,
    HasRows,
    ValueLen,
    OverflowLen,
    QuotaState,
    SetUsage,
    OverwriteAlike,
    AnyExpired,
    LogChange,
    Changes,
    NewestChange,
    OldestChanges,
    ChangeBefore,
    TrimChanges,
    SetAccess,
    MoveAccess,
    OldestAccess,
    DeleteAccess,
    DeleteAccesses,
    DeleteAccessesBelow,
}

/// The columns of a row without its value; the last column is the id of its overflow row, or NULL
/// for an inline value.
macro_rules! row_columns {
    () => {
        "grp, key, version, expires_at, CASE typeof(value) WHEN 'integer' THEN value END"
    };
}

/// A statement about the rows of group ?1 from key ?2 on.
macro_rules! rows {
    ($head:expr, $tail:literal) => {
        concat!($head, " FROM kv_entries WHERE grp = ?1 AND key >= ?2", $tail)
    };
}

impl Sql {
    /// The number of statements.
    pub(crate) const COUNT: usize = Sql::DeleteAccessesBelow as usize + 1;

    /// Returns the statement of a scan. Its columns are key, version, expiry and, unless
    /// `keys_only`, value. A bounded scan ends before key ?3. The rows include expired ones: a
    /// condition in SQL costs more than the check of the expiry column by the caller.
    pub(crate) const fn scan(keys_only: bool, bounded: bool, reverse: bool) -> Sql {
        match (keys_only, bounded, reverse) {
            (false, false, false) => Sql::Scan,
            (false, true, false) => Sql::ScanBelow,
            (false, false, true) => Sql::ScanReverse,
            (false, true, true) => Sql::ScanBelowReverse,
            (true, false, false) => Sql::ScanKeys,
            (true, true, false) => Sql::ScanKeysBelow,
            (true, false, true) => Sql::ScanKeysReverse,
            (true, true, true) => Sql::ScanKeysBelowReverse,
        }
    }

    /// Returns the statement's text.
    pub(crate) const fn text(self) -> &'static str {
        match self {
            Sql::BeginRead => "BEGIN",
            Sql::Touch => "SELECT 1 FROM kv_meta",
            Sql::BeginWrite => "BEGIN IMMEDIATE",
            Sql::Commit => "COMMIT",
            Sql::Rollback => "ROLLBACK",
            Sql::Get => {
                "SELECT value, version, expires_at FROM kv_entries WHERE grp = ?1 AND key = ?2"
            }
            Sql::GetOverflow => "SELECT value FROM kv_values WHERE id = ?1",
            Sql::Find => {
                "SELECT version, expires_at, CASE typeof(value) WHEN 'integer' THEN value END
                 FROM kv_entries WHERE grp = ?1 AND key = ?2"
            }
            // Changes nothing if the old row has to be read first: its value is in an overflow row,
            // or its version is not older.
            Sql::Overwrite => {
                "INSERT INTO kv_entries (grp, key, version, expires_at, value)
                 VALUES (?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT (grp, key) DO UPDATE SET
                     version = excluded.version,
                     expires_at = excluded.expires_at,
                     value = excluded.value
                 WHERE typeof(value) <> 'integer' AND version < excluded.version"
            }
            Sql::Insert => {
                "INSERT INTO kv_entries (grp, key, version, expires_at, value)
                 VALUES (?1, ?2, ?3, ?4, ?5)"
            }
            Sql::Update => {
                "UPDATE kv_entries SET version = ?3, expires_at = ?4, value = ?5
                 WHERE grp = ?1 AND key = ?2"
            }
            Sql::UpdateExpiry => {
                "UPDATE kv_entries SET expires_at = ?3 WHERE grp = ?1 AND key = ?2"
            }
            Sql::Delete => "DELETE FROM kv_entries WHERE grp = ?1 AND key = ?2",
            Sql::InsertOverflow => "INSERT INTO kv_values (value) VALUES (?1)",
            Sql::UpdateOverflow => "UPDATE kv_values SET value = ?2 WHERE id = ?1",
            Sql::DeleteOverflow => "DELETE FROM kv_values WHERE id = ?1",
            Sql::Scan => rows!("SELECT key, version, expires_at, value", " ORDER BY key"),
            Sql::ScanBelow => {
                rows!("SELECT key, version, expires_at, value", " AND key < ?3 ORDER BY key")
            }
            Sql::ScanReverse => {
                rows!("SELECT key, version, expires_at, value", " ORDER BY key DESC")
            }
            Sql::ScanBelowReverse => {
                rows!("SELECT key, version, expires_at, value", " AND key < ?3 ORDER BY key DESC")
            }
            Sql::ScanKeys => rows!("SELECT key, version, expires_at", " ORDER BY key"),
            Sql::ScanKeysBelow => {
                rows!("SELECT key, version, expires_at", " AND key < ?3 ORDER BY key")
            }
            Sql::ScanKeysReverse => {
                rows!("SELECT key, version, expires_at", " ORDER BY key DESC")
            }
            Sql::ScanKeysBelowReverse => {
                rows!("SELECT key, version, expires_at", " AND key < ?3 ORDER BY key DESC")
            }
            Sql::ScanGroups => {
                "SELECT key, version, expires_at, value, grp FROM kv_entries
                 WHERE (grp, key) >= (?1, ?2) ORDER BY grp, key"
            }
            Sql::ScanGroupsBelow => {
                "SELECT key, version, expires_at, value, grp FROM kv_entries
                 WHERE (grp, key) >= (?1, ?2) AND grp < ?3 ORDER BY grp, key"
            }
            Sql::CountGroup => {
                "SELECT count(*) FROM kv_entries
                 WHERE grp = ?1 AND (expires_at IS NULL OR expires_at > ?2)"
            }
            Sql::CountGroups => {
                "SELECT count(*) FROM kv_entries
                 WHERE grp >= ?1 AND (expires_at IS NULL OR expires_at > ?2)"
            }
            Sql::CountGroupsBelow => {
                "SELECT count(*) FROM kv_entries
                 WHERE grp >= ?1 AND grp < ?3 AND (expires_at IS NULL OR expires_at > ?2)"
            }
            Sql::NextGroup => "SELECT grp FROM kv_entries WHERE grp >= ?1 ORDER BY grp LIMIT 1",
            Sql::HasLive => {
                "SELECT 1 FROM kv_entries
                 WHERE grp = ?1 AND (expires_at IS NULL OR expires_at > ?2) LIMIT 1"
            }
            Sql::CountPrefix => {
                rows!("SELECT count(*)", " AND (expires_at IS NULL OR expires_at > ?3)")
            }
            Sql::CountPrefixBelow => rows!(
                "SELECT count(*)",
                " AND (expires_at IS NULL OR expires_at > ?3) AND key < ?4"
            ),
            Sql::DeletePrefix => "DELETE FROM kv_entries WHERE grp = ?1 AND key >= ?2",
            Sql::DeletePrefixBelow => {
                "DELETE FROM kv_entries WHERE grp = ?1 AND key >= ?2 AND key < ?3"
            }
            Sql::DeletePrefixOverflow => {
                "DELETE FROM kv_values WHERE id IN
                 (SELECT value FROM kv_entries
                  WHERE grp = ?1 AND key >= ?2 AND typeof(value) = 'integer')"
            }
            Sql::DeletePrefixOverflowBelow => {
                "DELETE FROM kv_values WHERE id IN
                 (SELECT value FROM kv_entries
                  WHERE grp = ?1 AND key >= ?2 AND key < ?3 AND typeof(value) = 'integer')"
            }
            Sql::ListPrefix => rows!(concat!("SELECT ", row_columns!()), " ORDER BY key"),
            Sql::ListPrefixBelow => {
                rows!(concat!("SELECT ", row_columns!()), " AND key < ?3 ORDER BY key")
            }
            Sql::ListExpired => concat!(
                "SELECT ",
                row_columns!(),
                " FROM kv_entries WHERE expires_at <= ?1 ORDER BY expires_at LIMIT ?2"
            ),
            // Without the hint SQLite would scan all rows of these groups. The index has group, key
            // and expiry of the rows that expire, so that no row of another group is read.
            Sql::ListExpiredBelow => concat!(
                "SELECT ",
                row_columns!(),
                " FROM kv_entries INDEXED BY kv_expiry
                 WHERE expires_at <= ?1 AND grp >= ?3 AND grp < ?4
                 ORDER BY expires_at LIMIT ?2"
            ),
            Sql::HasRows => "SELECT 1 FROM kv_entries WHERE grp = ?1 LIMIT 1",
            Sql::ValueLen => {
                "SELECT length(CAST(value AS BLOB)) FROM kv_entries WHERE grp = ?1 AND key = ?2"
            }
            Sql::OverflowLen => "SELECT length(value) FROM kv_values WHERE id = ?1",
            Sql::QuotaState => {
                "SELECT max_keys, max_groups, max_bytes, keys, groups, bytes FROM kv_quotas
                 WHERE namespace = ?1"
            }
            Sql::SetUsage => {
                "UPDATE kv_quotas SET keys = ?2, groups = ?3, bytes = ?4 WHERE namespace = ?1"
            }
            Sql::OverwriteAlike => {
                "UPDATE kv_entries SET version = ?3, expires_at = ?4, value = ?5
                 WHERE grp = ?1 AND key = ?2 AND typeof(value) = 'blob'
                 AND length(value) = length(?5) AND version < ?3"
            }
            Sql::AnyExpired => "SELECT 1 FROM kv_entries WHERE expires_at <= ?1 LIMIT 1",
            Sql::LogChange => {
                "INSERT INTO kv_changes (version, seq, type, grp, key, value)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)"
            }
            Sql::Changes => {
                "SELECT version, seq, type, grp, key, value FROM kv_changes
                 WHERE version > ?1 AND version <= ?2 ORDER BY version LIMIT ?3"
            }
            Sql::NewestChange => {
                "SELECT version, seq FROM kv_changes ORDER BY version DESC LIMIT 1"
            }
            Sql::OldestChanges => "SELECT version, seq FROM kv_changes ORDER BY version LIMIT ?1",
            Sql::ChangeBefore => {
                "SELECT seq FROM kv_changes WHERE version <= ?1 ORDER BY version DESC LIMIT 1"
            }
            Sql::TrimChanges => "DELETE FROM kv_changes WHERE version <= ?1",
            Sql::SetAccess => "INSERT OR REPLACE INTO kv_uses (used, grp, key) VALUES (?1, ?2, ?3)",
            Sql::MoveAccess => {
                "UPDATE OR IGNORE kv_uses SET used = ?1 WHERE grp = ?2 AND key = ?3 AND used < ?4"
            }
            Sql::OldestAccess => {
                "SELECT used, grp, key FROM kv_uses WHERE used < ?1 ORDER BY used LIMIT 1"
            }
            Sql::DeleteAccess => "DELETE FROM kv_uses WHERE grp = ?1 AND key = ?2",
            Sql::DeleteAccesses => "DELETE FROM kv_uses WHERE grp = ?1 AND key >= ?2",
            Sql::DeleteAccessesBelow => {
                "DELETE FROM kv_uses WHERE grp = ?1 AND key >= ?2 AND key < ?3"
            }
        }
    }
}
