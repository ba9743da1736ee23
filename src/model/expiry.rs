//! The expiry of entries, and the rules by which a write or an expire call sets it.

use crate::clock::Timestamp;
use crate::error::{Error, ErrorKind, Result};

/// The instant at which an entry expires, in milliseconds since 1970. At that very millisecond it
/// is expired.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Expiry(i64);

impl Expiry {
    /// Returns the expiry at `millis` since 1970.
    pub const fn at_millis(millis: i64) -> Self {
        Expiry(millis)
    }

    /// Returns the milliseconds since 1970.
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// Returns whether an entry with this expiry is expired at `now`.
    pub const fn is_past(self, now: Timestamp) -> bool {
        self.0 <= now.as_millis()
    }
}

/// The effect of a write on the expiry of its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SetExpiry {
    /// The entry gets the default ttl of the store, or never expires if the store has none; an
    /// earlier expiry is cleared.
    #[default]
    Default,
    /// The entry never expires; an earlier expiry is cleared.
    Never,
    /// The entry expires this many milliseconds after the commit; 0 is never, negative is refused.
    After(i64),
    /// The entry expires at this instant, which may be past: then no read returns it.
    At(Expiry),
    /// A live entry keeps its expiry; a new one gets that of [`SetExpiry::Default`].
    Keep,
}

/// As a ttl in milliseconds, or as an expiry that was read: never. As a ttl, 0 means the same.
pub const TTL_NEVER: i64 = -1;
/// As a ttl in milliseconds: the default ttl of the store.
pub const TTL_DEFAULT: i64 = i64::MIN;

impl SetExpiry {
    /// Returns the rule for a ttl in milliseconds: 0 and [`TTL_NEVER`] are never, [`TTL_DEFAULT`]
    /// is the default; any other negative ttl is refused.
    pub fn from_ttl(ttl_ms: i64) -> Result<Self> {
        match ttl_ms {
            0 | TTL_NEVER => Ok(SetExpiry::Never),
            TTL_DEFAULT => Ok(SetExpiry::Default),
            1.. => Ok(SetExpiry::After(ttl_ms)),
            _ => Err(negative_ttl(ttl_ms)),
        }
    }

    /// Returns the rule for an expiry in milliseconds since 1970: [`TTL_NEVER`], the expiry with
    /// which an entry that never expires is read, is never.
    pub fn from_expires_at(at_ms: i64) -> Self {
        match at_ms {
            TTL_NEVER => SetExpiry::Never,
            _ => SetExpiry::At(Expiry(at_ms)),
        }
    }

    /// Fails with [`ErrorKind::Argument`] if this is a negative ttl.
    pub fn validate(self) -> Result<()> {
        match self {
            SetExpiry::After(ttl_ms) if ttl_ms < 0 => Err(negative_ttl(ttl_ms)),
            _ => Ok(()),
        }
    }

    /// Returns the expiry of an entry written at `now` over one that had `old`, in a store without
    /// a default ttl. A ttl counts from `now` rounded up, so that the entry lives at least as long.
    pub fn resolve(self, now: Timestamp, old: Option<Expiry>) -> Option<Expiry> {
        match self {
            SetExpiry::Default | SetExpiry::Never | SetExpiry::After(0) => None,
            SetExpiry::After(ms) => Some(Expiry(now.as_millis_up().saturating_add(ms))),
            SetExpiry::At(expiry) => Some(expiry),
            SetExpiry::Keep => old,
        }
    }
}

fn negative_ttl(ttl_ms: i64) -> Error {
    let message = format!("ttl of {ttl_ms} ms is negative; for ever is 0 or -1");
    Error::new(ErrorKind::Argument, message)
}

/// The condition of an expire call on the present expiry. No expiry counts as infinitely late.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ExpiryRule(u32);

impl ExpiryRule {
    /// Only if the entry has no expiry.
    pub const NX: u32 = 1;
    /// Only if the entry has an expiry.
    pub const XX: u32 = 2;
    /// Only if the new expiry is later.
    pub const GT: u32 = 4;
    /// Only if the new expiry is earlier.
    pub const LT: u32 = 8;

    /// Returns the rule with these flags; unknown and contradicting ones are refused.
    pub fn new(flags: u32) -> Result<Self> {
        let known = Self::NX | Self::XX | Self::GT | Self::LT;
        let nx_and_more = flags & Self::NX != 0 && flags != Self::NX;
        let both_ways = flags & (Self::GT | Self::LT) == Self::GT | Self::LT;
        if flags & !known != 0 {
            let unknown = flags & !known;
            let message = format!("expire flags have unknown bits {unknown:#x}");
            return Err(Error::new(ErrorKind::Argument, message));
        }
        if nx_and_more || both_ways {
            let message = "expire flags contradict: NX goes alone, GT and LT exclude each other";
            return Err(Error::new(ErrorKind::Argument, message));
        }
        Ok(ExpiryRule(flags))
    }

