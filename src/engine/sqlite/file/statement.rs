//! All the SQL there is.
//!
//! What runs once in a while is a constant; what runs with each call is one of [`Sql`], which a
//! session keeps prepared.

/// The format this version reads and writes; it stands in `kv_meta`.
pub const FORMAT: i64 = 1;

/// Creates the tables. Values longer than the inline limit rest in `kv_values`, because a table
/// without rowids reads them slowly; the row then holds an integer, their id.
pub const CREATE_TABLES: &str = "
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

/// Creates the order in which entries were used. Its rows belong to those of `kv_entries` with the
/// same names; an entry without one was used before all others.
pub const CREATE_USES: &str = "
    CREATE TABLE kv_uses (
        used INTEGER PRIMARY KEY,
        grp BLOB NOT NULL,
        key BLOB NOT NULL,
        UNIQUE (grp, key)
    ) STRICT";
pub const DROP_USES: &str = "
    DROP TABLE kv_uses;
    DELETE FROM kv_meta WHERE name = 'evict'";
/// Puts entries without a use before all others, those written first before those written later.
pub const ADOPT_UNUSED: &str = "
    INSERT INTO kv_uses (used, grp, key)
    SELECT (SELECT min(coalesce(min(used), 0), 0) FROM kv_uses)
        - row_number() OVER (ORDER BY version DESC), grp, key
    FROM kv_entries
    WHERE NOT EXISTS (SELECT 1 FROM kv_uses
        WHERE kv_uses.grp = kv_entries.grp AND kv_uses.key = kv_entries.key)";

pub const NEWEST_USE: &str = "SELECT max(used) FROM kv_uses";

pub const OUR_OBJECTS: &str = "
    SELECT type || ' ' || name FROM sqlite_schema
    WHERE lower(name) IN ('kv_meta', 'kv_entries', 'kv_values', 'kv_expiry', 'kv_quotas',
        'kv_changes', 'kv_changes_insert', 'kv_changes_update', 'kv_changes_delete', 'kv_uses')
    ORDER BY 1";
pub const COLUMNS: &str = "
    SELECT group_concat(name) FROM (SELECT name FROM pragma_table_info(?1) ORDER BY cid)";
pub const META: &str = "SELECT value FROM kv_meta WHERE name = ?1";
pub const SET_META: &str = "
    INSERT INTO kv_meta VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = excluded.value";

pub const MEASURE: &str = "
    SELECT count(*), total(length(grp) + length(key) + CASE typeof(value)
        WHEN 'integer' THEN
            (SELECT length(kv_values.value) FROM kv_values WHERE id = kv_entries.value)
        ELSE length(value) END)
    FROM kv_entries
    WHERE grp >= ?2 AND (?3 IS NULL OR grp < ?3)
    AND (expires_at IS NULL OR expires_at > ?1)";
pub const COUNT_DEAD: &str = "
    SELECT count(*) FROM kv_entries
    WHERE expires_at <= ?1 AND grp >= ?2 AND (?3 IS NULL OR grp < ?3)";

/// What a namespace holds: the groups from ?1 on that are before ?2, the dead among them.
pub const MEASURE_NAMESPACE: &str = "
    SELECT count(*), count(DISTINCT grp), total(length(grp) + length(key) + CASE typeof(value)
        WHEN 'integer' THEN
            (SELECT length(kv_values.value) FROM kv_values WHERE id = kv_entries.value)
        ELSE length(CAST(value AS BLOB)) END)
    FROM kv_entries WHERE grp >= ?1 AND grp < ?2";
/// What the file holds, the dead among it.
pub const MEASURE_STORE: &str = "
    SELECT count(*), total(length(grp) + length(key) + CASE typeof(value)
        WHEN 'integer' THEN
            (SELECT length(kv_values.value) FROM kv_values WHERE id = kv_entries.value)
        ELSE length(CAST(value AS BLOB)) END)
    FROM kv_entries";
pub const SET_QUOTA: &str = "
    INSERT OR REPLACE INTO kv_quotas (namespace, max_keys, max_groups, max_bytes, keys, groups, bytes)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
pub const DROP_QUOTA: &str = "DELETE FROM kv_quotas WHERE namespace = ?1";

pub const DANGLING_VALUES: &str = "
    SELECT count(*) FROM kv_entries WHERE typeof(value) = 'integer'
    AND NOT EXISTS (SELECT 1 FROM kv_values WHERE id = kv_entries.value)";
pub const SHARED_VALUES: &str = "
    SELECT count(*) - count(DISTINCT value) FROM kv_entries WHERE typeof(value) = 'integer'";
pub const DELETE_ORPHANED_VALUES: &str = "
    DELETE FROM kv_values WHERE id NOT IN
    (SELECT value FROM kv_entries WHERE typeof(value) = 'integer')";

/// A statement that a session keeps prepared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sql {
    BeginRead,
    Touch,
    BeginWrite,
    Commit,
    Rollback,
    Get,
    GetStored,
    Find,
    Overwrite,
    Insert,
    Update,
    UpdateExpiry,
    Delete,
    InsertStored,
    UpdateStored,
    DeleteStored,
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
    DeletePrefixStored,
    DeletePrefixStoredBelow,
    ListPrefix,
    ListPrefixBelow,
    ListDead,
    ListDeadBelow,
    HasRows,
    ValueLen,
    StoredLen,
    QuotaState,
    SetUsage,
    OverwriteAlike,
    AnyDead,
    LogChange,
    Changes,
    NewestChange,
    OldestChanges,
    ChangeBefore,
    TrimChanges,
    Use,
    MoveUse,
    OldestUse,
    DeleteUse,
    DeleteUses,
    DeleteUsesBelow,
}

