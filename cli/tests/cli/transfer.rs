//! Export, import and batches: JSON lines in and out.

use std::fs;

use crate::support::TestFolder;

/// Returns a store with groups, every byte, a ttl and JSON.
pub fn full_folder() -> TestFolder {
    let folder = TestFolder::new();
    let all: Vec<u8> = (0..=255).collect();
    folder.feed("set all", &all).done();
    folder.run(&["set", "text", "\u{e4}\n\"quoted\" 100%"]).ok();
    folder.kv("set --json number 9007199254740993 -g json").ok();
    folder.kv("set expiring soon -g tenant-a:g --ttl 1h").ok();
    folder.run(&["set", "", "", "-g", "g"]).ok();
    let line = "{\"group\":{\"base64\":\"/w==\"},\"key\":{\"base64\":\"AP8=\"},\"value\":\"v\"}\n";
    folder.feed("import", line).done();
    folder
}

#[test]
fn an_export_is_imported_unchanged() {
    let folder = full_folder();
    let lines = folder.kv("export").ok();
    assert_eq!(lines.lines().count(), 6);
    let result = folder.feed("import --db-path copy.db", &lines);
    assert_eq!((result.code, result.err.as_str()), (0, "created copy.db\nimported 6 keys\n"));
    assert_eq!(folder.kv("export --db-path copy.db").ok(), lines);
    // Through files too.
    folder.kv("export lines.jsonl").ok();
    assert_eq!(fs::read_to_string(folder.file("lines.jsonl")).expect("lines"), lines);
    folder.kv("import lines.jsonl --db-path file.db").done();
    assert_eq!(folder.kv("export - --db-path file.db").ok(), lines);
    assert_eq!(
        folder.kv("ttl expiring -g tenant-a:g --db-path file.db").ok().len(),
        "3599999ms\n".len()
    );
}

#[test]
fn a_part_can_be_exported_and_put_elsewhere() {
    let folder = full_folder();
    assert_eq!(folder.kv("export -g json").ok().lines().count(), 1);
    assert_eq!(folder.kv("export --prefix te").ok().lines().count(), 1);
    let scoped = folder.kv("export -n tenant-a").ok();
    assert!(scoped.starts_with("{\"group\":\"g\",\"key\":\"expiring\""), "{scoped}");
    folder.feed("import -n tenant-b -g h", scoped).done();
    assert_eq!(folder.kv("get --raw expiring -g tenant-b:h").ok(), "soon");
}

#[test]
fn an_existing_file_is_replaced_only_with_overwrite() {
    let folder = full_folder();
    folder.write("lines", "precious");
    let message = folder.kv("export lines").failed(3);
    assert!(message.contains("lines exists already"), "{message}");
    assert_eq!(fs::read(folder.file("lines")).expect("a file"), b"precious");
    folder.kv("export lines --overwrite").ok();
    assert_ne!(fs::read(folder.file("lines")).expect("a file"), b"precious");
    folder.kv("export missing/lines").failed(3);
    assert_eq!(folder.files(), ["app.db", "lines"]);
}

#[test]
fn a_malformed_line_is_named_and_the_lines_before_it_are_imported() {
    let folder = TestFolder::new();
    let good = |n| format!("{{\"key\":\"k{n}\",\"value\":\"v\"}}\n");
    let lines: String = (1..=1500).map(good).collect();
    folder.write("lines", format!("{lines}{{\"key\":\"k\"\n{}", good(1502)));
    let message = folder.kv("import lines").failed(3);
    assert_eq!(
        message,
        "created app.db\nkv: line 1501: not a JSON object in one line: EOF while parsing an object at column 10; \
         the lines before line 1501 were imported; resume with --from-line 1501\n"
    );
    assert_eq!(folder.kv("count").ok(), "1500\n");
    folder.kv("import lines --from-line 1502").done();
    assert_eq!(folder.kv("count").ok(), "1501\n");
}

#[test]
fn malformed_lines_are_refused_with_the_reason() {
    let folder = TestFolder::new();
    for (line, expected) in [
        ("nonsense", "expected ident"),
        ("7", "expected an object"),
        ("{\"key\":\"k\"}", "field \"value\" is missing"),
        ("{\"value\":\"v\"}", "field \"key\" is missing"),
        ("{\"key\":\"k\",\"value\":7}", "field \"value\": expected a string"),
        ("{\"key\":\"k\",\"value\":\"v\",\"ttl\":5}", "field \"ttl\" is unknown"),
        ("{\"key\":\"k\",\"value\":\"v\",\"expires_at\":\"x\"}", "\"expires_at\" is not a whole"),
        ("{\"key\":\"k\",\"key\":\"k\",\"value\":\"v\"}", "is a duplicate"),
        ("{\"key\":{\"base64\":\"!\"},\"value\":\"v\"}", "invalid base64"),
    ] {
        let message = folder.feed("import --store memory:", line).failed(3);
        assert!(message.contains(": not a JSON") || message.contains("field"), "{line}: {message}");
        assert!(message.contains("kv: line "), "{line}: {message}");
        assert!(message.contains(expected), "{line}: {message}");
        assert!(message.contains("nothing was imported"), "{line}: {message}");
    }
    let long = format!("{{\"key\":\"{}\",\"value\":\"\"}}", "k".repeat(65_536));
    let message = folder.feed("import --store memory:", long).failed(3);
    assert!(message.contains("line 1: key of 65536 bytes is over the limit"), "{message}");
}

