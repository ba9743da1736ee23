//! The index by which a key is found: a hash table of the numbers of all rows.
//!
//! It is divided into parts, so that no write waits until a table of all rows has grown.

use std::hash::BuildHasher;

use foldhash::fast::RandomState;
use hashbrown::HashTable;

use crate::engine::rows::row::Row;
use crate::engine::rows::slab::{Number, Slab};

const PARTS: usize = 256;

/// The numbers of rows by group and key.
pub(super) struct KeyIndex {
    hasher: RandomState,
    parts: Vec<HashTable<Number>>,
}

impl Default for KeyIndex {
    fn default() -> Self {
        KeyIndex { hasher: RandomState::default(), parts: vec![HashTable::new(); PARTS] }
    }
}

impl KeyIndex {
    /// Returns the number and the row of a key in the group with an id.
    pub(super) fn find<'s>(
        &self,
        slab: &'s Slab,
        group: u32,
        key: &[u8],
    ) -> Option<(Number, &'s Row)> {
        let hash = self.hash(group, key);
        let row = |number: Number| slab.get(number);
        let is_it = |number: &Number| {
            row(*number).is_some_and(|row| row.group() == group && row.key() == key)
        };
        let number = *self.part(hash)?.find(hash, is_it)?;
        Some((number, row(number)?))
    }

    /// Inserts the number of a row that is in `slab`, and whose key has no number yet.
    pub(super) fn insert(&mut self, slab: &Slab, number: Number) {
        let hasher = self.hasher.clone();
        let hash = |number: &Number| {
            slab.get(*number).map_or(0, |row| hash(&hasher, row.group(), row.key()))
        };
        let own = hash(&number);
        if let Some(part) = self.parts.get_mut(part(own)) {
            part.insert_unique(own, number, hash);
        }
    }

    /// Makes room for so many rows.
    pub(super) fn reserve(&mut self, rows: u64) {
        // They are spread over the parts almost evenly.
        let each = usize::try_from(rows / PARTS as u64).unwrap_or(0);
        let each = each + each / 16;
        // Without the memory the parts grow, or fail, as they are filled.
        self.parts.iter_mut().for_each(|part| drop(part.try_reserve(each, |_| 0)));
    }

    /// Removes the number of a row.
    pub(super) fn remove(&mut self, number: Number, row: &Row) {
        let hash = self.hash(row.group(), row.key());
        if let Some(part) = self.parts.get_mut(part(hash))
            && let Ok(found) = part.find_entry(hash, |it| *it == number)
        {
            found.remove();
        }
    }

    fn hash(&self, group: u32, key: &[u8]) -> u64 {
        hash(&self.hasher, group, key)
    }

    fn part(&self, hash: u64) -> Option<&HashTable<Number>> {
        self.parts.get(part(hash))
    }
}

fn hash(hasher: &RandomState, group: u32, key: &[u8]) -> u64 {
    hasher.hash_one((group, key))
}

/// Returns the part of a hash. A table uses the highest and the lowest bits.
fn part(hash: u64) -> usize {
    (hash >> 40) as usize % PARTS
}
