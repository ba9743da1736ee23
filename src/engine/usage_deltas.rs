//! What a batch changes in the usage of namespaces that have a quota.

use crate::model::UsageDelta;

/// The net changes of one batch, by name of the namespace.
#[derive(Debug, Default)]
pub struct UsageDeltas {
    changes: Vec<(Box<[u8]>, UsageDelta)>,
}

impl UsageDeltas {
    /// Adds to what a namespace's usage changes by.
    pub fn add(&mut self, name: &[u8], change: UsageDelta) {
        match self.changes.iter_mut().find(|(it, _)| **it == *name) {
            Some((_, sum)) => sum.add(change),
            None => self.changes.push((name.into(), change)),
        }
    }

    /// Returns what a namespace's usage changes by.
    pub fn of(&self, name: &[u8]) -> UsageDelta {
        let found = self.changes.iter().find(|(it, _)| **it == *name);
        found.map_or(UsageDelta::default(), |(_, change)| *change)
    }

    /// Returns what a namespace's usage changes by and strikes it off.
    pub fn take(&mut self, name: &[u8]) -> UsageDelta {
        let change = self.of(name);
        self.changes.retain(|(it, _)| **it != *name);
        change
    }

    /// Returns the namespaces whose usage changes.
    pub fn names(&self) -> Vec<Box<[u8]>> {
        self.changes.iter().map(|(name, _)| name.clone()).collect()
    }

    /// Forgets the changes: they were not made.
    pub fn clear(&mut self) {
        self.changes.clear();
    }
}
