//! Durations, sizes and switches as options spell them.

use std::time::Duration;

use crate::error::{Error, ErrorKind, Result};

/// The units of a duration, in milliseconds, from the longest.
const DURATION_UNITS: [(&str, u64); 6] = [
    ("w", 604_800_000),
    ("d", 86_400_000),
    ("h", 3_600_000),
    ("m", 60_000),
    ("s", 1_000),
    ("ms", 1),
];

/// The units of a size, in bytes, in lower case.
const SIZE_UNITS: [(&str, u64); 14] = [
    ("", 1),
    ("b", 1),
    ("k", 1 << 10),
    ("kib", 1 << 10),
    ("kb", 1_000),
    ("m", 1 << 20),
    ("mib", 1 << 20),
    ("mb", 1_000_000),
    ("g", 1 << 30),
    ("gib", 1 << 30),
    ("gb", 1_000_000_000),
    ("t", 1 << 40),
    ("tib", 1 << 40),
    ("tb", 1_000_000_000_000),
];

/// Returns the duration that `text` spells: numbers with the units `w`, `d`, `h`, `m`, `s` and
/// `ms`, from the longest to the shortest, such as `500ms`, `1.5h` and `1h30m`; or `0`.
pub fn parse_duration(text: &str) -> Result<Duration> {
    if text == "0" {
        return Ok(Duration::ZERO);
    }
    let too_long = || invalid(format!("{text:?} is too long"));
    let (mut rest, mut millis, mut units) = (text, 0_u64, &DURATION_UNITS[..]);
    loop {
        let number = Number::take(&mut rest, text)?;
        let end = rest.find(|it: char| it.is_ascii_digit()).unwrap_or(rest.len());
        let (unit, after) = rest.split_at(end);
        let unit = unit.trim();
        let Some(at) = units.iter().position(|(name, _)| *name == unit) else {
            let message = match DURATION_UNITS.iter().any(|(name, _)| *name == unit) {
                true => format!("{text:?} has its units not from the longest to the shortest"),
                false => format!("{text:?} needs a unit: ms, s, m, h, d or w"),
            };
            return Err(invalid(message));
        };
        let ((_, factor), shorter) = (units[at], &units[at + 1..]);
        let part = number.times(factor).ok_or_else(too_long)?;
        let part = part
            .exact()
            .ok_or_else(|| invalid(format!("{text:?} is not a whole number of milliseconds")))?;
        millis = millis.checked_add(part).ok_or_else(too_long)?;
        (rest, units) = (after, shorter);
        if rest.is_empty() {
            break;
        }
    }
    if millis > i64::MAX as u64 {
        return Err(too_long());
    }
    Ok(Duration::from_millis(millis))
}

/// Returns the number of bytes that `text` spells: a number such as `65536` or `1.5`, and no unit,
/// `B`, or one of `KiB`, `MiB`, `GiB`, `TiB` (or `K`, `M`, `G`, `T`), `KB`, `MB`, `GB`, `TB`, in
/// any case. A part of a byte is left out.
pub fn parse_size(text: &str) -> Result<u64> {
    let mut unit = text;
    let number = Number::take(&mut unit, text)?;
    let name = unit.trim().to_ascii_lowercase();
    let found = SIZE_UNITS.iter().find(|(known, _)| *known == name);
    let (_, factor) = found.ok_or_else(|| {
        invalid(format!(
            "{text:?} has an unknown unit; the units are KiB, MiB, GiB, TiB, KB, MB, GB, TB"
        ))
    })?;
    let size = number.times(*factor).map(|size| size.whole);
    size.filter(|it| *it <= i64::MAX as u64)
        .ok_or_else(|| invalid(format!("{text:?} is too large")))
}

/// Returns the number that `text` spells.
pub(super) fn parse_count(text: &str) -> Result<u64> {
    let is_number = !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit());
    let number = if is_number { text.parse().ok() } else { None };
    number.ok_or_else(|| invalid(format!("{text:?} is not a whole number")))
}

