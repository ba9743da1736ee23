//! A sparkline: the course of a figure in one line, with a character for each sample.

use std::env;

/// The characters from the lowest to the highest of eight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Levels([char; 8]);

const BLOCKS: Levels = Levels([
    '\u{2581}', '\u{2582}', '\u{2583}', '\u{2584}', '\u{2585}', '\u{2586}', '\u{2587}', '\u{2588}',
]);
const ASCII: Levels = Levels(['_', '.', '-', '~', '=', '+', '*', '#']);

impl Levels {
    /// Returns blocks if the locale of the process has UTF-8, else characters of ASCII.
    pub fn of_locale() -> Levels {
        Levels::of(|name| env::var(name).ok())
    }

    /// The first of these variables that is not empty decides, as in the C library.
    fn of(variable: impl Fn(&str) -> Option<String>) -> Levels {
        let mut names = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter();
        let locale = names.find_map(|name| variable(name).filter(|text| !text.is_empty()));
        let locale = locale.unwrap_or_default().to_ascii_lowercase();
        match locale.contains("utf-8") || locale.contains("utf8") {
            true => BLOCKS,
            false => ASCII,
        }
    }

    /// Returns a character for each value. The highest character is that of the largest value, and
    /// the lowest that of the smallest one or of `least`, whichever is smaller.
    pub fn line(self, values: impl Iterator<Item = f64> + Clone, least: f64) -> String {
        let low = values.clone().fold(least, f64::min);
        let high = values.clone().fold(f64::NEG_INFINITY, f64::max);
        let height = high - low;
        values
            .map(|value| match height > 0.0 {
                true => (value - low) / height,
                false => 0.0,
            })
            .map(|part| ((part * 7.0).round() as usize).min(7))
            .filter_map(|level| self.0.get(level))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smallest_value_has_the_lowest_character_and_the_largest_the_highest() {
        let line = |values: &[f64], least| ASCII.line(values.iter().copied(), least);
        assert_eq!(line(&[], 0.0), "");
        assert_eq!(line(&[0.0, 0.0], 0.0), "__");
        assert_eq!(line(&[5.0, 5.0], f64::INFINITY), "__");
        assert_eq!(line(&[5.0], 0.0), "#");
        assert_eq!(line(&[100.0, 101.0, 107.0], f64::INFINITY), "_.#");
        assert_eq!(line(&[0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0], 0.0), "_.-~=+*#");
        assert_eq!(BLOCKS.line([0.0, 9.0].into_iter(), 0.0), "\u{2581}\u{2588}");
    }

    #[test]
    fn blocks_need_a_locale_with_utf_8() {
        let of = |all: &'static str, lang: &'static str| {
            Levels::of(|name| match name {
                "LC_ALL" => Some(all.to_owned()),
                "LANG" => Some(lang.to_owned()),
                _ => None,
            })
        };
        assert_eq!(of("", "en_GB.UTF-8"), BLOCKS);
        assert_eq!(of("C.utf8", "C"), BLOCKS);
        assert_eq!(of("C", "en_GB.UTF-8"), ASCII);
        assert_eq!(of("", ""), ASCII);
    }
}