#[test]
fn a_dry_run_reads_all_and_writes_nothing() {
    let folder = TestFolder::new();
    let result = folder.feed("import --dry-run", "{\"key\":\"a\",\"value\":\"b\"}\n\n");
    assert_eq!((result.code, result.err.as_str()), (0, "could import 1 keys\n"));
    folder.feed("import --dry-run", "{}").failed(3);
    assert_eq!(folder.files(), Vec::<String>::new());
}

#[test]
fn expired_and_existing_keys_are_skipped() {
    let folder = TestFolder::new();
    folder.kv("set a old").done();
    let lines = "{\"key\":\"a\",\"value\":\"new\"}\n{\"key\":\"b\",\"value\":\"1\"}\n\
                 {\"key\":\"b\",\"value\":\"2\"}\n{\"key\":\"c\",\"json\":{\"x\": 1.0}}\n\
                 {\"key\":\"d\",\"value\":\"\",\"expires_at\":1000}\n";
    let result = folder.feed("import --if-absent", lines);
    assert_eq!(result.err, "imported 2 keys, 2 existed already, 1 had expired\n");
    assert_eq!(folder.kv("get --raw a").ok(), "old");
    assert_eq!(folder.kv("get --raw b").ok(), "1");
    assert_eq!(folder.kv("get --raw c").ok(), "{\"x\": 1.0}");
    folder.feed("import", lines).done();
    assert_eq!(folder.kv("get --raw a").ok(), "new");
    assert_eq!(folder.kv("get --raw b").ok(), "2");
}

#[test]
fn a_quota_stops_an_import_at_a_batch_that_the_message_names() {
    let folder = TestFolder::new();
    folder.kv("quota set a --max-keys 1500").done();
    let line = |n| format!("{{\"key\":\"k{n}\",\"value\":\"v\"}}\n");
    let lines: String = (1..=2500).map(line).collect();
    let message = folder.feed("import -n a -g g", lines).failed(3);
    assert!(message.contains("quota of 1500 keys"), "{message}");
    assert!(message.contains("resume with --from-line 1001"), "{message}");
    assert_eq!(folder.kv("count -n a -g g").ok(), "1000\n");
}

#[test]
fn a_batch_is_applied_as_a_whole_with_a_line_for_each_step() {
    let folder = TestFolder::new();
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
    let out = folder.feed("batch", steps).done();
    let lines: Vec<&str> = out.lines().collect();
    assert_eq!(lines.len(), 10);
    assert_eq!(lines[0], "{}");
    assert!(lines[2].starts_with("{\"value\":42,\"version\":"), "{out}");
    assert!(lines[3].starts_with("{\"found\":true,\"value\":\"42\",\"version\":"), "{out}");
    assert!(lines[3].contains("\"expires_at\":"), "{out}");
    assert!(lines[4].starts_with("{\"length\":1,"), "{out}");
    assert_eq!(lines[5..8], ["{\"found\":false}", "{\"deleted\":false}", "{\"set\":true}"]);
    assert_eq!(lines[9], "{\"removed\":1}");
    assert_eq!(folder.kv("list").ok(), "a\n");
}

#[test]
fn a_refused_or_malformed_batch_changes_nothing() {
    let folder = TestFolder::new();
    folder.kv("set k v").done();
    let steps = "{\"op\":\"set\",\"key\":\"a\",\"value\":\"1\"}\n{\"op\":\"check\",\"key\":\"k\",\"if\":\"absent\"}\n";
    let message = folder.feed("batch", steps).failed(1);
    assert!(message.starts_with("kv: step 2: condition failed: key is at version "), "{message}");
    assert!(message.ends_with(": k; nothing was changed\n"), "{message}");
    for (line, expected) in [
        ("{\"op\":\"jump\",\"key\":\"k\"}", "step \"jump\" is unknown"),
        ("{\"key\":\"k\"}", "\"op\" is missing"),
        ("{\"op\":\"set\",\"key\":\"k\"}", "\"value\" is missing"),
        ("{\"op\":\"set\",\"key\":\"k\",\"value\":\"v\",\"ttl_ms\":-2}", "negative"),
        ("{\"op\":\"set\",\"key\":\"k\",\"value\":\"v\",\"if\":\"maybe\"}", "\"if\" is not"),
        ("{\"op\":\"get\",\"key\":\"k\",\"value\":\"v\"}", "\"value\" is unknown"),
    ] {
        let steps = format!("{{\"op\":\"delete\",\"key\":\"k\"}}\n{line}\n");
        let message = folder.feed("batch", steps).failed(3);
        assert!(message.contains("line 2: ") && message.contains(expected), "{line}: {message}");
    }
    assert_eq!(folder.kv("list").ok(), "k\n");
    assert_eq!(folder.feed("batch --db-path none.db", "{\"op\":\"get\",\"key\":\"k\"}").code, 3);
}

#[test]
fn a_file_of_the_open_store_is_neither_replaced_nor_read() {
    let folder = TestFolder::new();
    folder.kv("set a 1 --db-path one.db").done();
    for line in [
        "export one.db --overwrite --db-path one.db",
        "export one.db-shm --overwrite --db-path one.db",
        "import one.db --db-path one.db",
    ] {
        let message = folder.kv(line).failed(3);
        assert!(message.contains("which this process has open"), "{line}: {message}");
    }
    assert_eq!(folder.kv("get --raw a --db-path one.db").ok(), "1");
}
