//! The header: the first page, then the chapters.

use super::chapters::{CHAPTERS, Chapter, since};
use super::comments::{Block, WIDTH, parse, write};
use super::declarations::{Declaration, Kind, Piece, of_file, syntax};
use super::initialisers;
use super::pages::{example, page};
use super::returns::expand;

const LICENCE: &str = "/* SPDX-License-Identifier: MIT OR Apache-2.0 */\n\
                       /* Generated from src/ffi, docs/header and tests/c/header. Do not edit it. */\n";

const OPENING: &str = "
#ifndef KV_H
#define KV_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern \"C\" {
#endif
";

const CLOSING: &str = "
#ifdef __cplusplus
} /* extern \"C\" */
#endif

#endif /* KV_H */
";

/// Returns the header.
pub fn header() -> String {
    let statuses = statuses();
    let chapters = CHAPTERS.iter().map(|it| chapter(it, &statuses));
    let chapters: String = chapters.collect();
    format!("{LICENCE}\n{}{OPENING}{chapters}{CLOSING}", first_page())
}

/// Returns the names of the errors, in the order of their numbers.
pub fn statuses() -> Vec<String> {
    let items = syntax("status").items.into_iter();
    let names = items.filter_map(|item| match item {
        syn::Item::Const(constant) => Some(constant.ident.to_string()),
        _ => None,
    });
    names.filter(|name| name.starts_with("KV_ERR_")).collect()
}

fn first_page() -> String {
    let page = page("first_page");
    let mut blocks = vec![Block::Command("@file kv.h".to_owned()), Block::Break];
    blocks.extend([paragraph(&page.title), Block::Break]);
    blocks.extend(parse(page.lines.iter().map(String::as_str)));
    blocks.extend([Block::Break, Block::Code(example("first_page"))]);
    write(&blocks, 0)
}

fn paragraph(text: &str) -> Block {
    Block::Paragraph { marker: String::new(), text: text.to_owned() }
}

fn chapter(chapter: &Chapter, statuses: &[String]) -> String {
    let id = chapter.id;
    let page = page(id);
    let rule = "-".repeat(WIDTH - page.title.len() - "/* ---   */".len());
    let mut text = format!("\n/* --- {} {rule} */\n\n", page.title);
    let mut blocks = vec![Block::Command(format!("@defgroup {id} {}", page.title)), Block::Break];
    blocks.extend(parse(page.lines.iter().map(String::as_str)));
    blocks.extend([Block::Break, Block::Code(example(id))]);
    blocks.push(Block::Command("@{".to_owned()));
    text.push_str(&write(&blocks, 0));

    let mut declarations: Vec<Declaration> =
        chapter.files.iter().flat_map(|file| of_file(file)).collect();
    // Stable: within a kind they keep the order of the files and of their sources.
    declarations.sort_by_key(|it| it.kind);
    let initialisers: Vec<(String, Vec<String>)> =
        chapter.files.iter().flat_map(|file| initialisers::of_file(&syntax(file))).collect();
    for declaration in &declarations {
        text.push('\n');
        text.push_str(&written(declaration, statuses));
        for (_, lines) in initialisers.iter().filter(|(name, _)| *name == declaration.name) {
            text.push('\n');
            text.push_str(&initialiser(lines));
        }
    }
    text.push_str("\n/** @} */\n");
    text
}

fn written(declaration: &Declaration, statuses: &[String]) -> String {
    let mut blocks = parse(declaration.comment.iter().map(String::as_str));
    blocks = expand(blocks, statuses);
    // A declaration without a comment stays without one, which a test sees.
    let is_documented = !blocks.is_empty();
    if is_documented && declaration.kind == Kind::Function {
        let since = format!("@since {}", since(&declaration.name));
        blocks.extend([Block::Break, Block::Command(since)]);
    }
    let mut text = if is_documented { write(&blocks, 0) } else { String::new() };
    for piece in &declaration.pieces {
        match piece {
            Piece::Line(line) => text.push_str(&format!("{line}\n")),
            Piece::Comment(lines) => {
                text.push_str(&write(&parse(lines.iter().map(String::as_str)), 2));
            }
        }
    }
    text
}

/// Writes an INIT macro, over several lines if it is long.
fn initialiser(lines: &[String]) -> String {
    let [comment, line] = lines else { return String::new() };
    let mut text = write(&[paragraph(comment)], 0);
    let mut width = 0;
    for word in line.split_inclusive(' ') {
        if width + word.len() + "\\".len() > WIDTH {
            text.push_str("\\\n    ");
            width = 4;
        }
        text.push_str(word);
        width += word.len();
    }
    text.push('\n');
    text
}
