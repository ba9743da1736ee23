//! The record of the newest version in the file.
//!
//! Versions are a hybrid logical clock: microseconds, and each above all before it. So a file has
//! to record the newest one, for a later process whose clock is behind. A record with every commit
//! would cost a row. A record is written once a second instead, and its readers add that second as
//! slack.

use crate::clock::Timestamp;
use crate::engine::sqlite::file::connection::Connection;
use crate::engine::sqlite::file::schema::{read_meta, write_meta};
use crate::error::Result;
use crate::model::Version;

/// The distance by which versions may exceed the recorded one, in microseconds.
const SLACK: Version = 1_000_000;

/// Versions that are recorded in advance while they are ahead of the clock, so that not every
/// commit has to record its own.
const RESERVED: Version = 1_000;
/// The greatest version that is recorded: one that has a later one.
const RECORDED_MAX: Version = i64::MAX as Version - 1;

/// The newest version that the file records.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct VersionRecord {
    /// The version, or while versions are ahead of the clock one that is not older.
    pub newest: Version,
    /// Whether no newer version was assigned; otherwise there may be some, within the slack.
    pub is_exact: bool,
}

impl VersionRecord {
    /// Reads the record of a file.
    pub(crate) fn read(connection: &Connection) -> Result<VersionRecord> {
        Ok(VersionRecord {
            newest: read_meta(connection, "clock")? as Version,
            is_exact: read_meta(connection, "clock_exact")? != 0,
        })
    }

    /// Writes the record into a file, inside its transaction.
    pub(crate) fn write(&self, connection: &Connection) -> Result<()> {
        write_meta(connection, "clock", self.newest as i64)?;
        write_meta(connection, "clock_exact", i64::from(self.is_exact))
    }

    /// Returns an upper bound of the versions in the file; `own` is the newest version that this
    /// process has assigned, 0 before its first.
    ///
    /// Versions above the record, within the slack, are possible unless the record is exact or the
    /// clock is past them. A process that has assigned a version compares its clock with the record
    /// itself; one that has not adds the slack, because its clock may have been set back.
    pub(crate) fn upper_bound(&self, own: Version, now: Timestamp) -> Version {
        let wall = u64::try_from(now.as_micros()).unwrap_or(0);
        let past = self.newest.saturating_add(if own == 0 { SLACK } else { 0 });
        let unrecorded = if self.is_exact || wall > past { 0 } else { SLACK };
        self.newest.saturating_add(unrecorded)
    }

    /// Returns the record to be written with the version `newest`, if one is due: when that is
    /// beyond the slack or ahead of the clock, or when the current record is exact.
    pub(crate) fn due(&self, newest: Version, now: Timestamp) -> Option<VersionRecord> {
        let is_ahead_of_clock = newest > u64::try_from(now.as_micros()).unwrap_or(0);
        let is_beyond_slack = newest > self.newest.saturating_add(SLACK);
        let is_unrecorded = newest > self.newest;
        let is_due = is_unrecorded && (is_ahead_of_clock || is_beyond_slack || self.is_exact);
        let reserved = newest.saturating_add(RESERVED).min(RECORDED_MAX).max(newest);
        is_due.then_some(match is_ahead_of_clock {
            true => VersionRecord { newest: reserved, is_exact: true },
            false => VersionRecord { newest, is_exact: false },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(micros: u64) -> Timestamp {
        Timestamp::from_micros(i64::try_from(micros).expect("a time"))
    }

    #[test]
    fn the_slack_counts_unless_the_clock_is_past_it_or_the_record_is_exact() {
        let record = VersionRecord { newest: 5_000_000, is_exact: false };
        assert_eq!(record.upper_bound(0, at(6_000_001)), 5_000_000);
        assert_eq!(record.upper_bound(0, at(6_000_000)), 6_000_000);
        assert_eq!(record.upper_bound(1, at(5_000_001)), 5_000_000);
        assert_eq!(record.upper_bound(1, at(4_000_000)), 6_000_000);
        let exact = VersionRecord { newest: 5_000_000, is_exact: true };
        assert_eq!(exact.upper_bound(0, at(0)), 5_000_000);
    }

    #[test]
    fn a_record_is_due_beyond_the_slack_ahead_of_the_clock_and_after_an_exact_one() {
        let record = VersionRecord { newest: 5_000_000, is_exact: false };
        assert_eq!(record.due(6_000_000, at(6_000_000)), None);
        let beyond = VersionRecord { newest: 6_000_001, is_exact: false };
        assert_eq!(record.due(6_000_001, at(6_000_001)), Some(beyond));
        let ahead = VersionRecord { newest: 5_501_000, is_exact: true };
        assert_eq!(record.due(5_500_000, at(5_400_000)), Some(ahead));
        assert_eq!(ahead.due(5_501_000, at(5_400_000)), None);
        let further = VersionRecord { newest: 5_502_001, is_exact: true };
        assert_eq!(ahead.due(5_501_001, at(5_400_000)), Some(further));
        let last = VersionRecord { newest: RECORDED_MAX, is_exact: true };
        assert_eq!(record.due(RECORDED_MAX - 5, at(0)), Some(last));
        let exact = VersionRecord { newest: 5_000_000, is_exact: true };
        assert!(exact.due(5_000_001, at(9_000_000)).is_some());
        assert_eq!(exact.due(5_000_000, at(9_000_000)), None);
    }
}
