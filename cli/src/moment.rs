//! Moments as people write and read them, in the time zone of the user.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ZonedDateTime};

/// Returns the milliseconds since 1970 of a moment: `2026-12-24`, `2026-12-24 18:00`,
/// `2026-12-24T18:00:00+01:00`, or the milliseconds themselves.
pub fn parse(text: &str) -> Result<i64, String> {
    if !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit()) {
        return text.parse().map_err(|_| format!("{text:?} is too late"));
    }
    // With an offset it is the same moment everywhere, without one it is local.
    if let Ok(moment) = text.parse::<Timestamp>() {
        return Ok(moment.as_millisecond());
    }
    let local =
        text.parse::<DateTime>().or_else(|_| text.parse::<Date>().map(|it| it.at(0, 0, 0, 0)));
    let moment = local.ok().and_then(|it| it.to_zoned_datetime(TimeZone::system()).ok());
    let moment = moment.ok_or_else(|| {
        format!(
            "{text:?} is no moment; write 2026-12-24, \"2026-12-24 18:00\", \
             2026-12-24T18:00:00Z or milliseconds since 1970"
        )
    })?;
    Ok(moment.timestamp().as_millisecond())
}

/// Returns a moment as date and time in the time zone of the user, to the second.
pub fn shown(millis: i64) -> String {
    format(millis, "%Y-%m-%d %H:%M:%S")
}

/// Returns a moment as date and time in the time zone of the user, to the millisecond.
pub fn exact(millis: i64) -> String {
    format(millis, "%Y-%m-%d %H:%M:%S.%3f")
}

/// Returns the time of day of a moment in the time zone of the user, to the millisecond.
pub fn time_of_day(millis: i64) -> String {
    format(millis, "%H:%M:%S.%3f")
}

/// Returns the same to the second.
pub fn second_of_day(millis: i64) -> String {
    format(millis, "%H:%M:%S")
}

fn format(millis: i64, format: &str) -> String {
    match Timestamp::from_millisecond(millis) {
        Ok(moment) => ZonedDateTime::new(moment, TimeZone::system()).strftime(format).to_string(),
        // Beyond the last year of calendars.
        Err(_) => millis.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_read_with_and_without_a_zone() {
        for text in ["2026-12-24T18:00:00Z", "2026-12-24T19:00:00+01:00", "1798135200000"] {
            assert_eq!(parse(text), Ok(1_798_135_200_000), "{text}");
        }
        let local = parse("2026-12-24").expect("a date");
        assert_eq!(parse("2026-12-24 00:00"), Ok(local));
        assert_eq!(parse("2026-12-24T00:00:00"), Ok(local));
        assert_eq!(shown(local), "2026-12-24 00:00:00");
        assert_eq!(time_of_day(local + 61_007), "00:01:01.007");
        assert_eq!(exact(local + 61_007), "2026-12-24 00:01:01.007");
    }

    #[test]
    fn what_is_no_moment_is_refused_with_an_example() {
        for text in ["", "tomorrow", "2026-13-01", "2026-12-24 25:00", "12:00", "-1", "1e9"] {
            let message = parse(text).expect_err(text);
            assert!(message.contains("write 2026-12-24"), "{message}");
        }
        assert!(parse("99999999999999999999").expect_err("late").contains("too late"));
        assert_eq!(shown(i64::MAX), i64::MAX.to_string());
    }
}
