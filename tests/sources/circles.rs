//! No files import each other in a circle, so each can be read after those that it imports. A text
//! check of paths, not a parser.

use std::collections::{BTreeMap, BTreeSet};

use super::tidy::{Source, assert_none, command_sources, sources, strip_comment};

/// The modules of a crate, by path (`store::write`; the root is empty), with their files.
type Modules<'s> = BTreeMap<Vec<String>, &'s Source>;

/// A file that imports another: the paths of both, and the line of the import.
type Import = (String, String, usize);

/// Returns the path of the module that a file defines.
fn module_path(file: &str) -> Vec<String> {
    let mut path: Vec<_> = file.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
    let is_root = path.len() == 1 && ["lib", "main"].contains(&path[0].as_str());
    if is_root || path.last().is_some_and(|it| it == "mod") {
        path.pop();
    }
    path
}

/// Returns the lines of a file as one text, with its comments and its tests emptied.
fn code(text: &str) -> String {
    let mut code = String::new();
    let (mut is_test, mut may_be_test) = (false, false);
    for line in text.lines() {
        is_test |= may_be_test && line.starts_with("mod ") && line.ends_with('{');
        may_be_test = line == "#[cfg(test)]";
        if !is_test {
            code.push_str(strip_comment(line));
        }
        code.push('\n');
        is_test &= line != "}";
    }
    code
}

fn is_word(it: char) -> bool {
    it.is_alphanumeric() || it == '_'
}

/// Adds the paths that begin at the start of `rest` behind `before` to `paths`: one, or those of a
/// list in braces. Returns what follows them.
fn read_path<'c>(before: &[&'c str], rest: &'c str, paths: &mut Vec<Vec<&'c str>>) -> &'c str {
    let rest = rest.trim_start();
    if let Some(mut list) = rest.strip_prefix('{') {
        loop {
            list = list.trim_start_matches(|it: char| it.is_whitespace() || it == ',');
            match list.strip_prefix('}') {
                Some(rest) => return rest,
                None if list.starts_with(|it| is_word(it) || it == '{') => {
                    list = read_path(before, list, paths);
                }
                // A star, or the name behind `as`.
                None => list = list.get(1..).unwrap_or("}"),
            }
        }
    }
    let (name, rest) = rest.split_at(rest.find(|it| !is_word(it)).unwrap_or(rest.len()));
    let path = [before, &[name]].concat();
    match rest.strip_prefix("::") {
        Some(rest) if rest.starts_with(|it| is_word(it) || it == '{') => {
            read_path(&path, rest, paths)
        }
        _ => {
            paths.push(path);
            rest
        }
    }
}

/// Returns the paths in `code`, those of `use` and those in line, each with its line.
fn paths(code: &str) -> Vec<(usize, Vec<&str>)> {
    let (mut all, mut number, mut rest) = (Vec::new(), 1, code);
    while let Some(start) = rest.find(is_word) {
        let (before, path) = rest.split_at(start);
        number += before.matches('\n').count();
        let mut found = Vec::new();
        rest = read_path(&[], path, &mut found);
        let read = &path[..path.len() - rest.len()];
        all.extend(found.into_iter().filter(|path| path.len() > 1).map(|path| (number, path)));
        number += read.matches('\n').count();
    }
    all
}

/// Returns the file that defines what `path` names in the module `own`: that of the longest module
/// in it. A path into another crate has none.
fn defining_file<'s>(modules: &Modules<'s>, own: &[String], path: &[&str]) -> Option<&'s Source> {
    let mut module = own.to_vec();
    let mut names = path;
    match path.first()? {
        &"crate" => (module, names) = (Vec::new(), &path[1..]),
        &"self" => names = &path[1..],
        &"super" => {
            while let Some((&"super", rest)) = names.split_first() {
                (module, names) = (module.split_last()?.1.to_vec(), rest);
            }
        }
        child => {
            let child = [own, &[(*child).to_owned()]].concat();
            modules.get(&child)?;
        }
    }
    for name in names {
        let child = [&module[..], &[(*name).to_owned()]].concat();
        if !modules.contains_key(&child) {
            break;
        }
        module = child;
    }
    modules.get(&module).copied()
}

/// Returns the imports of the files of a crate from each other.
fn imports(sources: &[Source]) -> Vec<Import> {
    let modules: Modules<'_> = sources.iter().map(|it| (module_path(&it.path), it)).collect();
    let mut imports = Vec::new();
    for source in sources {
        let (own, code) = (module_path(&source.path), code(&source.text));
        for (number, path) in paths(&code) {
            let theirs = defining_file(&modules, &own, &path).map(|it| &it.path);
            if let Some(theirs) = theirs.filter(|it| **it != source.path) {
                imports.push((source.path.clone(), theirs.clone(), number));
            }
        }
    }
    imports.dedup();
    imports
}

