//! The packages in the library and the command beside our own code: each one has a reason in
//! docs/architecture.md, a licence that is allowed, and its notices in THIRD-PARTY-NOTICES.txt.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// The licences that a package may be had under, those first that are taken where there is a choice.
const ALLOWED: [&str; 13] = [
    "MIT",
    "ISC",
    "Zlib",
    "0BSD",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "Unicode-3.0",
    "CC0-1.0",
    "Unlicense",
    "CDLA-Permissive-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "Apache-2.0",
];

/// How each licence is known from its text, without line ends.
const WORDS: [(&str, &str); 10] = [
    ("MIT", "free of charge, to any person obtaining a copy"),
    ("ISC", "Permission to use, copy, modify, and/or distribute this software"),
    ("Zlib", "This software is provided 'as-is', without any express or implied warranty"),
    ("BSD-3-Clause", "used to endorse or promote products derived from"),
    ("BSL-1.0", "free of charge, to any person or organization obtaining a copy"),
    ("Unicode-3.0", "UNICODE LICENSE V3"),
    ("CC0-1.0", "CC0 1.0 Universal"),
    ("Unlicense", "free and unencumbered software released into the public domain"),
    ("Apache-2.0 WITH LLVM-exception", "LLVM Exceptions to the Apache 2.0 License"),
    ("Apache-2.0", "TERMS AND CONDITIONS FOR USE, REPRODUCTION, AND DISTRIBUTION"),
];

/// The processors of the artefacts that are shipped.
const TARGETS: [&str; 2] = ["x86_64-unknown-linux-gnu", "aarch64-unknown-linux-gnu"];

const INTRODUCTION: &str = "\
Third-party notices of kv

kv, its shared and static library and its command, contains the packages below. A package that is marked
with (command) is in the command only. Each stands with its version, its licence and, where that is a
choice, the one that is taken. The texts follow; identical ones stand once, under the names of all
packages that they belong to. kv itself is licensed under MIT or Apache-2.0, at your choice: see
LICENSE-MIT and LICENSE-APACHE.

This file is written by KV_BLESS=1 cargo test the_committed_notices.
";

const RUST: &str = "\
The standard library of Rust is linked into the library and the command.

    Copyright (c) The Rust Project Contributors

It is licensed under MIT OR Apache-2.0, whose texts stand below; MIT is taken. Its part
compiler-builtins is derived from LLVM's compiler-rt, which is licensed under
Apache-2.0 WITH LLVM-exception.
";

/// A package of the registry that is linked into what is shipped.
struct Package {
    name: String,
    version: String,
    licence: String,
    folder: PathBuf,
    is_in_library: bool,
}

fn root() -> &'static Path {
    crate::support::root()
}

fn cargo(arguments: &[&str]) -> String {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo).args(arguments).current_dir(root()).output().expect("cargo");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("cargo writes UTF-8")
}

fn text_of<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}

/// Returns what cargo knows of the packages for the targets.
fn packages() -> Vec<Value> {
    let mut arguments = vec!["metadata", "--locked", "--format-version", "1"];
    arguments.extend(TARGETS.iter().flat_map(|target| ["--filter-platform", target]));
    let metadata: Value = serde_json::from_str(&cargo(&arguments)).expect("JSON");
    metadata["packages"].as_array().expect("packages").clone()
}

/// Returns the names and versions that a package of the workspace is linked with: no dependencies
/// of tests and builds, no macros, and of those with a choice of features what is chosen.
fn linked(package: &str) -> BTreeSet<(String, String)> {
    let mut found = BTreeSet::new();
    for target in TARGETS {
        let choice = ["--edges", "normal,no-proc-macro", "--target", target];
        let form = ["--prefix", "none", "--no-dedupe", "--format", "{p}"];
        let what = ["tree", "--locked", "--package", package];
        for line in cargo(&[&what[..], &choice[..], &form[..]].concat()).lines() {
            let mut words = line.split_whitespace();
            if let (Some(name), Some(version)) = (words.next(), words.next()) {
                found.insert((name.to_owned(), version.trim_start_matches('v').to_owned()));
            }
        }
    }
    found
}

