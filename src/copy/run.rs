//! The copy: a scan of the source, and batches on the target.

use crate::copy::batch::CopyBatch;
use crate::copy::entries::{reading, writing};
use crate::copy::group::CopiedGroup;
use crate::copy::large::{BATCHED_MAX, LargeEntry};
use crate::copy::options::{COPY_BATCH_ENTRIES, Copied, CopyOptions, CopyProgress, Existing};
use crate::engine::Cursor;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{Group, GroupRange, Key, Version};
use crate::store::Store;

const EVERYTHING: GroupRange<'_> = GroupRange::Prefix(b"");

/// Copies the live entries of `from` into `to`: values, and expiries to the millisecond. Versions
/// are the target's own.
///
/// The source is read as one snapshot if its engine has snapshots; otherwise each entry is read at
/// some instant of the copy. Both stores may be used meanwhile; nothing is locked. The target is
/// written in atomic batches of at most [`COPY_BATCH_ENTRIES`](crate::COPY_BATCH_ENTRIES) entries
/// of one group, of fewer where the target has no room for more, or entry by entry where the
/// engine cannot write several keys at once ([`ErrorKind::Unsupported`]). After each batch
/// `progress` is called, which may call both stores; if it returns false the copy ends with
/// [`ErrorKind::Cancelled`]. However a copy ends, its batches stay, and another call resumes after
/// the position of the last progress.
///
/// Each batch ends with a probe of each key; an entry that was acknowledged and is absent ends the
/// copy with [`ErrorKind::Corrupt`]. When a group is done its entries in the target are counted,
/// and those that are gone are in [`Copied::missing`].
///
/// Quotas and limits of the target hold ([`ErrorKind::Quota`], [`ErrorKind::Full`]), its default
/// ttl does not. Quotas, options and the change log are not copied. Fails with
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
    let entries = from.entries_up_to(EVERYTHING, options.after, BATCHED_MAX);
    let mut entries = entries.map_err(reading)?;
    let mut batch = CopyBatch::new(options.existing);
    let mut copy = Copy {
        from,
        to,
        after: options.after,
        total,
        progress,
        copied: Copied::default(),
        group: None,
        part_len: COPY_BATCH_ENTRIES,
    };
    while let Some(entry) = entries.next().map_err(reading)? {
        let large = LargeEntry::of(&entry);
        if large.is_some() && !batch.is_empty() || !batch.has_room_for(&entry) {
            copy.write(&mut batch)?;
        }
        match large {
            Some(large) => copy.write_large(&large, &mut *entries, options.existing)?,
            None => batch.add(&entry)?,
        }
    }
    if !batch.is_empty() {
        copy.write(&mut batch)?;
    }
    copy.end_group()?;
    Ok(copy.copied)
}

fn check_target(from: &Store, to: &Store, options: &CopyOptions<'_>) -> Result<()> {
    // In a forked child this fails, whatever the relation of the stores.
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

/// A running copy.
struct Copy<'c> {
    from: &'c Store,
    to: &'c Store,
    after: Option<(Group<'c>, Key<'c>)>,
    total: u64,
    progress: &'c mut dyn FnMut(&CopyProgress<'_>) -> bool,
    copied: Copied,
    /// The group of the last batch, until it is done.
    group: Option<CopiedGroup>,
    /// The most entries that are written together: fewer after the target had no room.
    part_len: usize,
}

impl Copy<'_> {
    /// Writes a batch, in parts if the target has no room for it as a whole, and empties it.
    fn write(&mut self, batch: &mut CopyBatch) -> Result<()> {
        self.enter_group(batch.group()?)?;
        let mut done = 0;
        while done < batch.len() {
            let count = self.part_len.min(batch.len() - done);
            match batch.write(done, count, self.to) {
                Ok(written) => {
                    done += count;
                    self.report(batch.position(done)?, batch.newest(), written)?;
                }
                // A store in cache mode evicts no entry that its batch uses, so a batch can be too
                // large for it although each entry has room.
                Err(error) if error.kind() == ErrorKind::Full && count > 1 => {
                    self.part_len = count / 2;
                }
                Err(error) => return Err(writing(error)),
            }
        }
        batch.clear();
        Ok(())
    }

    /// Writes an entry with a large value, at which `cursor` is.
    fn write_large(
        &mut self,
        entry: &LargeEntry,
        cursor: &mut dyn Cursor,
        existing: Existing,
    ) -> Result<()> {
        let position = entry.position()?;
        self.enter_group(position.0)?;
        let written = entry.copy(cursor, (self.from, self.to), existing)?;
        self.report(position, entry.version, written)
    }

    /// Ends the group before, unless `name` is that group.
    fn enter_group(&mut self, name: Group<'_>) -> Result<()> {
        if self.group.as_ref().is_none_or(|group| group.name() != name.as_bytes()) {
            self.end_group()?;
            let after = self.after.filter(|(group, _)| *group == name).map(|(_, key)| key);
            self.group = Some(CopiedGroup::new(name, after));
        }
        Ok(())
    }

    /// Adds the counts of what was written up to a position, and reports them.
    fn report(
        &mut self,
        position: (Group<'_>, Key<'_>),
        newest: Version,
        written: Copied,
    ) -> Result<()> {
        if let Some(group) = &mut self.group {
            group.add(written.entries + written.skipped, position.1, newest);
        }
        self.copied = self.copied.and(written);
        let copied = self.copied;
        match (self.progress)(&CopyProgress { copied, total: self.total, position }) {
            true => Ok(()),
            false => Err(Error::new(ErrorKind::Cancelled, "copy: the caller ended it")),
        }
    }

    /// Counts the missing entries of the group that is done.
    fn end_group(&mut self) -> Result<()> {
        if let Some(group) = self.group.take() {
            self.copied.missing += group.missing(self.from, self.to)?;
        }
        Ok(())
    }
}
