//! Versions: one number as compare-and-set token, commit order and change time.

use crate::clock::Timestamp;
use crate::error::{Error, ErrorKind, Result};

/// A non-zero token that changes with each write of its key; 0 stands for "absent".
pub type Version = u64;

/// The greatest version: a file stores versions as signed 64-bit numbers.
pub(crate) const VERSION_MAX: Version = i64::MAX as Version;

/// The source of versions: microseconds of the wall clock, increased where the clock stands or
/// steps back.
#[derive(Debug, Default)]
pub(crate) struct VersionClock {
    last: Version,
}

impl VersionClock {
    /// Returns the next version, above every earlier one and above `previous`, the key's own. Fails
    /// with [`ErrorKind::Corrupt`] if there is none, because damage or another program has stored
    /// the greatest one.
    pub(crate) fn next(&mut self, now: Timestamp, previous: Version) -> Result<Version> {
        let before = self.last.max(previous);
        if before >= VERSION_MAX {
            let message = "a stored version is the greatest one or negative, so no later one can \
                           follow; kv_check says where it is stored and how to lower it";
            return Err(Error::new(ErrorKind::Corrupt, message));
        }
        self.last = u64::try_from(now.as_micros()).unwrap_or(0).max(before + 1);
        Ok(self.last)
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

        assert_eq!(versions, [1_000, 1_001, 1_002, 1_003, 2_000].map(Ok));
    }

    #[test]
    fn a_version_exceeds_the_one_its_key_had() {
        let mut clock = VersionClock::default();
        assert_eq!(clock.next(Timestamp::from_micros(5), 900), Ok(901));
    }

    #[test]
    fn nothing_follows_the_greatest_version_and_the_clock_stays() {
        let mut clock = VersionClock::default();
        let at = Timestamp::from_micros(5);
        assert_eq!(clock.next(at, VERSION_MAX - 1), Ok(VERSION_MAX));
        let mut clock = VersionClock::default();
        for previous in [VERSION_MAX, VERSION_MAX + 1, Version::MAX] {
            let error = clock.next(at, previous).expect_err("no later version");
            assert_eq!(error.kind(), ErrorKind::Corrupt);
        }
        assert_eq!(clock.next(at, 0), Ok(5));
    }
}