/// Returns the files that can be reached from `file` by imports.
fn reached<'i>(imports: &'i [Import], file: &str) -> BTreeSet<&'i str> {
    let mut reached = BTreeSet::new();
    let mut left = vec![file];
    while let Some(file) = left.pop() {
        for (_, theirs, _) in imports.iter().filter(|(own, ..)| own == file) {
            if reached.insert(theirs.as_str()) {
                left.push(theirs);
            }
        }
    }
    reached
}

/// Returns a text for each circle, a strongly connected component: its files, and the lines that
/// make it. A circle within a folder that is not checked is left out.
fn circles(root: &str, sources: &[Source]) -> Vec<String> {
    let imports = imports(sources);
    let files: BTreeSet<_> = imports.iter().map(|(own, ..)| own.as_str()).collect();
    let reached: BTreeMap<_, _> = files.iter().map(|it| (*it, reached(&imports, it))).collect();
    let leads = |own: &str, theirs: &str| reached.get(own).is_some_and(|it| it.contains(theirs));
    let (mut circles, mut done) = (Vec::new(), BTreeSet::new());
    for &file in files.iter().filter(|it| leads(it, it)) {
        let circle: Vec<_> =
            files.iter().copied().filter(|it| leads(file, it) && leads(it, file)).collect();
        if !done.insert(circle.clone()) {
            continue;
        }
        let is_in = |file: &String| circle.contains(&file.as_str());
        let inner = imports.iter().filter(|(own, theirs, _)| is_in(own) && is_in(theirs));
        let mut text = format!("a circle of {} files: {}", circle.len(), circle.join(", "));
        for (own, theirs, number) in inner {
            text.push_str(&format!("\n    {root}/{own}:{number} imports {theirs}"));
        }
        circles.push(text);
    }
    circles
}

#[test]
fn no_files_import_each_other_in_a_circle() {
    let library = circles("src", &sources());
    let command = circles("cli/src", &command_sources());

    assert_none(&[library, command].concat());
}

/// Returns the circles of sources that are made up.
fn circles_of(files: &[(&str, &str)]) -> Vec<String> {
    let source =
        |(path, text): &(&str, &str)| Source { path: (*path).into(), text: (*text).into() };
    circles("src", &files.iter().map(source).collect::<Vec<_>>())
}

#[test]
fn a_straight_line_of_imports_is_no_circle() {
    let line = [
        ("lib.rs", "mod model;\nmod store;\npub use store::Store;"),
        ("store/mod.rs", "mod handle;\nmod write;\npub use handle::Store;"),
        ("store/handle.rs", "use crate::model::{Key, Value};\npub struct Store;"),
        ("store/write.rs", "use std::fmt;\nuse crate::store::handle::Store;"),
        ("model/mod.rs", "mod key;\npub use key::{\n    Key,\n};"),
        ("model/key.rs", "// use crate::store::Store;\nuse other::store::Store;"),
    ];

    assert_eq!(circles_of(&line), Vec::<String>::new());
}

#[test]
fn a_circle_is_noticed_with_its_files_and_lines() {
    let files = [
        ("lib.rs", "mod shop;\npub use shop::Shop;"),
        ("shop/mod.rs", "mod door;\nmod sale;\n\npub use door::Shop;"),
        ("shop/door.rs", "pub struct Shop;"),
        ("shop/sale.rs", "use crate::shop::Shop;"),
    ];
    assert_eq!(circles_of(&files), Vec::<String>::new(), "the parent does not import this child");

    let files = [
        files[0],
        ("shop/mod.rs", "mod door;\nmod sale;\npub use door::Shop;\npub use sale::Sale;"),
        files[2],
        files[3],
    ];
    let expected = "a circle of 2 files: shop/mod.rs, shop/sale.rs\n    \
                    src/shop/mod.rs:4 imports shop/sale.rs\n    \
                    src/shop/sale.rs:1 imports shop/mod.rs";
    assert_eq!(circles_of(&files), [expected]);
}

#[test]
fn every_kind_of_path_is_an_import() {
    let is_circle = |path: &str| {
        let own = format!("use std::fmt;\n{path}\n");
        let root = ("lib.rs", "mod a;\nmod c;");
        let parent = ("a/mod.rs", "mod b;");
        !circles_of(&[root, parent, ("a/b.rs", &own), ("c.rs", "use crate::a::b::B;")]).is_empty()
    };

    assert!(is_circle("use crate::c::C;"));
    assert!(is_circle("use crate::c;"));
    assert!(is_circle("pub(crate) use crate::c::*;"));
    assert!(is_circle("use crate::{\n    a::{A, D as E}, c::{self, C},\n};"));
    assert!(is_circle("use super::super::c::C;"));
    assert!(is_circle("fn f() -> crate::c::C {}"));
    assert!(is_circle("#[cfg(test)]\nmod tests {\n    use super::*;\n}\nuse crate::c::C;"));
    assert!(!is_circle("use crate::a::A;"));
    assert!(!is_circle("use c::C;"));
    assert!(!is_circle("use crate::other::{c::C, d::c};"));
    assert!(!is_circle("#[cfg(test)]\nmod tests {\n    use crate::c::C;\n}"));
    assert!(!is_circle("/// See [`crate::c::C`]."));
}
