//! Whether a group that was copied is still in the target.

use crate::copy::entries::{is_expired, reading, writing};
use crate::engine::Cursor;
use crate::error::{ErrorKind, Result};
use crate::model::{Group, GroupRange, Key, Scan, Values, Version};
use crate::store::Store;

/// What was copied of one group.
pub struct CopiedGroup {
    name: Vec<u8>,
    /// The key after which the copy began.
    after: Option<Vec<u8>>,
    last_key: Vec<u8>,
    /// How many entries the target had of those that were copied, each at its moment.
    entries: u64,
    /// The newest version among them in the source: what is newer there was not to be copied.
    newest: Version,
}

impl CopiedGroup {
    /// Returns a group of which nothing after a key was copied yet.
    pub fn new(name: Group<'_>, after: Option<Key<'_>>) -> CopiedGroup {
        let name = name.as_bytes().to_vec();
        let after = after.map(|key| key.as_bytes().to_vec());
        CopiedGroup { name, after, last_key: Vec::new(), entries: 0, newest: 0 }
    }

    /// Returns its name.
    pub fn name(&self) -> &[u8] {
        &self.name
    }

    /// Adds entries up to `last_key` that are in the target.
    pub fn add(&mut self, entries: u64, last_key: Key<'_>, newest: Version) {
        self.entries += entries;
        self.newest = self.newest.max(newest);
        last_key.as_bytes().clone_into(&mut self.last_key);
    }

    /// Returns how many of these entries the target does not have any more though they live.
    ///
    /// Usually its number of entries is answer enough. If it is too low, they may have died
    /// meanwhile, so the keys of both sides are compared. Those that the source does not have any
    /// more either were deleted there, and are not missed. Where an engine cannot walk through that
    /// many keys, all that the number lacks are missed.
    pub fn missing(&self, from: &Store, to: &Store) -> Result<u64> {
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

    /// Returns how many keys that live in the source are not in the target.
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
