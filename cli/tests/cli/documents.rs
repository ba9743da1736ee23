//! The transcripts in the documents, run and compared.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::support::{KV, TestFolder};

/// A command of a transcript and its output.
#[derive(Default)]
struct Step {
    command: String,
    output: String,
}

/// Stands before a block that tests/first-hour runs, in an installation.
const FIRST_HOUR: &str = "<!-- first hour -->\n";

/// Returns the transcripts of a document, without those of a first hour.
fn transcripts(path: &str) -> Vec<Vec<Step>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path);
    let text = fs::read_to_string(path).expect("a document");
    let texts: Vec<_> = text.split("```console\n").collect();
    let blocks = texts.windows(2).filter(|pair| !pair[0].ends_with(FIRST_HOUR));
    let blocks = blocks.filter_map(|pair| pair[1].split_once("```"));
    blocks.map(|(block, _)| steps(block)).collect()
}

fn steps(block: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    for line in block.lines() {
        if let Some(command) = line.strip_prefix("$ ") {
            steps.push(Step { command: command.to_owned(), ..Step::default() });
            continue;
        }
        let step = steps.last_mut().expect("a command before its output");
        let (text, line) = match line.strip_prefix("> ") {
            Some(more) => (&mut step.command, format!("\n{more}")),
            None => (&mut step.output, format!("{line}\n")),
        };
        text.push_str(&line);
    }
    steps
}

/// Returns whether a text is as expected; `...` stands for a number.
fn is_as_expected(text: &str, expected: &str) -> bool {
    let Some((start, end)) = expected.split_once("...") else {
        return text == expected;
    };
    let Some(text) = text.strip_prefix(start) else {
        return false;
    };
    let after_number = text.trim_start_matches(|it: char| it.is_ascii_digit());
    after_number.len() < text.len() && is_as_expected(after_number, end)
}

fn run(folder: &TestFolder, command: &str) -> String {
    let programs = Path::new(KV).parent().expect("a folder").display();
    let path = format!("{programs}:{}", std::env::var("PATH").expect("a path"));
    let output = Command::new("bash")
        .args(["-c", &format!("exec 2>&1\n{command}")])
        .current_dir(folder.path())
        .env("PATH", path)
        .env_remove("KV_STORE")
        .output()
        .expect("bash");
    String::from_utf8(output.stdout).expect("text")
}

#[test]
fn every_transcript_is_reproduced() {
    for document in ["README.md", "docs/cli.md"] {
        let transcripts = transcripts(document);
        assert!(!transcripts.is_empty(), "{document} has no transcript");
        for transcript in transcripts {
            let folder = TestFolder::new();
            for Step { command, output } in transcript {
                let output_now = run(&folder, &command);
                let is_equal = is_as_expected(&output_now, &output);
                assert!(is_equal, "{document}: $ {command}\n{output_now}instead of\n{output}");
            }
        }
    }
}

#[test]
fn a_wrong_transcript_is_noticed() {
    assert!(is_as_expected("a 12 b 3\n", "a ... b ...\n"));
    for (text, expected) in [("a", "b"), ("a x", "a ..."), ("a 1 c", "a ... b"), ("a 1", "a ... b")]
    {
        assert!(!is_as_expected(text, expected), "{text}");
    }
}

#[test]
fn every_command_is_in_the_help_and_its_formats_are_documented() {
    let folder = TestFolder::new();
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/cli.md"));
    let page = page.expect("docs/cli.md");
    for word in
        ["check", "get", "take", "set", "delete", "incr", "append", "expire", "delete_prefix"]
    {
        assert!(page.contains(&format!("`{word}`")), "{word}");
    }
    let help = folder.kv("--help").ok();
    for command in ["get", "set", "list", "copy", "watch", "shell", "idempotency", "man"] {
        assert!(help.contains(&format!("\n  {command} ")), "{command}: {help}");
    }
}

#[test]
fn the_help_has_the_tables_of_options() {
    let folder = TestFolder::new();
    let help = folder.kv("help options").ok();
    let tables = folder.kv("options").ok();

    assert_eq!(help, folder.kv("options --help").ok());
    assert!(help.contains(tables.trim_end()), "{help}");
    assert!(folder.files().is_empty());
    assert!(tables.lines().all(|line| line.len() <= 100 && line == line.trim_end()), "{tables}");
    let mut lines = tables.lines();
    for table in kv::option_tables() {
        assert!(lines.any(|line| line == table.title), "{}: {tables}", table.title);
        assert!(lines.next().is_some_and(|line| line.starts_with("  option ")), "{tables}");
        let mut column = None;
        for row in table.rows {
            let line = lines.next().expect("a row");
            let words: Vec<_> = line.split_whitespace().collect();
            let shown = format!("{} {} {}", row.starred_name(), row.default, row.full_meaning());
            assert_eq!(words, shown.split_whitespace().collect::<Vec<_>>());
            // The meanings of a table begin in one column.
            let meaning = line.find(&row.full_meaning()).expect("a meaning");
            assert_eq!(*column.get_or_insert(meaning), meaning, "{line}");
        }
    }
    let durability = "  durability          normal          normal or full: full also survives";
    assert!(tables.contains(durability), "{tables}");
}
