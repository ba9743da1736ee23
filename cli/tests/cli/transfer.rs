//! Export, import and batches: JSON lines in and out.

use std::fs;

use rusqlite::Connection;

use crate::support::Place;

/// Returns a store with what is hard to carry: groups, all bytes, ttls, JSON.
fn full_place() -> Place {
    let place = Place::new();
    let all: Vec<u8> = (0..=255).collect();
    place.feed("set all", &all).done();
    place.run(&["set", "text", "\u{e4}\n\"quoted\" 100%"]).ok();
    place.kv("set --json number 9007199254740993 -g json").ok();
    place.kv("set mortal soon -g tenant-a:g --ttl 1h").ok();
    place.run(&["set", "", "", "-g", "g"]).ok();
    let line = "{\"group\":{\"base64\":\"/w==\"},\"key\":{\"base64\":\"AP8=\"},\"value\":\"v\"}\n";
    place.feed("import", line).done();
    place
}

#[test]
fn what_was_exported_is_imported_again_equal() {
    let place = full_place();
    let lines = place.kv("export").ok();
    assert_eq!(lines.lines().count(), 6);
    let ran = place.feed("import --db-path copy.db", &lines);
    assert_eq!((ran.code, ran.err.as_str()), (0, "created copy.db\nimported 6 keys\n"));
    assert_eq!(place.kv("export --db-path copy.db").ok(), lines);
    // Through files too.
    place.kv("export lines.jsonl").ok();
    assert_eq!(fs::read_to_string(place.file("lines.jsonl")).expect("lines"), lines);
    place.kv("import lines.jsonl --db-path file.db").done();
    assert_eq!(place.kv("export - --db-path file.db").ok(), lines);
    assert_eq!(
        place.kv("ttl mortal -g tenant-a:g --db-path file.db").ok().len(),
        "3599999ms\n".len()
    );
}

#[test]
fn a_part_can_be_exported_and_put_elsewhere() {
    let place = full_place();
    assert_eq!(place.kv("export -g json").ok().lines().count(), 1);
    assert_eq!(place.kv("export --prefix te").ok().lines().count(), 1);
    let scoped = place.kv("export -n tenant-a").ok();
    assert!(scoped.starts_with("{\"group\":\"g\",\"key\":\"mortal\""), "{scoped}");
    place.feed("import -n tenant-b -g h", scoped).done();
    assert_eq!(place.kv("get --raw mortal -g tenant-b:h").ok(), "soon");
}

#[test]
fn a_file_that_is_there_is_not_replaced_by_accident() {
    let place = full_place();
    place.write("lines", "precious");
    let message = place.kv("export lines").failed(3);
    assert!(message.contains("lines is there already"), "{message}");
    assert_eq!(fs::read(place.file("lines")).expect("a file"), b"precious");
    place.kv("export lines --overwrite").ok();
    assert_ne!(fs::read(place.file("lines")).expect("a file"), b"precious");
    place.kv("export missing/lines").failed(3);
    assert_eq!(place.files(), ["app.db", "lines"]);
}

#[test]
fn a_broken_line_is_named_and_the_lines_before_it_are_imported() {
    let place = Place::new();
    let good = |n| format!("{{\"key\":\"k{n}\",\"value\":\"v\"}}\n");
    let lines: String = (1..=1500).map(good).collect();
    place.write("lines", format!("{lines}{{\"key\":\"k\"\n{}", good(1502)));
    let message = place.kv("import lines").failed(3);
    assert_eq!(
        message,
        "created app.db\nkv: line 1501: EOF while parsing an object at column 10; \
         the lines before line 1501 are imported, --from-line 1501 goes on\n"
    );
    assert_eq!(place.kv("count").ok(), "1500\n");
    place.kv("import lines --from-line 1502").done();
    assert_eq!(place.kv("count").ok(), "1501\n");
}

#[test]
fn lines_that_are_wrong_are_refused_with_what_is_wrong() {
    let place = Place::new();
    for (line, expected) in [
        ("nonsense", "expected ident"),
        ("[1]", "expected an object"),
        ("{\"key\":\"k\"}", "field \"value\" is missing"),
        ("{\"value\":\"v\"}", "field \"key\" is missing"),
        ("{\"key\":\"k\",\"value\":7}", "field \"value\": it has to be a string"),
        ("{\"key\":\"k\",\"value\":\"v\",\"ttl\":5}", "field \"ttl\" is not known"),
        ("{\"key\":\"k\",\"value\":\"v\",\"expires_at\":\"x\"}", "\"expires_at\" is not a whole"),
        ("{\"key\":\"k\",\"key\":\"k\",\"value\":\"v\"}", "stands there twice"),
        ("{\"key\":{\"base64\":\"!\"},\"value\":\"v\"}", "no base64"),
    ] {
        let message = place.feed("import --store memory:", line).failed(3);
        assert!(message.contains("line 1: "), "{line}: {message}");
        assert!(message.contains(expected), "{line}: {message}");
        assert!(message.contains("nothing is imported"), "{line}: {message}");
    }
    let long = format!("{{\"key\":\"{}\",\"value\":\"\"}}", "k".repeat(65_536));
    let message = place.feed("import --store memory:", long).failed(3);
    assert!(message.contains("line 1: key of 65536 bytes is over the limit"), "{message}");
}

