//! The names of keys in a Redis; docs/storage.md has the table.
//!
//! Entries of the default group are string keys, `PREFIX:KEY`. The names of all other keys begin
//! with `PREFIX{TAG}`: the three characters are the hash tag, which decides the slot in a cluster.
//! There is one tag for each slot, and the slot of a group is that of a key with the name of its
//! namespace, or with its own name if it has none. A group, and all groups of a namespace, are thus
//! in one slot, together with the list of their names.

use std::sync::LazyLock;

use crate::engine::redis::client::slot::{SLOTS, crc16, slot_of, tag_of};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{Group, Namespace};

/// A bucket: the groups with one hash tag, which share a slot and the list of their names.
pub(super) type Bucket = u16;

/// The hash tag of each bucket: the first three characters whose slot is the number of the bucket.
static TAGS: LazyLock<Vec<[u8; 3]>> = LazyLock::new(|| {
    const CHARACTERS: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mut tags = vec![[0; 3]; usize::from(SLOTS)];
    for (a, b) in CHARACTERS.iter().flat_map(|a| CHARACTERS.iter().map(move |b| (a, b))) {
        for tag in CHARACTERS.iter().map(|c| [*a, *b, *c]) {
            if let Some(free @ [0, 0, 0]) = tags.get_mut(usize::from(crc16(&tag) % SLOTS)) {
                *free = tag;
            }
        }
    }
    tags
});

/// The part of a store that is in one slot of a cluster.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Spread {
    /// A namespace with all its groups, and each group outside of one.
    #[default]
    Namespaces,
    /// Each group.
    Groups,
}

/// The names under one prefix.
#[derive(Debug, Clone)]
pub(super) struct Layout {
    prefix: Box<[u8]>,
    /// The prefix of string keys, with its colon.
    strings: Box<[u8]>,
    spread: Spread,
}

impl Layout {
    /// Returns the names under `prefix`.
    pub(super) fn new(prefix: &str, spread: Spread) -> Self {
        let colon: &[u8] = if prefix.is_empty() { b"" } else { b":" };
        let strings = [prefix.as_bytes(), colon].concat().into();
        Layout { prefix: prefix.as_bytes().into(), strings, spread }
    }

    /// Returns the part of the store that is in one slot.
    pub(super) fn spread(&self) -> Spread {
        self.spread
    }

    /// Returns the bucket of a named group.
    pub(super) fn bucket_of(&self, group: Group<'_>) -> Bucket {
        match (self.spread, Namespace::name_in(group)) {
            (Spread::Namespaces, Some(space)) => slot_of(space),
            _ => slot_of(group.as_bytes()),
        }
    }

    /// Returns the prefix of string keys, with its colon.
    pub(super) fn string_prefix(&self) -> &[u8] {
        &self.strings
    }

    /// Returns the name in the Redis of a string key.
    pub(super) fn string_key(&self, key: &[u8]) -> Result<Vec<u8>> {
        self.check_string_key(key)?;
        Ok([&self.strings[..], key].concat())
    }

    /// Fails for a key that is reserved: without a prefix, a key of the form of those of named
    /// groups.
    pub(super) fn check_string_key(&self, key: &[u8]) -> Result<()> {
        if self.is_reserved(key) {
            let message = "in a store without a prefix, the key {layout}, and those that begin with \
                           three characters in braces and a letter, are of named groups; use a \
                           prefix";
            return Err(Error::new(ErrorKind::Argument, message));
        }
        Ok(())
    }

    /// Returns whether the store has no prefix and a key has the form of those of named groups.
    pub(super) fn is_reserved(&self, key: &[u8]) -> bool {
        let is_tag = |it: &[u8]| it.iter().all(u8::is_ascii_alphanumeric);
        self.strings.is_empty()
            && (matches!(key, [b'{', a, b, c, b'}', kind @ ..] if is_tag(&[*a, *b, *c])
                && matches!(kind, [b'h' | b'g' | b'd' | b'q', ..] | [b'p', b':', ..]))
                || key == b"{layout}")
    }

