//! The usage deltas of a batch: its net changes in the usage of namespaces that have a quota.

use crate::model::UsageDelta;

/// The usage deltas of one batch, by the name of the namespace.
#[derive(Debug, Default)]
pub(crate) struct UsageDeltas {
    changes: Vec<(Box<[u8]>, UsageDelta)>,
}

impl UsageDeltas {
    /// Adds `change` to the delta of a namespace.
    pub(crate) fn add(&mut self, name: &[u8], change: UsageDelta) {
        match self.changes.iter_mut().find(|(it, _)| **it == *name) {
            Some((_, sum)) => sum.add(change),
            None => self.changes.push((name.into(), change)),
        }
    }

    /// Returns the delta of a namespace; zero if it has none.
    pub(crate) fn of(&self, name: &[u8]) -> UsageDelta {
        let found = self.changes.iter().find(|(it, _)| **it == *name);
        found.map_or(UsageDelta::default(), |(_, change)| *change)
    }

    /// Returns the delta of a namespace and removes it.
    pub(crate) fn take(&mut self, name: &[u8]) -> UsageDelta {
        let change = self.of(name);
        self.changes.retain(|(it, _)| **it != *name);
        change
    }

    /// Returns the names of the namespaces that have a delta.
    pub(crate) fn names(&self) -> Vec<Box<[u8]>> {
        self.changes.iter().map(|(name, _)| name.clone()).collect()
    }

    /// Removes all deltas.
    pub(crate) fn clear(&mut self) {
        self.changes.clear();
    }
}
