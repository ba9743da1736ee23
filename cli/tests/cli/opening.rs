//! The store of a command line: its name, and when it is created.

use std::fs;

use crate::support::TestFolder;

#[test]
fn commands_that_read_or_remove_never_create_a_store() {
    let folder = TestFolder::new();
    folder.write("lines", "");
    for line in [
        "get k",
        "list",
        "exists k",
        "ttl k",
        "count",
        "groups",
        "export",
        "stats",
        "check",
        "compact",
        "backup copy.db",
        "watch",
        "changes",
        "changes off",
        "quota show a",
        "idempotency show k",
        "idempotency forget k",
        "take k",
        "delete k",
        "expire k 5m",
        "persist k",
        "purge",
        "delete-group g",
        "delete-prefix p",
        "set k v --if-version 7",
        "shell",
    ] {
        let message = folder.kv(line).failed(3);
        assert!(message.contains("no store there: open \"app.db\""), "{line}: {message}");
        assert_eq!(folder.files(), ["lines"], "{line}");
    }
}

#[test]
fn commands_that_write_report_the_store_that_they_create() {
    for line in ["set k v", "incr k", "append k v", "changes on", "quota set a --max-keys 1"] {
        let folder = TestFolder::new();
        let result = folder.kv(line);
        assert_eq!((result.code, result.err.as_str()), (0, "created app.db\n"), "{line}");
        assert_eq!(folder.kv(line).err, "", "{line}");
    }
}

#[test]
fn reading_creates_a_store_with_create() {
    let folder = TestFolder::new();
    let result = folder.kv("list --create --db-path new.db");
    assert_eq!((result.code, result.err.as_str()), (0, "created new.db\n"));
    assert_eq!(folder.files(), ["new.db"]);
}

#[test]
fn files_that_are_not_stores_are_refused_and_unchanged() {
    let folder = TestFolder::new();
    folder.write("text", "not a database\n".repeat(100));
    folder.write("short", "x");
    let before = fs::read(folder.file("text")).expect("text");
    for line in ["get k", "list", "delete k", "set k v", "check", "compact"] {
        for file in ["text", "short"] {
            let message = folder.kv(&format!("{line} --db-path {file}")).failed(3);
            assert!(message.contains(file), "{line}: {message}");
        }
    }
    folder.kv("get k --db-path .").failed(2);
    assert_eq!(fs::read(folder.file("text")).expect("text"), before);
    assert_eq!(folder.files(), ["short", "text"]);
}

#[test]
fn removing_from_an_applications_own_database_does_not_make_it_a_store() {
    let folder = TestFolder::new();
    let path = folder.file("own.db");
    let connection = rusqlite::Connection::open(&path).expect("a database");
    connection.execute_batch("CREATE TABLE mine (x)").expect("a table");
    drop(connection);
    let before = fs::read(&path).expect("a file");
    for line in ["get k", "delete k", "purge", "expire k 5m", "changes off", "shell"] {
        let message = folder.kv(&format!("{line} --db-path own.db")).failed(3);
        assert!(message.contains("holds no store"), "{line}: {message}");
        assert_eq!(fs::read(&path).expect("a file"), before, "{line}");
    }
}

#[test]
fn a_store_is_named_by_option_then_by_variable_then_by_default() {
    let folder = TestFolder::new();
    for name in ["app", "variable", "option", "path"] {
        folder.kv(&format!("set name {name} --db-path {name}.db")).done();
    }
    let services =
        "services:\n  main:\n    type: kvstore_sqlite\n    config:\n      path: app.db\n";
    folder.write("services.yaml", services);
    let get = |line: &str, variable: &str| {
        let words: Vec<_> = ["get", "name"].into_iter().chain(line.split_whitespace()).collect();
        let output = folder.command(&words).env("KV_STORE", variable).output().expect("kv runs");
        String::from_utf8(output.stdout).expect("text")
    };
    assert_eq!(get("", ""), "\"app\"\n");
    assert_eq!(get("", "sqlite:variable.db?durability=full"), "\"variable\"\n");
    assert_eq!(get("--db-path path.db", "variable.db"), "\"path\"\n");
    assert_eq!(get("--store option.db", "variable.db"), "\"option\"\n");
    assert_eq!(get("--config services.yaml --service main", "variable.db"), "\"app\"\n");
}

#[test]
fn contradicting_and_wrong_locations_are_wrong_usage() {
    let folder = TestFolder::new();
    for line in [
        "list --store a.db --db-path b.db",
        "list --config services.yaml",
        "list --service main",
        "list --config services.yaml --service main --store a.db",
        "list --store mongodb://x",
        "list --store sqlite:a.db?colour=red",
        "list --store memory:a/name",
        "list --namespace a_b",
        "set k v --ttl 5",
        "set k v --if-absent --if-version 3",
        "set k v --if-version 0",
        "get k --output xml",
        "frobnicate",
    ] {
        folder.kv(line).failed(2);
    }
    let message = folder.kv("list --config services.yaml --service main").failed(3);
    assert!(message.contains("services.yaml"), "{message}");
    assert_eq!(folder.files(), Vec::<String>::new());
}

#[test]
fn a_path_is_literal_whatever_it_contains() {
    let folder = TestFolder::new();
    for path in ["a?b=c.db", "100%.db", "x:y.db", "%41.db", "sqlite:z.db"] {
        let result = folder.run(&["set", "--db-path", path, "k", "v"]);
        assert_eq!((result.code, result.err), (0, format!("created {path}\n")));
        assert!(folder.file(path).exists(), "{path}");
    }
}

#[test]
fn a_store_in_memory_is_new_each_time() {
    let folder = TestFolder::new();
    assert_eq!(folder.kv("incr n --store memory:").ok(), "1\n");
    assert_eq!(folder.kv("incr n --store memory:").ok(), "1\n");
    folder.kv("get n --store memory:").failed(1);
    assert_eq!(folder.files(), Vec::<String>::new());
}
