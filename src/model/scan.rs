//! Which entries a walk visits, and in which order.

use std::borrow::Cow;
use std::ops::Bound;

use crate::model::{Glob, Group, Key};

/// An ordered walk through the live entries of one group.
#[derive(Debug, Clone, Copy)]
pub struct Scan<'a> {
    /// The group to walk through.
    pub group: Group<'a>,
    /// Which keys to visit.
    pub pattern: Pattern<'a>,
    /// Begins after this key, in the order of the walk.
    pub start_after: Option<Key<'a>>,
    /// Ends before this key, in the order of the walk.
    pub end: Option<Key<'a>>,
    /// Walks from the last key to the first.
    pub reverse: bool,
    /// Visits at most this many entries; 0 is no limit.
    pub limit: u64,
    /// Leaves the values out.
    pub keys_only: bool,
}

/// Which keys a scan visits.
#[derive(Debug, Clone, Copy)]
pub enum Pattern<'a> {
    /// Keys that begin with these bytes; the empty prefix means all.
    Prefix(&'a [u8]),
    /// Keys that match a glob.
    Glob(Glob<'a>),
}

impl<'a> Scan<'a> {
    /// Returns the walk through all of `group` in key order.
    pub fn all(group: Group<'a>) -> Self {
        Scan {
            group,
            pattern: Pattern::Prefix(b""),
            start_after: None,
            end: None,
            reverse: false,
            limit: 0,
            keys_only: false,
        }
    }

    /// Returns the range of keys that holds everything the walk can visit.
    pub fn range(&self) -> (KeyBound<'a>, KeyBound<'a>) {
        let prefix = match self.pattern {
            Pattern::Prefix(prefix) => Cow::Borrowed(prefix),
            Pattern::Glob(glob) => Cow::Owned(glob.literal_prefix()),
        };
        let upper = match prefix_end(&prefix) {
            Some(end) => Bound::Excluded(Cow::Owned(end)),
            None => Bound::Unbounded,
        };
        let lower = Bound::Included(prefix);
        let (after, before) = match self.reverse {
            false => (self.start_after, self.end),
            true => (self.end, self.start_after),
        };
        (higher(lower, after), lower_of(upper, before))
    }

    /// Answers whether the walk visits `key`, which is within its range.
    pub fn matches(&self, key: &[u8]) -> bool {
        match self.pattern {
            Pattern::Prefix(_) => true,
            Pattern::Glob(glob) => glob.matches(key),
        }
    }
}

/// One group, or all groups whose names begin with a prefix.
#[derive(Debug, Clone, Copy)]
pub enum GroupRange<'a> {
    /// This group alone.
    One(Group<'a>),
    /// Every group whose name begins with these bytes; the empty prefix means all.
    Prefix(&'a [u8]),
}

/// One end of a range of keys.
pub type KeyBound<'a> = Bound<Cow<'a, [u8]>>;

impl GroupRange<'_> {
    /// Answers whether a group is in the range.
    pub fn contains(&self, group: &[u8]) -> bool {
        match self {
            GroupRange::One(name) => name.as_bytes() == group,
            GroupRange::Prefix(prefix) => group.starts_with(prefix),
        }
    }

    /// Returns the first name of the range, and the first that follows it, if there is one.
    pub fn bounds(&self) -> (&[u8], Option<Vec<u8>>) {
        match self {
            GroupRange::One(group) => (group.as_bytes(), Some([group.as_bytes(), &[0]].concat())),
            GroupRange::Prefix(prefix) => (prefix, prefix_end(prefix)),
        }
    }

    /// Returns the group, and the key in it, at which a walk through the range begins that visits
    /// what follows `after`. The group is past the range if nothing in it does.
    pub fn start<'b>(&'b self, after: Option<(Group<'b>, Key<'b>)>) -> (&'b [u8], Vec<u8>) {
        let (first, _) = self.bounds();
        match after {
            Some((group, key)) if group.as_bytes() >= first => {
                (group.as_bytes(), [key.as_bytes(), &[0]].concat())
            }
            _ => (first, Vec::new()),
        }
    }
}

