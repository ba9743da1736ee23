//! How the keys in a Redis are called; docs/storage.md has the table.
//!
//! The default group is plain keys, `PREFIX:KEY`. Everything else is called `PREFIX{HH}...`: the two
//! digits are all that decides about the slot of a cluster, and they come from the namespace of a
//! group, or from the group. So all of a group, and all groups of a namespace, are in one slot,
//! together with the list of the groups there are.

use crate::error::{Error, ErrorKind, Result};
use crate::model::{Group, Namespace};

/// How many homes there are.
pub const HOMES: u16 = 256;
/// How many slots a cluster has.
pub const SLOTS: u16 = 16_384;

/// A home: groups that share their slot and the list of their names.
pub type Home = u8;

/// The names under one prefix.
#[derive(Debug, Clone)]
pub struct Layout {
    prefix: Box<[u8]>,
    /// What plain keys begin with.
    plain: Box<[u8]>,
}

impl Layout {
    /// Returns the names under `prefix`.
    pub fn new(prefix: &str) -> Self {
        let colon: &[u8] = if prefix.is_empty() { b"" } else { b":" };
        let plain = [prefix.as_bytes(), colon].concat().into();
        Layout { prefix: prefix.as_bytes().into(), plain }
    }

    /// Returns what the keys of the default group begin with.
    pub fn plain(&self) -> &[u8] {
        &self.plain
    }

    /// Returns the name of a key of the default group.
    pub fn plain_key(&self, key: &[u8]) -> Result<Vec<u8>> {
        self.check_plain_key(key)?;
        Ok([&self.plain[..], key].concat())
    }

    /// Refuses keys that cannot be had: without a prefix, those that are called like a key of a named
    /// group.
    pub fn check_plain_key(&self, key: &[u8]) -> Result<()> {
        if self.is_reserved(key) {
            let message = "keys that begin with {HH} and a letter are those of named groups in a \
                           store without a prefix";
            return Err(Error::new(ErrorKind::Argument, message));
        }
        Ok(())
    }

    /// Answers whether a key without a prefix is called like one of a named group.
    pub fn is_reserved(&self, key: &[u8]) -> bool {
        let is_home = |it: &[u8]| it.iter().all(|digit| b"0123456789abcdef".contains(digit));
        self.plain.is_empty()
            && matches!(key, [b'{', a, b, b'}', kind, ..]
                if is_home(&[*a, *b]) && b"hixgdq".contains(kind))
    }

    /// Returns what all names of a home begin with.
    pub fn home(&self, home: Home) -> Vec<u8> {
        [&self.prefix[..], format!("{{{home:02x}}}").as_bytes()].concat()
    }

    /// Returns the names of the keys that hold a named group: its entries, and the lists of its home.
    ///
    /// Scripts compose them by themselves; servers of a cluster are told of them so that they know
    /// whether they have them all.
    pub fn group_keys(&self, group: Group<'_>) -> Vec<Vec<u8>> {
        let (home, name) = (self.home(home_of(group)), group.as_bytes());
        let kinds: [&[u8]; 3] = [b"h:", b"i:", b"x:"];
        let mut keys: Vec<_> = kinds.iter().map(|kind| [&home[..], kind, name].concat()).collect();
        keys.extend([b"g", b"d"].map(|kind: &[u8; 1]| [&home[..], kind].concat()));
        if let Some(space) = Namespace::name_in(group) {
            keys.push([&home[..], b"q:", space].concat());
        }
        keys
    }

    /// Answers whether everything is in one slot: the prefix has braces of its own.
    pub fn is_one_slot(&self) -> bool {
        tag_of(&self.prefix).is_some()
    }

    /// Returns the name of the channel on which the changes of a store in `database` are told.
    pub fn channel(&self, database: u32) -> Vec<u8> {
        [&self.prefix[..], format!("{{changes}}{database}").as_bytes()].concat()
    }
}

/// Returns the home of a named group.
pub fn home_of(group: Group<'_>) -> Home {
    home_of_unit(Namespace::name_in(group).unwrap_or(group.as_bytes()))
}

/// Returns the home of a namespace, or of a group in none.
pub fn home_of_unit(name: &[u8]) -> Home {
    (crc16(name) % HOMES) as Home
}

/// Returns the slot of a key, as clusters find it.
pub fn slot_of(key: &[u8]) -> u16 {
    crc16(tag_of(key).unwrap_or(key)) % SLOTS
}

