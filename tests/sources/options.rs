//! The tables of options in the comment of `kv_open`, on the page of services files and on the page of
//! options are those of the library, row by row.

use std::fs;

use kv::{OptionRow, OptionTable};

use crate::support::root;

/// Columns of a table in the header.
const TABLE_WIDTH: usize = 96;

/// Returns a table as the comment of `kv_open` has it.
fn comment_table(table: &OptionTable) -> Vec<String> {
    let name_width = table.rows.iter().map(|it| it.starred_name().len()).max().expect("options");
    let defaults = table.rows.iter().map(|it| it.default.len());
    let default_width = defaults.chain(["default".len()]).max().unwrap_or_default();
    let meaning_width = TABLE_WIDTH - "|  |  |  |".len() - name_width - default_width;
    let line = |name: &str, default: &str, meaning: &str| {
        let cells = format!("{name:name_width$} | {default:default_width$}");
        let line = format!("| {cells} | {meaning:meaning_width$} |");
        assert_eq!(line.len(), TABLE_WIDTH, "too long: {line}");
        format!("/// {line}")
    };
    let dashes = [name_width, default_width, meaning_width].map(|width| "-".repeat(width + 2));
    let head = [line("option", "default", "meaning"), format!("/// |{}|", dashes.join("|"))];
    let rows = table.rows.iter();
    let rows = rows.map(|it| line(&it.starred_name(), it.default, &it.full_meaning()));
    head.into_iter().chain(rows).collect()
}

/// Returns a table as the page has it.
fn page_table<'a>(rows: impl Iterator<Item = &'a OptionRow>) -> Vec<String> {
    let code = |text: &str| format!("`{text}`");
    let line = |row: &OptionRow| {
        let star = if row.stored { " *" } else { "" };
        let takes = match (row.type_name, row.words) {
            ("text", [_, ..]) => {
                row.words.iter().map(|it| code(it)).collect::<Vec<_>>().join(" or ")
            }
            (type_name, _) => type_name.to_owned(),
        };
        let default = if row.default.is_empty() { "none".to_owned() } else { code(row.default) };
        format!("| `{}`{star} | {takes} | {default} | {} |", row.name, row.meaning)
    };
    let head = ["| key | takes | default | meaning |", "|---|---|---|---|"].map(str::to_owned);
    head.into_iter().chain(rows.map(line)).collect()
}

/// Returns `text` with each table that begins with `head` replaced by the next of `tables`.
fn with_tables(text: &str, head: &str, tables: &[Vec<String>]) -> String {
    let bar = head.split_inclusive('|').next().expect("a bar");
    let mut tables = tables.iter();
    let mut is_in_table = false;
    let mut lines: Vec<&str> = Vec::new();
    for line in text.lines() {
        is_in_table &= line.starts_with(bar);
        if line.starts_with(head) {
            is_in_table = true;
            lines.extend(tables.next().expect("a table less").iter().map(String::as_str));
        }
        if !is_in_table {
            lines.push(line);
        }
    }
    assert_eq!(tables.len(), 0, "a table more that begins with {head}");
    lines.join("\n") + "\n"
}

/// Compares the tables of a file. Set `KV_BLESS=1` to write them instead.
fn check(path: &str, head: &str, tables: &[Vec<String>]) {
    let text = fs::read_to_string(root().join(path)).expect(path);
    let current = with_tables(&text, head, tables);
    if std::env::var_os("KV_BLESS").is_some() {
        fs::write(root().join(path), &current).expect("writable");
        return;
    }
    for (number, (line, wanted)) in (1..).zip(text.lines().zip(current.lines())) {
        let hint = "KV_BLESS=1 cargo test sources::options writes the table";
        assert_eq!(line, wanted, "{path}:{number}: {hint}");
    }
    assert!(text == current, "{path} has rows that no option has");
}

#[test]
fn the_comment_of_kv_open_has_the_tables() {
    let [sqlite, log, _, redis, _] = kv::option_tables();
    let tables = [&sqlite, &log, &redis].map(comment_table);
    check("src/ffi/open.rs", "/// | option ", &tables);
}

#[test]
fn the_page_of_services_files_has_the_tables() {
    let [sqlite, log, memory, redis, server] = kv::option_tables();
    let tables = [
        page_table(sqlite.rows.iter()),
        page_table(log.rows.iter()),
        page_table(memory.rows.iter()),
        page_table(server.rows.iter().chain(&redis.rows)),
    ];
    check("docs/services.md", "| key | takes |", &tables);
}

#[test]
fn the_page_of_options_has_the_tables() {
    let tables = kv::option_tables().map(|it| page_table(it.rows.iter()));
    check("docs/reference/options.md", "| key | takes |", &tables);
}

#[test]
fn a_table_that_differs_is_replaced_and_the_text_around_it_stays() {
    let table = [vec!["| key | takes | b |".to_owned(), "| c |".to_owned()]];
    let text = "before\n| key | takes | a |\n| x |\n| y |\nbehind\n| other |\n";
    let current = with_tables(text, "| key | takes |", &table);
    assert_eq!(current, "before\n| key | takes | b |\n| c |\nbehind\n| other |\n");
}
