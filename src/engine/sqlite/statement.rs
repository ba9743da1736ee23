//! All the SQL there is.

/// The format this version reads and writes; it stands in `kv_meta`.
pub const FORMAT: i64 = 1;

/// Creates the tables. Values longer than the inline limit rest in `kv_values`, because a table
/// without rowids reads them slowly; the row then holds an integer, their id.
pub const CREATE_TABLES: &str = "
    CREATE TABLE kv_meta (
        name TEXT PRIMARY KEY,
        value INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE kv_entries (
        grp BLOB NOT NULL CHECK (typeof(grp) = 'blob'),
        key BLOB NOT NULL CHECK (typeof(key) = 'blob'),
        version INTEGER NOT NULL,
        expires_at INTEGER,
        value NOT NULL CHECK (typeof(value) IN ('blob', 'integer')),
        PRIMARY KEY (grp, key)
    ) WITHOUT ROWID;
    CREATE INDEX kv_expiry ON kv_entries (expires_at) WHERE expires_at IS NOT NULL;
    CREATE TABLE kv_values (
        id INTEGER PRIMARY KEY,
        value BLOB NOT NULL
    );
    INSERT INTO kv_meta VALUES ('format', 1), ('clock', 0), ('clock_exact', 0);
";

pub const OUR_TABLES: &str = "
    SELECT name FROM sqlite_schema WHERE type = 'table'
    AND name IN ('kv_meta', 'kv_entries', 'kv_values')";
pub const COLUMNS: &str = "
    SELECT group_concat(name) FROM (SELECT name FROM pragma_table_info(?1) ORDER BY cid)";
pub const META: &str = "SELECT value FROM kv_meta WHERE name = ?1";
pub const SET_META: &str = "UPDATE kv_meta SET value = ?2 WHERE name = ?1";

pub const BEGIN_READ: &str = "BEGIN";
pub const BEGIN_WRITE: &str = "BEGIN IMMEDIATE";
pub const COMMIT: &str = "COMMIT";
pub const ROLLBACK: &str = "ROLLBACK";

pub const GET: &str =
    "SELECT value, version, expires_at FROM kv_entries WHERE grp = ?1 AND key = ?2";
pub const FIND: &str = "
    SELECT version, expires_at, CASE typeof(value) WHEN 'integer' THEN value END
    FROM kv_entries WHERE grp = ?1 AND key = ?2";
pub const INSERT: &str =
    "INSERT INTO kv_entries (grp, key, version, expires_at, value) VALUES (?1, ?2, ?3, ?4, ?5)";
pub const UPDATE: &str = "
    UPDATE kv_entries SET version = ?3, expires_at = ?4, value = ?5
    WHERE grp = ?1 AND key = ?2";
/// An update that leaves the expiry alone need not look at its index.
pub const UPDATE_VALUE: &str =
    "UPDATE kv_entries SET version = ?3, value = ?4 WHERE grp = ?1 AND key = ?2";
pub const UPDATE_EXPIRY: &str = "UPDATE kv_entries SET expires_at = ?3 WHERE grp = ?1 AND key = ?2";
pub const DELETE: &str = "DELETE FROM kv_entries WHERE grp = ?1 AND key = ?2";

pub const GET_VALUE: &str = "SELECT value FROM kv_values WHERE id = ?1";
pub const INSERT_VALUE: &str = "INSERT INTO kv_values (value) VALUES (?1)";
pub const UPDATE_STORED_VALUE: &str = "UPDATE kv_values SET value = ?2 WHERE id = ?1";
pub const DELETE_VALUE: &str = "DELETE FROM kv_values WHERE id = ?1";

pub const COUNT_GROUP: &str = "
    SELECT count(*) FROM kv_entries
    WHERE grp = ?1 AND (expires_at IS NULL OR expires_at > ?2)";
pub const COUNT_BELOW: &str = "
    SELECT count(*) FROM kv_entries
    WHERE grp >= ?1 AND grp < ?3 AND (expires_at IS NULL OR expires_at > ?2)";
pub const COUNT_FROM: &str = "
    SELECT count(*) FROM kv_entries
    WHERE grp >= ?1 AND (expires_at IS NULL OR expires_at > ?2)";

pub const NEXT_GROUP: &str = "SELECT grp FROM kv_entries WHERE grp >= ?1 ORDER BY grp LIMIT 1";
pub const HAS_LIVE: &str = "
    SELECT 1 FROM kv_entries
    WHERE grp = ?1 AND (expires_at IS NULL OR expires_at > ?2) LIMIT 1";

/// The rows of a group from ?2 on and, if bounded, below ?4; alive at ?3.
macro_rules! range {
    ($head:literal, $bound:literal, $tail:literal) => {
        concat!(
            $head,
            " FROM kv_entries WHERE grp = ?1 AND key >= ?2 AND (expires_at IS NULL OR expires_at > ?3)",
            $bound,
            $tail
        )
    };
}

/// Returns the statement of a scan: its columns are key, version, expiry and value.
pub const fn scan(keys_only: bool, bounded: bool, reverse: bool) -> &'static str {
    match (keys_only, bounded, reverse) {
        (false, false, false) => {
            range!(
                "SELECT key, version, expires_at, value",
                "",
                " ORDER BY key"
            )
        }
        (false, false, true) => {
            range!(
                "SELECT key, version, expires_at, value",
                "",
                " ORDER BY key DESC"
            )
        }
        (false, true, false) => {
            range!(
                "SELECT key, version, expires_at, value",
                " AND key < ?4",
                " ORDER BY key"
            )
        }
        (false, true, true) => {
            range!(
                "SELECT key, version, expires_at, value",
                " AND key < ?4",
                " ORDER BY key DESC"
            )
        }
        (true, false, false) => range!("SELECT key, version, expires_at", "", " ORDER BY key"),
        (true, false, true) => range!("SELECT key, version, expires_at", "", " ORDER BY key DESC"),
        (true, true, false) => {
            range!(
                "SELECT key, version, expires_at",
                " AND key < ?4",
                " ORDER BY key"
            )
        }
        (true, true, true) => {
            range!(
                "SELECT key, version, expires_at",
                " AND key < ?4",
                " ORDER BY key DESC"
            )
        }
    }
}