/// Returns the packages of others in the library and the command, by name and version.
fn shipped() -> Vec<Package> {
    let (library, command) = (linked("kv"), linked("kv-cli"));
    let mut found = Vec::new();
    for package in packages() {
        let key = (text_of(&package, "name").to_owned(), text_of(&package, "version").to_owned());
        let is_in_library = library.contains(&key);
        if package["source"].is_null() || !is_in_library && !command.contains(&key) {
            continue;
        }
        let manifest = Path::new(text_of(&package, "manifest_path"));
        found.push(Package {
            name: key.0,
            version: key.1,
            licence: text_of(&package, "license").to_owned(),
            folder: manifest.parent().expect("a folder").to_owned(),
            is_in_library,
        });
    }
    found.sort_by(|a, b| (&a.name, &a.version).cmp(&(&b.name, &b.version)));
    assert!(found.len() > 50, "most packages are missing");
    found
}

/// Returns the sets of licences that satisfy an SPDX expression, each by itself.
fn alternatives(expression: &str) -> Result<Vec<Vec<String>>, String> {
    // Packages from before SPDX write a slash for OR.
    let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
    let mut words = spaced.split_whitespace().peekable();
    let found = any_of(&mut words)?;
    match words.next() {
        None => Ok(found),
        Some(word) => Err(format!("{word:?} is not expected in {expression:?}")),
    }
}

type Words<'a> = std::iter::Peekable<std::str::SplitWhitespace<'a>>;

fn any_of(words: &mut Words) -> Result<Vec<Vec<String>>, String> {
    let mut found = all_of(words)?;
    while words.next_if_eq(&"OR").is_some() {
        found.extend(all_of(words)?);
    }
    Ok(found)
}

fn all_of(words: &mut Words) -> Result<Vec<Vec<String>>, String> {
    let mut found = term(words)?;
    while words.next_if_eq(&"AND").is_some() {
        let right = term(words)?;
        let pairs = found.iter().flat_map(|a| right.iter().map(move |b| [&a[..], b].concat()));
        found = pairs.collect();
    }
    Ok(found)
}

fn term(words: &mut Words) -> Result<Vec<Vec<String>>, String> {
    let word = words.next().ok_or("the expression ends too early")?;
    if word == "(" {
        let found = any_of(words)?;
        words.next_if_eq(&")").ok_or("a bracket is not closed")?;
        return Ok(found);
    }
    if ["OR", "AND", "WITH", ")"].contains(&word) {
        return Err(format!("{word:?} stands where a licence should"));
    }
    let mut licence = word.to_owned();
    if words.next_if_eq(&"WITH").is_some() {
        licence += &format!(" WITH {}", words.next().ok_or("WITH stands at the end")?);
    }
    Ok(vec![vec![licence]])
}

/// Returns the licences that a package is taken under, or why there are none.
fn taken(licence: &str) -> Result<Vec<String>, String> {
    let rank = |it: &String| ALLOWED.iter().position(|allowed| allowed == it);
    let ranked = alternatives(licence)?.into_iter().filter_map(|set| {
        let ranks: Option<Vec<_>> = set.iter().map(rank).collect();
        Some((ranks?.into_iter().max(), set))
    });
    match ranked.min() {
        Some((_, set)) => Ok(set),
        None => Err(format!("{licence:?} asks for a licence that is not allowed")),
    }
}

/// Returns a line for each package whose licence is not allowed.
fn licence_faults<'a>(packages: impl IntoIterator<Item = (&'a str, &'a str)>) -> Vec<String> {
    let faults = packages.into_iter().filter_map(|(name, licence)| {
        let why = taken(licence).err()?;
        Some(format!("{name}: {why}"))
    });
    faults.collect()
}

/// Answers whether a file, or a folder of such, is named as one that has a licence or notice.
fn is_notice(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["licen", "copying", "copyright", "notice", "unlicense"]
        .iter()
        .any(|it| name.trim_start_matches('.').starts_with(it))
        && ![".rs", ".c", ".h", ".py"].iter().any(|it| name.ends_with(it))
}

/// Returns the licences and notices of a package in all its folders but those of tests.
fn notices_below(folder: &Path, is_inside: bool, found: &mut Vec<PathBuf>) {
    let entries = fs::read_dir(folder).expect("a readable folder");
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    for path in paths {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() {
            let is_test = ["tests", "benches", "examples", "fuzz"].contains(&name.as_str());
            if !is_test {
                notices_below(&path, is_inside || is_notice(&name), found);
            }
        } else if is_inside || is_notice(&name) {
            found.push(path);
        }
    }
}

/// Returns a text without what differs between systems and editors.
fn tidied(text: &str) -> String {
    let text = text.replace('\u{c}', "");
    let lines = text.lines().map(str::trim_end).collect::<Vec<_>>();
    lines.join("\n").trim_matches('\n').to_owned()
}

