//! The header is what `src/ffi` says.

use std::collections::BTreeSet;
use std::fs;

use crate::support::root;

/// The files of the C ABI in the order in which the header presents them.
const CHAPTERS: [&str; 21] = [
    "status",
    "open",
    "value",
    "put_options",
    "entry",
    "expiry",
    "scan",
    "range",
    "batch",
    "transaction",
    "idempotency",
    "text",
    "event",
    "watch",
    "on_change",
    "changes",
    "scope",
    "admin",
    "copy",
    "bind",
    "library",
];

fn generate() -> String {
    let config = cbindgen::Config::from_file(root().join("cbindgen.toml")).expect("valid config");
    let chapters = CHAPTERS.iter().fold(cbindgen::Builder::new(), |builder, chapter| {
        builder.with_src(root().join(format!("src/ffi/{chapter}.rs")))
    });
    let bindings = chapters.with_config(config).generate().expect("the header can be generated");
    let mut header = Vec::new();
    bindings.write(&mut header);
    String::from_utf8(header).expect("the header is UTF-8")
}

/// Returns the functions a header declares.
fn declared(header: &str) -> BTreeSet<String> {
    let names = header.lines().filter(|line| !line.starts_with([' ', '/', '#', '*']));
    names
        .filter_map(|line| line.split_once('(')?.0.rsplit([' ', '*']).next())
        .filter(|name| name.starts_with("kv_"))
        .map(str::to_owned)
        .collect()
}

fn lines(path: &str) -> BTreeSet<String> {
    let text = fs::read_to_string(root().join(path)).expect(path);
    text.lines().map(str::to_owned).collect()
}

/// Set `KV_BLESS=1` to write the header and the symbol list instead of comparing.
#[test]
fn the_committed_header_and_symbols_are_current() {
    let header = generate();
    let symbols: Vec<String> = declared(&header).into_iter().collect();
    if std::env::var_os("KV_BLESS").is_some() {
        fs::write(root().join("include/kv.h"), &header).expect("writable");
        fs::write(root().join("include/symbols.txt"), symbols.join("\n") + "\n").expect("writable");
    }
    let committed = fs::read_to_string(root().join("include/kv.h")).expect("include/kv.h");
    assert!(header == committed, "include/kv.h is out of date: run `make header`");
    assert_eq!(lines("include/symbols.txt"), symbols.into_iter().collect());
}

#[test]
fn every_chapter_of_the_abi_is_in_the_header() {
    for file in fs::read_dir(root().join("src/ffi")).expect("src/ffi") {
        let path = file.expect("an entry").path();
        let Some(name) = path.file_stem().and_then(|it| it.to_str()) else {
            continue;
        };
        if path.is_file() && fs::read_to_string(&path).expect("a source").contains("no_mangle") {
            assert!(CHAPTERS.contains(&name), "{name}.rs exports functions the header leaves out");
        }
    }
}

#[test]
fn every_declaration_is_documented() {
    let header = generate();
    let mut before = "";
    for line in header.lines() {
        let declares = line.starts_with("kv_status kv_")
            || line.starts_with("typedef ")
            || line.starts_with("#define KV_") && line != "#define KV_H";
        assert!(!declares || before.trim_end().ends_with("*/"), "undocumented: {line}");
        before = line;
    }
}

#[test]
fn the_example_of_a_transaction_is_what_the_c_tests_run() {
    let header = generate();
    let example = header.split("```c\n").nth(1).and_then(|it| it.split(" * ```").next());
    let lines = example.expect("an example").lines().map(|line| {
        let line = line.strip_prefix(" *").expect("a line of a comment");
        line.strip_prefix(' ').unwrap_or(line)
    });
    let example = lines.collect::<Vec<_>>().join("\n");
    assert!(example.starts_with("static kv_status archive("), "{example}");

    let test = fs::read_to_string(root().join("tests/c/transaction.c")).expect("transaction.c");
    assert!(test.contains(&example), "tests/c/transaction.c has another example");
}
