//! The quota of a namespace, and its usage.

use std::fmt;

/// The limits of a namespace; 0 is no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Quota {
    /// Live keys.
    pub max_keys: u64,
    /// Groups with a live key.
    pub max_groups: u64,
    /// Bytes of the groups with the namespace's prefix, the keys and the values of live entries.
    pub max_bytes: u64,
}

/// The usage of a namespace, with the expired entries that are not yet purged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Usage {
    /// Keys.
    pub keys: u64,
    /// Groups.
    pub groups: u64,
    /// Bytes.
    pub bytes: u64,
}

/// The quota and the usage of a namespace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct QuotaState {
    /// The quota.
    pub quota: Quota,
    /// The usage.
    pub usage: Usage,
    /// The limit of the memory of the entries, if they are in memory; 0 is no limit.
    pub max_memory: u64,
}

/// Bytes of memory that an entry in memory takes beyond its group, key and value, with an expiry
/// and a place in the LRU order; `bench/memory/run.sh` measures them.
const ENTRY_MEMORY: u64 = 176;

/// The amounts that a batch adds to the usage of a namespace, negative if it takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct UsageDelta {
    /// The change of the number of keys.
    pub keys: i64,
    /// The change of the number of groups.
    pub groups: i64,
    /// The change of the number of bytes.
    pub bytes: i64,
}

/// The limit that a write would exceed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuotaExceeded {
    limit: u64,
    unit: &'static str,
}

impl Quota {
    /// Returns whether nothing is limited.
    pub fn is_unlimited(&self) -> bool {
        *self == Quota::default()
    }
}

impl fmt::Display for Usage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Usage { keys, groups, bytes } = self;
        write!(f, "{keys} keys, {groups} groups, {bytes} bytes")
    }
}

impl Usage {
    /// Returns the memory of the entries, if they are in memory.
    fn memory(self) -> u64 {
        self.bytes.saturating_add(self.keys.saturating_mul(ENTRY_MEMORY))
    }

    /// Returns the usage after a change.
    pub fn after(self, change: UsageDelta) -> Usage {
        Usage {
            keys: self.keys.saturating_add_signed(change.keys),
            groups: self.groups.saturating_add_signed(change.groups),
            bytes: self.bytes.saturating_add_signed(change.bytes),
        }
    }
}

impl UsageDelta {
    /// Adds another change.
    pub fn add(&mut self, other: UsageDelta) {
        self.keys += other.keys;
        self.groups += other.groups;
        self.bytes += other.bytes;
    }
}

impl QuotaState {
    /// Returns the limit that `change` would exceed. A limit of an amount that does not grow is
    /// never exceeded by the change, even if the usage is over it.
    pub fn excess_of(&self, change: UsageDelta) -> Option<QuotaExceeded> {
        let after = self.usage.after(change);
        let (keys, bytes) = (change.keys > 0, change.bytes > 0);
        let grows = [keys, change.groups > 0, bytes, keys || bytes];
        self.excesses(after)
            .into_iter()
            .zip(grows)
            .find_map(|(excess, grows)| excess.filter(|_| grows))
    }

    /// Returns a limit that `usage` exceeds.
    pub fn excess_at(&self, usage: Usage) -> Option<QuotaExceeded> {
        self.excesses(usage).into_iter().flatten().next()
    }

    fn excesses(&self, usage: Usage) -> [Option<QuotaExceeded>; 4] {
        let quota = self.quota;
        let checks = [
            (usage.keys, quota.max_keys, "keys"),
            (usage.groups, quota.max_groups, "groups"),
            (usage.bytes, quota.max_bytes, "bytes"),
            (usage.memory(), self.max_memory, "bytes of memory"),
        ];
        checks.map(|(used, limit, unit)| {
            (limit != 0 && used > limit).then_some(QuotaExceeded { limit, unit })
        })
    }
}

impl QuotaExceeded {
    /// Returns the sentence of an error about this limit as one of a whole store.
    pub fn of_store(self) -> String {
        let unit = if self.unit == "keys" { "entries" } else { self.unit };
        format!("the store is full: it may hold {} {unit}", self.limit)
    }
}

impl fmt::Display for QuotaExceeded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "its quota of {} {}", self.limit, self.unit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_counts_what_each_entry_takes_beside_its_bytes() {
        let state = QuotaState { max_memory: 2 * ENTRY_MEMORY + 10, ..QuotaState::default() };
        let fits = UsageDelta { keys: 2, groups: 0, bytes: 10 };
        assert_eq!(state.excess_of(fits), None);
        let exceeded = state.excess_of(UsageDelta { bytes: 11, ..fits }).expect("too much");
        assert!(exceeded.of_store().ends_with("may hold 362 bytes of memory"), "{exceeded}");
        let full = QuotaState { usage: Usage { keys: 2, groups: 0, bytes: 90 }, ..state };
        assert_eq!(full.excess_of(UsageDelta { keys: -1, groups: 0, bytes: -5 }), None);
    }

    const FULL: QuotaState = QuotaState {
        quota: Quota { max_keys: 2, max_groups: 1, max_bytes: 0 },
        usage: Usage { keys: 2, groups: 1, bytes: 10 },
        max_memory: 0,
    };

    fn excess(keys: i64, groups: i64, bytes: i64) -> Option<String> {
        FULL.excess_of(UsageDelta { keys, groups, bytes }).map(|it| it.to_string())
    }

    #[test]
    fn the_last_place_may_be_taken_and_no_other() {
        assert_eq!(excess(0, 0, 5), None);
        assert_eq!(excess(1, 0, 0), Some("its quota of 2 keys".to_owned()));
        assert_eq!(excess(0, 1, 0), Some("its quota of 1 groups".to_owned()));
        assert_eq!(excess(-1, 0, i64::MAX), None);
    }

    #[test]
    fn a_change_of_which_no_limited_amount_grows_is_allowed_over_the_limit() {
        let over = QuotaState { usage: Usage { keys: 9, groups: 9, bytes: 9 }, ..FULL };
        assert_eq!(over.excess_of(UsageDelta { keys: -1, groups: 0, bytes: 1 }), None);
        assert!(over.excess_of(UsageDelta { keys: 1, groups: 0, bytes: 0 }).is_some());
    }
}