fn on_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Returns the licences whose texts a file has.
fn licences_in(text: &str) -> Vec<&'static str> {
    let line = on_one_line(text).replace(['"', '`'], "'");
    let found: Vec<_> =
        WORDS.iter().filter(|(_, words)| line.contains(words)).map(|(name, _)| *name).collect();
    // The exception stands under the licence that it is an exception to.
    let is_excepted = found.contains(&"Apache-2.0 WITH LLVM-exception");
    found.into_iter().filter(|it| !is_excepted || *it != "Apache-2.0").collect()
}

/// Returns the texts that have to go with a package: those of the licences that are taken, and
/// whatever is no text of a licence. Fails if one that is taken has no text.
fn texts(package: &Package) -> Vec<String> {
    let taken = taken(&package.licence).expect("a licence that is allowed");
    let mut files = Vec::new();
    notices_below(&package.folder, false, &mut files);
    let mut missing: BTreeSet<&str> = taken.iter().map(String::as_str).collect();
    let mut found = Vec::new();
    for file in files {
        let text = tidied(&fs::read_to_string(&file).expect("a licence in UTF-8"));
        let licences = licences_in(&text);
        // Code of others inside a package has its own licence.
        let is_foreign = file.parent().is_some_and(|it| it.starts_with(package.folder.join("src")));
        if licences.is_empty()
            || is_foreign
            || licences.iter().any(|it| taken.iter().any(|one| one == it))
        {
            found.push(text);
        }
        missing.retain(|it| !licences.contains(it));
    }
    assert!(missing.is_empty(), "{} {} has no text of {missing:?}", package.name, package.version);
    found
}

/// Returns the statement at the head of the SQLite that is bundled, and its version.
fn sqlite(packages: &[Package]) -> String {
    let bundle = packages.iter().find(|it| it.name == "libsqlite3-sys").expect("libsqlite3-sys");
    let header = fs::read_to_string(bundle.folder.join("sqlite3/sqlite3.h")).expect("sqlite3.h");
    let version =
        header.split("#define SQLITE_VERSION ").nth(1).and_then(|it| it.split('"').nth(1));
    let statement = header.lines().skip_while(|it| !it.contains("The author disclaims copyright"));
    let statement = statement.take_while(|it| !it.starts_with("****"));
    let statement = statement.map(|it| it.trim_start_matches('*')).collect::<Vec<_>>().join("\n");
    assert!(statement.contains("May you do good and not evil"), "the head of sqlite3.h is another");
    format!(
        "SQLite {} is linked into the library and the command, unless they are built to use the\n\
         system's. It is in the public domain:\n\n{}\n",
        version.expect("a version"),
        tidied(&statement)
    )
}

/// Returns names with commas in lines of at most 100 characters.
fn wrapped(names: &BTreeSet<&str>) -> String {
    let mut text = String::new();
    let mut width = 0;
    for (at, name) in names.iter().enumerate() {
        if at > 0 {
            text.push(',');
            text.push(if width + name.len() > 97 { '\n' } else { ' ' });
            width = if width + name.len() > 97 { 0 } else { width + 2 };
        }
        text.push_str(name);
        width += name.len();
    }
    text
}

fn generate() -> String {
    let packages = shipped();
    let line = "=".repeat(100);
    let mut file = format!("{INTRODUCTION}\n{line}\nPackages\n\n");
    let mut owners: BTreeMap<String, (String, BTreeSet<&str>)> = BTreeMap::new();
    for package in &packages {
        let Package { name, version, licence, .. } = package;
        let taken = taken(licence).expect("a licence that is allowed").join(" AND ");
        let choice = if taken == *licence { String::new() } else { format!(", taken: {taken}") };
        let place = if package.is_in_library { "" } else { " (command)" };
        file += &format!("{name} {version}{place}: {licence}{choice}\n");
        for text in texts(package) {
            owners.entry(on_one_line(&text)).or_insert((text, BTreeSet::new())).1.insert(name);
        }
    }
    file += &format!("\n{line}\nSQLite\n\n{}", sqlite(&packages));
    file += &format!("\n{line}\nThe standard library of Rust\n\n{RUST}");
    let mut texts: Vec<_> = owners.into_values().collect();
    texts.sort_by(|(a, a_names), (b, b_names)| (a_names, a).cmp(&(b_names, b)));
    for (text, names) in texts {
        file += &format!("\n{line}\n{}\n\n{text}\n", wrapped(&names));
    }
    file
}