/// Returns what is in the first braces of a key, if that is something.
fn tag_of(key: &[u8]) -> Option<&[u8]> {
    let open = memchr::memchr(b'{', key)?;
    let rest = key.get(open + 1..)?;
    let close = memchr::memchr(b'}', rest)?;
    rest.get(..close).filter(|tag| !tag.is_empty())
}

/// CRC-16/XMODEM, with which clusters hash.
fn crc16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0, |crc: u16, byte| {
        let index = usize::from((crc >> 8) as u8 ^ byte);
        crc << 8 ^ TABLE.get(index).copied().unwrap_or(0)
    })
}

const TABLE: [u16; 256] = {
    let mut table = [0; 256];
    let mut index = 0;
    while index < 256 {
        let mut crc = (index as u16) << 8;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 0x8000 != 0 { crc << 1 ^ 0x1021 } else { crc << 1 };
            bit += 1;
        }
        table[index] = crc;
        index += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashMap;

    #[test]
    fn slots_are_those_of_the_cluster_specification() {
        assert_eq!(crc16(b"123456789"), 0x31C3);
        assert_eq!(slot_of(b"foo{bar}baz"), slot_of(b"bar"));
        assert_eq!(slot_of(b"foo{}{bar}"), crc16(b"foo{}{bar}") % SLOTS);
        assert_eq!(slot_of(b"foo{{bar}}zap"), slot_of(b"{bar"));
        assert_eq!(slot_of(b"foo{bar"), crc16(b"foo{bar") % SLOTS);
    }

    #[test]
    fn plain_keys_are_the_prefix_a_colon_and_the_key() {
        assert_eq!(Layout::new("myapp").plain_key(b"user:1"), Ok(b"myapp:user:1".to_vec()));
        assert_eq!(Layout::new("").plain_key(b"user:1"), Ok(b"user:1".to_vec()));
        let refused = Layout::new("").plain_key(b"{0f}h:x").expect_err("reserved");
        assert_eq!(refused.kind(), ErrorKind::Argument);
        assert!(Layout::new("a").plain_key(b"{0f}h:x").is_ok());
    }

    #[test]
    fn groups_of_a_namespace_share_a_home_and_its_slot() {
        let group = |name| Group::new(name).expect("short");
        let layout = Layout::new("app");
        assert_eq!(home_of(group(b"tenant:a")), home_of(group(b"tenant:b:c")));
        assert_eq!(home_of(group(b"tenant:")), home_of_unit(b"tenant"));
        let home = layout.home(7);
        assert_eq!(home, b"app{07}");
        assert_eq!(slot_of(&[&home[..], b"h:a}b{c"].concat()), slot_of(b"07"));
    }

    /// All names that a group and a key have a part in.
    fn names(layout: &Layout, group: &[u8], key: &[u8]) -> Vec<Vec<u8>> {
        if group.is_empty() {
            return layout.plain_key(key).into_iter().collect();
        }
        layout.group_keys(Group::new(group).expect("short")).into_iter().take(3).collect()
    }

    /// Bytes that look like our own names, so that a collision would be found.
    fn bytes() -> impl Strategy<Value = Vec<u8>> {
        let parts = prop::sample::select(vec!["a", ":", "{", "}", "0", "f", "h", "i", "g", "\0"]);
        prop::collection::vec(parts, 0..7).prop_map(|it| it.concat().into_bytes())
    }

    proptest! {
        #[test]
        fn no_two_groups_and_no_two_plain_keys_share_a_name(
            prefix in prop::sample::select(vec!["", "a", "a:", "{a}", "a{"]),
            pairs in prop::collection::vec((bytes(), bytes()), 2..12),
        ) {
            let layout = Layout::new(prefix);
            let mut owners: HashMap<Vec<u8>, (Vec<u8>, Vec<u8>)> = HashMap::new();
            for (group, key) in pairs {
                // A named group's keys are fields of its own names.
                let owner = (group.clone(), if group.is_empty() { key.clone() } else { vec![] });
                for name in names(&layout, &group, &key) {
                    let known = owners.entry(name).or_insert_with(|| owner.clone());
                    prop_assert_eq!(&*known, &owner);
                }
            }
            for home in 0..=u8::MAX {
                for kind in [&b"g"[..], b"d", b"q:a"] {
                    let name = [&layout.home(home)[..], kind].concat();
                    prop_assert!(!owners.contains_key(&name));
                }
            }
        }
    }
}
