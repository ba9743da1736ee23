//! Expiry: reading and changing the ttl of entries, and purging the expired ones.

use crate::clock::Timestamp;
use crate::engine::PURGE_STEP;
use crate::error::Result;
use crate::model::{
    ExpireOutcome, Expiry, ExpiryRule, Group, GroupRange, Key, Op, Reply, SetExpiry,
};
use crate::store::store::Store;
use crate::store::write::unexpected;

/// The ttl that an entry has left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ttl {
    /// It never expires.
    Never,
    /// This many milliseconds, at least 1.
    Millis(i64),
}

impl Store {
    /// Returns the ttl that a key has left, or `None` if it is absent or expired.
    pub fn ttl(&self, group: Group<'_>, key: Key<'_>) -> Result<Option<Ttl>> {
        let engine = self.open_engine()?;
        let now = engine.now(&self.call)?;
        let expiry = engine.expiry(&self.call, group, key)?;
        Ok(expiry.map(|expiry| expiry.map_or(Ttl::Never, |at| remaining(at, now))))
    }

    /// Sets the expiry of a key to `ttl_ms` milliseconds from now, as [`SetExpiry::from_ttl`] reads
    /// them, if `rule` allows. Its value and version stay.
    pub fn expire(
        &self,
        group: Group<'_>,
        key: Key<'_>,
        ttl_ms: i64,
        rule: ExpiryRule,
    ) -> Result<ExpireOutcome> {
        self.set_expiry(group, key, SetExpiry::from_ttl(ttl_ms)?, rule)
    }

    /// Removes the expiry of a key; returns whether a live entry is there.
    pub fn persist(&self, group: Group<'_>, key: Key<'_>) -> Result<bool> {
        let outcome = self.set_expiry(group, key, SetExpiry::Never, ExpiryRule::default())?;
        Ok(outcome != ExpireOutcome::NotFound)
    }

    /// Removes all expired entries and returns how many. Writers proceed between its small steps.
    pub fn purge_expired(&self) -> Result<u64> {
        let mut removed = 0;
        loop {
            let all = GroupRange::Prefix(b"");
            match self.open_engine()?.expire(&self.call, all, PURGE_STEP)? {
                0 => return Ok(removed),
                step => removed += step,
            }
        }
    }

    /// Sets the expiry of a key by `expiry`, if `rule` holds.
    pub fn set_expiry(
        &self,
        group: Group<'_>,
        key: Key<'_>,
        expiry: SetExpiry,
        rule: ExpiryRule,
    ) -> Result<ExpireOutcome> {
        match self.apply_one(Op::Expire { group, key, expiry, rule })? {
            Reply::Expire(outcome) => Ok(outcome),
            reply => Err(unexpected(reply)),
        }
    }
}

/// Returns the ttl left at `now`, which is rounded up as for a write; at least 1 ms, because the
/// entry was read as live.
pub(super) fn remaining(expiry: Expiry, now: Timestamp) -> Ttl {
    Ttl::Millis(expiry.as_millis().saturating_sub(now.as_millis_up()).max(1))
}
