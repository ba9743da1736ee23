//! The source keeps the order that docs/architecture.md describes. A text check, not a parser.

use std::fs;
use std::path::{Path, PathBuf};

/// Each module's floor: it may name strictly lower ones only.
pub(super) const FLOORS: [(&str, u32); 17] = [
    ("error", 0),
    ("clock", 0),
    ("os", 0),
    ("call", 1),
    ("model", 1),
    ("observe", 1),
    ("engine", 2),
    ("watch", 3),
    ("store", 4),
    ("scope", 5),
    ("copy", 5),
    ("idempotency", 5),
    ("json", 5),
    ("lock", 5),
    ("text", 5),
    ("config", 6),
    ("ffi", 7),
];
/// Lines in a file of the library.
const LINES_MAX: usize = 500;
/// Where `unsafe` may stand.
const UNSAFE_PLACES: [&str; 3] = ["ffi/", "engine/sqlite/native", "os/"];

/// A file of the library: its path below src and its text.
pub(super) struct Source {
    pub(super) path: String,
    pub(super) text: String,
}

impl Source {
    fn module(&self) -> &str {
        let name = self.path.split('/').next().unwrap_or_default();
        name.strip_suffix(".rs").unwrap_or(name)
    }

    /// Returns the lines of code with their numbers, without what stands in comments.
    fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let without_comment = |line| strip_comment(line).trim();
        (1..).zip(self.text.lines().map(without_comment)).filter(|(_, code)| !code.is_empty())
    }
}

pub(super) fn strip_comment(line: &str) -> &str {
    line.split("//").next().unwrap_or_default()
}

fn root() -> PathBuf {
    crate::support::root().join("src")
}

pub(super) fn sources() -> Vec<Source> {
    let sources = sources_below(&root());
    assert!(sources.len() > 20, "the sources are elsewhere");
    sources
}

/// Returns the files of the command.
pub(super) fn command_sources() -> Vec<Source> {
    let sources = sources_below(&root().with_file_name("cli").join("src"));
    assert!(sources.len() > 20, "the command is elsewhere");
    sources
}

fn sources_below(root: &Path) -> Vec<Source> {
    let mut sources = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a readable folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|it| it == "rs") {
                let text = fs::read_to_string(&path).expect("a source in UTF-8");
                let path = path.strip_prefix(root).expect("below it");
                sources.push(Source { path: path.display().to_string(), text });
            }
        }
    }
    sources
}

fn floor(module: &str) -> Option<u32> {
    FLOORS.iter().find(|(name, _)| *name == module).map(|(_, floor)| *floor)
}

/// Returns the names that follow `crate::` at the start of `rest`, one or those in braces, each with
/// whether a path goes on behind it, which makes it a module.
fn crate_names(rest: &str) -> Vec<(&str, bool)> {
    let list = rest.strip_prefix('{').and_then(|it| it.split('}').next()).unwrap_or(rest);
    let is_word = |it: char| it.is_alphanumeric() || it == '_';
    let name = |part: &'_ str| part.len() - part.trim_start_matches(is_word).len();
    let parts = list.split(',').map(str::trim).filter(|it| !it.is_empty());
    let names = parts.map(|part| part.split_at(name(part)));
    let names = names.map(|(name, behind)| (name, behind.starts_with("::")));
    if rest.starts_with('{') { names.collect() } else { names.take(1).collect() }
}

