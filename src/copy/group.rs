//! The check that the entries of a copied group are still in the target.

use crate::copy::entries::{is_expired, reading, writing};
use crate::engine::Cursor;
use crate::error::{ErrorKind, Result};
use crate::model::{Group, GroupRange, Key, Scan, Values, Version};
use crate::store::Store;

/// The part of a group that was copied.
pub(super) struct CopiedGroup {
    name: Vec<u8>,
    /// The key after which the copy began.
    after: Option<Vec<u8>>,
    last_key: Vec<u8>,
    /// The number of entries that the target had when each was written or skipped.
    entries: u64,
    /// The newest version among them in the source: newer entries there were written after the copy
    /// had read them.
    newest: Version,
}

impl CopiedGroup {
    /// Returns a group of which nothing was copied yet; the copy begins after the key `after`.
    pub(super) fn new(name: Group<'_>, after: Option<Key<'_>>) -> CopiedGroup {
        let name = name.as_bytes().to_vec();
        let after = after.map(|key| key.as_bytes().to_vec());
        CopiedGroup { name, after, last_key: Vec::new(), entries: 0, newest: 0 }
    }

    /// Returns its name.
    pub(super) fn name(&self) -> &[u8] {
        &self.name
    }

    /// Adds a number of entries up to `last_key` that are in the target.
    pub(super) fn add(&mut self, entries: u64, last_key: Key<'_>, newest: Version) {
        self.entries += entries;
        self.newest = self.newest.max(newest);
        last_key.as_bytes().clone_into(&mut self.last_key);
    }

    /// Returns how many of these entries the target no longer has though they have not expired.
    ///
    /// If the target has at least as many entries in the group, none counts as missing. Otherwise
    /// entries may have expired meanwhile, so the keys of both stores are compared. An entry that
    /// the source no longer has either does not count as missing. If an engine cannot scan that
    /// many keys, the whole difference of the numbers counts as missing.
    pub(super) fn missing(&self, from: &Store, to: &Store) -> Result<u64> {
        let name = Group::new(&self.name)?;
        let count = to.count(GroupRange::One(name)).map_err(writing)?;
        if count >= self.entries {
            return Ok(0);
        }
        let lacking = self.entries - count;
        match self.compare(name, from, to) {
            // Where versions have no order, some of them may have come after the copy.
            Ok(missing) => Ok(missing.min(lacking)),
            Err(error) if error.kind() == ErrorKind::Unsupported => Ok(lacking),
            Err(error) => Err(error),
        }
    }

    /// Returns how many keys that are live in the source are not in the target.
    fn compare(&self, name: Group<'_>, from: &Store, to: &Store) -> Result<u64> {
        let all = Scan { values: Values::None, ..Scan::all(name) };
        let after = self.after.as_deref().map(Key::new).transpose()?;
        let scan = after.map_or(all, |key| all.after(key));
        let mut ours = from.scan(scan).map_err(reading)?;
        let mut theirs = to.scan(scan).map_err(writing)?;
        let mut their_key = next_key(&mut *theirs)?;
        let mut missing = 0;
        while let Some(entry) = ours.next().map_err(reading)? {
            if entry.key > &self.last_key[..] {
                break;
            }
            while their_key.as_deref().is_some_and(|key| key < entry.key) {
                their_key = next_key(&mut *theirs)?;
            }
            let is_there = their_key.as_deref() == Some(entry.key);
            let is_newer = entry.version > self.newest;
            if !is_there && !is_newer && !is_expired(entry.expires_at, to)? {
                missing += 1;
            }
        }
        Ok(missing)
    }
}

fn next_key(cursor: &mut dyn Cursor) -> Result<Option<Vec<u8>>> {
    let entry = cursor.next().map_err(writing)?;
    Ok(entry.map(|entry| entry.key.to_vec()))
}
