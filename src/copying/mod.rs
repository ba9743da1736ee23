//! Moving what a store holds into another, whatever engines the two are on.

mod group;
mod portion;

use crate::copying::group::CopiedGroup;
use crate::copying::portion::Portion;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{Expiry, Group, GroupRange, Key, ScanEntry};
use crate::store::Store;

/// Entries that are written in one batch at most.
pub const COPY_BATCH_ENTRIES: usize = 256;
/// Bytes of groups, keys and values that are written in one batch at most; a longer entry is
/// written alone.
pub const COPY_BATCH_BYTES: usize = 1 << 20;

const EVERYTHING: GroupRange<'_> = GroupRange::Prefix(b"");

/// What becomes of entries that are in the target already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Existing {
    /// Those under a key of the source are replaced, the others stay.
    #[default]
    Overwrite,
    /// All of them stay; the entries of the source under their keys are skipped.
    Keep,
    /// There must be none when the copy begins. A copy that goes on after a position does not look
    /// and goes on as [`Existing::Overwrite`].
    Refuse,
}

/// How a copy is made.
#[derive(Debug, Clone, Copy, Default)]
pub struct CopyOptions<'a> {
    /// What becomes of entries that are in the target already.
    pub existing: Existing,
    /// Copies only what follows this position: that of the last progress of a copy that ended early.
    pub after: Option<(Group<'a>, Key<'a>)>,
}

/// What a copy has done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Copied {
    /// Entries written.
    pub entries: u64,
    /// Bytes of their groups, keys and values.
    pub bytes: u64,
    /// Entries left alone because their keys were there; only with [`Existing::Keep`].
    pub skipped: u64,
    /// Entries that died on the way and were not written, or at once after it.
    pub expired: u64,
    /// Entries that were seen in the target when they were written, and were gone when their group
    /// had been copied: others have deleted them, or a target that evicts. 0 if nobody did.
    pub missing: u64,
}

impl Copied {
    /// Returns what was done here and there together.
    fn and(self, other: Copied) -> Copied {
        Copied {
            entries: self.entries + other.entries,
            bytes: self.bytes + other.bytes,
            skipped: self.skipped + other.skipped,
            expired: self.expired + other.expired,
            missing: self.missing + other.missing,
        }
    }
}

/// How far a copy has come, after each batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CopyProgress<'a> {
    /// What was done since the call began.
    pub copied: Copied,
    /// Entries of the source, those before the position that the call began at among them, when it
    /// began; others may have written since.
    pub total: u64,
    /// The last entry that was dealt with: everything up to it is in the target, nothing after it.
    pub position: (Group<'a>, Key<'a>),
}

