//! Several keys at once, parts of JSON, moments, templates, and the formats of all commands.

use crate::support::TestFolder;
use crate::terminal::screen;

fn folder() -> TestFolder {
    let folder = TestFolder::new();
    folder.run(&["set", "a", "{\"x\": [1, {\"y/z\": \"deep\"}], \"n\": 1.50}"]).done();
    folder.kv("set b text --ttl 1h").ok();
    folder
}

#[test]
fn several_keys_are_printed_and_missing_ones_reported() {
    let folder = folder();
    let both = folder.kv("get b a").ok();
    let first = "==> b <==\n\"text\"\n\n==> a <==\n{\n  \"x\": [";
    assert!(both.starts_with(first), "{both}");
    let result = folder.kv("get b none a -o json");
    assert_eq!((result.code, result.err.as_str()), (1, "kv: key not found: none\n"));
    let lines = String::from_utf8(result.out).expect("UTF-8");
    assert_eq!(lines.lines().count(), 2, "{lines}");
    assert!(lines.starts_with("{\"key\":\"b\",\"version\":"), "{lines}");
    assert!(lines.contains(",\"size\":4,\"value\":\"text\"}\n"), "{lines}");
    assert_eq!(folder.kv("get a b -o table").ok().lines().count(), 3);
    let message = folder.kv("get a b --raw").failed(2);
    assert!(message.contains("use --output json"), "{message}");
}

#[test]
fn a_json_pointer_prints_a_part_of_a_value() {
    let folder = folder();
    assert_eq!(folder.kv("get a --pointer /x/1/y~1z").ok(), "\"deep\"\n");
    assert_eq!(folder.kv("get a -p /n").ok(), "1.50\n");
    assert_eq!(folder.kv("get a -p /x/1 --raw").ok(), "{\"y/z\": \"deep\"}");
    let line = folder.kv("get a -p /n -o json").ok();
    assert!(line.ends_with(",\"size\":4,\"value\":\"1.50\"}\n"), "{line}");
    let message = folder.kv("get a -p /none").failed(1);
    assert!(message.contains("the JSON has no \"/none\""), "{message}");
    let message = folder.kv("get a -p x").failed(2);
    assert!(message.contains("does not begin with a slash"), "{message}");
    let message = folder.kv("get b -p /x").failed(3);
    assert!(message.contains("the value is not JSON"), "{message}");
    folder.kv("get none -p /x").failed(1);
    folder.kv("get a -p /n --offset 1").failed(2);
}

#[test]
fn an_expiry_is_a_moment_as_people_write_it() {
    let folder = folder();
    folder.run(&["expire", "a", "--at", "2100-01-01T00:00:00Z"]).ok();
    let line = folder.kv("ttl a -o json").ok();
    assert!(line.ends_with(",\"expires_at\":4102444800000}\n"), "{line}");
    folder.run(&["set", "c", "v", "--expires-at", "2100-01-01 00:00"]).ok();
    assert!(folder.kv("ttl c -o table").ok().contains("expires at  "));
    folder.kv("expire a 1h30m").ok();
    folder.kv("expire a 0.5h --lt").ok();
    let ttl = folder.kv("ttl a").ok();
    let millis: i64 = ttl.trim_end().trim_end_matches("ms").parse().expect("a number");
    assert!((1_700_000..=1_800_000).contains(&millis), "{ttl}");
    assert_eq!(screen(&folder, "ttl b", &[]).trim_end().len(), "59m59s".len());
    folder.kv("expire a --at 1000").ok();
    folder.kv("get a").failed(1);
    for line in ["expire b", "expire b 1h --at 1", "expire b --at soon", "set k v --ttl 1h2h"] {
        folder.kv(line).failed(2);
    }
    let message = folder.kv("set k v --expires-at tomorrow").failed(2);
    assert!(message.contains("write 2026-12-24"), "{message}");
}