pub const COUNT_PREFIX: &str = range!("SELECT count(*)", "", "");
pub const COUNT_PREFIX_BELOW: &str = range!("SELECT count(*)", " AND key < ?4", "");
pub const DELETE_PREFIX: &str = "DELETE FROM kv_entries WHERE grp = ?1 AND key >= ?2";
pub const DELETE_PREFIX_BELOW: &str =
    "DELETE FROM kv_entries WHERE grp = ?1 AND key >= ?2 AND key < ?3";
pub const DELETE_PREFIX_VALUES: &str = "
    DELETE FROM kv_values WHERE id IN
    (SELECT value FROM kv_entries WHERE grp = ?1 AND key >= ?2 AND typeof(value) = 'integer')";
pub const DELETE_PREFIX_VALUES_BELOW: &str = "
    DELETE FROM kv_values WHERE id IN
    (SELECT value FROM kv_entries
     WHERE grp = ?1 AND key >= ?2 AND key < ?3 AND typeof(value) = 'integer')";

pub const DEAD: &str = "
    SELECT grp, key, CASE typeof(value) WHEN 'integer' THEN value END
    FROM kv_entries WHERE expires_at <= ?1 ORDER BY expires_at LIMIT ?2";
pub const ANY_DEAD: &str = "SELECT 1 FROM kv_entries WHERE expires_at <= ?1 LIMIT 1";

pub const MEASURE: &str = "
    SELECT count(*), total(length(grp) + length(key) + CASE typeof(value)
        WHEN 'integer' THEN (SELECT length(kv_values.value) FROM kv_values WHERE id = kv_entries.value)
        ELSE length(value) END)
    FROM kv_entries WHERE expires_at IS NULL OR expires_at > ?1";
pub const COUNT_DEAD: &str = "SELECT count(*) FROM kv_entries WHERE expires_at <= ?1";

pub const DANGLING_VALUES: &str = "
    SELECT count(*) FROM kv_entries WHERE typeof(value) = 'integer'
    AND NOT EXISTS (SELECT 1 FROM kv_values WHERE id = kv_entries.value)";
pub const SHARED_VALUES: &str = "
    SELECT count(*) - count(DISTINCT value) FROM kv_entries WHERE typeof(value) = 'integer'";
pub const DELETE_ORPHANED_VALUES: &str = "
    DELETE FROM kv_values WHERE id NOT IN
    (SELECT value FROM kv_entries WHERE typeof(value) = 'integer')";
