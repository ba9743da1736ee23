//! The table of the change log, and the triggers by which other programs fill it.

use crate::engine::sqlite::file::format::Format;

/// The version and sequence number of a change that another program than this library makes.
macro_rules! next_change {
    () => {
        "max(coalesce((SELECT version FROM kv_changes ORDER BY version DESC LIMIT 1), 0),
             (SELECT value FROM kv_meta WHERE name = 'clock'),
             CAST((julianday('now') - 2440587.5) * 86400000.0 AS INTEGER) * 1000) + 1,
         coalesce((SELECT seq FROM kv_changes ORDER BY version DESC LIMIT 1), 0) + 1"
    };
}

/// The time, in milliseconds since 1970.
macro_rules! now_ms {
    () => {
        "CAST((julianday('now') - 2440587.5) * 86400000.0 AS INTEGER)"
    };
}

/// Logs that another program has set NEW, and writes the version of the change into the row. Column
/// `$overflow` has the id of the overflow row if `$condition` holds.
macro_rules! log_set {
    ($overflow:literal, $condition:literal, $time_column:literal, $time:expr) => {
        concat!(
            "INSERT INTO kv_changes (version, seq, type, grp, key, value",
            $time_column,
            ") SELECT ",
            next_change!(),
            ", 1, NEW.grp, NEW.key, CASE WHEN ",
            $condition,
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

/// Creates the triggers, for the columns of a format.
macro_rules! create_triggers {
    ($overflow:literal, $condition:literal, $time_column:literal, $time:expr) => {
        concat!(
            "CREATE TRIGGER kv_changes_insert AFTER INSERT ON kv_entries
             WHEN NOT ",
            is_logged!(),
            " BEGIN ",
            log_set!($overflow, $condition, $time_column, $time),
            " END;
             CREATE TRIGGER kv_changes_update AFTER UPDATE OF grp, key, version, value ON kv_entries
             WHEN NEW.version = OLD.version OR NOT ",
            is_logged!(),
            " BEGIN ",
            log_removal!($time_column, $time),
            " WHERE OLD.grp <> NEW.grp OR OLD.key <> NEW.key;",
            log_set!($overflow, $condition, $time_column, $time),
            " END;
             CREATE TRIGGER kv_changes_delete AFTER DELETE ON kv_entries
             WHEN NOT EXISTS (SELECT 1 FROM
                 (SELECT * FROM kv_changes ORDER BY version DESC LIMIT 1) AS newest
                 WHERE newest.grp = OLD.grp
                 AND (newest.type = 3 OR newest.type IN (2, 4) AND newest.key = OLD.key))
             BEGIN ",
            log_removal!($time_column, $time),
            "; END;"
        )
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
            ") STRICT;"
        )
    };
}

const TRIGGERS_1: &str = create_triggers!("value", "typeof(NEW.value) = 'integer'", "", "");

/// Creates the triggers of format 2.
pub(crate) const TRIGGERS_2: &str = create_triggers!(
    "overflow",
    "NEW.overflow IS NOT NULL AND NEW.value = x''",
    ", time",
    concat!(", ", now_ms!())
);

/// Returns the statements that create the change log. This library logs each change itself, just
/// before it makes it. The triggers find that change in the log, and log only the changes of other
/// programs.
pub(crate) fn create_changes(format: Format) -> String {
    match format {
        Format::One => [create_table!(""), TRIGGERS_1].concat(),
        Format::Two => [
            create_table!(
                ",
                time INTEGER,
                flags INTEGER NOT NULL DEFAULT 0,
                size INTEGER"
            ),
            TRIGGERS_2,
        ]
        .concat(),
    }
}

/// Deletes the triggers.
macro_rules! drop_triggers {
    () => {
        "DROP TRIGGER kv_changes_insert;
         DROP TRIGGER kv_changes_update;
         DROP TRIGGER kv_changes_delete;"
    };
}

pub(crate) const DROP_TRIGGERS: &str = drop_triggers!();
pub(crate) const DROP_CHANGES: &str = concat!(
    drop_triggers!(),
    "DROP TABLE kv_changes;
     DELETE FROM kv_meta
     WHERE name IN ('changes', 'changes_from', 'changes_keep', 'changes_keep_ms')"
);