/// Set `KV_BLESS=1` to write the file instead of comparing.
#[test]
fn the_committed_notices_are_those_of_the_locked_packages() {
    let path = root().join("THIRD-PARTY-NOTICES.txt");
    let notices = generate();
    if std::env::var_os("KV_BLESS").is_some() {
        fs::write(&path, &notices).expect("writable");
    }
    let committed = fs::read_to_string(&path).expect("THIRD-PARTY-NOTICES.txt");
    assert!(
        notices == committed,
        "THIRD-PARTY-NOTICES.txt is out of date: run KV_BLESS=1 cargo test the_committed_notices"
    );
    let folder = shipped()[0].folder.parent().expect("a folder").display().to_string();
    assert!(!notices.contains(&folder), "the notices name a folder of this machine");
}

#[test]
fn every_package_is_under_a_licence_that_is_allowed() {
    let packages = shipped();

    let faults = licence_faults(packages.iter().map(|it| (&it.name[..], &it.licence[..])));

    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

#[test]
fn a_licence_that_is_not_allowed_is_noticed() {
    let faults = |licence| licence_faults([("planted", licence)]);

    assert_eq!(
        faults("GPL-3.0-only"),
        ["planted: \"GPL-3.0-only\" asks for a licence that is not allowed"]
    );
    assert_eq!(faults("MIT AND GPL-2.0-only").len(), 1);
    assert_eq!(faults("Apache-2.0 WITH Classpath-exception-2.0").len(), 1);
    assert_eq!(faults("").len(), 1);
    assert_eq!(faults("MIT OR").len(), 1);
    assert_eq!(faults("(MIT").len(), 1);
    assert_eq!(faults("MIT ISC").len(), 1);
    assert_eq!(faults("GPL-2.0-only OR MIT").len(), 0);
    assert_eq!(faults("(MIT OR GPL-2.0-only) AND Unicode-3.0").len(), 0);
}

#[test]
fn of_a_choice_the_shortest_licence_is_taken_and_all_of_a_sum() {
    assert_eq!(taken("Apache-2.0/MIT"), Ok(vec!["MIT".to_owned()]));
    assert_eq!(taken("Apache-2.0 AND ISC"), Ok(vec!["Apache-2.0".to_owned(), "ISC".to_owned()]));
    let with_exception = "Apache-2.0 WITH LLVM-exception OR Apache-2.0";
    assert_eq!(taken(with_exception), Ok(vec!["Apache-2.0 WITH LLVM-exception".to_owned()]));
}

/// Returns where each direct dependency is used, as the manifests say.
fn direct() -> BTreeMap<String, BTreeSet<&'static str>> {
    let mut found: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    for package in packages().iter().filter(|it| it["source"].is_null()) {
        for dependency in package["dependencies"].as_array().expect("dependencies") {
            let place = match (text_of(dependency, "kind"), text_of(package, "name")) {
                ("dev", _) => "tests",
                ("build", _) => "build",
                (_, "kv") => "library",
                _ => "command",
            };
            if dependency["path"].is_null() {
                let name = text_of(dependency, "name").to_owned();
                found.entry(name).or_default().insert(place);
            }
        }
    }
    found
}

/// Returns what the table of dependencies in docs/architecture.md says of each.
fn explained() -> BTreeMap<String, BTreeSet<String>> {
    let text = fs::read_to_string(root().join("docs/architecture.md")).expect("architecture.md");
    let chapter = text.split("\n## Dependencies\n").nth(1).expect("a chapter Dependencies");
    let rows = chapter.split("\n## ").next().unwrap_or_default().lines();
    let rows = rows.filter_map(|row| row.strip_prefix("| `")?.split_once("` | "));
    rows.map(|(name, rest)| {
        let (places, reason) = rest.split_once(" | ").expect("three columns");
        assert!(reason.len() > 20, "{name} has no reason");
        (name.to_owned(), places.split(", ").map(str::to_owned).collect())
    })
    .collect()
}

#[test]
fn every_direct_dependency_has_a_reason() {
    let direct = direct().into_iter().map(|(name, places)| {
        (name, places.into_iter().map(str::to_owned).collect::<BTreeSet<_>>())
    });

    assert_eq!(explained(), direct.collect(), "the table in docs/architecture.md, the manifests");
}
