//! The query of a scan that is read page after page.

use std::ops::Bound;

use crate::error::Result;
use crate::model::{
    Dialect, Glob, Group, GroupRange, Key, Pattern, Query, Scan, ScanEntry, Values,
};

type Bytes = Box<[u8]>;

/// A query with bytes of its own.
pub(crate) enum OwnedQuery {
    /// As [`Query::Entries`].
    Entries {
        group: Bytes,
        pattern: Bytes,
        /// `None` for a prefix.
        dialect: Option<Dialect>,
        lower: Bound<Bytes>,
        upper: Bound<Bytes>,
        reverse: bool,
        offset: u64,
        limit: u64,
        values: Values,
    },
    /// As [`Query::Range`]; `is_one` tells whether the name is that of a group or a prefix.
    Range { is_one: bool, name: Bytes, after: Option<(Bytes, Bytes)>, values: Values },
    /// As [`Query::Groups`].
    Groups(Bytes),
}

impl OwnedQuery {
    /// Returns a copy of a query.
    pub(crate) fn of(query: Query<'_>) -> OwnedQuery {
        let owned = |bound: Bound<Key<'_>>| bound.map(|key| key.as_bytes().into());
        match query {
            Query::Entries(scan) => {
                let (pattern, dialect) = match scan.pattern {
                    Pattern::Prefix(prefix) => (prefix, None),
                    Pattern::Glob(glob) => (glob.pattern(), Some(glob.dialect())),
                };
                OwnedQuery::Entries {
                    group: scan.group.as_bytes().into(),
                    pattern: pattern.into(),
                    dialect,
                    lower: owned(scan.lower),
                    upper: owned(scan.upper),
                    reverse: scan.reverse,
                    offset: scan.offset,
                    limit: scan.limit,
                    values: scan.values,
                }
            }
            Query::Range { range, after, values } => {
                let (is_one, name) = match range {
                    GroupRange::One(group) => (true, group.as_bytes()),
                    GroupRange::Prefix(prefix) => (false, prefix),
                };
                let after =
                    after.map(|(group, key)| (group.as_bytes().into(), key.as_bytes().into()));
                OwnedQuery::Range { is_one, name: name.into(), after, values }
            }
            Query::Groups(prefix) => OwnedQuery::Groups(prefix.into()),
        }
    }

    /// Returns the query.
    pub(crate) fn query(&self) -> Result<Query<'_>> {
        Ok(match self {
            OwnedQuery::Entries {
                group,
                pattern,
                dialect,
                lower,
                upper,
                reverse,
                offset,
                limit,
                values,
            } => Query::Entries(Scan {
                group: Group::new(group)?,
                pattern: match dialect {
                    None => Pattern::Prefix(pattern),
                    Some(dialect) => Pattern::Glob(Glob::new(pattern, *dialect)),
                },
                lower: key(lower)?,
                upper: key(upper)?,
                reverse: *reverse,
                offset: *offset,
                limit: *limit,
                values: *values,
                snapshot: true,
            }),
            OwnedQuery::Range { is_one, name, after, values } => Query::Range {
                values: *values,
                range: match is_one {
                    true => GroupRange::One(Group::new(name)?),
                    false => GroupRange::Prefix(name),
                },
                after: match after {
                    Some((group, key)) => Some((Group::new(group)?, Key::new(key)?)),
                    None => None,
                },
            },
            OwnedQuery::Groups(prefix) => Query::Groups(prefix),
        })
    }

    /// Returns whether the query can be continued behind an item of it.
    pub(crate) fn has_pages(&self) -> bool {
        !matches!(self, OwnedQuery::Groups(_))
    }

    /// Makes this the rest of the query behind `last`, the last of `count` items; returns whether
    /// there may be more.
    pub(crate) fn move_behind(&mut self, last: ScanEntry<'_>, count: usize) -> bool {
        match self {
            OwnedQuery::Entries { lower, upper, reverse, offset, limit, .. } => {
                let bound = if *reverse { upper } else { lower };
                *bound = Bound::Excluded(last.key.into());
                *offset = 0;
                let is_last = *limit != 0 && *limit <= count as u64;
                *limit = limit.saturating_sub(count as u64);
                !is_last
            }
            OwnedQuery::Range { after, .. } => {
                *after = Some((last.group.into(), last.key.into()));
                true
            }
            OwnedQuery::Groups(_) => false,
        }
    }
}

fn key(bound: &Bound<Bytes>) -> Result<Bound<Key<'_>>> {
    Ok(match bound {
        Bound::Included(name) => Bound::Included(Key::new(name)?),
        Bound::Excluded(name) => Bound::Excluded(Key::new(name)?),
        Bound::Unbounded => Bound::Unbounded,
    })
}
