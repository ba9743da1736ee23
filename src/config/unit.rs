//! Durations, sizes and switches as options spell them.

use std::time::Duration;

use crate::error::{Error, ErrorKind, Result};

/// Returns the duration that `text` spells: digits and one of `ms`, `s`, `m`, `h`, `d`; or `0`.
pub fn parse_duration(text: &str) -> Result<Duration> {
    let (number, unit) = split(text)?;
    let millis = match unit {
        "ms" => Some(1),
        "s" => Some(1_000),
        "m" => Some(60_000),
        "h" => Some(3_600_000),
        "d" => Some(86_400_000),
        "" if number == 0 => Some(1),
        _ => None,
    };
    let millis =
        millis.ok_or_else(|| invalid(format!("{text:?} needs a unit: ms, s, m, h or d")))?;
    let millis = number.checked_mul(millis).filter(|it| *it <= i64::MAX as u64);
    let millis = millis.ok_or_else(|| invalid(format!("{text:?} is too long")))?;
    Ok(Duration::from_millis(millis))
}

/// Returns the number of bytes that `text` spells: digits, and one of `KiB`, `MiB`, `GiB`, `KB`,
/// `MB`, `GB`, `B` or no unit.
pub fn parse_size(text: &str) -> Result<u64> {
    let (number, unit) = split(text)?;
    let factor = match unit {
        "" | "B" => 1,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        "KB" => 1_000,
        "MB" => 1_000_000,
        "GB" => 1_000_000_000,
        _ => return Err(invalid(format!("{text:?} has an unknown unit"))),
    };
    let size = number.checked_mul(factor).filter(|it| *it <= i64::MAX as u64);
    size.ok_or_else(|| invalid(format!("{text:?} is too large")))
}

/// Returns the number that `text` spells.
pub(super) fn parse_count(text: &str) -> Result<u64> {
    match split(text)? {
        (number, "") => Ok(number),
        _ => Err(invalid(format!("{text:?} is not a number"))),
    }
}

/// Returns true if `text` is `on`, and false if it is `off`; anything else is refused.
pub(super) fn parse_switch(text: &str) -> Result<bool> {
    match text {
        "on" => Ok(true),
        "off" => Ok(false),
        _ => Err(invalid(format!("{text:?} is neither on nor off"))),
    }
}

fn split(text: &str) -> Result<(u64, &str)> {
    let digits = text.len() - text.trim_start_matches(|it: char| it.is_ascii_digit()).len();
    let (number, unit) = text.split_at(digits);
    let number =
        number.parse().map_err(|_| invalid(format!("{text:?} does not begin with a number")))?;
    Ok((number, unit))
}

fn invalid(message: String) -> Error {
    Error::new(ErrorKind::Argument, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_required_where_they_could_be_guessed_wrong() {
        assert_eq!(parse_duration("90s"), Ok(Duration::from_secs(90)));
        assert_eq!(parse_duration("0"), Ok(Duration::ZERO));
        assert!(parse_duration("90").is_err());
        assert_eq!(parse_size("64MiB"), Ok(64 << 20));
        assert_eq!(parse_size("10"), Ok(10));
    }

    #[test]
    fn a_text_without_a_number_or_unit_or_too_large_is_refused() {
        for text in
            ["", "s", "-1s", "1.5s", "1 s", "1S", "99999999999999999999s", "9223372036854775807h"]
        {
            assert!(parse_duration(text).is_err(), "{text:?}");
        }
        for text in ["", "MiB", "1mb", "1 MiB", "18446744073709551615", "9000000000GiB"] {
            assert!(parse_size(text).is_err(), "{text:?}");
        }
        assert!(parse_switch("true").is_err());
    }
}
