//! An entry that is imported.

use kv::{Condition, Group, Key, Op, SetExpiry, TTL_NEVER};

use crate::failure::Result;
use crate::units::now_ms;

/// An entry to import.
pub struct ImportEntry {
    /// The group.
    pub group: Vec<u8>,
    /// The key.
    pub key: Vec<u8>,
    /// The value.
    pub value: Vec<u8>,
    /// The expiry in milliseconds since 1970; `None` if the entry has none.
    pub expires_at: Option<i64>,
}

/// Returns the condition of a write.
pub fn condition(if_absent: bool) -> Condition {
    if if_absent { Condition::Absent } else { Condition::Any }
}

impl ImportEntry {
    /// Fails if the group, the key or the value is over its limit, or the expiry is out of range.
    pub fn check(&self) -> Result<()> {
        let step = self.step(false)?;
        Ok(step.validate()?)
    }

    /// Returns the step that writes the entry.
    pub fn step(&self, if_absent: bool) -> kv::Result<Op<'_>> {
        Ok(Op::Set {
            group: Group::new(&self.group)?,
            key: Key::new(&self.key)?,
            value: &self.value,
            condition: condition(if_absent),
            expiry: self.expiry(),
        })
    }

    /// Returns the expiry of the write.
    pub fn expiry(&self) -> SetExpiry {
        self.expires_at.map_or(SetExpiry::Never, SetExpiry::from_expires_at)
    }

    /// Returns whether the expiry has passed.
    pub fn has_expired(&self) -> bool {
        self.expires_at.is_some_and(|at| at != TTL_NEVER && at <= now_ms())
    }
}