    /// Returns the prefix of all names of a bucket.
    pub(super) fn bucket(&self, bucket: Bucket) -> Vec<u8> {
        let tag = TAGS.get(usize::from(bucket)).copied().unwrap_or_default();
        [&self.prefix[..], b"{", &tag, b"}"].concat()
    }

    /// Returns a pattern of SCAN for the lists of groups of all buckets.
    pub(super) fn groups_pattern(&self) -> Vec<u8> {
        [&escaped(&self.prefix)[..], b"{???}g"].concat()
    }

    /// Returns the bucket of the key of a list of groups, if the key is one.
    pub(super) fn bucket_of_list(&self, key: &[u8]) -> Option<Bucket> {
        let tag = key.strip_prefix(&self.prefix[..])?.strip_prefix(b"{")?.strip_suffix(b"}g")?;
        let bucket = crc16(tag) % SLOTS;
        (TAGS.get(usize::from(bucket))? == tag).then_some(bucket)
    }

    /// Returns the name of the hash with the version of the layout, the list of the buckets in use
    /// and the time of the last purge.
    pub(super) fn layout_key(&self) -> Vec<u8> {
        [&self.prefix[..], b"{layout}"].concat()
    }

    /// Returns the names of the lists of groups in the first layout, of which a store with named
    /// groups has at least one.
    pub(super) fn first_lists(&self) -> Vec<Vec<u8>> {
        let list = |tag: u8| [&self.prefix[..], format!("{{{tag:02x}}}g").as_bytes()].concat();
        (0..=u8::MAX).map(list).collect()
    }

    /// Returns the name of the hash of a named group.
    pub(super) fn hash(&self, group: Group<'_>) -> Vec<u8> {
        [&self.bucket(self.bucket_of(group))[..], b"h:", group.as_bytes()].concat()
    }

    /// Returns the name of the list of groups of a bucket.
    pub(super) fn groups_key(&self, bucket: Bucket) -> Vec<u8> {
        [&self.bucket(bucket)[..], b"g"].concat()
    }

    /// Returns the name of the list of groups of a bucket with an expiry.
    pub(super) fn due_key(&self, bucket: Bucket) -> Vec<u8> {
        [&self.bucket(bucket)[..], b"d"].concat()
    }

    /// Returns the beginning of the names of the pieces of a value.
    pub(super) fn pieces(&self, bucket: Bucket, version: &str) -> Vec<u8> {
        [&self.bucket(bucket)[..], b"p:", version.as_bytes()].concat()
    }

    /// Returns the name of the account of a namespace.
    pub(super) fn account_key(&self, namespace: &[u8]) -> Vec<u8> {
        [&self.bucket(slot_of(namespace))[..], b"q:", namespace].concat()
    }

    /// Returns whether all keys are in one slot, because the prefix has a hash tag.
    pub(super) fn is_one_slot(&self) -> bool {
        tag_of(&self.prefix).is_some()
    }

    /// Returns the name of the channel on which the changes of a store in `database` are published.
    pub(super) fn channel(&self, database: u32) -> Vec<u8> {
        [&self.prefix[..], format!("{{changes}}{database}").as_bytes()].concat()
    }
}

