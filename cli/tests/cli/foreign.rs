//! Data of other systems: what is recognised, and how it is imported.

use std::fs;

use rusqlite::Connection;

use crate::support::TestFolder;

/// Runs statements in a database, which they may create.
fn execute(folder: &TestFolder, name: &str, sql: &str) {
    let connection = Connection::open(folder.file(name)).expect("a database");
    connection.execute_batch(sql).expect(sql);
}

const PETROCK: &str = "
    CREATE TABLE kv_store (key TEXT PRIMARY KEY, value TEXT NOT NULL);
    INSERT INTO kv_store VALUES ('user:1', '{\"name\":\"Ada\"}'), ('n', '9007199254740993');";

const GO_STORE: &str = "
    CREATE TABLE entries (group_name TEXT NOT NULL, entry_key TEXT NOT NULL,
        entry_value TEXT NOT NULL, expires_at INTEGER, PRIMARY KEY (group_name, entry_key));
    INSERT INTO entries VALUES ('config', 'colour', 'blue', NULL);";

const OLD_GO_STORE: &str = "
    CREATE TABLE kv (grp TEXT, key TEXT, value TEXT, PRIMARY KEY (grp, key));
    INSERT INTO kv VALUES ('config', 'colour', 'blue');";

#[test]
fn a_file_with_data_of_another_system_and_no_store_is_refused_and_unchanged() {
    let folder = TestFolder::new();
    for (name, sql, system, table) in [
        ("app.db", PETROCK, "petrock", "kv_store"),
        ("go.db", GO_STORE, "go-store", "entries"),
        ("old.db", OLD_GO_STORE, "go-store", "kv"),
    ] {
        execute(&folder, name, sql);
        let before = fs::read(folder.file(name)).expect("a file");
        let expected = format!(
            "kv: open \"{name}\": the file holds data of {system} (table {table}) and no store: \
             `kv import --format {system} {name} --db-path {name}` imports it, \
             foreign_data=ignore starts an empty store\n"
        );
        for line in ["get n", "list", "set k v", "delete k", "export", "stats", "compact"] {
            let message = folder.kv(&format!("{line} --db-path {name}")).failed(3);
            assert_eq!(message, expected, "{line}");
        }
        let message = folder.feed(&format!("import --db-path {name}"), "{}").failed(3);
        assert_eq!(message, expected);
        assert_eq!(fs::read(folder.file(name)).expect("a file"), before);

        // The data of another file is not imported beside it either.
        folder.write("store.json", "{\"entries\":{}}");
        let line = format!("import --format plumego store.json --db-path {name}");
        assert_eq!(folder.kv(&line).failed(3), expected);
        fs::remove_file(folder.file("store.json")).expect("removed");

        // The command of the message is one that works.
        let command = message.split('`').nth(1).and_then(|it| it.strip_prefix("kv "));
        folder.kv(command.expect("a command")).done();
        let count = if system == "petrock" { 2 } else { 1 };
        assert_eq!(folder.kv(&format!("export --db-path {name}")).ok().lines().count(), count);
        folder.kv(&format!("set k v --db-path {name}")).done();
    }
    assert_eq!(folder.files(), ["app.db", "go.db", "old.db"]);
}

#[test]
fn a_file_is_imported_into_itself_whatever_names_it() {
    for line in [
        "--db-path ./app.db",
        "--db-path link.db",
        "--store sqlite:app.db?durability=full",
        "--config services.yaml --service main",
    ] {
        let folder = TestFolder::new();
        execute(&folder, "app.db", PETROCK);
        std::os::unix::fs::symlink("app.db", folder.file("link.db")).expect("a link");
        folder.write(
            "services.yaml",
            "services: {main: {type: kvstore_sqlite, config: {path: app.db}}}",
        );
        let result = folder.kv(&format!("import --format petrock app.db {line}"));
        let added = match line.split_once(' ') {
            Some(("--config", _)) => String::new(),
            Some((_, name)) => {
                let path = name.trim_start_matches("sqlite:").split('?').next().expect("a path");
                format!("added the tables of a store to {path}\n")
            }
            None => unreachable!("each line has an option"),
        };
        assert_eq!(result.err, format!("{added}imported 2 keys\n"), "{line}");
        assert_eq!(folder.kv("list").ok(), "n\nuser:1\n");
    }
}