/// What a cursor walks through.
#[derive(Debug, Clone, Copy)]
#[expect(missing_docs, reason = "the fields are the nouns that the variants' sentences use")]
pub enum Query<'a> {
    /// Entries of one group.
    Entries(Scan<'a>),
    /// All entries of all groups in a range, by group and key; with `after`, those that follow this
    /// position, whether there is an entry at it or not.
    Range { range: GroupRange<'a>, after: Option<(Group<'a>, Key<'a>)> },
    /// Names of the groups that begin with a prefix and hold a live entry, in byte order.
    Groups(&'a [u8]),
}

/// Returns the first byte string that follows all those beginning with `prefix`, if there is one.
pub fn prefix_end(prefix: &[u8]) -> Option<Vec<u8>> {
    let keep = prefix.iter().rposition(|&byte| byte != 0xFF)?;
    let mut end = prefix.get(..=keep)?.to_vec();
    *end.last_mut()? += 1;
    Some(end)
}

fn higher<'a>(lower: KeyBound<'a>, after: Option<Key<'a>>) -> KeyBound<'a> {
    match (lower, after) {
        (Bound::Included(lower), Some(after)) if after.as_bytes() >= &*lower => {
            Bound::Excluded(Cow::Borrowed(after.as_bytes()))
        }
        (lower, _) => lower,
    }
}

fn lower_of<'a>(upper: KeyBound<'a>, before: Option<Key<'a>>) -> KeyBound<'a> {
    match (upper, before) {
        (Bound::Excluded(upper), Some(before)) if before.as_bytes() >= &*upper => {
            Bound::Excluded(upper)
        }
        (_, Some(before)) => Bound::Excluded(Cow::Borrowed(before.as_bytes())),
        (upper, None) => upper,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_prefix_is_the_next_string_of_its_length_or_shorter() {
        assert_eq!(prefix_end(b"ab"), Some(b"ac".to_vec()));
        assert_eq!(prefix_end(b"a\xFF\xFF"), Some(b"b".to_vec()));
        assert_eq!(prefix_end(b"\xFF\xFF"), None);
        assert_eq!(prefix_end(b""), None);
    }

    #[test]
    fn a_walk_through_groups_begins_at_the_range_or_right_behind_the_position() {
        let (name, key) = (|it| Group::new(it).expect("short"), |it| Key::new(it).expect("short"));
        let range = GroupRange::Prefix(b"m");
        assert_eq!(range.start(None), (&b"m"[..], vec![]));
        assert_eq!(range.start(Some((name(b"a"), key(b"z")))), (&b"m"[..], vec![]));
        assert_eq!(range.start(Some((name(b"m"), key(b"")))), (&b"m"[..], vec![0]));
        assert_eq!(range.start(Some((name(b"z"), key(b"a")))), (&b"z"[..], b"a\0".to_vec()));
    }

    #[test]
    fn start_after_and_end_only_narrow_the_prefix() {
        let key = |bytes| Some(Key::new(bytes).expect("short"));
        let excluded = |key: &'static [u8]| Bound::Excluded(Cow::Borrowed(key));
        let group = Group::DEFAULT;
        let mut scan = Scan { pattern: Pattern::Prefix(b"m"), ..Scan::all(group) };

        (scan.start_after, scan.end) = (key(b"a"), key(b"z"));
        assert_eq!(scan.range(), (Bound::Included(b"m"[..].into()), excluded(b"n")));

        (scan.start_after, scan.end) = (key(b"m3"), key(b"m7"));
        assert_eq!(scan.range(), (excluded(b"m3"), excluded(b"m7")));

        scan.reverse = true;
        assert_eq!(scan.range(), (excluded(b"m7"), excluded(b"m3")));
    }
}
