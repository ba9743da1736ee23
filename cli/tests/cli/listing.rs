//! Listing, counting and deleting many keys.

use crate::support::TestFolder;
use crate::terminal::screen;

fn folder_with(keys: &[&str]) -> TestFolder {
    let folder = TestFolder::new();
    for key in keys {
        folder.run(&["set", key, "value"]).done();
    }
    folder
}

#[test]
fn a_prefix_is_literal_and_after_begins_the_next_page() {
    let folder = folder_with(&["a_1", "a_2", "ab1", "a*3", "A_9"]);
    assert_eq!(folder.kv("list --prefix a_").ok(), "a_1\na_2\n");
    assert_eq!(folder.kv("list --prefix a*").ok(), "a*3\n");
    assert_eq!(folder.kv("list --limit 2").ok(), "A_9\na*3\n");
    assert_eq!(folder.kv("list --limit 2 --after a*3").ok(), "a_1\na_2\n");
    assert_eq!(folder.kv("list --reverse --limit 1").ok(), "ab1\n");
    folder.kv("list x --prefix y").failed(2);
}

#[test]
fn globs_have_two_dialects() {
    let folder = folder_with(&["a*", "ab", "\u{e4}"]);
    assert_eq!(folder.run(&["list", "a\\*", "--redis-glob"]).ok(), "a*\n");
    assert_eq!(folder.run(&["list", "a\\*"]).ok(), "");
    assert_eq!(folder.run(&["list", "a[*]"]).ok(), "a*\n");
    assert_eq!(folder.run(&["list", "?"]).ok(), "\u{e4}\n");
    assert_eq!(folder.run(&["list", "??", "--redis-glob"]).ok(), "a*\nab\n\u{e4}\n");
}

#[test]
fn long_lines_have_version_ttl_and_size() {
    let folder = folder_with(&["k"]);
    folder.kv("set t hello --ttl 10d").ok();
    let lines = folder.kv("list --long").ok();
    assert_eq!(lines.lines().count(), 3, "{lines}");
    let words: Vec<Vec<_>> = lines.lines().map(|it| it.split_whitespace().collect()).collect();
    assert_eq!(words[0], ["version", "ttl", "size", "key"]);
    assert_eq!(words[1][1..], ["-", "5", "k"]);
    assert_eq!(words[2][2..], ["5", "t"]);
    assert!(words[1][0].parse::<u64>().is_ok(), "{lines}");
    // In a pipe the ttl is exact, on a terminal it has its two greatest units.
    assert!(words[2][1].starts_with("86399") && words[2][1].ends_with("ms"), "{lines}");
    let seen = screen(&folder, "list --output table", &[("NO_COLOR", "1")]);
    assert!(seen.contains(" 9d23h ") && seen.contains(" 5 B  t\r\n"), "{seen}");
}

#[test]
fn groups_have_counts_and_formats() {
    let folder = folder_with(&["a", "b"]);
    folder.kv("set k v -g g").ok();
    assert_eq!(
        folder.kv("groups --long").ok(),
        "        keys  group\n           2  \n           1  g\n"
    );
    assert_eq!(folder.kv("groups -o json").ok(), "{\"group\":\"\"}\n{\"group\":\"g\"}\n");
    let lines = "{\"group\":\"\",\"keys\":2}\n{\"group\":\"g\",\"keys\":1}\n";
    assert_eq!(folder.kv("groups -l -o json").ok(), lines);
    assert_eq!(folder.kv("groups -o raw").ok(), "\ng\n");
}

#[test]
fn keys_can_be_json_or_end_with_nul() {
    let folder = folder_with(&["a\nb", "c"]);
    assert_eq!(folder.kv("list --output json").ok(), "{\"key\":\"a\\nb\"}\n{\"key\":\"c\"}\n");
    assert_eq!(folder.kv("list -0").ok(), "a\nb\0c\0");
    assert_eq!(folder.kv("groups -0").ok(), "\0");
    let line = folder.kv("list --output json --long --limit 1").ok();
    assert!(line.starts_with("{\"key\":\"a\\nb\",\"version\":"), "{line}");
    assert!(line.ends_with(",\"size\":5}\n"), "{line}");
}

#[test]
fn counts_are_of_a_group_a_prefix_a_glob_or_all() {
    let folder = folder_with(&["a1", "a2", "b1"]);
    folder.kv("set x y -g other").ok();
    assert_eq!(folder.kv("count").ok(), "3\n");
    assert_eq!(folder.kv("count --prefix a").ok(), "2\n");
    assert_eq!(folder.kv("count *1").ok(), "2\n");
    assert_eq!(folder.kv("count -g other").ok(), "1\n");
    assert_eq!(folder.kv("count --all").ok(), "4\n");
    folder.kv("count --all -g other").failed(2);
}

#[test]
fn groups_and_prefixes_are_deleted_and_counted() {
    let folder = folder_with(&["a%1", "a%2", "ab"]);
    folder.kv("set x y -g other").ok();
    assert_eq!(folder.kv("delete-prefix a%").ok(), "2\n");
    assert_eq!(folder.kv("list").ok(), "ab\n");
    assert_eq!(folder.kv("delete-group other").ok(), "1\n");
    assert_eq!(folder.kv("delete-group other").ok(), "0\n");
    assert_eq!(folder.run(&["delete-group", ""]).ok(), "1\n");
    assert_eq!(folder.kv("count --all").ok(), "0\n");
}
