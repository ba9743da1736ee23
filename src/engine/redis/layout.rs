//! The names of keys in a Redis; docs/storage.md has the table.
//!
//! Entries of the default group are string keys, `PREFIX:KEY`. All other names are `PREFIX{HH}...`:
//! the two digits are the hash tag, which decides the slot in a cluster. They are a hash of the
//! namespace of a group, or of the group if it has none. A group, and all groups of a namespace,
//! are thus in one slot, together with the list of their names.

use crate::engine::redis::client::slot::{crc16, tag_of};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{Group, Namespace};

/// The number of buckets.
pub(super) const BUCKETS: u16 = 256;

/// A bucket: the groups with one hash tag, which share a slot and the list of their names.
pub(super) type Bucket = u8;

/// The names under one prefix.
#[derive(Debug, Clone)]
pub(super) struct Layout {
    prefix: Box<[u8]>,
    /// The prefix of string keys, with its colon.
    strings: Box<[u8]>,
}

impl Layout {
    /// Returns the names under `prefix`.
    pub(super) fn new(prefix: &str) -> Self {
        let colon: &[u8] = if prefix.is_empty() { b"" } else { b":" };
        let strings = [prefix.as_bytes(), colon].concat().into();
        Layout { prefix: prefix.as_bytes().into(), strings }
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
            let message = "in a store without a prefix, keys that begin with {HH} and a letter are \
                           those of named groups; use a prefix";
            return Err(Error::new(ErrorKind::Argument, message));
        }
        Ok(())
    }

    /// Returns whether the store has no prefix and a key has the form of those of named groups.
    pub(super) fn is_reserved(&self, key: &[u8]) -> bool {
        let is_tag = |it: &[u8]| it.iter().all(|digit| b"0123456789abcdef".contains(digit));
        self.strings.is_empty()
            && matches!(key, [b'{', a, b, b'}', kind, ..]
                if is_tag(&[*a, *b]) && b"hixgdq".contains(kind))
    }

    /// Returns the prefix of all names of a bucket.
    pub(super) fn bucket(&self, bucket: Bucket) -> Vec<u8> {
        [&self.prefix[..], format!("{{{bucket:02x}}}").as_bytes()].concat()
    }

    /// Returns the names of the keys of a named group: its entries, the lists of its bucket, and
    /// its quota.
    ///
    /// Scripts compose the names themselves. They are passed to scripts because a cluster checks
    /// that the node has the slots of all keys.
    pub(super) fn group_keys(&self, group: Group<'_>) -> Vec<Vec<u8>> {
        let (bucket, name) = (self.bucket(bucket_of(group)), group.as_bytes());
        let kinds: [&[u8]; 3] = [b"h:", b"i:", b"x:"];
        let mut keys: Vec<_> =
            kinds.iter().map(|kind| [&bucket[..], kind, name].concat()).collect();
        keys.extend([b"g", b"d"].map(|kind: &[u8; 1]| [&bucket[..], kind].concat()));
        if let Some(space) = Namespace::name_in(group) {
            keys.push([&bucket[..], b"q:", space].concat());
        }
        keys
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

/// Returns the bucket of a named group.
pub(super) fn bucket_of(group: Group<'_>) -> Bucket {
    bucket_of_unit(Namespace::name_in(group).unwrap_or(group.as_bytes()))
}

/// Returns the bucket of a namespace, or of a group in none.
pub(super) fn bucket_of_unit(name: &[u8]) -> Bucket {
    (crc16(name) % BUCKETS) as Bucket
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::redis::client::slot::slot_of;
    use proptest::prelude::*;
    use std::collections::HashMap;

    #[test]
    fn string_keys_are_the_prefix_a_colon_and_the_key() {
        assert_eq!(Layout::new("myapp").string_key(b"user:1"), Ok(b"myapp:user:1".to_vec()));
        assert_eq!(Layout::new("").string_key(b"user:1"), Ok(b"user:1".to_vec()));
        let refused = Layout::new("").string_key(b"{0f}h:x").expect_err("reserved");
        assert_eq!(refused.kind(), ErrorKind::Argument);
        assert!(Layout::new("a").string_key(b"{0f}h:x").is_ok());
    }

    #[test]
    fn groups_of_a_namespace_share_a_bucket_and_its_slot() {
        let group = |name| Group::new(name).expect("short");
        let layout = Layout::new("app");
        assert_eq!(bucket_of(group(b"tenant:a")), bucket_of(group(b"tenant:b:c")));
        assert_eq!(bucket_of(group(b"tenant:")), bucket_of_unit(b"tenant"));
        let bucket = layout.bucket(7);
        assert_eq!(bucket, b"app{07}");
        assert_eq!(slot_of(&[&bucket[..], b"h:a}b{c"].concat()), slot_of(b"07"));
    }

    /// Returns the names of the keys that only this group, or this string key, may use.
    fn names(layout: &Layout, group: &[u8], key: &[u8]) -> Vec<Vec<u8>> {
        if group.is_empty() {
            return layout.string_key(key).into_iter().collect();
        }
        layout.group_keys(Group::new(group).expect("short")).into_iter().take(3).collect()
    }

    /// Returns bytes that resemble names of the layout, so that a collision is found.
    fn bytes() -> impl Strategy<Value = Vec<u8>> {
        let parts = prop::sample::select(vec!["a", ":", "{", "}", "0", "f", "h", "i", "g", "\0"]);
        prop::collection::vec(parts, 0..7).prop_map(|it| it.concat().into_bytes())
    }

    proptest! {
        #[test]
        fn no_two_groups_and_no_two_string_keys_share_a_name(
            prefix in prop::sample::select(vec!["", "a", "a:", "{a}", "a{"]),
            pairs in prop::collection::vec((bytes(), bytes()), 2..12),
        ) {
            let layout = Layout::new(prefix);
            let mut owners: HashMap<Vec<u8>, (Vec<u8>, Vec<u8>)> = HashMap::new();
            for (group, key) in pairs {
                // The keys of a named group are fields of its hash.
                let owner = (group.clone(), if group.is_empty() { key.clone() } else { vec![] });
                for name in names(&layout, &group, &key) {
                    let known = owners.entry(name).or_insert_with(|| owner.clone());
                    prop_assert_eq!(&*known, &owner);
                }
            }
            for bucket in 0..=u8::MAX {
                for kind in [&b"g"[..], b"d", b"q:a"] {
                    let name = [&layout.bucket(bucket)[..], kind].concat();
                    prop_assert!(!owners.contains_key(&name));
                }
            }
        }
    }
}
