//! The commands of petrock, a framework for Go, with the results that its documentation shows.

use crate::support::TestFolder;

#[test]
fn a_string_is_stored_and_shown_as_formatted_json() {
    let folder = TestFolder::new();
    assert_eq!(folder.run(&["set", "user:123:name", "John Doe"]).err, "created app.db\n");
    assert_eq!(folder.kv("get user:123:name").ok(), "\"John Doe\"\n");
    assert_eq!(folder.files(), ["app.db"]);
}

#[test]
fn json_is_parsed_and_shown_in_indented_lines() {
    let folder = TestFolder::new();
    let config = r#"{"theme": "dark", "notifications": true}"#;
    folder.run(&["set", "--json", "user:123:config", config]).done();
    folder.run(&["set", "--json", "user:123:tags", r#"["admin", "premium"]"#]).ok();
    let shown = "{\n  \"theme\": \"dark\",\n  \"notifications\": true\n}\n";
    assert_eq!(folder.kv("get user:123:config").ok(), shown);
    assert_eq!(folder.kv("get user:123:tags").ok(), "[\n  \"admin\",\n  \"premium\"\n]\n");
}

#[test]
fn keys_are_listed_by_glob() {
    let folder = TestFolder::new();
    for key in ["user:2:config", "user:1:name", "app:config", "worker:posts:state"] {
        folder.kv(&format!("set {key} x")).done();
    }
    let all = "app:config\nuser:1:name\nuser:2:config\nworker:posts:state\n";
    assert_eq!(folder.kv("list").ok(), all);
    assert_eq!(folder.kv("list *").ok(), all);
    assert_eq!(folder.kv("list user:*").ok(), "user:1:name\nuser:2:config\n");
    assert_eq!(folder.kv("list *:config").ok(), "app:config\nuser:2:config\n");
    assert_eq!(folder.kv("list user:?:name").ok(), "user:1:name\n");
    assert_eq!(folder.kv("list missing:*").ok(), "");
}

#[test]
fn the_database_is_chosen_by_its_path() {
    let folder = TestFolder::new();
    folder.kv("set --db-path other.db k v").done();
    assert_eq!(folder.kv("get k --db-path other.db").ok(), "\"v\"\n");
    assert_eq!(folder.kv("--db-path=other.db list").ok(), "k\n");
    assert_eq!(folder.files(), ["other.db"]);
}

#[test]
fn a_missing_key_and_a_value_that_is_not_json_are_refused_by_name() {
    let folder = TestFolder::new();
    folder.kv("set k v").done();
    let missing = folder.kv("get nope").failed(1);
    assert_eq!(missing, "kv: failed to get value for key 'nope': key not found: nope\n");
    let message = folder.run(&["set", "--json", "k", "{\"a\":"]).failed(2);
    assert!(message.starts_with("kv: failed to parse value as JSON: "), "{message}");
    assert_eq!(folder.kv("get k").ok(), "\"v\"\n");
    for line in ["get", "set", "set a b c", "list a b"] {
        folder.kv(line).failed(2);
    }
}

#[test]
fn percent_signs_are_printed_as_they_are() {
    let folder = TestFolder::new();
    folder.run(&["set", "rate %d", "100% of %s%n"]).done();
    assert_eq!(folder.run(&["get", "rate %d"]).ok(), "\"100% of %s%n\"\n");
    assert_eq!(folder.kv("list").ok(), "rate %d\n");
    let message = folder.kv("get %s%s%d").failed(1);
    assert!(message.contains("'%s%s%d'"), "{message}");
}

#[test]
fn numbers_are_printed_as_they_were_written() {
    let folder = TestFolder::new();
    let numbers = "[9007199254740993, -0, 1.0, 1e400, 0.10, 123456789012345678901234567890]";
    folder.run(&["set", "--json", "n", numbers]).done();
    let shown = numbers.replace("[", "[\n  ").replace(", ", ",\n  ").replace("]", "\n]\n");
    assert_eq!(folder.kv("get n").ok(), shown);
    folder.kv("set --json worker:posts:position 9007199254740993").ok();
    assert_eq!(folder.kv("get worker:posts:position").ok(), "9007199254740993\n");
}

#[test]
fn order_and_duplicate_names_are_kept_and_nothing_is_escaped() {
    let folder = TestFolder::new();
    folder.run(&["set", "--json", "k", r#"{"z":"<a>&","a":1,"a":2,"e":{},"f":[ ]}"#]).done();
    let shown = "{\n  \"z\": \"<a>&\",\n  \"a\": 1,\n  \"a\": 2,\n  \"e\": {},\n  \"f\": []\n}\n";
    assert_eq!(folder.kv("get k").ok(), shown);
}

#[test]
fn a_text_can_be_stored_as_the_json_that_petrock_programs_read() {
    let folder = TestFolder::new();
    folder.run(&["set", "--json-string", "k", "say \"hi\""]).done();
    assert_eq!(folder.kv("get --raw k").ok(), r#""say \"hi\"""#);
}
