//! Lines and files that an older version of the command has written.

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::Place;

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/format-1").join(name)
}

fn lines(name: &str) -> String {
    fs::read_to_string(fixture(name)).expect("a fixture in UTF-8")
}

#[test]
fn lines_that_were_exported_are_imported_and_exported_again_equal() {
    let place = Place::new();
    fs::copy(fixture("plain.jsonl"), place.file("lines.jsonl")).expect("a fixture");

    let ran = place.kv("import lines.jsonl");

    assert_eq!((ran.code, ran.err.as_str()), (0, "created app.db\nimported 120 keys\n"));
    assert!(place.kv("export").ok() == lines("plain.jsonl"), "other lines");
}

#[test]
fn a_file_of_an_older_version_is_exported_as_it_was_then() {
    let place = Place::new();
    fs::copy(fixture("plain.db"), place.file("app.db")).expect("a fixture");

    assert!(place.kv("export").ok() == lines("plain.jsonl"), "other lines");
}

#[test]
fn every_field_and_spelling_of_a_line_is_understood_as_it_was() {
    let place = Place::new();

    let ran = place.feed("import", lines("input.jsonl"));

    let said = "created app.db\nimported 8 keys, 1 have expired\n";
    assert_eq!((ran.code, ran.err.as_str()), (0, said));
    assert_eq!(place.kv("export").ok(), lines("input_exported.jsonl"));
}
