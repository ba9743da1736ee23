//! docs/architecture.md names files and floors as they are.

use std::fs;
use std::path::Path;

use super::tidy::FLOORS;
use crate::support::root;

/// The folders from which the page names files.
const BASES: [&str; 7] = [
    "",
    "src",
    "src/ffi",
    "src/engine",
    "src/engine/sqlite",
    "src/engine/redis",
    "src/engine/redis/ops",
];

fn page() -> String {
    fs::read_to_string(root().join("docs/architecture.md")).expect("the page")
}

/// Returns the files that a page names in backquotes.
fn files(page: &str) -> Vec<&str> {
    let quoted = page.split('`').skip(1).step_by(2);
    let is_file = |name: &&str| {
        let ending = Path::new(name).extension();
        !name.contains(' ') && ending.is_some_and(|it| ["rs", "lua", "h"].iter().any(|e| it == *e))
    };
    quoted.filter(is_file).collect()
}

fn exists(file: &str) -> bool {
    BASES.iter().any(|base| root().join(base).join(file).is_file())
}

/// Returns whether a line of the page's list of folders names a module with its floor.
fn has_floor(page: &str, module: &str, floor: u32) -> bool {
    page.lines().any(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let names = words.iter().take_while(|it| it.parse::<u32>().is_err());
        let is_named = |word: &str| word == format!("{module}/") || word == format!("{module}.rs");
        let number = words.iter().find_map(|it| it.parse().ok());
        number == Some(floor) && names.into_iter().any(|it| is_named(it))
    })
}

#[test]
fn every_file_that_the_page_names_exists() {
    let page = page();
    let files = files(&page);
    assert!(files.len() > 30, "the page has changed its form");

    let missing: Vec<_> = files.into_iter().filter(|file| !exists(file)).collect();

    assert_eq!(missing, Vec::<&str>::new());
}

#[test]
fn the_page_has_the_floor_of_every_module() {
    let page = page();

    let missing: Vec<_> =
        FLOORS.iter().filter(|(module, floor)| !has_floor(&page, module, *floor)).collect();

    assert_eq!(missing, Vec::<&(&str, u32)>::new());
}

#[test]
fn a_missing_file_and_a_wrong_floor_are_noticed() {
    assert_eq!(files("| `a/b.rs` | `a::b` in `c.lua` and `c d.rs` |"), ["a/b.rs", "c.lua"]);
    assert!(exists("store/write.rs") && !exists("store/unwritten.rs"));
    assert!(has_floor("  a/   4  the 7 wonders\n  b.rs c.rs  0", "c", 0));
    assert!(!has_floor("  a/   4  the 7 wonders", "a", 7));
    assert!(!has_floor("  ab/   4", "a", 4));
}