#[test]
fn a_dry_run_reads_all_and_writes_nothing() {
    let place = Place::new();
    let ran = place.feed("import --dry-run", "{\"key\":\"a\",\"value\":\"b\"}\n\n");
    assert_eq!((ran.code, ran.err.as_str()), (0, "could import 1 keys\n"));
    place.feed("import --dry-run", "{}").failed(3);
    assert_eq!(place.files(), Vec::<String>::new());
}

#[test]
fn dead_keys_and_keys_that_are_there_can_be_left_out() {
    let place = Place::new();
    place.kv("set a old").done();
    let lines = "{\"key\":\"a\",\"value\":\"new\"}\n{\"key\":\"b\",\"value\":\"1\"}\n\
                 {\"key\":\"b\",\"value\":\"2\"}\n{\"key\":\"c\",\"json\":{\"x\": 1.0}}\n\
                 {\"key\":\"d\",\"value\":\"\",\"expires_at\":1000}\n";
    let ran = place.feed("import --if-absent", lines);
    assert_eq!(ran.err, "imported 2 keys, 2 are there already, 1 have expired\n");
    assert_eq!(place.kv("get --raw a").ok(), "old");
    assert_eq!(place.kv("get --raw b").ok(), "1");
    assert_eq!(place.kv("get --raw c").ok(), "{\"x\": 1.0}");
    place.feed("import", lines).done();
    assert_eq!(place.kv("get --raw a").ok(), "new");
    assert_eq!(place.kv("get --raw b").ok(), "2");
}

#[test]
fn a_quota_stops_an_import_at_a_batch_and_says_where() {
    let place = Place::new();
    place.kv("quota set a --max-keys 1500").done();
    let line = |n| format!("{{\"key\":\"k{n}\",\"value\":\"v\"}}\n");
    let lines: String = (1..=2500).map(line).collect();
    let message = place.feed("import -n a -g g", lines).failed(3);
    assert!(message.contains("quota of 1500 keys"), "{message}");
    assert!(message.contains("--from-line 1001 goes on"), "{message}");
    assert_eq!(place.kv("count -n a -g g").ok(), "1000\n");
}

#[test]
fn petrocks_database_is_imported() {
    let place = Place::new();
    let connection = Connection::open(place.file("petrock.db")).expect("a database");
    connection
        .execute_batch(
            "CREATE TABLE IF NOT EXISTS kv_store (key TEXT PRIMARY KEY, value TEXT NOT NULL);
             INSERT INTO kv_store VALUES ('user:1', '{\"name\":\"Ada\"}'), ('n', '9007199254740993');",
        )
        .expect("petrock's table");
    drop(connection);
    let before = fs::read(place.file("petrock.db")).expect("a file");
    let ran = place.kv("import --format petrock petrock.db");
    assert_eq!((ran.code, ran.err.as_str()), (0, "created app.db\nimported 2 keys\n"));
    assert_eq!(place.kv("get n").ok(), "9007199254740993\n");
    assert_eq!(place.kv("get --raw user:1").ok(), "{\"name\":\"Ada\"}");
    assert_eq!(fs::read(place.file("petrock.db")).expect("a file"), before);
    // Beside its own table too.
    place.kv("import --format petrock petrock.db --db-path petrock.db").done();
    assert_eq!(place.kv("list --db-path petrock.db").ok(), "n\nuser:1\n");
}

