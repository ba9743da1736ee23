//! How much a store as a whole may hold, what happens when it is full, and how long entries live
//! that were given no ttl.

use std::time::Duration;

use crate::error::{Error, ErrorKind, Result};
use crate::model::{Quota, SetExpiry};

/// What a full store does with a write that needs room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Eviction {
    /// It refuses the write.
    #[default]
    None,
    /// It removes the entries that were not used for the longest time.
    LeastRecentlyUsed,
}

/// What a store as a whole may hold; 0 is no limit. Dead entries count until they are removed, and
/// they are removed before a live one is refused or evicted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Limits {
    /// Entries.
    pub max_entries: u64,
    /// Bytes of groups, keys and values.
    pub max_bytes: u64,
    /// What happens when it is full.
    pub eviction: Eviction,
}

/// What is to become of the limits of a store: what is not said here stays as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LimitOptions {
    /// Entries; 0 for no limit.
    pub max_entries: Option<u64>,
    /// Bytes of groups, keys and values; 0 for no limit.
    pub max_bytes: Option<u64>,
    /// What happens when the store is full.
    pub eviction: Option<Eviction>,
}

/// What makes a store a cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CacheOptions {
    /// The limits.
    pub limits: LimitOptions,
    /// How long entries live that were given no ttl; zero for ever.
    pub default_ttl: Duration,
}

impl Limits {
    /// Answers whether nothing is limited.
    pub fn is_unlimited(&self) -> bool {
        self.quota().is_unlimited()
    }

    /// Answers whether a full store evicts.
    pub fn evicts(&self) -> bool {
        self.eviction == Eviction::LeastRecentlyUsed && !self.is_unlimited()
    }

    /// Returns the limits as those of an account.
    pub fn quota(&self) -> Quota {
        Quota { max_keys: self.max_entries, max_groups: 0, max_bytes: self.max_bytes }
    }
}

impl LimitOptions {
    /// Answers whether nothing is said.
    pub fn is_empty(&self) -> bool {
        *self == LimitOptions::default()
    }

    /// Returns what becomes of `limits`, or [`ErrorKind::Argument`] if there would be eviction and
    /// no limit. Without a limit there is nothing to evict for.
    pub fn over(&self, limits: Limits) -> Result<Limits> {
        let max_entries = self.max_entries.unwrap_or(limits.max_entries);
        let max_bytes = self.max_bytes.unwrap_or(limits.max_bytes);
        let eviction = self.eviction.unwrap_or(limits.eviction);
        let changed = Limits { max_entries, max_bytes, eviction };
        match (changed.is_unlimited(), self.eviction) {
            (true, Some(Eviction::LeastRecentlyUsed)) => {
                let message = "evict=lru needs max_bytes or max_entries: nothing is limited";
                Err(Error::new(ErrorKind::Argument, message))
            }
            (true, _) => Ok(Limits::default()),
            (false, _) => Ok(changed),
        }
    }
}

impl CacheOptions {
    /// Returns the expiry of a write that names none.
    pub fn default_expiry(&self) -> SetExpiry {
        match i64::try_from(self.default_ttl.as_millis()).unwrap_or(i64::MAX) {
            0 => SetExpiry::Never,
            ttl_ms => SetExpiry::After(ttl_ms),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LRU: Option<Eviction> = Some(Eviction::LeastRecentlyUsed);
    const NOTHING: LimitOptions =
        LimitOptions { max_entries: None, max_bytes: None, eviction: None };

    #[test]
    fn what_is_not_said_stays() {
        let limits = Limits { max_entries: 5, max_bytes: 9, ..Limits::default() };
        assert_eq!(NOTHING.over(limits), Ok(limits));
        let lru = LimitOptions { eviction: LRU, ..NOTHING }.over(limits).expect("limits");
        assert!(lru.evicts() && !limits.evicts());
        let fewer = LimitOptions { max_entries: Some(2), ..NOTHING }.over(lru).expect("limits");
        assert_eq!((fewer.max_entries, fewer.max_bytes, fewer.evicts()), (2, 9, true));
    }

    #[test]
    fn without_a_limit_there_is_nothing_to_evict_for() {
        let lru = Limits { max_entries: 5, max_bytes: 0, eviction: Eviction::LeastRecentlyUsed };
        let none = LimitOptions { max_entries: Some(0), ..NOTHING };
        assert_eq!(none.over(lru), Ok(Limits::default()));
        let kind = |options: LimitOptions| options.over(lru).expect_err("refused").kind();
        assert_eq!(kind(LimitOptions { eviction: LRU, ..none }), ErrorKind::Argument);
    }
}
