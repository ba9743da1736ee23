//! The header is what `src/ffi` says, in chapters that one reads from the first to the last.

mod chapters;
mod comments;
mod declarations;
mod handbook;
mod initialisers;
mod pages;
mod returns;
mod versions;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use crate::support::root;
use chapters::{CHAPTERS, LATER};
use comments::WIDTH;
use declarations::{Kind, Piece, of_file};
use handbook::header;

/// Returns the functions of all chapters, in order.
fn functions() -> Vec<String> {
    let files = CHAPTERS.iter().flat_map(|it| it.files);
    let declarations = files.flat_map(|file| of_file(file));
    declarations.filter(|it| it.kind == Kind::Function).map(|it| it.name).collect()
}

/// Returns the names of this library in a text, in order.
fn names(text: &str) -> impl Iterator<Item = &str> {
    let words = text.split(|it: char| !(it.is_alphanumeric() || it == '_'));
    words.filter(|word| word.starts_with("kv_") || word.starts_with("KV_"))
}

/// Returns the header without its comments.
fn code(header: &str) -> String {
    let parts = header.split("/*").skip(1).filter_map(|part| part.split_once("*/"));
    parts.map(|(_, code)| code).collect()
}

/// Set `KV_BLESS=1` to write the header and the lists of symbols instead of comparing.
#[test]
fn the_committed_header_and_symbols_are_current() {
    let symbols: BTreeSet<String> = functions().into_iter().collect();
    let with_release = || symbols.iter().map(|name| (name.as_str(), chapters::since(name)));
    let files = [
        ("include/kv.h", header()),
        ("include/symbols.txt", symbols.iter().map(|name| format!("{name}\n")).collect()),
        ("include/kv.map", versions::version_script(with_release())),
        ("packaging/deb/debian/library.symbols", versions::debian_symbols(with_release())),
    ];
    for (path, text) in files {
        if std::env::var_os("KV_BLESS").is_some() {
            fs::write(root().join(path), &text).expect("writable");
        }
        let committed = fs::read_to_string(root().join(path)).unwrap_or_default();
        assert!(text == committed, "{path} is out of date: run `make header`");
    }
}

#[test]
fn every_exported_function_is_in_exactly_one_chapter() {
    let mut exported = BTreeSet::new();
    for name in pages::names("src/ffi", ".rs") {
        let text = fs::read_to_string(declarations::source(&name)).expect("a source");
        for after in text.split("#[unsafe(no_mangle)]").skip(1) {
            let (_, function) = after.split_once(" fn ").expect("a function");
            exported.extend(function.split('(').next().map(str::to_owned));
        }
    }
    let mut found = functions();
    found.sort();

    assert!(exported.len() > 75, "the sources are elsewhere");
    assert_eq!(found, exported.into_iter().collect::<Vec<_>>());
}

#[test]
fn every_chapter_has_a_page_and_an_example_and_none_is_left_over() {
    let ids: BTreeSet<String> = CHAPTERS.iter().map(|it| it.id.to_owned()).collect();
    let mut with_first = ids.clone();
    with_first.insert("first_page".to_owned());

    assert_eq!(ids.len(), CHAPTERS.len(), "two chapters have one name");
    for (folder, extension) in [("docs/header", ".md"), ("tests/c/header", ".c")] {
        let found: BTreeSet<String> = pages::names(folder, extension).into_iter().collect();
        assert_eq!(found, with_first, "{folder}");
    }
}

#[test]
fn every_example_shows_its_own_chapter_in_a_few_lines() {
    for chapter in CHAPTERS {
        let example = pages::example(chapter.id);
        let text = example.join("\n");
        let declared = chapter.files.iter().flat_map(|file| of_file(file));
        let declared: BTreeSet<String> = declared.map(|it| it.name).collect();

        assert!((6..=28).contains(&example.len()), "{}: {} lines", chapter.id, example.len());
        let is_own = declared.is_empty() || names(&text).any(|name| declared.contains(name));
        assert!(is_own, "{}: the example uses nothing of the chapter", chapter.id);
    }
}