/// What is known of a row without snapshot its value; the last column is the value's id if it rests
/// in `kv_values`.
macro_rules! listed {
    () => {
        "grp, key, version, expires_at, CASE typeof(value) WHEN 'integer' THEN value END"
    };
}

/// The rows of group ?1 from key ?2 on.
macro_rules! rows {
    ($head:expr, $tail:literal) => {
        concat!($head, " FROM kv_entries WHERE grp = ?1 AND key >= ?2", $tail)
    };
}

impl Sql {
    /// How many there are.
    pub const COUNT: usize = Sql::DeleteUsesBelow as usize + 1;

    /// Returns the statement of a scan: its columns are key, version, expiry and, unless only keys
    /// are wanted, value. A bounded one ends before key ?3. The dead are among the rows: leaving them
    /// out here costs SQLite more than looking at the expiry it gives anyway.
    pub const fn scan(keys_only: bool, bounded: bool, reverse: bool) -> Sql {
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
    pub const fn text(self) -> &'static str {
        match self {
            Sql::BeginRead => "BEGIN",
            Sql::Touch => "SELECT 1 FROM kv_meta",
            Sql::BeginWrite => "BEGIN IMMEDIATE",
            Sql::Commit => "COMMIT",
            Sql::Rollback => "ROLLBACK",
            Sql::Get => {
                "SELECT value, version, expires_at FROM kv_entries WHERE grp = ?1 AND key = ?2"
            }
            Sql::GetStored => "SELECT value FROM kv_values WHERE id = ?1",
            Sql::Find => {
                "SELECT version, expires_at, CASE typeof(value) WHEN 'integer' THEN value END
                 FROM kv_entries WHERE grp = ?1 AND key = ?2"
            }
            // Changes nothing where a look is needed first: the old value has a row of its own,
            // or the old version is not older.
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
            Sql::InsertStored => "INSERT INTO kv_values (value) VALUES (?1)",
            Sql::UpdateStored => "UPDATE kv_values SET value = ?2 WHERE id = ?1",
            Sql::DeleteStored => "DELETE FROM kv_values WHERE id = ?1",
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
            Sql::DeletePrefixStored => {
                "DELETE FROM kv_values WHERE id IN
                 (SELECT value FROM kv_entries
                  WHERE grp = ?1 AND key >= ?2 AND typeof(value) = 'integer')"
            }
            Sql::DeletePrefixStoredBelow => {
                "DELETE FROM kv_values WHERE id IN
                 (SELECT value FROM kv_entries
                  WHERE grp = ?1 AND key >= ?2 AND key < ?3 AND typeof(value) = 'integer')"
            }
            Sql::ListPrefix => rows!(concat!("SELECT ", listed!()), " ORDER BY key"),
            Sql::ListPrefixBelow => {
                rows!(concat!("SELECT ", listed!()), " AND key < ?3 ORDER BY key")
            }
            Sql::ListDead => concat!(
                "SELECT ",
                listed!(),
                " FROM kv_entries WHERE expires_at <= ?1 ORDER BY expires_at LIMIT ?2"
            ),
            // SQLite would walk through all rows of these groups, the live ones too. The index has the
            // dead ones alone, and the names too, so that others' rows are not looked at.
            Sql::ListDeadBelow => concat!(
                "SELECT ",
                listed!(),
                " FROM kv_entries INDEXED BY kv_expiry
                 WHERE expires_at <= ?1 AND grp >= ?3 AND grp < ?4
                 ORDER BY expires_at LIMIT ?2"
            ),
            Sql::HasRows => "SELECT 1 FROM kv_entries WHERE grp = ?1 LIMIT 1",
            Sql::ValueLen => {
                "SELECT length(CAST(value AS BLOB)) FROM kv_entries WHERE grp = ?1 AND key = ?2"
            }
            Sql::StoredLen => "SELECT length(value) FROM kv_values WHERE id = ?1",
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
            Sql::AnyDead => "SELECT 1 FROM kv_entries WHERE expires_at <= ?1 LIMIT 1",
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
            Sql::Use => "INSERT OR REPLACE INTO kv_uses (used, grp, key) VALUES (?1, ?2, ?3)",
            Sql::MoveUse => {
                "UPDATE OR IGNORE kv_uses SET used = ?1 WHERE grp = ?2 AND key = ?3 AND used < ?4"
            }
            Sql::OldestUse => {
                "SELECT used, grp, key FROM kv_uses WHERE used < ?1 ORDER BY used LIMIT 1"
            }
            Sql::DeleteUse => "DELETE FROM kv_uses WHERE grp = ?1 AND key = ?2",
            Sql::DeleteUses => "DELETE FROM kv_uses WHERE grp = ?1 AND key >= ?2",
            Sql::DeleteUsesBelow => "DELETE FROM kv_uses WHERE grp = ?1 AND key >= ?2 AND key < ?3",
        }
    }
}
