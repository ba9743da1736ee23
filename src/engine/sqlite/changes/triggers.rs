//! The table of the change log, and the triggers by which other programs fill it.

use crate::engine::sqlite::file::connection::Connection;
use crate::engine::sqlite::file::format::Format;
use crate::error::Result;

/// The time, in milliseconds since 1970.
macro_rules! now_ms {
    () => {
        "CAST((julianday('now') - 2440587.5) * 86400000.0 AS INTEGER)"
    };
}

/// The version and sequence number of a change that another program than this library makes.
macro_rules! next_change {
    () => {
        concat!(
            "max(coalesce((SELECT version FROM kv_changes ORDER BY version DESC LIMIT 1), 0),
                 (SELECT value FROM kv_meta WHERE name = 'clock'), ",
            now_ms!(),
            " * 1000) + 1,
             coalesce((SELECT seq FROM kv_changes ORDER BY version DESC LIMIT 1), 0) + 1"
        )
    };
}

/// Logs that another program has set NEW, and writes the version of the change into the row. Column
/// `$overflow` has the id of the overflow row if the condition that `$case` begins with holds.
macro_rules! log_set {
    ($overflow:literal, $case:literal, $time_column:literal, $time:expr) => {
        concat!(
            "INSERT INTO kv_changes (version, seq, type, grp, key, value",
            $time_column,
            ") SELECT ",
            next_change!(),
            ", 1, NEW.grp, NEW.key, ",
            $case,
            " THEN (SELECT value FROM kv_values WHERE id = NEW.",
            $overflow,
            ") ELSE CAST(NEW.value AS BLOB) END",
            $time,
            ";
             UPDATE kv_entries
                 SET version = (SELECT version FROM kv_changes ORDER BY version DESC LIMIT 1)
                 WHERE grp = NEW.grp AND key = NEW.key;"
        )
    };
}

/// Logs that another program has removed OLD: as a delete, or as an expire if OLD had expired.
macro_rules! log_removal {
    ($time_column:literal, $time:expr) => {
        concat!(
            "INSERT INTO kv_changes (version, seq, type, grp, key",
            $time_column,
            ") SELECT ",
            next_change!(),
            ", CASE WHEN OLD.expires_at <= ",
            now_ms!(),
            " THEN 4 ELSE 2 END, OLD.grp, OLD.key",
            $time
        )
    };
}

/// A condition that holds if the newest change in the log is the set of NEW.
macro_rules! is_logged {
    () => {
        "EXISTS (SELECT 1 FROM
             (SELECT * FROM kv_changes ORDER BY version DESC LIMIT 1) AS newest
             WHERE newest.version = NEW.version AND newest.type = 1
             AND newest.grp = NEW.grp AND newest.key = NEW.key)"
    };
}

/// The triggers of a format with their names. `$case` begins the expression for the bytes of a
/// value: if its condition holds, column `$overflow` has the id of the overflow row.
macro_rules! triggers {
    ($overflow:literal, $case:literal, $time_column:literal, $time:expr) => {
        [
            (
                "kv_changes_insert",
                concat!(
                    "CREATE TRIGGER kv_changes_insert AFTER INSERT ON kv_entries
                     WHEN NOT ",
                    is_logged!(),
                    " BEGIN ",
                    log_set!($overflow, $case, $time_column, $time),
                    " END"
                ),
            ),
            (
                "kv_changes_update",
                concat!(
                    "CREATE TRIGGER kv_changes_update
                     AFTER UPDATE OF grp, key, version, value ON kv_entries
                     WHEN NEW.version = OLD.version OR NOT ",
                    is_logged!(),
                    " BEGIN ",
                    log_removal!($time_column, $time),
                    " WHERE OLD.grp <> NEW.grp OR OLD.key <> NEW.key;",
                    log_set!($overflow, $case, $time_column, $time),
                    " END"
                ),
            ),
            (
                "kv_changes_delete",
                concat!(
                    "CREATE TRIGGER kv_changes_delete AFTER DELETE ON kv_entries
                     WHEN NOT EXISTS (SELECT 1 FROM
                         (SELECT * FROM kv_changes ORDER BY version DESC LIMIT 1) AS newest
                         WHERE newest.grp = OLD.grp
                         AND (newest.type = 3 OR newest.type IN (2, 4) AND newest.key = OLD.key))
                     BEGIN ",
                    log_removal!($time_column, $time),
                    "; END"
                ),
            ),
        ]
    };
}

/// Creates the table of the change log with `$columns` at its end.
macro_rules! create_table {
    ($columns:literal) => {
        concat!(
            "CREATE TABLE kv_changes (
                version INTEGER PRIMARY KEY,
                seq INTEGER NOT NULL,
                type INTEGER NOT NULL,
                grp BLOB NOT NULL,
                key BLOB,
                value BLOB",
            $columns,
            ") STRICT"
        )
    };
}

/// Returns the triggers of a format: their names, and the statements that create them. This library
/// logs each change itself, on a connection that runs no triggers. Version 0.1, in a file of format
/// 1, logs a change just before it makes it: the triggers find that change in the log, and log
/// only those of other programs.
///
/// Files have these texts, by which a trigger is recognised. Only their white space may change, or
/// files with other texts are refused.
pub(crate) const fn triggers(format: Format) -> [(&'static str, &'static str); 3] {
    match format {
        Format::One => triggers!("value", "CASE typeof(NEW.value) WHEN 'integer'", "", ""),
        Format::Two => triggers!(
            "overflow",
            "CASE WHEN NEW.overflow IS NOT NULL AND NEW.value = x''",
            ", time",
            concat!(", ", now_ms!())
        ),
    }
}

/// Returns the statement that creates the table.
pub(crate) const fn create_changes(format: Format) -> &'static str {
    match format {
        Format::One => create_table!(""),
        Format::Two => create_table!(
            ",
                time INTEGER,
                flags INTEGER NOT NULL DEFAULT 0,
                size INTEGER"
        ),
    }
}

/// Creates the triggers of a format.
pub(crate) fn create_triggers(connection: &Connection, format: Format) -> Result<()> {
    triggers(format).into_iter().try_for_each(|(_, create)| connection.execute_batch(create))
}

pub(crate) const DROP_TRIGGERS: &str = "
    DROP TRIGGER kv_changes_insert;
    DROP TRIGGER kv_changes_update;
    DROP TRIGGER kv_changes_delete";
/// Deletes the table and its settings, when the triggers are gone.
pub(crate) const DROP_CHANGES: &str = "
    DROP TABLE kv_changes;
    DELETE FROM kv_meta
    WHERE name IN ('changes', 'changes_from', 'changes_keep', 'changes_keep_ms')";
