//! The table of the change log, and the triggers by which other programs fill it.

/// The version and sequence number of a change that another program than this library makes.
macro_rules! next_change {
    () => {
        "max(coalesce((SELECT version FROM kv_changes ORDER BY version DESC LIMIT 1), 0),
             (SELECT value FROM kv_meta WHERE name = 'clock'),
             CAST((julianday('now') - 2440587.5) * 86400000.0 AS INTEGER) * 1000) + 1,
         coalesce((SELECT seq FROM kv_changes ORDER BY version DESC LIMIT 1), 0) + 1"
    };
}

/// Logs that another program has set NEW, and writes the version of the change into the row.
macro_rules! log_set {
    () => {
        concat!(
            "INSERT INTO kv_changes (version, seq, type, grp, key, value)
             SELECT ",
            next_change!(),
            ", 1, NEW.grp, NEW.key, CASE typeof(NEW.value)
                 WHEN 'integer' THEN (SELECT value FROM kv_values WHERE id = NEW.value)
                 ELSE CAST(NEW.value AS BLOB) END;
             UPDATE kv_entries
                 SET version = (SELECT version FROM kv_changes ORDER BY version DESC LIMIT 1)
                 WHERE grp = NEW.grp AND key = NEW.key;"
        )
    };
}

/// Logs that another program has removed OLD: as a delete, or as an expire if OLD had expired.
macro_rules! log_removal {
    () => {
        concat!(
            "INSERT INTO kv_changes (version, seq, type, grp, key)
             SELECT ",
            next_change!(),
            ", CASE WHEN OLD.expires_at
                   <= CAST((julianday('now') - 2440587.5) * 86400000.0 AS INTEGER)
               THEN 4 ELSE 2 END, OLD.grp, OLD.key"
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

/// Creates the change log. This library logs each change itself, just before it makes it. The
/// triggers find that change in the log, and log only the changes of other programs.
pub(crate) const CREATE_CHANGES: &str = concat!(
    "CREATE TABLE kv_changes (
        version INTEGER PRIMARY KEY,
        seq INTEGER NOT NULL,
        type INTEGER NOT NULL,
        grp BLOB NOT NULL,
        key BLOB,
        value BLOB
     ) STRICT;
     CREATE TRIGGER kv_changes_insert AFTER INSERT ON kv_entries
     WHEN NOT ",
    is_logged!(),
    " BEGIN ",
    log_set!(),
    " END;
     CREATE TRIGGER kv_changes_update AFTER UPDATE OF grp, key, version, value ON kv_entries
     WHEN NEW.version = OLD.version OR NOT ",
    is_logged!(),
    " BEGIN ",
    log_removal!(),
    " WHERE OLD.grp <> NEW.grp OR OLD.key <> NEW.key;",
    log_set!(),
    " END;
     CREATE TRIGGER kv_changes_delete AFTER DELETE ON kv_entries
     WHEN NOT EXISTS (SELECT 1 FROM
         (SELECT * FROM kv_changes ORDER BY version DESC LIMIT 1) AS newest
         WHERE newest.grp = OLD.grp
         AND (newest.type = 3 OR newest.type IN (2, 4) AND newest.key = OLD.key))
     BEGIN ",
    log_removal!(),
    "; END;"
);
pub(crate) const DROP_CHANGES: &str = "
    DROP TRIGGER kv_changes_insert;
    DROP TRIGGER kv_changes_update;
    DROP TRIGGER kv_changes_delete;
    DROP TABLE kv_changes;
    DELETE FROM kv_meta WHERE name IN ('changes', 'changes_from', 'changes_keep', 'changes_keep_ms')";