#[test]
fn go_stores_databases_old_and_new_are_imported_with_their_expiries() {
    let place = Place::new();
    let connection = Connection::open(place.file("go.db")).expect("a database");
    connection
        .execute_batch(
            "CREATE TABLE entries (group_name TEXT NOT NULL, entry_key TEXT NOT NULL,
                 entry_value TEXT NOT NULL, expires_at INTEGER, PRIMARY KEY (group_name, entry_key));
             INSERT INTO entries VALUES ('config', 'colour', 'blue', NULL), ('dead', 'k', 'v', 1),
                 ('session', 'token', 'abc', 99999999999999), ('tenant-a:prefs', 'locale', 'en-GB', NULL);
             CREATE TABLE kv (grp TEXT, key TEXT, value TEXT, PRIMARY KEY (grp, key));
             INSERT INTO kv VALUES ('config', 'colour', 'old'), ('config', 'size', 'L'), ('dead', 'k', 'w');",
        )
        .expect("go-store's tables");
    drop(connection);
    let ran = place.kv("import --format go-store go.db");
    assert_eq!(ran.err, "created app.db\nimported 4 keys, 1 have expired\n");
    assert_eq!(place.kv("get --raw colour -g config").ok(), "blue");
    assert_eq!(place.kv("get --raw size -g config").ok(), "L");
    assert_eq!(place.kv("get --raw locale -g prefs -n tenant-a").ok(), "en-GB");
    assert!(place.kv("export -g session").ok().contains("\"expires_at\":99999999999999"));
    place.kv("get k -g dead").failed(1);
}

#[test]
fn databases_that_are_not_what_they_should_be_are_refused() {
    let place = Place::new();
    place.write("text", "not a database\n".repeat(100));
    drop(Connection::open(place.file("empty.db")).map(|it| it.execute_batch("CREATE TABLE x (y)")));
    for format in ["petrock", "go-store"] {
        for file in ["text", "empty.db", "missing.db"] {
            let message = place.kv(&format!("import --format {format} {file}")).failed(3);
            assert!(message.contains(file), "{message}");
        }
        place.kv(&format!("import --format {format}")).failed(2);
    }
    assert_eq!(place.files(), ["empty.db", "text"]);
}

#[test]
fn a_batch_is_applied_as_a_whole_with_a_line_for_each_step() {
    let place = Place::new();
    let steps = r#"{"op":"check","key":"lock","if":"absent"}
{"op":"set","key":"a","value":"1","ttl_ms":60000}
{"op":"incr","key":"a","by":41}
{"op":"get","key":"a"}
{"op":"append","group":"g","key":"log","value":{"base64":"/w=="}}
{"op":"take","key":"nothing"}

{"op":"delete","key":"nothing"}
{"op":"expire","key":"a"}
{"op":"set","key":"doc","json":{"x":9007199254740993}}
{"op":"delete_prefix","prefix":"do"}
"#;
    let out = place.feed("batch", steps).done();
    let lines: Vec<&str> = out.lines().collect();
    assert_eq!(lines.len(), 10);
    assert_eq!(lines[0], "{}");
    assert!(lines[2].starts_with("{\"value\":42,\"version\":"), "{out}");
    assert!(lines[3].starts_with("{\"found\":true,\"value\":\"42\",\"version\":"), "{out}");
    assert!(lines[3].contains("\"expires_at\":"), "{out}");
    assert!(lines[4].starts_with("{\"length\":1,"), "{out}");
    assert_eq!(lines[5..8], ["{\"found\":false}", "{\"deleted\":false}", "{\"set\":true}"]);
    assert_eq!(lines[9], "{\"removed\":1}");
    assert_eq!(place.kv("list").ok(), "a\n");
}

#[test]
fn a_batch_that_is_refused_or_broken_does_nothing() {
    let place = Place::new();
    place.kv("set k v").done();
    let steps = "{\"op\":\"set\",\"key\":\"a\",\"value\":\"1\"}\n{\"op\":\"check\",\"key\":\"k\",\"if\":\"absent\"}\n";
    let message = place.feed("batch", steps).failed(1);
    assert!(message.starts_with("kv: step 2; nothing is done: condition failed"), "{message}");
    for (line, expected) in [
        ("{\"op\":\"jump\",\"key\":\"k\"}", "step \"jump\" is not known"),
        ("{\"key\":\"k\"}", "\"op\" is missing"),
        ("{\"op\":\"set\",\"key\":\"k\"}", "\"value\" is missing"),
        ("{\"op\":\"set\",\"key\":\"k\",\"value\":\"v\",\"ttl_ms\":-2}", "negative"),
        ("{\"op\":\"set\",\"key\":\"k\",\"value\":\"v\",\"if\":\"maybe\"}", "\"if\" is not"),
        ("{\"op\":\"get\",\"key\":\"k\",\"value\":\"v\"}", "\"value\" is not known here"),
    ] {
        let steps = format!("{{\"op\":\"delete\",\"key\":\"k\"}}\n{line}\n");
        let message = place.feed("batch", steps).failed(3);
        assert!(message.contains("line 2: ") && message.contains(expected), "{line}: {message}");
    }
    assert_eq!(place.kv("list").ok(), "k\n");
    assert_eq!(place.feed("batch --db-path none.db", "{\"op\":\"get\",\"key\":\"k\"}").code, 3);
}
