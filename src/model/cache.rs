//! Cache mode: the limits of a store, its eviction, and the default ttl of its entries.

use std::time::Duration;

use crate::error::{Error, ErrorKind, Result};
use crate::model::expiry::SetExpiry;
use crate::model::quota::Quota;

/// The behaviour of a full store at a write that needs room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Eviction {
    /// The store refuses the write.
    #[default]
    None,
    /// The store removes the least recently used entries.
    LeastRecentlyUsed,
}

/// The limits of a store; 0 is no limit. Expired entries count until they are removed, and they are
/// removed before a write is refused or a live entry evicted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Limits {
    /// Entries.
    pub max_entries: u64,
    /// Bytes of groups, keys and values.
    pub max_bytes: u64,
    /// Memory of the entries of a store that has them in memory.
    pub max_memory: u64,
    /// The behaviour of the full store.
    pub eviction: Eviction,
}

/// A change of the limits of a store: `None` keeps the present value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LimitOptions {
    /// Entries; 0 for no limit.
    pub max_entries: Option<u64>,
    /// Bytes of groups, keys and values; 0 for no limit.
    pub max_bytes: Option<u64>,
    /// The behaviour of the full store.
    pub eviction: Option<Eviction>,
}

/// The options of cache mode.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CacheOptions {
    /// The limits.
    pub limits: LimitOptions,
    /// The ttl of entries that are written without one; zero for ever.
    pub default_ttl: Duration,
}

impl Limits {
    /// Returns whether nothing is limited.
    pub fn is_unlimited(&self) -> bool {
        self.quota().is_unlimited() && self.max_memory == 0
    }

    /// Returns whether a full store evicts.
    pub fn evicts(&self) -> bool {
        self.eviction == Eviction::LeastRecentlyUsed && !self.is_unlimited()
    }

    /// Returns the limits of entries and bytes as a quota.
    pub fn quota(&self) -> Quota {
        Quota { max_keys: self.max_entries, max_groups: 0, max_bytes: self.max_bytes }
    }
}

impl LimitOptions {
    /// Returns whether all limits stay as they are.
    pub fn is_empty(&self) -> bool {
        *self == LimitOptions::default()
    }

    /// Returns `limits` with these options, or [`ErrorKind::Argument`] if the options name eviction
    /// and the result has no limit. Without a limit the result has no eviction.
    pub fn over(&self, limits: Limits) -> Result<Limits> {
        let max_entries = self.max_entries.unwrap_or(limits.max_entries);
        let max_bytes = self.max_bytes.unwrap_or(limits.max_bytes);
        let eviction = self.eviction.unwrap_or(limits.eviction);
        let changed = Limits { max_entries, max_bytes, eviction, ..limits };
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
    /// Returns the expiry of a write without one.
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
    fn limits_without_an_option_stay() {
        let limits = Limits { max_entries: 5, max_bytes: 9, ..Limits::default() };
        assert_eq!(NOTHING.over(limits), Ok(limits));
        let lru = LimitOptions { eviction: LRU, ..NOTHING }.over(limits).expect("limits");
        assert!(lru.evicts() && !limits.evicts());
        let fewer = LimitOptions { max_entries: Some(2), ..NOTHING }.over(lru).expect("limits");
        assert_eq!((fewer.max_entries, fewer.max_bytes, fewer.evicts()), (2, 9, true));
    }

    #[test]
    fn without_a_limit_there_is_nothing_to_evict_for() {
        let eviction = Eviction::LeastRecentlyUsed;
        let lru = Limits { max_entries: 5, eviction, ..Limits::default() };
        let none = LimitOptions { max_entries: Some(0), ..NOTHING };
        assert_eq!(none.over(lru), Ok(Limits::default()));
        let kind = |options: LimitOptions| options.over(lru).expect_err("refused").kind();
        assert_eq!(kind(LimitOptions { eviction: LRU, ..none }), ErrorKind::Argument);
    }
}
