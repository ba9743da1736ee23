//! Times as Go writes them in JSON: RFC 3339, with up to nine digits of a second.

/// Returns the milliseconds since 1970, rounded up, or `Some(None)` for the year 1, which stands
/// for no time. A time before 1970 becomes the first millisecond of it. `None` is no time at all.
pub fn parse(text: &str) -> Option<Option<i64>> {
    let (date, rest) = text.split_once('T')?;
    let (year, month, day) = three(date, '-', [4, 2, 2])?;
    let clock_len = rest.find(|it: char| it != ':' && !it.is_ascii_digit())?;
    let (clock, rest) = rest.split_at(clock_len);
    let (hour, minute, second) = three(clock, ':', [2, 2, 2])?;
    let (nanos, zone) = match rest.strip_prefix('.') {
        None => (0, rest),
        Some(rest) => {
            let (digits, zone) = rest.split_at(rest.find(|it: char| !it.is_ascii_digit())?);
            (digits_of(&format!("{digits:0<9}"), 9)?, zone)
        }
    };
    let offset = match zone {
        "Z" => 0,
        _ => {
            let (hours, minutes) = zone.get(1..)?.split_once(':')?;
            let seconds = digits_of(hours, 2)? * 3_600 + digits_of(minutes, 2)? * 60;
            match zone.as_bytes().first()? {
                b'+' => seconds,
                b'-' => -seconds,
                _ => return None,
            }
        }
    };
    let is_date = (1..=12).contains(&month) && (1..=31).contains(&day);
    if !is_date || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    if (year, month, day, hour, minute, second) == (1, 1, 1, 0, 0, 0) && nanos == 0 {
        return Some(None);
    }
    let seconds = days(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second - offset;
    let millis = seconds * 1_000 + (nanos + 999_999) / 1_000_000;
    Some(Some(millis.max(1)))
}

/// Returns the days from 1970-01-01 to a date of the Gregorian calendar. The year is taken to begin
/// in March, so that the leap day is its last.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let leap_days = year / 4 - year / 100 + year / 400;
    year * 365 + leap_days + (month * 153 + 2) / 5 + day - 1 - 719_468
}

/// Returns three numbers of so many digits each.
fn three(text: &str, separator: char, lens: [usize; 3]) -> Option<(i64, i64, i64)> {
    let mut parts = text.split(separator);
    let mut next = |len| digits_of(parts.next()?, len);
    let numbers = (next(lens[0])?, next(lens[1])?, next(lens[2])?);
    parts.next().is_none().then_some(numbers)
}

fn digits_of(text: &str, len: usize) -> Option<i64> {
    let is_number = text.len() == len && text.bytes().all(|it| it.is_ascii_digit());
    is_number.then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_milliseconds_rounded_up() {
        for (text, millis) in [
            ("1970-01-01T00:00:01Z", 1_000),
            ("2000-02-29T12:30:00Z", 951_827_400_000),
            ("2000-03-01T00:00:00Z", 951_868_800_000),
            ("2026-11-29T10:39:34.184091368Z", 1_795_948_774_185),
            ("2026-11-29T10:39:34.184Z", 1_795_948_774_184),
            ("2026-11-29T12:39:34.184+02:00", 1_795_948_774_184),
            ("2026-11-29T08:09:34.184-02:30", 1_795_948_774_184),
            ("9999-12-31T23:59:59.999999999Z", 253_402_300_800_000),
            ("1969-12-31T23:59:59Z", 1),
            ("0001-01-01T00:00:00.000000001Z", 1),
        ] {
            assert_eq!(parse(text), Some(Some(millis)), "{text}");
        }
        assert_eq!(parse("0001-01-01T00:00:00Z"), Some(None));
    }

    #[test]
    fn other_texts_are_no_times() {
        for text in [
            "",
            "soon",
            "2026-11-29",
            "2026-11-29T10:39:34",
            "2026-11-29 10:39:34Z",
            "2026-13-01T00:00:00Z",
            "2026-01-00T00:00:00Z",
            "2026-01-01T24:00:00Z",
            "2026-01-01T00:00Z",
            "26-01-01T00:00:00Z",
            "2026-01-01T00:00:00.Z0",
            "2026-01-01T00:00:00.0123456789Z",
            "2026-01-01T00:00:00+0100",
            "2026-01-01T00:00:00*01:00",
            "2026-01-01T00:00:00Zulu",
            "2026-01-01T00:00:00\u{e4}1:00",
            "+026-01-01T00:00:00Z",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