/// Returns bytes as a pattern of SCAN that matches them alone.
pub(super) fn escaped(bytes: &[u8]) -> Vec<u8> {
    let mut pattern = Vec::with_capacity(bytes.len() + 1);
    for byte in bytes {
        if b"*?[]\\".contains(byte) {
            pattern.push(b'\\');
        }
        pattern.push(*byte);
    }
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::redis::client::slot::slot_of;
    use proptest::prelude::*;
    use std::collections::HashMap;

    fn layout(prefix: &str) -> Layout {
        Layout::new(prefix, Spread::Namespaces)
    }

    #[test]
    fn string_keys_are_the_prefix_a_colon_and_the_key() {
        assert_eq!(layout("myapp").string_key(b"user:1"), Ok(b"myapp:user:1".to_vec()));
        assert_eq!(layout("").string_key(b"user:1"), Ok(b"user:1".to_vec()));
        for reserved in [&b"{0fX}h:x"[..], b"{000}g", b"{000}p:0", b"{layout}"] {
            let refused = layout("").string_key(reserved).expect_err("reserved");
            assert_eq!(refused.kind(), ErrorKind::Argument);
            assert!(layout("a").string_key(reserved).is_ok());
        }
        for free in [&b"{0f}h:x"[..], b"{000}p", b"{000}page"] {
            assert!(layout("").string_key(free).is_ok());
        }
    }

    #[test]
    fn each_slot_has_a_tag_and_a_group_the_slot_of_its_name() {
        let group = |name| Group::new(name).expect("short");
        let app = layout("app");
        for bucket in 0..SLOTS {
            let name = app.bucket(bucket);
            assert_eq!((name.len(), slot_of(&name)), (8, bucket));
            assert_eq!(app.bucket_of_list(&app.groups_key(bucket)), Some(bucket));
        }
        assert_eq!(app.bucket_of_list(b"app{zzz}gg"), None);
        assert_eq!(slot_of(&app.hash(group(b"colours"))), slot_of(b"colours"));
        assert_eq!(slot_of(&app.hash(group(b"a}b{c"))), slot_of(b"a}b{c"));
        assert_eq!(app.bucket_of(group(b"cart{7}")), app.bucket_of(group(b"user{7}")));
    }

    #[test]
    fn groups_of_a_namespace_share_a_bucket_unless_they_are_spread() {
        let group = |name| Group::new(name).expect("short");
        let app = layout("app");
        assert_eq!(app.bucket_of(group(b"tenant:a")), app.bucket_of(group(b"tenant:b:c")));
        assert_eq!(app.bucket_of(group(b"tenant:")), slot_of(b"tenant"));
        assert_eq!(slot_of(&app.account_key(b"tenant")), slot_of(b"tenant"));
        let spread = Layout::new("app", Spread::Groups);
        assert_eq!(spread.bucket_of(group(b"tenant:a")), slot_of(b"tenant:a"));
    }

    /// Returns the name of the key that only this group, or this string key, may use.
    fn name(layout: &Layout, group: &[u8], key: &[u8]) -> Option<Vec<u8>> {
        if group.is_empty() {
            return layout.string_key(key).ok();
        }
        Some(layout.hash(Group::new(group).expect("short")))
    }

    /// Returns bytes that resemble names of the layout, so that a collision is found.
    fn bytes() -> impl Strategy<Value = Vec<u8>> {
        let parts = ["a", ":", "{", "}", "000", "0f", "h", "g", "layout", "\0"];
        let parts = prop::sample::select(parts.to_vec());
        prop::collection::vec(parts, 0..7).prop_map(|it| it.concat().into_bytes())
    }

    proptest! {
        #[test]
        fn no_two_groups_and_no_two_string_keys_share_a_name(
            prefix in prop::sample::select(vec!["", "a", "a:", "{a}", "a{"]),
            pairs in prop::collection::vec((bytes(), bytes()), 2..12),
        ) {
            let layout = layout(prefix);
            let mut owners: HashMap<Vec<u8>, (Vec<u8>, Vec<u8>)> = HashMap::new();
            for (group, key) in pairs {
                // The keys of a named group are fields of its hash.
                let owner = (group.clone(), if group.is_empty() { key.clone() } else { vec![] });
                if let Some(name) = name(&layout, &group, &key) {
                    let known = owners.entry(name).or_insert_with(|| owner.clone());
                    prop_assert_eq!(&*known, &owner);
                }
            }
            for bucket in 0..SLOTS {
                prop_assert!(!owners.contains_key(&layout.groups_key(bucket)));
                prop_assert!(!owners.contains_key(&layout.due_key(bucket)));
            }
            let pieces = layout.pieces(7, "0123456789abcdef");
            for name in [layout.account_key(b"a"), layout.layout_key(), pieces] {
                prop_assert!(!owners.contains_key(&name));
            }
        }
    }
}
