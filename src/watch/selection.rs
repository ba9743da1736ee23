//! The selection of a watch: its groups and keys.

use crate::model::{Change, ChangeKind};

/// A set of names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selector {
    /// All names.
    Any,
    /// This name, byte for byte.
    Exact(Box<[u8]>),
    /// The names that begin with these bytes.
    Prefix(Box<[u8]>),
}

impl Selector {
    /// Returns whether `name` is selected.
    pub fn matches(&self, name: &[u8]) -> bool {
        match self {
            Selector::Any => true,
            Selector::Exact(exact) => **exact == *name,
            Selector::Prefix(prefix) => name.starts_with(prefix),
        }
    }
}

/// The groups and keys that a watch or a callback is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selection {
    /// The groups.
    pub group: Selector,
    /// Their keys.
    pub key: Selector,
}

impl Selection {
    /// Returns the same selection with `prefix` before the names of all groups.
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

    /// Returns whether a key of a group is selected.
    pub fn covers(&self, group: &[u8], key: &[u8]) -> bool {
        self.group.matches(group) && self.key.matches(key)
    }

    /// Returns whether `change` is selected. The deletion of a whole group is, whichever of its
    /// keys are selected.
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