#[test]
fn an_unusual_name_is_not_part_of_the_command() {
    let folder = TestFolder::new();
    for name in ["-x.db", "a b.db", "$(id).db", "0123456789012345678901234.db"] {
        execute(&folder, name, PETROCK);
        let message = folder.run(&["get", &format!("--db-path=./{name}"), "n"]).failed(3);
        let command = "`kv import --format petrock FILE --db-path FILE`";
        assert!(message.contains(command), "{message}");
    }
}

#[test]
fn an_empty_table_of_another_system_is_no_data() {
    let folder = TestFolder::new();
    for (name, sql) in [("app.db", PETROCK), ("go.db", GO_STORE), ("old.db", OLD_GO_STORE)] {
        execute(&folder, name, sql.split("INSERT").next().expect("a table"));
        folder.kv(&format!("set k v --db-path {name}")).done();
    }
}

#[test]
fn a_store_begins_beside_data_of_another_system_if_it_is_to_be_ignored() {
    let folder = TestFolder::new();
    execute(&folder, "app.db", PETROCK);
    folder.kv("get n --store sqlite:app.db?foreign_data=ignore").failed(3);
    folder.kv("set k v --store sqlite:app.db?foreign_data=ignore").done();
    // From now on it is a store.
    assert_eq!(folder.kv("list").ok(), "k\n");
    let message = folder.kv("list --store sqlite:app.db?foreign_data=no").failed(2);
    assert!(message.contains("refuse or ignore"), "{message}");
}

#[test]
fn petrocks_database_is_imported() {
    let folder = TestFolder::new();
    execute(&folder, "petrock.db", PETROCK);
    let before = fs::read(folder.file("petrock.db")).expect("a file");
    let result = folder.kv("import --format petrock petrock.db");
    assert_eq!((result.code, result.err.as_str()), (0, "created app.db\nimported 2 keys\n"));
    assert_eq!(folder.kv("get n").ok(), "9007199254740993\n");
    assert_eq!(folder.kv("get --raw user:1").ok(), "{\"name\":\"Ada\"}");
    assert_eq!(fs::read(folder.file("petrock.db")).expect("a file"), before);
    // Beside its own table too.
    folder.kv("import --format petrock petrock.db --db-path petrock.db").done();
    assert_eq!(folder.kv("list --db-path petrock.db").ok(), "n\nuser:1\n");
}

#[test]
fn go_stores_databases_old_and_new_are_imported_with_their_expiries() {
    let folder = TestFolder::new();
    let connection = Connection::open(folder.file("go.db")).expect("a database");
    connection
        .execute_batch(
            "CREATE TABLE entries (group_name TEXT NOT NULL, entry_key TEXT NOT NULL,
                 entry_value TEXT NOT NULL, expires_at INTEGER, PRIMARY KEY (group_name, entry_key));
             INSERT INTO entries VALUES ('config', 'colour', 'blue', NULL), ('expired', 'k', 'v', 1),
                 ('session', 'token', 'abc', 99999999999999), ('tenant-a:prefs', 'locale', 'en-GB', NULL);
             CREATE TABLE kv (grp TEXT, key TEXT, value TEXT, PRIMARY KEY (grp, key));
             INSERT INTO kv VALUES ('config', 'colour', 'old'), ('config', 'size', 'L'), ('expired', 'k', 'w');",
        )
        .expect("go-store's tables");
    drop(connection);
    let result = folder.kv("import --format go-store go.db");
    assert_eq!(result.err, "created app.db\nimported 4 keys, 1 had expired\n");
    assert_eq!(folder.kv("get --raw colour -g config").ok(), "blue");
    assert_eq!(folder.kv("get --raw size -g config").ok(), "L");
    assert_eq!(folder.kv("get --raw locale -g prefs -n tenant-a").ok(), "en-GB");
    assert!(folder.kv("export -g session").ok().contains("\"expires_at\":99999999999999"));
    folder.kv("get k -g expired").failed(1);
}

