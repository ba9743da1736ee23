//! Durations, times and sizes as people read and write them.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::time::{SystemTime, UNIX_EPOCH};

use kv::SetExpiry;

/// Returns the milliseconds of a duration: `500ms`, `1.5s`, `5m`, `1h30m`, `7d`.
pub fn ttl(text: &str) -> Result<i64, String> {
    let duration = kv::parse_duration(text).map_err(|error| error.message().to_owned())?;
    i64::try_from(duration.as_millis()).map_err(|_| format!("{text:?} is too long"))
}

/// Returns the bytes of a size: `65536`, `64MiB`.
pub fn size(text: &str) -> Result<u64, String> {
    kv::parse_size(text).map_err(|error| error.message().to_owned())
}

/// Returns the expiry of a write: that of the option, or the store's default if it is left out.
pub fn expiry(ttl_ms: Option<i64>) -> kv::Result<SetExpiry> {
    ttl_ms.map_or(Ok(SetExpiry::Default), SetExpiry::from_ttl)
}

/// Returns milliseconds in their two greatest units.
pub fn short(millis: i64) -> String {
    const UNITS: [(i64, &str); 5] =
        [(86_400_000, "d"), (3_600_000, "h"), (60_000, "m"), (1_000, "s"), (1, "ms")];
    let first = UNITS.iter().position(|(unit, _)| millis >= *unit).unwrap_or(4);
    let mut rest = millis;
    let mut text = String::new();
    for (unit, name) in UNITS.iter().skip(first).take(2) {
        if rest / unit > 0 || text.is_empty() {
            text.push_str(&format!("{}{name}", rest / unit));
        }
        rest %= unit;
    }
    text
}

/// Returns the current time in milliseconds since 1970.
pub fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// Returns a number with a suffix for thousands, `k`, `M` or `G`, of which it has fewer than four
/// digits.
pub fn short_count(count: u64) -> String {
    let (unit, name) = match count {
        0..1_000 => return count.to_string(),
        1_000..1_000_000 => (1_000, "k"),
        1_000_000..1_000_000_000 => (1_000_000, "M"),
        _ => (1_000_000_000, "G"),
    };
    format!("{:.1}{name}", count as f64 / unit as f64)
}

/// Returns a size with a unit in which it has fewer than four digits, or is in TiB.
pub fn short_size(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["KiB", "MiB", "GiB", "TiB"];
    if bytes < 1024 {
        return format!("{bytes} B");
    }
    let mut amount = bytes as f64 / 1024.0;
    let mut units = UNITS.iter();
    let mut unit = units.next().copied().unwrap_or_default();
    for next in units {
        if amount < 1024.0 {
            break;
        }
        amount /= 1024.0;
        unit = next;
    }
    format!("{amount:.1} {unit}")
}

/// Returns the bytes of an argument.
pub fn bytes(argument: &OsStr) -> &[u8] {
    argument.as_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_shown_in_their_two_greatest_units() {
        let cases = [
            (0, "0ms"),
            (999, "999ms"),
            (1_000, "1s"),
            (299_871, "4m59s"),
            (60_000, "1m"),
            (3_600_001, "1h"),
            (90_061_000, "1d1h"),
        ];
        for (millis, expected) in cases {
            assert_eq!(short(millis), expected);
        }
    }

    #[test]
    fn counts_are_shown_below_four_digits() {
        for (count, expected) in
            [(0, "0"), (999, "999"), (1_234, "1.2k"), (2_133_529, "2.1M"), (7_000_000_000, "7.0G")]
        {
            assert_eq!(short_count(count), expected);
        }
    }

    #[test]
    fn sizes_are_shown_below_four_digits() {
        let cases = [
            (0, "0 B"),
            (1023, "1023 B"),
            (1024, "1.0 KiB"),
            (1536 << 10, "1.5 MiB"),
            (u64::MAX, "16777216.0 TiB"),
        ];
        for (bytes, expected) in cases {
            assert_eq!(short_size(bytes), expected);
        }
    }
}
