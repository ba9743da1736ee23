//! The entries of a store by group and key. A clone is a snapshot, and costs next to nothing.

use std::ops::Bound;

use triomphe::Arc;

use crate::call::{CallContext, Pace};
use crate::clock::Timestamp;
use crate::engine::rows::name::Name;
use crate::engine::rows::row::Row;
use crate::engine::rows::slab::{Number, Slab};
use crate::engine::rows::tree::{Item, Tree};
use crate::error::Result;
use crate::model::{
    Group, GroupRange, Key, KeyBound, KeyRange, RangeDigest, RangeHasher, Scan, StoreUsage, Usage,
    is_empty_range, prefix_end,
};

/// A group that has a row.
#[derive(Clone)]
pub(super) struct GroupRows {
    pub(super) name: Name,
    /// The id of the group as long as it has a row.
    pub(super) id: u32,
    /// The numbers of its rows in key order.
    pub(super) numbers: Tree<Number>,
}

impl Item for Arc<GroupRows> {
    type Store = ();

    fn key<'k>(&'k self, (): &'k ()) -> &'k [u8] {
        &self.name
    }
}

impl Item for Number {
    type Store = Slab;

    fn key<'k>(&'k self, slab: &'k Slab) -> &'k [u8] {
        slab.get(*self).map_or(&[], Row::key)
    }
}

/// The rows of a store, live and expired.
#[derive(Clone, Default)]
pub(crate) struct Entries {
    pub(super) groups: Tree<Arc<GroupRows>>,
    pub(super) slab: Slab,
}

impl Entries {
    /// Returns the row under a key, live or expired.
    pub(super) fn find(&self, group: Group<'_>, key: Key<'_>) -> Option<&Row> {
        let numbers = &self.group(group)?.numbers;
        self.slab.get(*numbers.get(&self.slab, key.as_bytes())?)
    }

    pub(super) fn group(&self, group: Group<'_>) -> Option<&GroupRows> {
        self.groups.get(&(), group.as_bytes()).map(|it| &**it)
    }

    /// Returns the groups of `range` in name order.
    pub(super) fn groups(
        &self,
        range: GroupRange<'_>,
    ) -> impl Iterator<Item = &GroupRows> + use<'_> {
        let (first, end) = range.bounds();
        let groups = self.groups.iter_from(&(), Bound::Included(first));
        groups
            .map(|group| &**group)
            .take_while(move |it| end.as_deref().is_none_or(|end| &*it.name < end))
    }

    /// Returns the rows of a group in key order.
    pub(super) fn rows_of<'e>(
        &'e self,
        group: &'e GroupRows,
    ) -> impl Iterator<Item = &'e Row> + use<'e> {
        let numbers = group.numbers.iter_from(&self.slab, Bound::Unbounded);
        numbers.filter_map(|number| self.slab.get(*number))
    }

    /// Returns whether an entry of a group is live at `now`.
    pub(super) fn has_live(
        &self,
        pace: &mut Pace,
        group: &GroupRows,
        now: Timestamp,
    ) -> Result<bool> {
        for row in self.rows_of(group) {
            pace.step()?;
            if row.is_live(now) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Returns how many live entries `range` holds.
    pub(crate) fn count_live(
        &self,
        call: &CallContext,
        range: GroupRange<'_>,
        now: Timestamp,
    ) -> Result<u64> {
        let (mut live, mut pace) = (0, call.pace());
        for row in self.groups(range).flat_map(|group| self.rows_of(group)) {
            pace.step()?;
            live += u64::from(row.is_live(now));
        }
        Ok(live)
    }

    /// Counts the entries of `range`.
    pub(crate) fn usage(
        &self,
        call: &CallContext,
        range: GroupRange<'_>,
        now: Timestamp,
    ) -> Result<StoreUsage> {
        let (mut usage, mut pace) = (StoreUsage::default(), call.pace());
        for group in self.groups(range) {
            for row in self.rows_of(group) {
                pace.step()?;
                if row.is_live(now) {
                    usage.entries += 1;
                    usage.bytes += group.bytes_of(row);
                } else {
                    usage.expired_entries += 1;
                }
            }
        }
        Ok(usage)
    }

    /// Counts the rows of `range`, expired ones included.
    pub(super) fn count_usage(&self, call: &CallContext, range: GroupRange<'_>) -> Result<Usage> {
        let (mut usage, mut pace) = (Usage::default(), call.pace());
        for group in self.groups(range) {
            usage.groups += 1;
            usage.keys += group.numbers.len() as u64;
            for row in self.rows_of(group) {
                pace.step()?;
                usage.bytes += group.bytes_of(row);
            }
        }
        Ok(usage)
    }

    /// Returns the digest of the entries of a range that are live at `now`.
    pub(super) fn digest(
        &self,
        call: &CallContext,
        range: KeyRange<'_>,
        now: Timestamp,
    ) -> Result<RangeDigest> {
        let (mut digest, mut pace) = (RangeHasher::default(), call.pace());
        for row in self.between(range.group, Scan::of_range(range).range()) {
            pace.step()?;
            if row.is_live(now) {
                digest.add(row.key(), row.version());
            }
        }
        Ok(digest.finish())
    }

    /// Returns the rows of a group between two bounds, live and expired, in key order.
    pub(super) fn between<'e>(
        &'e self,
        group: Group<'_>,
        (lower, upper): (KeyBound<'e>, KeyBound<'e>),
    ) -> impl Iterator<Item = &'e Row> + use<'e> {
        let group = self.group(group).filter(|_| !is_empty_range(&lower, &upper));
        let lower = lower.as_ref().map(|key| &**key);
        let numbers = group.map(|it| it.numbers.iter_from(&self.slab, lower));
        let rows = numbers.into_iter().flatten().filter_map(|number| self.slab.get(*number));
        rows.take_while(move |row| match &upper {
            Bound::Included(upper) => row.key() <= &**upper,
            Bound::Excluded(upper) => row.key() < &**upper,
            Bound::Unbounded => true,
        })
    }

    /// Returns the rows of a group whose keys begin with `prefix`, live and expired, in key order.
    pub(super) fn prefix<'e>(
        &'e self,
        group: Group<'_>,
        prefix: &[u8],
    ) -> impl Iterator<Item = &'e Row> + use<'e> {
        self.between(group, prefix_bounds(prefix))
    }
}

/// Returns the bounds of the keys that begin with `prefix`.
pub(super) fn prefix_bounds<'b>(prefix: &[u8]) -> (KeyBound<'b>, KeyBound<'b>) {
    let end = prefix_end(prefix).map_or(Bound::Unbounded, |end| Bound::Excluded(end.into()));
    (Bound::Included(prefix.to_vec().into()), end)
}

impl GroupRows {
    fn bytes_of(&self, row: &Row) -> u64 {
        (self.name.len() + row.key().len() + row.value().len()) as u64
    }
}
