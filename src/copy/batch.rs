//! One batch of a copy: sets of entries, and a probe of each key.

use crate::copy::entries::{is_expired, len};
use crate::copy::options::{COPY_BATCH_BYTES, COPY_BATCH_ENTRIES, Copied, Existing};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{
    Commit, Condition, ExpireOutcome, Expiry, ExpiryRule, Group, Key, Op, Quoted, Reply, ScanEntry,
    SetExpiry, Version,
};
use crate::store::{Batch, Store};

/// Entries of one group, in key order, that are written together.
pub(super) struct CopyBatch {
    existing: Existing,
    sets: Batch,
    bytes: usize,
    group: Vec<u8>,
    newest: Version,
}

impl CopyBatch {
    /// Returns an empty batch.
    pub(super) fn new(existing: Existing) -> CopyBatch {
        CopyBatch { existing, sets: Batch::default(), bytes: 0, group: Vec::new(), newest: 0 }
    }

    /// Returns whether `entry` can be added: the batch is empty, or the entry is of the same group
    /// and fits.
    pub(super) fn has_room_for(&self, entry: &ScanEntry<'_>) -> bool {
        self.is_empty()
            || self.group == entry.group
                && self.sets.len() < COPY_BATCH_ENTRIES
                && self.bytes + len(entry) <= COPY_BATCH_BYTES
    }

    /// Adds a copy of `entry`.
    pub(super) fn add(&mut self, entry: &ScanEntry<'_>) -> Result<()> {
        let condition = match self.existing {
            Existing::Keep => Condition::Absent,
            Existing::Overwrite | Existing::Refuse => Condition::Any,
        };
        let (group, key) = (Group::new(entry.group)?, Key::new(entry.key)?);
        // An entry that never expires must not get the target's default ttl.
        let expiry = entry.expires_at.map_or(SetExpiry::Never, SetExpiry::At);
        self.sets.push(&Op::Set { group, key, value: entry.value, condition, expiry })?;
        self.bytes += len(entry);
        self.newest = self.newest.max(entry.version);
        entry.group.clone_into(&mut self.group);
        Ok(())
    }

    /// Removes all entries.
    pub(super) fn clear(&mut self) {
        self.sets.clear();
        (self.bytes, self.newest) = (0, 0);
    }

    /// Returns whether there is no entry.
    pub(super) fn is_empty(&self) -> bool {
        self.sets.is_empty()
    }

    /// Returns the group of the entries.
    pub(super) fn group(&self) -> Result<Group<'_>> {
        Group::new(&self.group)
    }

    /// Returns group and key of the last of the first `count` entries.
    pub(super) fn position(&self, count: usize) -> Result<(Group<'_>, Key<'_>)> {
        let sets = self.sets.ops()?;
        match count.checked_sub(1).and_then(|last| sets.get(last)).and_then(Op::key) {
            Some(key) => Ok((self.group()?, key)),
            None => Err(Error::new(ErrorKind::Argument, "a batch without entries has no position")),
        }
    }

    /// Returns the newest version that an entry had in the source.
    pub(super) fn newest(&self) -> Version {
        self.newest
    }

    /// Returns the number of entries.
    pub(super) fn len(&self) -> usize {
        self.sets.len()
    }

    /// Writes the `count` entries after the first `done` in one batch; returns the counts.
    ///
    /// Where the keys of one group cannot be written together, as those of the default group of a
    /// cluster, they are written one by one.
    pub(super) fn write(&self, done: usize, count: usize, to: &Store) -> Result<Copied> {
        let sets: Vec<_> = self.sets.ops()?.into_iter().skip(done).take(count).collect();
        match self.write_together(sets.clone(), to) {
            Err(error) if error.kind() == ErrorKind::Unsupported && sets.len() > 1 => {
                sets.into_iter().try_fold(Copied::default(), |copied, set| {
                    Ok(copied.and(self.write_together(vec![set], to)?))
                })
            }
            written => written,
        }
    }

    fn write_together(&self, mut sets: Vec<Op<'_>>, to: &Store) -> Result<Copied> {
        let mut copied = Copied::default();
        if sets.iter().any(|set| expiry_of(set).is_some()) {
            // The clock of a server is read once.
            let now = to.open_engine()?.now(to.call())?;
            let is_expired = |set: &Op<'_>| expiry_of(set).is_some_and(|at| at.is_past(now));
            copied.expired += retain(&mut sets, |set| Ok(!is_expired(set)))?;
        }
        if self.existing == Existing::Keep {
            let mut there = are_there(&sets, to)?.into_iter();
            copied.skipped += retain(&mut sets, |_| Ok(there.next() != Some(true)))?;
        }
        // Without a condition that can fail there is one round; otherwise one more for each key
        // that another caller writes at this instant.
        while !sets.is_empty() {
            let steps: Vec<_> = sets.iter().copied().chain(probes(&sets)?).collect();
            match to.commit(&steps)? {
                (Commit::Refused { index, .. }, _) => {
                    sets.remove(index);
                    copied.skipped += 1;
                }
                (Commit::Applied, replies) => {
                    for (place, set) in sets.iter().enumerate() {
                        let reply = (replies.get(place), replies.get(place + sets.len()));
                        count_written(set, reply, to, &mut copied)?;
                    }
                    break;
                }
            }
        }
        Ok(copied)
    }
}

