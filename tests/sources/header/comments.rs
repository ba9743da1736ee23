//! Comments of the header: text is read in the small part of Markdown that it is written in, filled
//! to the width, and escaped so that Doxygen and clang read it as it stands.

/// Columns of the header.
pub const WIDTH: usize = 100;

/// A part of a comment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Block {
    /// Text to be filled; in a list, `marker` stands before it and the lines below are indented.
    Paragraph { marker: String, text: String },
    /// Rows of a table or a heading, which stay as they are.
    Fixed(Vec<String>),
    /// Source in C.
    Code(Vec<String>),
    /// A command of Doxygen's, such as `@since 0.2.0`.
    Command(String),
    /// Nothing but a blank line between the parts around it.
    Break,
}

/// Reads the lines of a comment.
pub fn parse<'a>(lines: impl IntoIterator<Item = &'a str>) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut code: Option<Vec<String>> = None;
    for line in lines {
        if line.trim_start().starts_with("```") {
            match code.take() {
                Some(code) => blocks.push(Block::Code(code)),
                None => code = Some(Vec::new()),
            }
        } else if let Some(code) = &mut code {
            code.push(line.trim_end().to_owned());
        } else {
            read_line(line, &mut blocks);
        }
    }
    assert!(code.is_none(), "a fence of code is not closed");
    let mut trimmed = blocks.as_slice();
    while let [rest @ .., Block::Break] = trimmed {
        trimmed = rest;
    }
    while let [Block::Break, rest @ ..] = trimmed {
        trimmed = rest;
    }
    trimmed.to_vec()
}

fn read_line(line: &str, blocks: &mut Vec<Block>) {
    let text = line.trim();
    if text.is_empty() {
        if blocks.last().is_some_and(|it| *it != Block::Break) {
            blocks.push(Block::Break);
        }
    } else if text.starts_with('@') {
        blocks.push(Block::Command(text.to_owned()));
    } else if text.starts_with('|') || text.starts_with('#') {
        match blocks.last_mut() {
            Some(Block::Fixed(rows)) => rows.push(text.to_owned()),
            _ => blocks.push(Block::Fixed(vec![text.to_owned()])),
        }
    } else if let Some((marker, text)) = list_item(text) {
        blocks.push(Block::Paragraph { marker, text: text.to_owned() });
    } else if let Some(Block::Paragraph { text: before, .. }) = blocks.last_mut() {
        before.push(' ');
        before.push_str(text);
    } else {
        blocks.push(Block::Paragraph { marker: String::new(), text: text.to_owned() });
    }
}

/// Splits `- text` and `1. text` into the marker and the text.
fn list_item(line: &str) -> Option<(String, &str)> {
    let (marker, text) = line.split_once(' ')?;
    let number = marker.strip_suffix('.').is_some_and(|it| it.parse::<u8>().is_ok());
    (marker == "-" || number).then(|| (format!("{marker} "), text))
}

/// Writes a comment at `indent` blanks: one line if it is one paragraph that fits.
pub fn write(blocks: &[Block], indent: usize) -> String {
    let margin = " ".repeat(indent);
    if let [Block::Paragraph { marker, text }] = blocks {
        let line = format!("{margin}/** {} */\n", escape(text));
        if marker.is_empty() && line.chars().count() <= WIDTH + 1 {
            return line;
        }
    }
    let lines = lines(blocks, WIDTH - indent - " * ".len());
    let lines = lines.iter().map(|line| format!("{margin} * {line}").trim_end().to_owned() + "\n");
    format!("{margin}/**\n{}{margin} */\n", lines.collect::<String>())
}

/// Returns the lines of a comment without what makes them a comment.
pub fn lines(blocks: &[Block], width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for block in blocks {
        match block {
            Block::Paragraph { marker, text } => fill(marker, &escape(text), width, &mut lines),
            Block::Fixed(rows) => lines.extend(rows.iter().map(|row| escape(row))),
            Block::Code(code) => {
                lines.push("@code{.c}".to_owned());
                lines.extend(code.iter().cloned());
                lines.push("@endcode".to_owned());
            }
            Block::Command(command) => lines.push(command.clone()),
            Block::Break => lines.push(String::new()),
        }
    }
    lines
}

fn fill(marker: &str, text: &str, width: usize, lines: &mut Vec<String>) {
    let indent = " ".repeat(marker.len());
    let mut line = marker.to_owned();
    let mut is_empty = true;
    for word in text.split_whitespace() {
        let len = line.chars().count() + word.chars().count() + usize::from(!is_empty);
        if !is_empty && len > width {
            lines.push(std::mem::replace(&mut line, indent.clone()));
            is_empty = true;
        }
        if !is_empty {
            line.push(' ');
        }
        line.push_str(word);
        is_empty = false;
    }
    lines.push(line);
}

/// Puts a backslash before what Doxygen or clang would take for a command, an entity or HTML. Text
/// between backquotes is a literal for Doxygen and stays.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    let mut is_literal = false;
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        is_literal ^= character == '`';
        let begins_word = characters.peek().is_some_and(|next| next.is_ascii_alphabetic());
        let is_command = match character {
            '\\' => true,
            '@' | '%' | '#' => begins_word,
            '<' => begins_word || characters.peek() == Some(&'/'),
            _ => false,
        };
        if is_command && !is_literal {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str) -> String {
        write(&parse(text.lines()), 2)
    }

    #[test]
    fn a_short_paragraph_is_one_line() {
        assert_eq!(written("The number of the\nhandle."), "  /** The number of the handle. */\n");
    }

    #[test]
    fn a_comment_of_exactly_the_width_stays_on_its_line() {
        let fits = "x".repeat(WIDTH - "  /**  */".len());
        assert_eq!(written(&fits), format!("  /** {fits} */\n"));
        assert_eq!(written(&format!("{fits}x")), format!("  /**\n   * {fits}x\n   */\n"));
    }

    #[test]
    fn paragraphs_are_filled_and_lists_hang() {
        let words = ["word"; 30].join("\n");
        let filled = written(&format!("{words}\n\n- {words}\n- one"));

        let lines: Vec<_> = filled.lines().collect();
        assert_eq!(lines.len(), 2 + 2 + 1 + 2 + 1, "{filled}");
        assert!(lines.iter().all(|line| line.len() <= WIDTH), "{filled}");
        assert!(lines[4].starts_with("   * - word") && lines[5].starts_with("   *   word"));
        assert_eq!(lines[3], "   *");
    }

    #[test]
    fn code_and_tables_stay_as_they_are() {
        let code = "```c\nif (a < b)\n    f(\"%d\\n\");\n```";
        assert_eq!(
            written(code),
            "  /**\n   * @code{.c}\n   * if (a < b)\n   *     f(\"%d\\n\");\n   * @endcode\n   */\n"
        );
        assert_eq!(written("|a |b |\n|--|--|"), "  /**\n   * |a |b |\n   * |--|--|\n   */\n");
    }

    #[test]
    fn commands_are_escaped_outside_of_literals() {
        assert_eq!(escape("USER@HOST, %XX, <b>, a#b"), "USER\\@HOST, \\%XX, \\<b>, a\\#b");
        assert_eq!(escape("`<b>@x` and 5 % of a@ < b\\"), "`<b>@x` and 5 % of a@ < b\\\\");
    }
}
