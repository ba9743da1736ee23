//! Lines and files that an older version of the command wrote.

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::TestFolder;

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/format-1").join(name)
}

fn lines(name: &str) -> String {
    fs::read_to_string(fixture(name)).expect("a fixture in UTF-8")
}

#[test]
fn exported_lines_are_imported_and_exported_again_unchanged() {
    let folder = TestFolder::new();
    fs::copy(fixture("plain.jsonl"), folder.file("lines.jsonl")).expect("a fixture");

    let result = folder.kv("import lines.jsonl");

    assert_eq!((result.code, result.err.as_str()), (0, "created app.db\nimported 120 keys\n"));
    assert!(folder.kv("export").ok() == lines("plain.jsonl"), "other lines");
}

#[test]
fn a_file_of_an_older_version_is_exported_as_it_was_then() {
    let folder = TestFolder::new();
    fs::copy(fixture("plain.db"), folder.file("app.db")).expect("a fixture");

    assert!(folder.kv("export").ok() == lines("plain.jsonl"), "other lines");
}

#[test]
fn every_field_and_spelling_of_a_line_is_still_read() {
    let folder = TestFolder::new();

    let result = folder.feed("import", lines("input.jsonl"));

    let message = "created app.db\nimported 8 keys, 1 had expired\n";
    assert_eq!((result.code, result.err.as_str()), (0, message));
    assert_eq!(folder.kv("export").ok(), lines("input_exported.jsonl"));
}