/// Copies the live entries of `from` into `to`: values and the moments they expire at, to the
/// millisecond. Versions are the target's own.
///
/// The source is read as one snapshot if its engine has snapshots: what is written there meanwhile is
/// not seen. Where it has none, each entry is read at some moment of the copy. Both stores may be used
/// meanwhile; nothing is locked. The target is written in batches of at most
/// [`COPY_BATCH_ENTRIES`] of one group, each of them all or nothing, or one by one where the engine
/// cannot write several keys at once ([`ErrorKind::Unsupported`]). After each, `progress` is
/// called, which may call both stores; if it returns false the copy ends with
/// [`ErrorKind::Cancelled`]. Whatever it ends with, the batches before it stay, and another call can
/// go on after the position of the last progress.
///
/// Each batch sees for itself that the target has what it says it has written; if not, the copy ends
/// with [`ErrorKind::Corrupt`]. When a group has been copied the target's entries are counted, and if
/// they are too few, those that others have removed are in [`Copied::missing`].
///
/// Quotas and limits of the target hold ([`ErrorKind::Quota`], [`ErrorKind::Full`]), its default ttl
/// does not. Quotas, options and the log of changes are not copied. Fails with
/// [`ErrorKind::Argument`] if an entry of one store can be in the other, because they are of one
/// engine and their scopes overlap, or if [`Existing::Refuse`] finds an entry.
pub fn copy(
    from: &Store,
    to: &Store,
    options: &CopyOptions<'_>,
    progress: &mut dyn FnMut(&CopyProgress<'_>) -> bool,
) -> Result<Copied> {
    check_target(from, to, options)?;
    let total = from.count(EVERYTHING).map_err(reading)?;
    let mut entries = from.entries(EVERYTHING, options.after).map_err(reading)?;
    let mut portion = Portion::new(options.existing);
    let mut copying = Copying {
        from,
        to,
        after: options.after,
        total,
        progress,
        copied: Copied::default(),
        group: None,
    };
    while let Some(entry) = entries.next().map_err(reading)? {
        if !portion.has_room_for(&entry) {
            copying.write(&mut portion)?;
        }
        portion.add(&entry)?;
    }
    if !portion.is_empty() {
        copying.write(&mut portion)?;
    }
    copying.end_group()?;
    Ok(copying.copied)
}

fn check_target(from: &Store, to: &Store, options: &CopyOptions<'_>) -> Result<()> {
    // A forked child may use neither, whatever the two are to each other.
    from.open_engine()?;
    to.open_engine()?;
    if from.overlaps(to) {
        let message = "copy: the source and the target are one store, or one is within the other";
        return Err(Error::new(ErrorKind::Argument, message));
    }
    if options.existing == Existing::Refuse && options.after.is_none() {
        let there = to.count(EVERYTHING).map_err(writing)?;
        if there > 0 {
            let message = format!("copy: the target is to be empty and holds {there} entries");
            return Err(Error::new(ErrorKind::Argument, message));
        }
    }
    Ok(())
}

/// A copy that is under way.
struct Copying<'c> {
    from: &'c Store,
    to: &'c Store,
    after: Option<(Group<'c>, Key<'c>)>,
    total: u64,
    progress: &'c mut dyn FnMut(&CopyProgress<'_>) -> bool,
    copied: Copied,
    /// The group that was written to last, until its end is known.
    group: Option<CopiedGroup>,
}

impl Copying<'_> {
    /// Writes a portion, empties it and tells how far the copy has come.
    fn write(&mut self, portion: &mut Portion) -> Result<()> {
        let name = portion.group()?;
        if self.group.as_ref().is_none_or(|group| group.name() != name.as_bytes()) {
            self.end_group()?;
            let after = self.after.filter(|(group, _)| *group == name).map(|(_, key)| key);
            self.group = Some(CopiedGroup::new(name, after));
        }
        let written = portion.write(self.to).map_err(writing)?;
        let position = portion.position()?;
        if let Some(group) = &mut self.group {
            group.add(written.entries + written.skipped, position.1, portion.newest());
        }
        self.copied = self.copied.and(written);
        let copied = self.copied;
        let goes_on = (self.progress)(&CopyProgress { copied, total: self.total, position });
        portion.clear();
        if !goes_on {
            return Err(Error::new(ErrorKind::Cancelled, "copy: the caller ended it"));
        }
        Ok(())
    }

    /// Counts what the target has of the group whose end was reached.
    fn end_group(&mut self) -> Result<()> {
        if let Some(group) = self.group.take() {
            self.copied.missing += group.missing(self.from, self.to)?;
        }
        Ok(())
    }
}

/// Answers whether an entry is dead for the target.
fn is_dead(expires_at: Option<Expiry>, to: &Store) -> Result<bool> {
    let now = to.open_engine()?.now(to.call())?;
    Ok(expires_at.is_some_and(|at| at.is_past(now)))
}

/// Returns how many bytes an entry counts for.
fn len(entry: &ScanEntry<'_>) -> usize {
    entry.group.len() + entry.key.len() + entry.value.len()
}

fn reading(error: Error) -> Error {
    error.context("copy, reading the source")
}

fn writing(error: Error) -> Error {
    error.context("copy, writing the target")
}
