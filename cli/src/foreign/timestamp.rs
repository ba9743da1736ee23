//! Times as Go keeps them: RFC 3339 in JSON, with up to nine digits of a second, or nanoseconds
//! since 1970.

/// Seconds from 1970 to the year 1, in which Go's zero time is.
const ZERO_SECONDS: i64 = -62_135_596_800;

/// A time. The default is Go's zero time, which stands for none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timestamp {
    seconds: i64,
    nanos: i64,
}

impl Default for Timestamp {
    fn default() -> Timestamp {
        Timestamp { seconds: ZERO_SECONDS, nanos: 0 }
    }
}

impl Timestamp {
    /// Returns the time that an RFC 3339 text names, or `None` if it is no such text.
    pub fn parse(text: &str) -> Option<Timestamp> {
        let (date, rest) = text.split_once('T')?;
        let (year, month, day) = three(date, '-', [4, 2, 2])?;
        let clock_len = rest.find(|it: char| it != ':' && !it.is_ascii_digit())?;
        let (clock, rest) = rest.split_at(clock_len);
        let (hour, minute, second) = three(clock, ':', [2, 2, 2])?;
        let (nanos, zone) = match rest.strip_prefix('.') {
            None => (0, rest),
            Some(rest) => {
                let (digits, zone) = rest.split_at(rest.find(|it: char| !it.is_ascii_digit())?);
                (
                    if digits.is_empty() { None } else { digits_of(&format!("{digits:0<9}"), 9) }?,
                    zone,
                )
            }
        };
        let is_date = (1..=12).contains(&month) && (1..=31).contains(&day);
        if !is_date || hour > 23 || minute > 59 || second > 60 {
            return None;
        }
        let clock = hour * 3_600 + minute * 60 + second;
        let seconds = days(year, month, day) * 86_400 + clock - offset(zone)?;
        Some(Timestamp { seconds, nanos })
    }

    /// Returns the time so many nanoseconds after 1970; for 0 and less the zero time.
    pub fn from_unix_nanos(nanos: i64) -> Timestamp {
        match nanos {
            1.. => Timestamp { seconds: nanos / 1_000_000_000, nanos: nanos % 1_000_000_000 },
            _ => Timestamp::default(),
        }
    }

    /// Returns the nanoseconds since 1970 as Go computes them: those of the zero time overflow.
    pub fn unix_nanos(self) -> i64 {
        self.seconds.wrapping_mul(1_000_000_000).wrapping_add(self.nanos)
    }

    /// Returns the milliseconds since 1970, rounded up, or `None` for the zero time. A time before
    /// 1970 becomes the first millisecond of it, which has passed as well.
    pub fn expiry(self) -> Option<i64> {
        let millis = self.seconds * 1_000 + (self.nanos + 999_999) / 1_000_000;
        (self != Timestamp::default()).then_some(millis.max(1))
    }
}

/// Returns the seconds by which a zone is ahead: `Z`, `+02:00`.
fn offset(zone: &str) -> Option<i64> {
    if zone == "Z" {
        return Some(0);
    }
    let (hours, minutes) = zone.get(1..)?.split_once(':')?;
    let seconds = digits_of(hours, 2)? * 3_600 + digits_of(minutes, 2)? * 60;
    match zone.as_bytes().first()? {
        b'+' => Some(seconds),
        b'-' => Some(-seconds),
        _ => None,
    }
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
    let [first, second, third] = lens;
    let numbers = (next(first)?, next(second)?, next(third)?);
    parts.next().is_none().then_some(numbers)
}

fn digits_of(text: &str, len: usize) -> Option<i64> {
    let is_number = text.len() == len && text.bytes().all(|it| it.is_ascii_digit());
    is_number.then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expiry_of(text: &str) -> Option<i64> {
        Timestamp::parse(text).expect(text).expiry()
    }

    #[test]
    fn an_expiry_is_milliseconds_rounded_up() {
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
            assert_eq!(expiry_of(text), Some(millis), "{text}");
        }
    }

    #[test]
    fn the_zero_time_of_go_is_no_expiry() {
        assert_eq!(expiry_of("0001-01-01T00:00:00Z"), None);
        assert_eq!(Timestamp::from_unix_nanos(0), Timestamp::default());
        assert_eq!(Timestamp::default().unix_nanos(), -6_795_364_578_871_345_152);
    }

    #[test]
    fn nanoseconds_come_back() {
        for nanos in [1, 999_999_999, 1_000_000_000, 1_795_948_774_184_091_368, i64::MAX] {
            assert_eq!(Timestamp::from_unix_nanos(nanos).unix_nanos(), nanos);
        }
        let parsed = Timestamp::parse("2026-11-29T10:39:34.184091368Z");
        assert_eq!(parsed, Some(Timestamp::from_unix_nanos(1_795_948_774_184_091_368)));
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
            "2026-01-01T00:00:00.Z",
            "2026-01-01T00:00:00.0123456789Z",
            "2026-01-01T00:00:00+0100",
            "2026-01-01T00:00:00*01:00",
            "2026-01-01T00:00:00Zulu",
            "2026-01-01T00:00:00\u{e4}1:00",
            "+026-01-01T00:00:00Z",
        ] {
            assert_eq!(Timestamp::parse(text), None, "{text}");
        }
    }
}