#[test]
fn a_template_is_rendered_over_a_group() {
    let folder = folder();
    folder.write("page", "{{ b }}, {{ absent|default(\"no one\") }}\n");
    assert_eq!(folder.kv("render page").ok(), "text, no one\n");
    assert_eq!(folder.feed("render", "{{ b|upper }}").ok(), "TEXT");
    assert_eq!(folder.run(&["render", "-e", "{{ b|length }}"]).ok(), "4");
    let message = folder.run(&["render", "-e", "{{ absent }}"]).failed(2);
    assert!(message.contains("absent"), "{message}");
    folder.write("latin", b"\xe4");
    folder.kv("render latin").failed(2);
    folder.kv("render missing").failed(3);
    folder.kv("render page -e x").failed(2);
}

#[test]
fn every_format_is_one_of_four_and_each_command_with_results_takes_them() {
    let folder = folder();
    folder.kv("changes on").ok();
    folder.kv("quota set t --max-bytes 1MiB").ok();
    folder.kv("lock acquire l --lease 1h").ok();
    for command in [
        "get a",
        "list",
        "groups",
        "ttl b",
        "stats",
        "changes",
        "quota show t",
        "lock show l",
        "options sqlite",
        "watch --from-version 0 --limit 1",
    ] {
        for format in ["text", "table", "json", "raw"] {
            let text = folder.kv(&format!("{command} -o {format}")).ok();
            let is_object = text.starts_with('{') && text.ends_with("}\n");
            assert!(format != "json" || is_object, "{command}: {text}");
        }
        let message = folder.kv(&format!("{command} -o yaml")).failed(2);
        assert!(message.contains("text, table, json, raw"), "{message}");
    }
    assert_eq!(folder.kv("quota show t -o json").ok().matches("\"max_bytes\":1048576").count(), 1);
    let seen = screen(&folder, "quota show t", &[("NO_COLOR", "1")]);
    assert!(seen.contains("0 B of 1.0 MiB"), "{seen}");
}

#[test]
fn options_are_those_of_a_store_in_every_format() {
    let folder = TestFolder::new();
    let all = folder.kv("options -o raw").ok();
    assert!(all.lines().any(|it| it == "pool_size"), "{all}");
    let sqlite = folder.kv("options sqlite -o raw").ok();
    assert!(sqlite.lines().any(|it| it == "wal_limit"), "{sqlite}");
    assert!(!sqlite.lines().any(|it| it == "pool_size"), "{sqlite}");
    let line = folder.kv("options memory -o json").ok();
    let first = line.lines().next().expect("a line");
    assert!(first.starts_with("{\"option\":\"purge_interval\",\"default\":\"60s\""), "{first}");
    let message = folder.kv("get a --store sqlite:app.db?durabilty=full").failed(2);
    assert!(message.contains("did you mean \"durability\"?"), "{message}");
}

#[test]
fn a_word_of_another_tool_is_refused_with_the_command_for_it() {
    let folder = TestFolder::new();
    for (line, hint) in [
        (
            "keys *",
            "kv: there is no keys; list 'user:*' lists keys ('kv help' lists the commands)\n",
        ),
        ("GET k", "kv: there is no GET; commands are in lower case: get"),
        ("HSET a b", "set KEY VALUE stores a value"),
        ("--db-path a.db get --prefix a", "kv: get has no --prefix; list --prefix"),
    ] {
        let message = folder.kv(line).failed(2);
        assert!(message.contains(hint), "{line}: {message}");
    }
    let message = folder.kv("gett k").failed(2);
    assert!(message.contains("'get'"), "{message}");
    let message = folder.kv("get k").failed(3);
    assert!(message.contains("'kv set' creates one, and so does --create"), "{message}");
    let message = folder.feed("import --store memory:", "[{\"key\":1}]").failed(3);
    assert!(message.contains("jq -c '.[]' FILE | kv import"), "{message}");
    let lines = b"\xef\xbb\xbf{\"key\":\"k\",\"value\":\"v\"}\n";
    assert_eq!(folder.feed("import --store memory:", lines).err, "imported 1 keys\n");
    let message = folder.feed("batch", "{\"op\":\"sett\",\"key\":\"k\"}").failed(3);
    assert!(message.contains("did you mean \"set\"?"), "{message}");
    let message = folder.feed("import", "{\"key\":\"k\",\"valeu\":\"v\",\"value\":\"\"}").failed(3);
    assert!(message.contains("\"valeu\" is unknown; did you mean \"value\"?"), "{message}");
}