/// Fails with all of `faults`, if there are any.
pub(super) fn assert_none(faults: &[String]) {
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

/// Returns a line for each import that goes up, sideways or through a shortcut.
fn import_faults(source: &Source) -> Vec<String> {
    let (path, module) = (&source.path, source.module());
    let own = floor(module);
    let mut faults = Vec::new();
    let code: Vec<_> = source.text.lines().map(strip_comment).collect();
    let code = code.join("\n");
    for (at, _) in code.match_indices("crate::") {
        let (before, rest) = (&code[..at], &code[at + "crate::".len()..]);
        let number = before.matches('\n').count() + 1;
        let is_list = rest.starts_with('{');
        for (name, is_path) in crate_names(rest) {
            let allowed = match floor(name) {
                Some(_) if name == module => true,
                // The boundary sees what every user of the crate sees.
                _ if module == "ffi" => {
                    name.starts_with(char::is_uppercase) || !is_path && is_root_export(name)
                }
                Some(theirs) => !is_list && own.is_some_and(|own| theirs < own),
                None => false,
            };
            if !allowed {
                faults.push(format!("src/{path}:{number}: {module} may not use crate::{name}"));
            }
        }
    }
    faults
}

/// Answers whether `name` is a function or module that lib.rs re-exports, from its modules, beside the
/// types.
fn is_root_export(name: &str) -> bool {
    let root = fs::read_to_string(root().join("lib.rs")).expect("lib.rs");
    let exports = root.split("pub use ").skip(1).filter_map(|it| it.split(';').next());
    let exports = exports.filter_map(|it| it.split_once("::")).map(|(_, names)| names);
    let is_no_word = |it: char| !it.is_alphanumeric() && it != '_';
    exports.flat_map(|it| it.split(is_no_word)).any(|it| it == name)
}

#[test]
fn imports_run_strictly_downwards_by_full_path() {
    let sources = sources();
    let checked = sources.iter().filter(|it| !["lib", "bin"].contains(&it.module()));

    let faults: Vec<_> = checked.flat_map(import_faults).collect();

    assert_none(&faults);
}

#[test]
fn an_import_that_goes_up_or_through_the_root_is_noticed() {
    let faults = |path: &str, text: &str| {
        import_faults(&Source { path: path.to_owned(), text: text.to_owned() }).len()
    };

    assert_eq!(faults("model/key.rs", "use crate::error::Error;"), 0);
    assert_eq!(faults("model/key.rs", "use crate::engine::Engine;"), 1);
    assert_eq!(faults("model/key.rs", "use crate::Error;"), 1);
    assert_eq!(faults("store/read.rs", "let it = crate::config::open(\"\");"), 1);
    assert_eq!(faults("store/read.rs", "use crate::{error, model};"), 2);
    assert_eq!(faults("ffi/entry.rs", "use crate::{\n    Key,\n    model::Key, Entry};"), 1);
    assert_eq!(faults("clock.rs", "use crate::error::Error;"), 1);
    assert_eq!(faults("ffi/entry.rs", "use crate::model::Key;"), 1);
    assert_eq!(faults("ffi/entry.rs", "use crate::{Key, model};"), 1);
    assert_eq!(faults("ffi/entry.rs", "use crate::{Key, copy};"), 0);
    assert_eq!(faults("ffi/entry.rs", "use crate::copy::copy;"), 1);
    assert_eq!(faults("ffi/entry.rs", "use crate::Key; use crate::ffi::status::Status;"), 0);
    assert_eq!(faults("unknown.rs", "use crate::error::Error;"), 1);
    assert_eq!(faults("model/key.rs", "// crate::engine is above"), 0);
}

#[test]
fn every_module_of_lib_has_a_floor_and_lib_defines_nothing() {
    let lib = fs::read_to_string(root().join("lib.rs")).expect("lib.rs");
    let mut in_use = false;

    for line in lib.lines().map(strip_comment).map(str::trim).filter(|it| !it.is_empty()) {
        let module = line.strip_prefix("pub mod ").or(line.strip_prefix("mod "));
        match module {
            Some(name) => {
                let name = name.trim_end_matches(';');
                assert!(floor(name).is_some(), "module {name} has no floor");
            }
            None => {
                let is_use = in_use || line.starts_with("pub use ");
                assert!(is_use || line.starts_with("#!["), "lib.rs defines {line:?}");
                in_use = is_use && !line.ends_with(';');
            }
        }
    }
}

#[test]
fn unsafe_stands_only_at_the_boundaries() {
    let mut faults = Vec::new();

    for source in sources().into_iter().chain(command_sources()) {
        if UNSAFE_PLACES.iter().any(|place| source.path.starts_with(place)) {
            continue;
        }
        let words = |code: &str| {
            code.split(|it: char| !it.is_alphanumeric() && it != '_').any(|word| word == "unsafe")
        };
        faults.extend(source.code().filter(|(_, code)| words(code)).map(|(number, _)| {
            format!("src/{}:{number}: unsafe outside {UNSAFE_PLACES:?}", source.path)
        }));
    }

    assert_none(&faults);
}

/// Returns the names of the exported functions in `text` that take a pointer and are safe.
fn safe_functions_with_pointers(text: &str) -> Vec<&str> {
    let exported = text.split("#[unsafe(no_mangle)]").skip(1);
    let signatures = exported.map(|after| after.split('{').next().unwrap_or_default());
    let parts = signatures.filter_map(|signature| {
        let (words, rest) = signature.split_once("fn ")?;
        let (name, rest) = rest.split_once('(')?;
        Some((words, name, rest.rsplit_once(')')?.0))
    });
    // The functions that a caller passes have types of their own, which end with _fn.
    let is_pointer = |argument: &str| {
        let kind = argument.split(": ").last().unwrap_or_default().trim();
        kind.starts_with(['*', '&']) || kind.ends_with("_fn") || kind.contains("fn(")
    };
    let faults = parts.filter(|(words, _, arguments)| {
        !words.contains("unsafe") && arguments.split(',').any(is_pointer)
    });
    faults.map(|(_, name, _)| name).collect()
}

#[test]
fn an_exported_function_that_takes_a_pointer_is_unsafe() {
    let sources = sources();
    let boundary = sources.iter().filter(|it| it.module() == "ffi");

    let faults: Vec<_> = boundary
        .flat_map(|it| {
            safe_functions_with_pointers(&it.text).into_iter().map(move |name| (it, name))
        })
        .map(|(source, name)| format!("src/{}: {name} takes a pointer and is safe", source.path))
        .collect();

    assert_none(&faults);
}

#[test]
fn a_safe_exported_function_that_takes_a_pointer_is_noticed() {
    let faults = |words: &str, arguments: &str| {
        let text = format!(
            "#[unsafe(no_mangle)]\npub {words}extern \"C\" fn kv_x({arguments}) -> i32 {{}}"
        );
        safe_functions_with_pointers(&text).len()
    };

    assert_eq!(faults("", "it: kv_store, error: *mut kv_error"), 1);
    assert_eq!(faults("", "\n    data: *const c_void,\n    len: usize,\n"), 1);
    assert_eq!(faults("", "destroy: kv_destroy_fn"), 1);
    assert_eq!(faults("", "call: Option<extern \"C\" fn(i32) -> i32>"), 1);
    assert_eq!(faults("unsafe ", "error: *mut kv_error"), 0);
    assert_eq!(faults("", "status: kv_status"), 0);
    assert_eq!(faults("", ""), 0);
}

#[test]
fn the_command_sees_what_every_user_of_the_crate_sees() {
    let mut faults = Vec::new();

    for source in command_sources() {
        for (number, code) in source.code() {
            for (at, _) in code.match_indices("kv::") {
                let is_word = |it: char| it.is_alphanumeric() || it == '_';
                let is_whole = !code[..at].ends_with(is_word);
                let names = crate_names(&code[at + "kv::".len()..]);
                let is_fault = |name, is_path| is_whole && is_path && floor(name).is_some();
                let modules = names.iter().filter(|(name, is_path)| is_fault(name, *is_path));
                faults.extend(modules.map(|(name, _)| {
                    format!("cli/src/{}:{number}: the inner module {name}", source.path)
                }));
            }
        }
    }

    assert_none(&faults);
}

#[test]
fn no_file_is_too_long_to_be_read_at_once() {
    let mut faults = Vec::new();

    for Source { path, text } in sources().into_iter().chain(command_sources()) {
        let lines = text.lines().count();
        if lines > LINES_MAX {
            faults.push(format!("src/{path}: {lines} lines, at most {LINES_MAX}"));
        }
    }

    assert_none(&faults);
}

#[test]
fn nothing_is_left_unfinished() {
    let mut faults = Vec::new();

    for source in sources().into_iter().chain(command_sources()) {
        let unfinished = ["todo!", "unimplemented!", "dbg!"];
        let is_unfinished = |code: &str| unfinished.iter().any(|it| code.contains(it));
        faults.extend(
            source
                .code()
                .filter(|(_, code)| is_unfinished(code))
                .map(|(number, code)| format!("src/{}:{number}: {code}", source.path)),
        );
    }

    assert_none(&faults);
}

#[test]
fn sources_are_ascii() {
    let mut faults = Vec::new();

    for Source { path, text } in sources().into_iter().chain(command_sources()) {
        faults.extend(
            (1..)
                .zip(text.lines())
                .filter(|(_, line)| !line.is_ascii())
                .map(|(number, line)| format!("src/{path}:{number}: {line}")),
        );
    }

    assert_none(&faults);
}
