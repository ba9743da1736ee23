//! The README shows what the tests run: its snippets are the files they compile.

use std::fs;

use crate::support::root;

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).expect(path)
}

/// Returns the README's fenced snippets in `language`.
fn snippets(language: &str) -> Vec<String> {
    snippets_of("README.md", language)
}

fn snippets_of(document: &str, language: &str) -> Vec<String> {
    let text = read(document);
    let opening = format!("```{language}\n");
    let after_opening = text.split(&opening).skip(1);
    after_opening.filter_map(|text| text.split_once("```").map(|it| it.0.to_owned())).collect()
}

#[test]
fn the_c_snippet_is_the_quickstart_that_the_examples_run() {
    assert_eq!(snippets("c"), [read("examples/quickstart.c")]);
}

#[test]
fn the_snippet_about_copies_is_what_the_c_tests_run() {
    let snippets = snippets_of("docs/copy.md", "c");
    assert_eq!(snippets.len(), 1);
    assert!(read("tests/c/copy.c").contains(&snippets[0]), "tests/c/copy.c has another example");
}

/// The most lines of the README: a reader decides in a minute.
const LINES_MAX: usize = 200;

#[test]
fn it_is_short() {
    let lines = read("README.md").lines().count();
    assert!((100..=LINES_MAX).contains(&lines), "{lines} lines");
}

#[test]
fn the_cmake_snippet_names_targets_that_the_consumers_of_the_package_link() {
    let consumer = read("tests/package/consumer/CMakeLists.txt");
    let page = read("docs/installing.md");
    let targets = page.split("`kv::").skip(1).filter_map(|it| it.split_once('`'));
    let targets: Vec<_> = targets.map(|(name, _)| format!("kv::{name}")).collect();
    assert!(targets.len() >= 3, "{targets:?}");
    for target in targets {
        assert!(consumer.contains(&format!("PRIVATE {target}")), "no test consumer links {target}");
    }
    let find = consumer.lines().find(|line| line.contains("find_package(kv")).expect("a consumer");
    let shown = snippets_of("docs/installing.md", "cmake").concat();
    assert!(shown.contains(find.trim()), "the page finds another version");
}

#[test]
fn the_commands_are_verbs_of_the_makefile() {
    let makefile = read("Makefile");
    let commands = snippets("sh").concat();
    let commands = commands.lines().flat_map(|line| line.split("&&").map(str::trim));
    let verbs: Vec<_> = commands
        .filter_map(|it| it.trim_start_matches("sudo ").strip_prefix("make "))
        .filter_map(|it| it.split_whitespace().next())
        .collect();
    let expected = ["build", "install", "demo", "test", "docs", "dist", "torture", "outside"];
    assert_eq!(verbs, expected);
    for verb in verbs {
        assert!(makefile.contains(&format!("\n{verb}:")), "make {verb}");
    }
}

/// Returns the version that stands in `text` between `before` and ` or later`.
fn version_after<'t>(text: &'t str, before: &str) -> &'t str {
    let (_, rest) = text.split_once(before).expect(before);
    rest.split_once(" or later").expect("a minimum").0
}

#[test]
fn the_versions_of_rust_and_cmake_are_those_of_their_files() {
    let readme = read("README.md");
    let rust = version_after(&readme, "Rust ");
    assert!(read("Cargo.toml").contains(&format!("\nrust-version = \"{rust}\"\n")), "{rust}");
    let cmake = version_after(&readme, "CMake ");
    let lists = read("CMakeLists.txt");
    let minimum = format!("cmake_minimum_required(VERSION {cmake})");
    assert!(
        lists.contains(&minimum) && lists.contains(&format!("CMake {cmake} or later")),
        "{cmake}"
    );
}

#[test]
fn the_packages_are_those_of_make_build() {
    let setup = read("scripts/setup.sh");
    let (_, needs) = setup.split_once("    build)\n").expect("the needs of a build");
    let (needs, _) = needs.split_once(";;").expect("their end");
    let words = needs.lines().map(str::trim).filter_map(|it| it.strip_prefix("echo '"));
    let mut packages: Vec<_> =
        words.filter_map(|it| it.trim_end_matches('\'').split(' ').next_back()).collect();
    // Part of the compiler's package.
    packages.retain(|it| *it != "binutils");
    // For a program that is linked, not for the build.
    packages.push("pkg-config");
    packages.sort_unstable();
    let readme = read("README.md");
    let (_, named) = readme.split_once("`sudo apt-get install ").expect("a command");
    let mut named: Vec<_> = named.split_once('`').expect("its end").0.split(' ').collect();
    named.sort_unstable();
    assert_eq!(named, packages);
}

#[test]
fn a_file_opens_with_all_options_of_the_header_and_their_defaults() {
    let header = read("include/kv.h");
    let table = header.split(" * | option ").nth(1).expect("the table of a SQLite store");
    let rows = table.lines().skip(2).take_while(|line| line.starts_with(" * | "));
    let options: Vec<_> = rows
        .map(|row| {
            let cells: Vec<_> = row.split('|').map(str::trim).collect();
            let [_, name, default, ..] = cells[..] else { panic!("no row of options: {row}") };
            // The options of the change log need one.
            let value = if name == "changes *" { "on" } else { default };
            format!("{}={value}", name.trim_end_matches(" *"))
        })
        .collect();
    assert_eq!(options.len(), 20, "{options:?}");

    let file = tempfile::tempdir().expect("a directory");
    let location = format!("sqlite:{}?{}", file.path().join("kv").display(), options.join("&"));
    kv::open(&location).expect(&location);
}
