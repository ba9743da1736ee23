//! Versions: one number as compare-and-set token, commit order and change time.

use crate::clock::Timestamp;

/// A non-zero token that changes with each write of its key; 0 stands for "absent".
pub type Version = u64;

/// The source of versions: microseconds of the wall clock, increased where the clock stands or
/// steps back.
#[derive(Debug, Default)]
pub(crate) struct VersionClock {
    last: Version,
}

impl VersionClock {
    /// Returns the next version, above every earlier one and above `previous`, the key's own.
    pub(crate) fn next(&mut self, now: Timestamp, previous: Version) -> Version {
        let wall = u64::try_from(now.as_micros()).unwrap_or(0);
        self.last = wall.max(self.last + 1).max(previous + 1);
        self.last
    }

    /// Returns the newest version that was returned or observed.
    pub(crate) fn last(&self) -> Version {
        self.last
    }

    /// Makes all later versions greater than `version`.
    pub(crate) fn observe(&mut self, version: Version) {
        self.last = self.last.max(version);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_rise_when_the_clock_stands_steps_back_or_is_before_1970() {
        let mut clock = VersionClock::default();

        let moments = [1_000, 1_000, 10, -5, 2_000];
        let versions = moments.map(|at| clock.next(Timestamp::from_micros(at), 0));

        assert_eq!(versions, [1_000, 1_001, 1_002, 1_003, 2_000]);
    }

    #[test]
    fn a_version_exceeds_the_one_its_key_had() {
        let mut clock = VersionClock::default();
        assert_eq!(clock.next(Timestamp::from_micros(5), 900), 901);
    }
}
