//! Scans and their queries: the selected entries and their order.

use std::borrow::Cow;
use std::ops::Bound;

use crate::error::Result;
use crate::model::glob::Glob;
use crate::model::key::{Group, Key};
use crate::model::key_range::KeyRange;
use crate::model::stream::check_whole;

/// A read of the live entries of one group in key order.
#[derive(Debug, Clone, Copy)]
pub struct Scan<'a> {
    /// The group.
    pub group: Group<'a>,
    /// The pattern of the keys.
    pub pattern: Pattern<'a>,
    /// The lower end of the range of keys, in byte order, whatever the direction of the scan.
    pub lower: Bound<Key<'a>>,
    /// The upper end of the range of keys, in byte order, whatever the direction of the scan.
    pub upper: Bound<Key<'a>>,
    /// Whether the scan runs from the last key to the first.
    pub reverse: bool,
    /// The number of entries that are left out before the first one.
    pub offset: u64,
    /// The largest number of entries; 0 is no limit.
    pub limit: u64,
    /// The part of each value that the scan returns.
    pub values: Values,
    /// Whether the scan has to read one snapshot where the engine would do a live scan otherwise.
    pub snapshot: bool,
}

/// The part of each value that a scan returns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Values {
    /// Its bytes.
    #[default]
    Bytes,
    /// Its bytes if they are at most this many, and its length.
    UpTo(u64),
    /// Its length in bytes.
    Sizes,
    /// Nothing: keys, versions and expiries alone.
    None,
}

impl Values {
    /// Returns whether the scan returns the bytes of a value of `size`; fails if that is returned
    /// in pieces alone.
    pub(crate) fn has_bytes(self, size: u64) -> Result<bool> {
        match self {
            Values::Bytes => check_whole(size).map(|()| true),
            Values::UpTo(max) => Ok(size <= max),
            Values::Sizes | Values::None => Ok(false),
        }
    }
}

