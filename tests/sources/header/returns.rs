//! The statuses of a function in full. Its comment says which are special to it, and ends with a line
//! such as `@errors write KV_ERR_NOT_JSON`: classes of this table, and single statuses. In the header
//! the line becomes the list of them all, without those that the comment has named already.

use std::collections::BTreeSet;

use super::comments::Block;

/// Classes of errors: what each consists of, other classes among it.
pub const CLASSES: &[(&str, &[&str])] = &[
    // Every call that has an error to fill.
    ("call", &["KV_ERR_FORKED", "KV_ERR_PANIC"]),
    // A call on a handle that any thread may use.
    ("handle", &["call", "KV_ERR_HANDLE"]),
    // A call on a handle that one thread uses at a time.
    ("exclusive", &["handle", "KV_ERR_BUSY"]),
    // A call on a store; its handle may be bound to one that was closed.
    ("store", &["handle", "KV_ERR_CLOSED"]),
    // A call that waits or works, through a bound handle or what was made with one.
    ("deadline", &["KV_ERR_CANCELLED", "KV_ERR_DEADLINE"]),
    // A call with an output, options or text.
    ("arguments", &["KV_ERR_ARGUMENT"]),
    // A call that takes groups, keys or values.
    ("bytes", &["arguments", "KV_ERR_TOO_LARGE"]),
    // A call that makes a handle or pins bytes.
    ("slot", &["KV_ERR_MEMORY"]),
    // A call that comes to a file or a server.
    (
        "engine",
        &[
            "KV_ERR_BUSY",
            "KV_ERR_IO",
            "KV_ERR_PERMISSION",
            "KV_ERR_CORRUPT",
            "KV_ERR_FORMAT",
            "KV_ERR_UNSUPPORTED",
            "KV_ERR_UNAVAILABLE",
            "KV_ERR_MEMORY",
        ],
    ),
    // A call that changes a file or what a server keeps.
    ("commit", &["engine", "KV_ERR_FULL", "KV_ERR_READ_ONLY", "KV_ERR_POISONED"]),
    // A call that reads entries.
    ("read", &["store", "bytes", "engine", "deadline"]),
    // A call that writes entries.
    ("write", &["read", "commit", "KV_ERR_QUOTA"]),
];

/// Returns the statuses that `words`, classes and statuses, stand for.
///
/// # Panics
/// If a word is neither a class nor in `known`.
fn members<'a>(words: impl IntoIterator<Item = &'a str>, known: &[String]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for word in words {
        match CLASSES.iter().find(|(name, _)| *name == word) {
            Some((_, class)) => found.extend(members(class.iter().copied(), known)),
            None => {
                assert!(known.iter().any(|it| it == word), "{word} is no class and no status");
                found.insert(word.to_owned());
            }
        }
    }
    found
}

/// Replaces a line `@errors` by the list it stands for, in the order of `known`.
pub fn expand(mut blocks: Vec<Block>, known: &[String]) -> Vec<Block> {
    let words = blocks.iter().enumerate().find_map(|(at, block)| match block {
        Block::Command(command) => Some((at, command.strip_prefix("@errors")?.to_owned())),
        _ => None,
    });
    let Some((at, words)) = words else { return blocks };
    let named = named(&blocks);
    let members = members(words.split_whitespace(), known);
    let rest: Vec<&str> = known
        .iter()
        .filter(|it| members.contains(*it) && !named.contains(*it))
        .map(String::as_str)
        .collect();
    if rest.is_empty() {
        blocks.remove(at);
        return blocks;
    }
    let what = match named.iter().any(|it| it.starts_with("KV_ERR_")) {
        true => "Other errors",
        false => "Errors",
    };
    let text = format!("{what}: {}.", rest.join(", "));
    blocks[at] = Block::Paragraph { marker: String::new(), text };
    blocks
}

/// Returns the statuses that a comment names where it says what is returned.
fn named(blocks: &[Block]) -> BTreeSet<String> {
    let texts = blocks.iter().filter_map(|block| match block {
        Block::Paragraph { text, .. } if text.starts_with("Returns ") => Some(text.as_str()),
        _ => None,
    });
    let is_name = |it: char| it.is_ascii_uppercase() || it == '_';
    let words = texts.flat_map(|text| text.split(move |it| !is_name(it)));
    words.filter(|it| it.starts_with("KV_")).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::super::comments::{lines, parse};
    use super::*;

    fn known() -> Vec<String> {
        let mut known: Vec<String> = Vec::new();
        for member in CLASSES.iter().flat_map(|(_, members)| members.iter()) {
            if member.starts_with("KV_") && !known.iter().any(|it| it == member) {
                known.push((*member).to_owned());
            }
        }
        known
    }

    fn expanded(comment: &str) -> String {
        lines(&expand(parse(comment.lines()), &known()), 300).join("\n")
    }

    #[test]
    fn a_class_becomes_the_list_of_its_statuses() {
        assert_eq!(
            expanded("Does.\n\nReturns KV_OK.\n@errors handle KV_ERR_IO"),
            "Does.\n\nReturns KV_OK.\n\
             Errors: KV_ERR_FORKED, KV_ERR_PANIC, KV_ERR_HANDLE, KV_ERR_IO."
        );
    }

    #[test]
    fn what_the_comment_has_named_is_not_repeated() {
        assert_eq!(
            expanded("KV_ERR_PANIC is bad.\n\nReturns KV_OK; KV_ERR_HANDLE for 0.\n@errors handle"),
            "KV_ERR_PANIC is bad.\n\nReturns KV_OK; KV_ERR_HANDLE for 0.\n\
             Other errors: KV_ERR_FORKED, KV_ERR_PANIC."
        );
        assert_eq!(
            expanded("Returns KV_OK; KV_ERR_MEMORY when there are too many.\n@errors slot"),
            "Returns KV_OK; KV_ERR_MEMORY when there are too many."
        );
    }

    #[test]
    #[should_panic(expected = "raed is no class and no status")]
    fn an_unknown_word_is_refused() {
        expanded("Returns KV_OK.\n@errors raed");
    }

    #[test]
    fn a_comment_without_the_line_stays() {
        let comment = "Returns KV_OK; errors in prose.";
        assert_eq!(expanded(comment), comment);
    }
}
