//! The state of a file within a read transaction.

use crate::clock::Timestamp;
use crate::engine::read_batch::State;
use crate::engine::sqlite::file::row::count_rows;
use crate::engine::sqlite::file::session::Session;
use crate::engine::sqlite::file::statement::Sql;
use crate::engine::sqlite::native::Parameter::{Blob, Integer};
use crate::engine::sqlite::read::lookup::find_entry;
use crate::engine::sqlite::write::digest::digest;
use crate::error::Result;
use crate::model::{Entry, EntryRef, Group, GroupRange, Key, KeyRange, RangeDigest, prefix_end};

/// A session in a read transaction, and the time that decides which entries are live.
pub(crate) struct ReadState<'s> {
    /// The session.
    pub session: &'s mut Session,
    /// The time.
    pub now: Timestamp,
}

impl State for ReadState<'_> {
    fn entry(&mut self, group: Group<'_>, key: Key<'_>) -> Result<Option<Entry>> {
        let (mut entry, now) = (None, self.now);
        let mut keep = |it: EntryRef<'_>| entry = Some(it.to_entry());
        find_entry(self.session, group, key, &|| now, &mut keep)?;
        entry.transpose()
    }

    fn digest(&mut self, range: KeyRange<'_>) -> Result<RangeDigest> {
        digest(self.session, range, self.now)
    }
}

impl ReadState<'_> {
    /// Returns how many live entries `range` holds.
    pub(crate) fn count(&mut self, range: GroupRange<'_>) -> Result<u64> {
        let now = Integer(self.now.as_millis());
        match range {
            GroupRange::One(group) => {
                count_rows(self.session, Sql::CountGroup, &[Blob(group.as_bytes()), now])
            }
            GroupRange::Prefix(prefix) => match prefix_end(prefix) {
                Some(end) => {
                    let parameters = [Blob(prefix), now, Blob(&end)];
                    count_rows(self.session, Sql::CountGroupsBelow, &parameters)
                }
                None => count_rows(self.session, Sql::CountGroups, &[Blob(prefix), now]),
            },
        }
    }
}