#[test]
fn nothing_is_used_before_it_is_declared() {
    let header = header();
    let mut declared: BTreeSet<&str> = BTreeSet::from(["KV_H"]);
    let code = code(&header);
    for line in code.lines() {
        if let Some(definition) = line.strip_prefix("#define ") {
            declared.extend(names(definition).next());
        }
        if let Some(structure) = line.strip_prefix("typedef struct ") {
            declared.extend(names(structure).next());
        } else if let Some(function) = line.strip_prefix("typedef ") {
            declared.extend(names(function).find(|name| function.contains(&format!("*{name})"))));
            declared.extend(function.strip_suffix(';').and_then(|it| names(it).last()));
        }
        let is_prototype = line.contains('(') && !line.starts_with([' ', '#', 't']);
        let prototype = line.split('(').next().filter(|_| is_prototype);
        declared.extend(prototype.and_then(|it| names(it).last()));
        for name in names(line) {
            assert!(declared.contains(name), "{name} is used before it is declared: {line}");
        }
    }
    assert!(declared.len() > 150, "{}", declared.len());
}

#[test]
fn statuses_stand_before_the_first_word_about_them() {
    let first = &CHAPTERS[0];
    let of_first: BTreeSet<String> =
        first.files.iter().flat_map(|file| of_file(file)).map(|it| it.name).collect();
    let missing: Vec<String> =
        handbook::statuses().into_iter().filter(|it| !of_first.contains(it)).collect();
    assert!(missing.is_empty() && of_first.contains("KV_OK"), "{missing:?}");
}

#[test]
fn every_declaration_is_documented() {
    let header = header();
    let mut before = "";
    let mut declarations = 0;
    for line in header.lines() {
        let declares = ["typedef ", "kv_", "void ", "const ", "uint32_t "]
            .iter()
            .any(|start| line.starts_with(start))
            || line.starts_with("#define KV_") && line != "#define KV_H";
        declarations += usize::from(declares);
        assert!(!declares || before.trim_end().ends_with("*/"), "undocumented: {line}");
        before = line;
    }
    assert!(declarations > 150, "{declarations}");
}

#[test]
fn every_function_says_its_statuses_in_full() {
    let files = CHAPTERS.iter().flat_map(|it| it.files);
    let declarations = files.flat_map(|file| of_file(file));
    for function in declarations.filter(|it| it.kind == Kind::Function) {
        let (name, comment) = (&function.name, function.comment.join(" "));
        let chained = ["errors as kv_", "Returns as kv_"].iter().any(|it| comment.contains(it));
        assert!(!chained, "{name} sends its reader to another function");
        let prototype = function.pieces.first();
        if matches!(prototype, Some(Piece::Line(line)) if line.starts_with("kv_status ")) {
            let is_listed = function.comment.iter().any(|it| it.starts_with("@errors "));
            assert!(is_listed && comment.contains("Returns KV_OK"), "{name} does not list errors");
        }
    }
}

#[test]
fn every_function_says_since_when_it_is_there() {
    let header = header();
    let functions: BTreeSet<String> = functions().into_iter().collect();
    let mut since: BTreeMap<&str, &str> = BTreeMap::new();
    let mut last = "";
    for line in header.lines() {
        last = line.strip_prefix(" * @since ").unwrap_or(last);
        if let Some(name) = names(line.split('(').next().unwrap_or(line)).last()
            && functions.contains(name)
            && !line.starts_with([' ', '/', '#'])
        {
            since.insert(name, std::mem::take(&mut last));
        }
    }
    assert_eq!(since.len(), functions.len());
    for (name, since) in since {
        assert_eq!(since, chapters::since(name), "{name}");
    }
    assert!(LATER.iter().all(|(name, _)| functions.contains(*name)), "{LATER:?}");
}

#[test]
fn no_line_is_longer_than_the_header_is_wide() {
    let header = header();
    let long: Vec<&str> = header.lines().filter(|line| line.chars().count() > WIDTH).collect();
    assert!(long.is_empty(), "{}", long.join("\n"));
}

/// The meaning of an expression must not depend on the operators around a constant.
#[test]
fn negative_constants_are_in_parentheses() {
    let header = header();
    let values = header.lines().filter_map(|line| line.strip_prefix("#define ")?.split_once(' '));
    let negative: Vec<_> = values.filter(|(_, value)| value.contains('-')).collect();
    assert!(negative.len() > 20, "{negative:?}");
    assert!(negative.iter().all(|(_, value)| value.starts_with("(-")), "{negative:?}");
}