/// Counts one entry by the replies to its set and to its probe.
fn count_written(
    set: &Op<'_>,
    reply: (Option<&Reply>, Option<&Reply>),
    to: &Store,
    copied: &mut Copied,
) -> Result<()> {
    match reply {
        (Some(Reply::Written { .. }), Some(Reply::Expire(ExpireOutcome::Refused))) => {
            copied.entries += 1;
            copied.bytes += bytes_of(set) as u64;
        }
        (Some(Reply::Written { .. }), Some(Reply::Expire(ExpireOutcome::NotFound)))
            if is_expired(expiry_of(set), to)? =>
        {
            copied.expired += 1;
        }
        _ => {
            let key = Quoted(set.key().map_or(b"", Key::as_bytes));
            let group = Quoted(set.group().as_bytes());
            let message = format!("key {key} of group {group} was written and is not there");
            return Err(Error::new(ErrorKind::Corrupt, message));
        }
    }
    Ok(())
}

/// Returns for each of `sets` whether its key is in the target.
fn are_there(sets: &[Op<'_>], to: &Store) -> Result<Vec<bool>> {
    if sets.is_empty() {
        return Ok(Vec::new());
    }
    let (_, replies) = to.commit(&probes(sets)?)?;
    Ok(replies.iter().map(|it| *it != Reply::Expire(ExpireOutcome::NotFound)).collect())
}

/// Returns a probe for each of `sets`: a conditional expire that never applies, because no expiry
/// is later than never, but reports whether the key exists. A get would transfer the value.
///
/// In the batch of the sets the probes see their entries, with no delete, eviction or expiry of
/// other callers in between.
fn probes<'a>(sets: &[Op<'a>]) -> Result<Vec<Op<'a>>> {
    let rule = ExpiryRule::new(ExpiryRule::LT)?;
    let probe = |set: &Op<'a>| {
        let key = set.key()?;
        Some(Op::Expire { group: set.group(), key, expiry: SetExpiry::Never, rule })
    };
    Ok(sets.iter().filter_map(probe).collect())
}

/// Keeps the steps that `keeps` returns true for; returns how many it removed.
fn retain<'a>(
    sets: &mut Vec<Op<'a>>,
    mut keeps: impl FnMut(&Op<'a>) -> Result<bool>,
) -> Result<u64> {
    let before = sets.len();
    let mut failed = None;
    sets.retain(|set| {
        keeps(set).unwrap_or_else(|error| {
            failed = Some(error);
            true
        })
    });
    failed.map_or(Ok((before - sets.len()) as u64), Err)
}

fn expiry_of(set: &Op<'_>) -> Option<Expiry> {
    match *set {
        Op::Set { expiry: SetExpiry::At(at), .. } => Some(at),
        _ => None,
    }
}

fn bytes_of(set: &Op<'_>) -> usize {
    match *set {
        Op::Set { group, key, value, .. } => {
            group.as_bytes().len() + key.as_bytes().len() + value.len()
        }
        _ => 0,
    }
}