    /// Returns the flags.
    pub fn flags(self) -> u32 {
        self.0
    }

    /// Returns whether `new` may replace `old`.
    pub fn allows(self, old: Option<Expiry>, new: Option<Expiry>) -> bool {
        let moment = |expiry: Option<Expiry>| expiry.map_or(i64::MAX, |at| at.0);
        let has = |flag: u32| self.0 & flag != 0;
        !(has(Self::NX) && old.is_some()
            || has(Self::XX) && old.is_none()
            || has(Self::GT) && moment(new) <= moment(old)
            || has(Self::LT) && moment(new) >= moment(old))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT_5: Option<Expiry> = Some(Expiry(5));
    const AT_9: Option<Expiry> = Some(Expiry(9));

    fn allows(flags: u32, old: Option<Expiry>, new: Option<Expiry>) -> bool {
        ExpiryRule::new(flags).expect("known flags").allows(old, new)
    }

    #[test]
    fn no_expiry_counts_as_infinitely_late() {
        assert!(!allows(ExpiryRule::GT, None, AT_5));
        assert!(allows(ExpiryRule::LT, None, AT_5));
        assert!(allows(ExpiryRule::GT, AT_5, None));
        assert!(!allows(ExpiryRule::LT, AT_5, None));
    }

    #[test]
    fn each_flag_allows_and_refuses() {
        assert!(allows(0, AT_9, AT_5));
        assert!(allows(ExpiryRule::NX, None, AT_5) && !allows(ExpiryRule::NX, AT_5, AT_9));
        assert!(allows(ExpiryRule::XX, AT_5, AT_9) && !allows(ExpiryRule::XX, None, AT_9));
        assert!(allows(ExpiryRule::GT, AT_5, AT_9) && !allows(ExpiryRule::GT, AT_9, AT_9));
        assert!(allows(ExpiryRule::LT, AT_9, AT_5) && !allows(ExpiryRule::LT, AT_9, AT_9));
        assert!(!allows(ExpiryRule::XX | ExpiryRule::LT, None, AT_5));
    }

    #[test]
    fn contradicting_and_unknown_flags_are_refused() {
        for flags in [3, 5, 9, 12, 16, 1 << 31] {
            assert_eq!(ExpiryRule::new(flags).expect_err("refused").kind(), ErrorKind::Argument);
        }
    }

    #[test]
    fn an_entry_is_expired_at_its_very_millisecond() {
        assert!(!Expiry(7).is_past(Timestamp::from_micros(6_999)));
        assert!(Expiry(7).is_past(Timestamp::from_micros(7_000)));
    }

    #[test]
    fn a_ttl_and_an_expiry_have_words_for_never_and_for_none_given() {
        assert_eq!(SetExpiry::from_ttl(0), Ok(SetExpiry::Never));
        assert_eq!(SetExpiry::from_ttl(TTL_NEVER), Ok(SetExpiry::Never));
        assert_eq!(SetExpiry::from_ttl(TTL_DEFAULT), Ok(SetExpiry::Default));
        assert_eq!(SetExpiry::from_expires_at(TTL_NEVER), SetExpiry::Never);
        assert_eq!(SetExpiry::from_expires_at(-2), SetExpiry::At(Expiry(-2)));
        for negative in [-2, i64::MIN + 1] {
            let refused = SetExpiry::from_ttl(negative).expect_err("negative");
            assert_eq!(refused.kind(), ErrorKind::Argument);
            assert_eq!(SetExpiry::After(negative).validate(), Err(refused));
        }
    }

    #[test]
    fn an_entry_lives_at_least_its_ttl() {
        for (written, expiry) in [(6_999, 17), (7_000, 17), (7_001, 18), (7_999, 18), (-1, 10)] {
            let expires_at = SetExpiry::After(10).resolve(Timestamp::from_micros(written), None);
            assert_eq!(expires_at, Some(Expiry(expiry)), "written at {written} us");
            let just_before = Timestamp::from_micros(written + 9_999);
            assert!(!Expiry(expiry).is_past(just_before), "written at {written} us");
        }
    }

    #[test]
    fn a_ttl_beyond_the_end_of_time_stays_there() {
        let now = Timestamp::from_micros(1_000_000);
        assert_eq!(SetExpiry::After(i64::MAX).resolve(now, None), Some(Expiry(i64::MAX)));
    }
}