/// The pattern of the keys of a scan.
#[derive(Debug, Clone, Copy)]
pub enum Pattern<'a> {
    /// Keys that begin with these bytes; the empty prefix means all.
    Prefix(&'a [u8]),
    /// Keys that match a glob.
    Glob(Glob<'a>),
}

impl<'a> Scan<'a> {
    /// Returns the scan of all of `group` in key order.
    pub fn all(group: Group<'a>) -> Self {
        Scan {
            group,
            pattern: Pattern::Prefix(b""),
            lower: Bound::Unbounded,
            upper: Bound::Unbounded,
            reverse: false,
            offset: 0,
            limit: 0,
            values: Values::Bytes,
            snapshot: false,
        }
    }

    /// Returns the scan of a range in key order.
    pub(crate) fn of_range(range: KeyRange<'a>) -> Self {
        let KeyRange { group, lower, upper } = range;
        Scan { lower, upper, ..Scan::all(group) }
    }

    /// Returns the rest of the scan after `key`: the next page.
    pub fn after(self, key: Key<'a>) -> Self {
        match self.reverse {
            false => Scan { lower: Bound::Excluded(key), offset: 0, ..self },
            true => Scan { upper: Bound::Excluded(key), offset: 0, ..self },
        }
    }

    /// Returns a range that contains every key the scan can return.
    pub fn range(&self) -> (KeyBound<'a>, KeyBound<'a>) {
        let prefix = match self.pattern {
            Pattern::Prefix(prefix) => Cow::Borrowed(prefix),
            Pattern::Glob(glob) => Cow::Owned(glob.literal_prefix()),
        };
        let upper = upper_end(self.upper, prefix_end(&prefix));
        (lower_end(self.lower, prefix), upper)
    }

    /// Returns the range as its first key and the first key after it, if there is one.
    pub(crate) fn half_open_range(&self) -> (Cow<'a, [u8]>, Option<Cow<'a, [u8]>>) {
        let (lower, upper) = self.range();
        let from = match lower {
            Bound::Excluded(key) => next_key(&key),
            Bound::Included(key) => key,
            Bound::Unbounded => Cow::Borrowed(&b""[..]),
        };
        let end = match upper {
            Bound::Excluded(key) => Some(key),
            Bound::Included(key) => Some(next_key(&key)),
            Bound::Unbounded => None,
        };
        (from, end)
    }

    /// Returns whether the scan returns `key`, which is within its range.
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
    /// Returns whether a group is in the range.
    pub fn contains(&self, group: &[u8]) -> bool {
        match self {
            GroupRange::One(name) => name.as_bytes() == group,
            GroupRange::Prefix(prefix) => group.starts_with(prefix),
        }
    }

    /// Returns the first name of the range, and the first name after it, if there is one.
    pub fn bounds(&self) -> (&[u8], Option<Vec<u8>>) {
        match self {
            GroupRange::One(group) => (group.as_bytes(), Some([group.as_bytes(), &[0]].concat())),
            GroupRange::Prefix(prefix) => (prefix, prefix_end(prefix)),
        }
    }

    /// Returns the group, and the key in it, at which a scan of the range begins that returns the
    /// entries after `after`. The group is past the range if no entry of the range follows `after`.
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

/// The entries or groups that a cursor returns.
#[derive(Debug, Clone, Copy)]
#[expect(missing_docs, reason = "the fields are the nouns that the variants' sentences use")]
pub enum Query<'a> {
    /// Entries of one group.
    Entries(Scan<'a>),
    /// All entries of all groups in a range, by group and key, with these parts of their values;
    /// with `after`, those that follow this position, whether there is an entry at it or not.
    Range { range: GroupRange<'a>, after: Option<(Group<'a>, Key<'a>)>, values: Values },
    /// Names of the groups that begin with a prefix and hold a live entry, in byte order.
    Groups(&'a [u8]),
}

/// Returns the first byte string after all those that begin with `prefix`, if there is one.
pub(crate) fn prefix_end(prefix: &[u8]) -> Option<Vec<u8>> {
    let keep = prefix.iter().rposition(|&byte| byte != 0xFF)?;
    let mut end = prefix.get(..=keep)?.to_vec();
    *end.last_mut()? += 1;
    Some(end)
}

/// Returns the byte string that directly follows `key`.
pub(crate) fn next_key(key: &[u8]) -> Cow<'static, [u8]> {
    Cow::Owned([key, &[0]].concat())
}

/// Returns whether no key is between two bounds.
pub(crate) fn is_empty_range(lower: &KeyBound<'_>, upper: &KeyBound<'_>) -> bool {
    match (lower, upper) {
        (Bound::Unbounded, _) | (_, Bound::Unbounded) => false,
        (Bound::Included(lower), Bound::Included(upper)) => lower > upper,
        (
            Bound::Included(lower) | Bound::Excluded(lower),
            Bound::Included(upper) | Bound::Excluded(upper),
        ) => lower >= upper,
    }
}

/// Returns the higher of `bound` and the first key that begins with `prefix`.
fn lower_end<'a>(bound: Bound<Key<'a>>, prefix: Cow<'a, [u8]>) -> KeyBound<'a> {
    match bound {
        Bound::Included(key) | Bound::Excluded(key) if key.as_bytes() >= &*prefix => {
            bound.map(|key| Cow::Borrowed(key.as_bytes()))
        }
        _ => Bound::Included(prefix),
    }
}

/// Returns the lower of `bound` and `prefix_end`, the first byte string after all keys that begin
/// with the prefix.
fn upper_end(bound: Bound<Key<'_>>, prefix_end: Option<Vec<u8>>) -> KeyBound<'_> {
    match (bound, prefix_end) {
        (Bound::Included(key) | Bound::Excluded(key), Some(end)) if key.as_bytes() >= &end[..] => {
            Bound::Excluded(Cow::Owned(end))
        }
        (Bound::Unbounded, Some(end)) => Bound::Excluded(Cow::Owned(end)),
        (bound, _) => bound.map(|key| Cow::Borrowed(key.as_bytes())),
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
    fn a_scan_of_groups_begins_at_the_range_or_directly_after_the_position() {
        let (name, key) = (|it| Group::new(it).expect("short"), |it| Key::new(it).expect("short"));
        let range = GroupRange::Prefix(b"m");
        assert_eq!(range.start(None), (&b"m"[..], vec![]));
        assert_eq!(range.start(Some((name(b"a"), key(b"z")))), (&b"m"[..], vec![]));
        assert_eq!(range.start(Some((name(b"m"), key(b"")))), (&b"m"[..], vec![0]));
        assert_eq!(range.start(Some((name(b"z"), key(b"a")))), (&b"z"[..], b"a\0".to_vec()));
    }

    #[test]
    fn bounds_only_narrow_the_prefix() {
        let key = |bytes| Key::new(bytes).expect("short");
        let at = |key: &'static [u8]| Cow::Borrowed(key);
        let mut scan = Scan { pattern: Pattern::Prefix(b"m"), ..Scan::all(Group::DEFAULT) };
        let whole = (Bound::Included(at(b"m")), Bound::Excluded(at(b"n")));
        assert_eq!(scan.range(), whole);

        for (below, above) in [(&b"a"[..], &b"z"[..]), (b"", b"n")] {
            (scan.lower, scan.upper) = (Bound::Included(key(below)), Bound::Included(key(above)));
            assert_eq!(scan.range(), whole);
            (scan.lower, scan.upper) = (Bound::Excluded(key(below)), Bound::Excluded(key(above)));
            assert_eq!(scan.range(), whole);
        }

        (scan.lower, scan.upper) = (Bound::Excluded(key(b"m")), Bound::Included(key(b"m7")));
        assert_eq!(scan.range(), (Bound::Excluded(at(b"m")), Bound::Included(at(b"m7"))));

        (scan.lower, scan.upper) = (Bound::Included(key(b"m3")), Bound::Excluded(key(b"m7")));
        assert_eq!(scan.range(), (Bound::Included(at(b"m3")), Bound::Excluded(at(b"m7"))));
    }

    #[test]
    fn the_next_page_begins_behind_the_last_key_of_the_one_before() {
        let last = Key::new(b"k").expect("short");
        let scan = Scan::all(Group::DEFAULT);
        assert_eq!(scan.after(last).lower, Bound::Excluded(last));
        let backwards = Scan { reverse: true, ..scan };
        assert_eq!(backwards.after(last).upper, Bound::Excluded(last));
        assert_eq!(backwards.after(last).lower, Bound::Unbounded);
    }
}
