//! Which groups and keys a watch is about.

use crate::model::{Change, ChangeKind};

/// Which names are meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selector {
    /// All.
    Any,
    /// This one, byte for byte.
    Exact(Box<[u8]>),
    /// Those that begin with these bytes.
    Prefix(Box<[u8]>),
}

impl Selector {
    /// Answers whether `name` is meant.
    pub fn matches(&self, name: &[u8]) -> bool {
        match self {
            Selector::Any => true,
            Selector::Exact(exact) => **exact == *name,
            Selector::Prefix(prefix) => name.starts_with(prefix),
        }
    }
}

/// Which keys of which groups are meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selection {
    /// The groups.
    pub group: Selector,
    /// Their keys.
    pub key: Selector,
}

impl Selection {
    /// Returns what is meant when the names of all groups begin with `prefix`.
    pub fn within(&self, prefix: &[u8]) -> Selection {
        let global = |group: &[u8]| [prefix, group].concat().into();
        let group = match &self.group {
            Selector::Any if prefix.is_empty() => Selector::Any,
            Selector::Any => Selector::Prefix(prefix.into()),
            Selector::Exact(group) => Selector::Exact(global(group)),
            Selector::Prefix(group) => Selector::Prefix(global(group)),
        };
        Selection { group, key: self.key.clone() }
    }

    /// Answers whether a key of a group is meant.
    pub fn covers(&self, group: &[u8], key: &[u8]) -> bool {
        self.group.matches(group) && self.key.matches(key)
    }

    /// Answers whether `change` is to be told. That a whole group was deleted is, whichever of its
    /// keys are meant.
    pub fn matches(&self, change: &Change) -> bool {
        self.group.matches(change.group())
            && (change.kind() == ChangeKind::DeleteGroup || self.key.matches(change.key()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Group;

    fn change(kind: ChangeKind, group: &[u8], key: &[u8]) -> Change {
        Change::new(kind, Group::new(group).expect("short"), key, b"", 1)
    }

    #[test]
    fn names_are_compared_byte_for_byte() {
        let exact = Selector::Exact(b"*".as_slice().into());
        assert!(exact.matches(b"*") && !exact.matches(b"a"));
        let prefix = Selector::Prefix(b"a_".as_slice().into());
        assert!(prefix.matches(b"a_") && prefix.matches(b"a_b") && !prefix.matches(b"axb"));
        assert!(!Selector::Prefix(b"A".as_slice().into()).matches(b"a"));
        assert!(Selector::Any.matches(b"") && Selector::Prefix(Box::default()).matches(b"\xff"));
    }

    #[test]
    fn a_deleted_group_reaches_a_watch_on_one_of_its_keys() {
        let one = Selection {
            group: Selector::Exact(b"g".as_slice().into()),
            key: Selector::Exact(b"k".as_slice().into()),
        };
        assert!(one.matches(&change(ChangeKind::DeleteGroup, b"g", b"")));
        assert!(!one.matches(&change(ChangeKind::DeleteGroup, b"h", b"")));
        assert!(one.matches(&change(ChangeKind::Set, b"g", b"k")));
        assert!(!one.matches(&change(ChangeKind::Delete, b"g", b"")));
    }
}
