//! Text in parts, each with a meaning that decides its colour; cut and wrapped by the columns that
//! its characters take on a terminal.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// The meaning of a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    Plain,
    /// A name in an object of JSON.
    Name,
    String,
    Number,
    /// `true`, `false` or `null`.
    Word,
    /// An offset, or a note.
    Faint,
}

/// A line. No character in it controls a terminal.
pub type Line = Vec<(Part, String)>;

/// Returns the columns of a text.
pub fn width(text: &str) -> usize {
    text.width()
}

/// Returns a text of at most `columns`; one that is cut ends with an ellipsis.
pub fn cut(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let mut left = columns.saturating_sub(1);
    let mut cut = String::new();
    for it in text.chars() {
        let columns = it.width().unwrap_or(0);
        if columns > left {
            break;
        }
        left -= columns;
        cut.push(it);
    }
    if columns > 0 {
        cut.push('\u{2026}');
    }
    cut
}

/// Returns a text of exactly `columns`, cut or with spaces at its end.
pub fn filled(text: &str, columns: usize) -> String {
    let mut text = cut(text, columns);
    let missing = columns.saturating_sub(width(&text));
    text.extend(std::iter::repeat_n(' ', missing));
    text
}

/// Returns a line as lines of at most `columns`.
pub fn wrap(line: &Line, columns: usize) -> Vec<Line> {
    let columns = columns.max(2);
    let mut lines = vec![Line::new()];
    let mut left = columns;
    for (part, text) in line {
        let mut piece = String::new();
        for it in text.chars() {
            let taken = it.width().unwrap_or(0);
            if taken > left {
                push(&mut lines, *part, &mut piece);
                lines.push(Line::new());
                left = columns;
            }
            left -= taken;
            piece.push(it);
        }
        push(&mut lines, *part, &mut piece);
    }
    lines
}

fn push(lines: &mut [Line], part: Part, piece: &mut String) {
    if let Some(line) = lines.last_mut()
        && !piece.is_empty()
    {
        line.push((part, std::mem::take(piece)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_cut_by_the_columns_of_their_characters() {
        for (text, columns, expected) in [
            ("abc", 3, "abc"),
            ("abcd", 3, "ab\u{2026}"),
            ("\u{4e2d}\u{6587}x", 4, "\u{4e2d}\u{2026}"),
            ("\u{4e2d}\u{6587}x", 5, "\u{4e2d}\u{6587}x"),
            ("abc", 1, "\u{2026}"),
            ("abc", 0, ""),
        ] {
            assert_eq!(cut(text, columns), expected, "{text} {columns}");
            assert_eq!(width(&filled(text, columns)), columns, "{text} {columns}");
        }
    }

    #[test]
    fn a_line_is_wrapped_within_and_between_its_parts() {
        let line = vec![(Part::Name, "abcd".to_owned()), (Part::Plain, "\u{4e2d}\u{6587}".into())];
        let wrapped = wrap(&line, 3);
        assert_eq!(
            wrapped,
            [
                vec![(Part::Name, "abc".to_owned())],
                vec![(Part::Name, "d".to_owned()), (Part::Plain, "\u{4e2d}".to_owned())],
                vec![(Part::Plain, "\u{6587}".to_owned())],
            ]
        );
        assert_eq!(wrap(&Line::new(), 3), [Line::new()]);
    }
}
