//! Every path that a document or a comment names exists.

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::root;

/// Folders of the project whose files name paths, and the documents beside them.
const PLACES: [&str; 14] = [
    "src",
    "cli",
    "tests",
    "docs",
    "bindings",
    "bench",
    "examples",
    "include",
    "packaging",
    "scripts",
    "cmake",
    "README.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
];
/// Folders that a build or a package manager makes, and those recorded from earlier versions.
const SKIPPED: [&str; 5] = ["target", "node_modules", "build", "fixtures", ".venv"];
/// The endings of files with comments or prose.
const ENDINGS: [&str; 11] = ["rs", "lua", "md", "hpp", "cpp", "h", "c", "py", "go", "sh", "js"];

fn files() -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut left: Vec<PathBuf> = PLACES.iter().map(|place| root().join(place)).collect();
    while let Some(path) = left.pop() {
        let name = path.file_name().and_then(|it| it.to_str()).unwrap_or_default();
        if path.is_dir() {
            if !SKIPPED.contains(&name) {
                let entries = fs::read_dir(&path).expect("a readable folder");
                left.extend(entries.map(|entry| entry.expect("an entry").path()));
            }
        } else if ENDINGS.iter().any(|ending| path.extension().is_some_and(|it| it == *ending)) {
            found.push(path);
        }
    }
    assert!(found.len() > 300, "the files are elsewhere");
    found
}

/// Returns the words of a line that have the form of a path of this project: the first part is a
/// folder at the top, or one of src with a file or folder behind it.
fn paths(line: &str) -> Vec<&str> {
    let is_path = |it: char| it.is_ascii_alphanumeric() || "_./-".contains(it);
    let mut found = Vec::new();
    let mut rest = line;
    while let Some(start) = rest.find(is_path) {
        let before = rest[..start].chars().next_back().unwrap_or(' ');
        let word = &rest[start..];
        let len = word.find(|it| !is_path(it)).unwrap_or(word.len());
        let after = word[len..].chars().next().unwrap_or(' ');
        // A part of something longer, such as a pattern, a variable or an address.
        if !":{$}~@=<*\\".contains(before) && !"{$*<:@\\".contains(after) || after == ':' {
            found.push(word[..len].trim_end_matches('.'));
        }
        rest = &word[len..];
    }
    found.retain(|path| is_of_project(path));
    found
}

fn is_of_project(path: &str) -> bool {
    let Some((first, rest)) = path.split_once('/') else { return false };
    let is_top = PLACES.contains(&first);
    let is_source = rest.ends_with(".rs") || path.ends_with('/');
    !first.is_empty() && (is_top || is_source && root().join("src").join(first).is_dir())
}

fn exists(path: &str, file: &Path) -> bool {
    let src = root().join("src");
    let folders = [root(), &src, file.parent().expect("a folder")];
    folders.iter().any(|folder| folder.join(path).exists())
}

fn is_prose(file: &Path, line: &str) -> bool {
    let marks = ["//", "#", "--", "*"];
    let is_document = file.extension().is_some_and(|it| it == "md");
    is_document || marks.iter().any(|mark| line.trim_start().starts_with(mark))
}

#[test]
fn every_path_that_prose_names_exists() {
    let (mut faults, mut count) = (Vec::new(), 0);
    for file in files() {
        let text = fs::read_to_string(&file).expect("a file in UTF-8");
        for (number, line) in (1..).zip(text.lines()).filter(|(_, line)| is_prose(&file, line)) {
            let paths = paths(line);
            count += paths.len();
            let shown = file.strip_prefix(root()).unwrap_or(&file).display();
            let missing = paths.iter().filter(|path| !exists(path, &file));
            faults.extend(missing.map(|path| format!("{shown}:{number}: {path} is not there")));
        }
    }

    assert!(count > 100, "only {count} paths are named");
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

#[test]
fn a_path_is_found_in_a_sentence_and_in_a_link() {
    assert_eq!(paths("See docs/storage.md."), ["docs/storage.md"]);
    assert_eq!(paths("`engine/none.rs`, and [x](src/gone/)"), ["engine/none.rs", "src/gone/"]);
    assert_eq!(paths("https://docs/x.md, $root/tests/c, tests/*.rs, and/or"), [""; 0]);
    let file = root().join("README.md");
    assert!(exists("docs/storage.md", &file) && !exists("engine/none.rs", &file));
}
