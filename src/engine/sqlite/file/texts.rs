//! The SQL text of the statements that a session keeps prepared, in each format.

use crate::engine::sqlite::file::format::{
    Format, has_overflow_row, overflow_id, overflow_len, value_len,
};
use crate::engine::sqlite::file::statement::Sql;

/// A statement about the rows of group ?1 from key ?2 on.
macro_rules! rows {
    ($head:expr, $tail:literal) => {
        concat!($head, " FROM kv_entries WHERE grp = ?1 AND key >= ?2", $tail)
    };
}

/// The id of the overflow row of an entry, or NULL for an inline value.
macro_rules! id {
    ($format:tt) => {
        concat!("CASE WHEN ", has_overflow_row!($format), " THEN ", overflow_id!($format), " END")
    };
}

/// The columns of a row without its value; the last column is the id of its overflow row.
macro_rules! row_columns {
    ($format:tt) => {
        concat!("grp, key, version, expires_at, ", id!($format))
    };
}

/// The bytes of an entry.
macro_rules! row_len {
    ($format:tt) => {
        concat!("length(grp) + length(key) + ", value_len!($format))
    };
}

/// The texts in a format. A value is inline for certain if `$inline` holds.
macro_rules! texts {
    (
        $sql:expr,
        format: $format:tt,
        inline: $inline:literal,
        column: $column:literal,
        insert: $insert:literal,
        update: $update:literal,
        no_flags: $no_flags:literal,
        log: $log:literal,
        time: $time:literal,
        size: $size:literal,
    ) => {
        match $sql {
            Sql::BeginRead => "BEGIN",
            Sql::Touch => "SELECT 1 FROM kv_meta",
            Sql::BeginWrite => "BEGIN IMMEDIATE",
            Sql::Commit => "COMMIT",
            Sql::Rollback => "ROLLBACK",
            Sql::Get => concat!(
                "SELECT version, expires_at, value, ",
                $column,
                " FROM kv_entries WHERE grp = ?1 AND key = ?2"
            ),
            Sql::GetOverflow => "SELECT value FROM kv_values WHERE id = ?1",
            Sql::Find => concat!(
                "SELECT version, expires_at, ",
                id!($format),
                " FROM kv_entries WHERE grp = ?1 AND key = ?2"
            ),
            // Changes nothing if the old row has to be read first: its value is in an overflow row,
            // or its version is not older.
            Sql::Overwrite => concat!(
                "INSERT INTO kv_entries (grp, key, version, expires_at, value)
                 VALUES (?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT (grp, key) DO UPDATE SET
                     version = excluded.version,
                     expires_at = excluded.expires_at,
                     value = excluded.value",
                $no_flags,
                " WHERE ",
                $inline,
                " AND version < excluded.version"
            ),
            Sql::Insert => concat!("INSERT INTO kv_entries ", $insert),
            Sql::Update => concat!(
                "UPDATE kv_entries SET version = ?3, expires_at = ?4, ",
                $update,
                $no_flags,
                " WHERE grp = ?1 AND key = ?2"
            ),
            Sql::UpdateExpiry => {
                "UPDATE kv_entries SET expires_at = ?3 WHERE grp = ?1 AND key = ?2"
            }
            Sql::Delete => "DELETE FROM kv_entries WHERE grp = ?1 AND key = ?2",
            Sql::InsertOverflow => "INSERT INTO kv_values (value) VALUES (?1)",
            Sql::UpdateOverflow => "UPDATE kv_values SET value = ?2 WHERE id = ?1",
            Sql::DeleteOverflow => "DELETE FROM kv_values WHERE id = ?1",
            Sql::Scan => {
                rows!(concat!("SELECT key, version, expires_at, value, ", $column), " ORDER BY key")
            }
            Sql::ScanBelow => {
                rows!(
                    concat!("SELECT key, version, expires_at, value, ", $column),
                    " AND key < ?3 ORDER BY key"
                )
            }
            Sql::ScanReverse => {
                rows!(
                    concat!("SELECT key, version, expires_at, value, ", $column),
                    " ORDER BY key DESC"
                )
            }
            Sql::ScanBelowReverse => {
                rows!(
                    concat!("SELECT key, version, expires_at, value, ", $column),
                    " AND key < ?3 ORDER BY key DESC"
                )
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
                concat!(
                    "SELECT key, version, expires_at, value, ",
                    $column,
                    ", grp FROM kv_entries
                 WHERE (grp, key) >= (?1, ?2) ORDER BY grp, key"
                )
            }
            Sql::ScanGroupsBelow => {
                concat!(
                    "SELECT key, version, expires_at, value, ",
                    $column,
                    ", grp FROM kv_entries
                 WHERE (grp, key) >= (?1, ?2) AND grp < ?3 ORDER BY grp, key"
                )
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
            Sql::DeletePrefixOverflow => concat!(
                "DELETE FROM kv_values WHERE id IN (",
                rows!(concat!("SELECT ", overflow_id!($format)), " AND "),
                has_overflow_row!($format),
                ")"
            ),
            Sql::DeletePrefixOverflowBelow => concat!(
                "DELETE FROM kv_values WHERE id IN (",
                rows!(concat!("SELECT ", overflow_id!($format)), " AND key < ?3 AND "),
                has_overflow_row!($format),
                ")"
            ),
            Sql::RetirePrefix => rows!(
                "UPDATE kv_streams SET state = 2 WHERE id IN (SELECT -overflow",
                " AND overflow < 0)"
            ),
            Sql::RetirePrefixBelow => rows!(
                "UPDATE kv_streams SET state = 2 WHERE id IN (SELECT -overflow",
                " AND key < ?3 AND overflow < 0)"
            ),
            Sql::InsertStream => {
                "INSERT INTO kv_streams (id, size, state, lease) VALUES (?1, ?2, ?3, ?4)"
            }
            Sql::GrowStream => {
                "UPDATE kv_streams SET size = ?3, lease = ?4
                 WHERE id = ?1 AND size = ?2 AND state = 0"
            }
            Sql::AdoptStream => {
                "UPDATE kv_streams SET state = 1, lease = 0
                 WHERE id = ?1 AND size = ?2 AND state = 0"
            }
            Sql::FindStream => "SELECT size, lease FROM kv_streams WHERE id = ?1",
            Sql::RetireStream => "UPDATE kv_streams SET state = 2 WHERE id = ?1",
            Sql::DiscardStream => {
                "UPDATE kv_streams SET state = 2, lease = 0 WHERE id = ?1 AND state = 0"
            }
            Sql::LeaseStream => "UPDATE kv_streams SET lease = ?2 WHERE id = ?1 AND lease < ?2",
            Sql::DeadStream => {
                "SELECT id FROM kv_streams WHERE state <> 1 AND lease < ?1 ORDER BY lease LIMIT 1"
            }
            Sql::DeleteStream => "DELETE FROM kv_streams WHERE id = ?1",
            Sql::InsertPiece => "INSERT INTO kv_pieces (id, data) VALUES (?1, ?2)",
            Sql::GetPiece => "SELECT data FROM kv_pieces WHERE id = ?1",
            Sql::GetPieces => "SELECT data FROM kv_pieces WHERE id >= ?1 AND id < ?2 ORDER BY id",
            Sql::DeletePieces => {
                "DELETE FROM kv_pieces WHERE id IN
                 (SELECT id FROM kv_pieces WHERE id >= ?1 AND id < ?2 LIMIT ?3)"
            }
            Sql::ListPrefix => {
                rows!(concat!("SELECT ", row_columns!($format)), " ORDER BY key")
            }
            Sql::ListPrefixBelow => {
                rows!(concat!("SELECT ", row_columns!($format)), " AND key < ?3 ORDER BY key")
            }
            Sql::ListExpired => concat!(
                "SELECT ",
                row_columns!($format),
                ", ",
                row_len!($format),
                " FROM kv_entries WHERE expires_at <= ?1 ORDER BY expires_at LIMIT ?2"
            ),
            // Without the hint SQLite would scan all rows of these groups. The index has group, key
            // and expiry of the rows that expire, so that no row of another group is read.
            Sql::ListExpiredBelow => concat!(
                "SELECT ",
                row_columns!($format),
                ", ",
                row_len!($format),
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
                concat!(
                    "UPDATE kv_entries SET version = ?3, expires_at = ?4, value = ?5",
                    $no_flags,
                    " WHERE grp = ?1 AND key = ?2 AND typeof(value) = 'blob' AND ",
                    $inline,
                    " AND length(value) = length(?5) AND version < ?3"
                )
            }
            Sql::AnyExpired => "SELECT 1 FROM kv_entries WHERE expires_at <= ?1 LIMIT 1",
            Sql::LogChange => concat!("INSERT INTO kv_changes ", $log),
            Sql::Changes => concat!(
                "SELECT version, seq, type, grp, key, value, ",
                $time,
                ", ",
                $size,
                " FROM kv_changes WHERE version > ?1 AND version <= ?2 ORDER BY version LIMIT ?3"
            ),
            Sql::NewestChange => {
                "SELECT version, seq FROM kv_changes ORDER BY version DESC LIMIT 1"
            }
            Sql::OldestChanges => concat!(
                "SELECT version, seq, ",
                $time,
                ", length(grp) + length(key) + length(value)
                 FROM kv_changes ORDER BY version LIMIT ?1"
            ),
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
    };
}

/// Returns the text of a statement.
pub(crate) const fn text(sql: Sql, format: Format) -> &'static str {
    match format {
        Format::One => texts!(
            sql,
            format: 1,
            inline: "typeof(value) <> 'integer'",
            column: "NULL",
            insert: "(grp, key, version, expires_at, value)
                     VALUES (?1, ?2, ?3, ?4, coalesce(?6, ?5))",
            update: "value = coalesce(?6, ?5)",
            no_flags: "",
            log: "(version, seq, type, grp, key, value) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            time: "NULL",
            size: "NULL",
        ),
        Format::Two => texts!(
            sql,
            format: 2,
            inline: "overflow IS NULL",
            column: "overflow",
            insert: "(grp, key, version, expires_at, value, overflow)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            update: "value = ?5, overflow = ?6",
            no_flags: ", flags = 0",
            log: "(version, seq, type, grp, key, value, time, size)
                  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            time: "time",
            size: "size",
        ),
    }
}