#[test]
fn databases_without_the_expected_tables_are_refused() {
    let folder = TestFolder::new();
    folder.write("text", "not a database\n".repeat(100));
    drop(
        Connection::open(folder.file("empty.db")).map(|it| it.execute_batch("CREATE TABLE x (y)")),
    );
    for format in ["petrock", "go-store"] {
        for file in ["text", "empty.db", "missing.db"] {
            let message = folder.kv(&format!("import --format {format} {file}")).failed(3);
            assert!(message.contains(file), "{message}");
        }
        folder.kv(&format!("import --format {format}")).failed(2);
    }
    assert_eq!(folder.files(), ["empty.db", "text"]);
}

#[test]
fn plumegos_directory_is_imported_without_the_expired_entries() {
    let folder = TestFolder::new();
    fs::create_dir(folder.file("data")).expect("a folder");
    let text = r#"{"entries":{
        "session:abc":{"value":"eyJ1c2VyIjoiYWxpY2UifQ==","expire_at":"2099-11-29T10:39:34.184091368Z"},
        "bytes":{"value":"AP8=","expire_at":"0001-01-01T00:00:00Z","size":70},
        "gone":{"value":"eA==","expire_at":"2020-01-01T00:00:00Z"},
        "nil":{"value":null,"expire_at":"0001-01-01T00:00:00Z"}}}"#;
    folder.write("data/store.json", text);
    let result = folder.kv("import --format plumego data --db-path data/kv.db");
    assert_eq!(result.err, "created data/kv.db\nimported 3 keys, 1 had expired\n");
    assert_eq!(folder.kv("list --db-path data/kv.db").ok(), "bytes\nnil\nsession:abc\n");
    let lines = folder.kv("export --db-path data/kv.db").ok();
    assert!(lines.contains("\"expires_at\":4099631974185}"), "{lines}");
    assert!(lines.contains("\"value\":{\"base64\":\"AP8=\"}}"), "{lines}");
    assert_eq!(fs::read_to_string(folder.file("data/store.json")).expect("a file"), text);
    // The file itself may be named too.
    let result = folder.kv("import --format plumego data/store.json --dry-run");
    assert_eq!(result.err, "could import 3 keys, 1 had expired\n");
}

#[test]
fn the_log_of_plumegos_engine_is_imported_up_to_a_torn_end() {
    let folder = TestFolder::new();
    fs::create_dir(folder.file("data")).expect("a folder");
    let log =
        "{\"op\":1,\"key\":\"k\",\"value\":\"dg==\",\"version\":2,\"crc\":2632182761}\n{\"op\":1,";
    folder.write("data/store.wal", log);
    let result = folder.kv("import --format plumego data");
    let expected = "the log in data ends within a record, which is left out\n\
                    created app.db\nimported 1 keys\n";
    assert_eq!((result.code, result.err.as_str()), (0, expected));
    assert_eq!(folder.kv("get --raw k").ok(), "v");
}

#[test]
fn a_directory_without_a_file_of_plumego_is_refused_with_the_reason() {
    let folder = TestFolder::new();
    for (name, file, text, expected) in [
        ("empty", "other", "", "store.json: No such file"),
        ("left", "store.json.123.tmp", "{\"entries\":{}}", "store.json: No such file"),
        ("engine", "store.wal", "text", "engine: store.wal: no record of plumego at byte 0"),
        ("packed", "snapshot.bin", "\u{1f}", "packed: snapshot.bin: not a snapshot of plumego"),
        ("cut", "store.json", "{\"entries\":{\"k\":{", "store.json: EOF"),
        ("other", "store.json", "{\"a\":1}", "not a file of plumego"),
        ("half", "store.json", "{\"entries\":{\"a\":{},\"b\":{\"value\":\"!\"}}}", "key \"b\": "),
    ] {
        fs::create_dir(folder.file(name)).expect("a folder");
        folder.write(&format!("{name}/{file}"), text);
        let message = folder.kv(&format!("import --format plumego {name}")).failed(3);
        assert!(message.contains(expected), "{name}: {message}");
    }
    folder.kv("import --format plumego missing").failed(3);
    folder.kv("import --format plumego").failed(2);
    folder.kv("import --format plumego empty --from-line 2").failed(2);
    assert_eq!(folder.files(), ["cut", "empty", "engine", "half", "left", "other", "packed"]);
}
