//! The stored form of counters: decimal text, which every client and Redis can read.

use crate::error::{Error, ErrorKind, Result};
use crate::model::key::Quoted;

/// Returns the integer that a value spells, or [`ErrorKind::NotInteger`].
///
/// Only the shortest decimal form is accepted, as in Redis: no spaces, no plus, no leading zeros.
pub(crate) fn parse_integer(value: &[u8]) -> Result<i64> {
    let canonical = std::str::from_utf8(value).ok().and_then(|text| {
        let number: i64 = text.parse().ok()?;
        (format_integer(number) == text).then_some(number)
    });
    canonical.ok_or_else(|| {
        let shown = Quoted(value);
        Error::new(ErrorKind::NotInteger, format!("value {shown} is not a 64-bit decimal integer"))
    })
}

/// Returns the sum of `delta` and the integer that a value spells, 0 if there is none; fails with
/// [`ErrorKind::NotInteger`].
pub(crate) fn incremented(value: Option<&[u8]>, delta: i64) -> Result<i64> {
    let before = value.map_or(Ok(0), parse_integer)?;
    before.checked_add(delta).ok_or_else(|| {
        let message = format!("{before} plus {delta} leaves the range of 64-bit integers");
        Error::new(ErrorKind::NotInteger, message)
    })
}

/// Returns the stored form of a counter.
pub(crate) fn format_integer(number: i64) -> String {
    number.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extremes_round_trip() {
        for number in [0, -1, i64::MIN, i64::MAX] {
            assert_eq!(parse_integer(format_integer(number).as_bytes()), Ok(number));
        }
    }

    #[test]
    fn other_spellings_are_refused() {
        for text in ["", " 1", "1 ", "+1", "01", "-0", "1.0", "9223372036854775808", "\u{ff11}"] {
            let error = parse_integer(text.as_bytes()).expect_err(text);
            assert_eq!(error.kind(), ErrorKind::NotInteger, "{text:?}");
        }
    }
}
