//! Prose and names use the words of docs/glossary.md, in plain sentences.

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::root;

/// Words for which the field has others.
const BANNED: [&str; 9] =
    ["told", "hear", "hears", "ears", "lanes", "verdict", "portion", "nobody", "anew"];

/// Words at the head of a comment that make a riddle of its subject.
const RIDDLES: [&str; 3] = ["Who ", "What ", "Whoever "];

/// The longest line of a comment, in characters.
const COLUMNS_MAX: usize = 100;

/// The places that are held to the words; a folder with all below it.
const PLACES: [&str; 40] = [
    "src",
    "include",
    "cli/src",
    "cli/tests",
    "bench",
    "packaging",
    "scripts",
    "tests/abi",
    "tests/behaviour",
    "tests/c",
    "tests/concurrency",
    "tests/config",
    "tests/conformance",
    "tests/dist",
    "tests/docs",
    "tests/files",
    "tests/first-hour",
    "tests/histories",
    "tests/loom",
    "tests/observe",
    "tests/oracles",
    "tests/outside",
    "tests/package",
    "tests/redis",
    "tests/support",
    "tests/torture",
    "tests/versions",
    "fuzz",
    "docs",
    "examples",
    "bindings/cpp",
    "bindings/go",
    "bindings/java",
    "bindings/luajit",
    "bindings/node",
    "bindings/python",
    "README.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "SECURITY.md",
];

/// The endings of files with prose or code.
const ENDINGS: [&str; 12] =
    ["rs", "sh", "c", "lua", "md", "hpp", "h", "py", "go", "js", "ts", "java"];

fn files() -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut left: Vec<PathBuf> = PLACES.iter().map(|place| root().join(place)).collect();
    while let Some(path) = left.pop() {
        if path.is_dir() {
            let entries = fs::read_dir(&path).expect("a readable folder");
            left.extend(entries.map(|entry| entry.expect("an entry").path()));
        } else if ENDINGS.iter().any(|ending| path.extension().is_some_and(|it| it == *ending)) {
            found.push(path);
        }
    }
    assert!(found.len() > 100, "the files are elsewhere");
    found
}

/// Returns the text of a line's comment, if the line is one; a document's line is prose.
fn prose<'l>(path: &Path, line: &'l str) -> Option<&'l str> {
    let line = line.trim_start();
    if path.extension().is_some_and(|it| it == "md") {
        return Some(line);
    }
    let marks = ["///", "//!", "//", "--", "#", "/*", "*"];
    marks.iter().find_map(|mark| line.strip_prefix(mark)).map(str::trim_start)
}

/// Returns what is wrong with a line.
fn faults(path: &Path, line: &str) -> Vec<String> {
    let mut faults = Vec::new();
    let is_word = |it: char| it.is_alphanumeric() || it == '_';
    let mut words = line.split(|it| !is_word(it)).map(str::to_lowercase);
    if let Some(word) = words.find(|word| BANNED.contains(&word.as_str())) {
        faults.push(format!("{word:?} is no word of the glossary"));
    }
    if let Some(text) = prose(path, line) {
        if RIDDLES.iter().any(|riddle| text.starts_with(riddle)) && !text.contains('?') {
            faults.push("a sentence begins with Who, What or Whoever".to_owned());
        }
        let is_code = path.extension().is_some_and(|it| it == "rs" || it == "lua");
        if is_code && line.chars().count() > COLUMNS_MAX {
            faults.push(format!("a comment is longer than {COLUMNS_MAX} columns"));
        }
    }
    faults
}

#[test]
fn prose_and_names_use_the_words_of_the_glossary() {
    let mut all = Vec::new();
    for path in files() {
        let text = fs::read_to_string(&path).expect("a file in UTF-8");
        for (number, line) in (1..).zip(text.lines()) {
            let of_line = faults(&path, line);
            let shown = path.strip_prefix(root()).unwrap_or(&path).display().to_string();
            all.extend(of_line.iter().map(|fault| format!("{shown}:{number}: {fault}: {line}")));
        }
    }

    assert!(all.is_empty(), "\n{}\n", all.join("\n"));
}

#[test]
fn a_private_word_a_riddle_and_a_long_comment_are_noticed() {
    let rust = |line: &str| faults(Path::new("a.rs"), line).len();

    assert_eq!(rust("/// Returns the changes that were told."), 1);
    assert_eq!(rust("let verdict = 1;"), 1);
    assert_eq!(rust("let verdicts_of = told_of;"), 0, "only whole words count");
    assert_eq!(rust("    // Who writes waits."), 1);
    assert_eq!(rust("/// What is wrong?"), 0);
    assert_eq!(rust(&format!("// {}", "x".repeat(COLUMNS_MAX))), 1);
    assert_eq!(rust(&format!("let x = \"{}\";", "x".repeat(COLUMNS_MAX))), 0);
    assert_eq!(faults(Path::new("a.md"), "Whoever comes first leads.").len(), 1);
}