/// Returns true if `text` is `on`, and false if it is `off`; anything else is refused.
pub(super) fn parse_switch(text: &str) -> Result<bool> {
    match text {
        "on" => Ok(true),
        "off" => Ok(false),
        _ => Err(invalid(format!("{text:?} is neither on nor off"))),
    }
}

/// A decimal number: the whole part, and the digits behind the point in billionths.
struct Number {
    whole: u64,
    billionths: u64,
}

const BILLION: u128 = 1_000_000_000;

impl Number {
    /// Takes the number at the start of `rest`, which is a part of `text`.
    fn take(rest: &mut &str, text: &str) -> Result<Number> {
        let digits_of = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
        let wrong = || invalid(format!("{text:?} does not begin with a number"));
        let (whole, after) = rest.split_at(digits_of(rest));
        let whole = whole.parse().map_err(|_| wrong())?;
        let Some(fraction) = after.strip_prefix('.') else {
            *rest = after;
            return Ok(Number { whole, billionths: 0 });
        };
        let (digits, after) = fraction.split_at(digits_of(fraction));
        if !(1..=9).contains(&digits.len()) {
            return Err(invalid(format!("{text:?} has not 1 to 9 digits behind its point")));
        }
        *rest = after;
        Ok(Number { whole, billionths: format!("{digits:0<9}").parse().map_err(|_| wrong())? })
    }

    /// Returns the product with `factor`, if its whole part is in range.
    fn times(&self, factor: u64) -> Option<Number> {
        let number = u128::from(self.whole) * BILLION + u128::from(self.billionths);
        let product = number.checked_mul(u128::from(factor))?;
        let whole = u64::try_from(product / BILLION).ok()?;
        Some(Number { whole, billionths: (product % BILLION) as u64 })
    }

    /// Returns the number if it is a whole one.
    fn exact(&self) -> Option<u64> {
        (self.billionths == 0).then_some(self.whole)
    }
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
    fn durations_are_read_as_people_write_them() {
        for (text, millis) in [
            ("0.5s", 500),
            ("1.5h", 5_400_000),
            ("1h30m", 5_400_000),
            ("1d1h1m1s1ms", 90_061_001),
            ("2w", 1_209_600_000),
            ("1h 30m", 5_400_000),
            ("0.001s", 1),
            ("9223372036854775807ms", i64::MAX as u64),
        ] {
            assert_eq!(parse_duration(text), Ok(Duration::from_millis(millis)), "{text}");
        }
    }

    #[test]
    fn sizes_are_read_as_people_write_them() {
        for (text, size) in [
            ("1.5GiB", 3 << 29),
            ("1.5 GiB", 3 << 29),
            ("64mb", 64_000_000),
            ("64mib", 64 << 20),
            ("64M", 64 << 20),
            ("2tb", 2_000_000_000_000),
            ("0.3B", 0),
            ("7b", 7),
        ] {
            assert_eq!(parse_size(text), Ok(size), "{text}");
        }
    }

    #[test]
    fn a_text_without_a_number_or_unit_or_too_large_is_refused() {
        for text in [
            "",
            "s",
            "-1s",
            "1.s",
            ".5s",
            "1..5s",
            "0.0001s",
            "1.1234567890s",
            "1S",
            "1M",
            "30m1h",
            "1h1h",
            "1h30",
            "1e3s",
            "99999999999999999999s",
            "9223372036854775807h",
            "15250284452w1w",
        ] {
            assert!(parse_duration(text).is_err(), "{text:?}");
        }
        for text in
            ["", "MiB", "1mbit", "1.MiB", "18446744073709551615", "9000000000GiB", "-1", "1KiB1"]
        {
            assert!(parse_size(text).is_err(), "{text:?}");
        }
        for text in ["", "1k", "1.5", "-1", "+1"] {
            assert!(parse_count(text).is_err(), "{text:?}");
        }
        assert!(parse_switch("true").is_err());
    }
}
