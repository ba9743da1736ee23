//! Batches that only check and read, on one state of the store.

use crate::error::Result;
use crate::model::{Commit, Entry, Group, Key, KeyRange, Op, RangeDigest, Reply};

/// One state of a store.
pub(crate) trait State {
    /// Returns the live entry under a key, or `None`.
    fn entry(&mut self, group: Group<'_>, key: Key<'_>) -> Result<Option<Entry>>;

    /// Returns the digest of the live entries of a range.
    fn digest(&mut self, range: KeyRange<'_>) -> Result<RangeDigest>;
}

/// Checks the conditions of `ops`, none of which writes, and if all hold writes what each reads to
/// `replies`.
pub(crate) fn read_batch(
    state: &mut impl State,
    ops: &[Op<'_>],
    replies: &mut [Reply],
) -> Result<Commit> {
    let mut found = vec![Reply::None; ops.len()];
    for (index, (op, found)) in ops.iter().zip(&mut found).enumerate() {
        if let Op::CheckRange { range, digest } = *op {
            if state.digest(range)? != digest {
                return Ok(Commit::Refused { index, version: 0 });
            }
            continue;
        }
        let Some(key) = op.key() else { continue };
        let entry = state.entry(op.group(), key)?;
        let version = entry.as_ref().map_or(0, |it| it.version);
        if !op.condition().holds(version) {
            return Ok(Commit::Refused { index, version });
        }
        if matches!(op, Op::Get { .. }) {
            *found = Reply::Entry(entry);
        }
    }
    replies.iter_mut().zip(found).for_each(|(reply, found)| *reply = found);
    Ok(Commit::Applied)
}
