//! The index of subscriptions by group and key.

use std::collections::HashMap;
use std::sync::Arc;

use crate::model::{Change, ChangeKind};
use crate::watch::queue::Subscription;
use crate::watch::selection::Selector;

/// The number of a subscription or callback; a later one has a higher number.
pub(super) type Number = u64;

/// Subscriptions with their numbers.
type List = Vec<(Number, Arc<Subscription>)>;

/// All subscriptions. A lookup visits those to the key of a change, those to several keys of its
/// group, and those to several groups.
#[derive(Default)]
pub(super) struct Index {
    groups: HashMap<Box<[u8]>, OneGroup>,
    wide: List,
    len: usize,
}

/// The subscriptions to one group.
#[derive(Default)]
struct OneGroup {
    keys: HashMap<Box<[u8]>, List>,
    wide: List,
}

impl Index {
    /// Returns how many subscriptions there are.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Adds a subscription.
    pub(super) fn insert(&mut self, number: Number, subscription: Arc<Subscription>) {
        self.len += 1;
        let selection = subscription.selection();
        let place = match (&selection.group, &selection.key) {
            (Selector::Exact(group), Selector::Exact(key)) => {
                let group = self.groups.entry(group.clone()).or_default();
                group.keys.entry(key.clone()).or_default()
            }
            (Selector::Exact(group), _) => &mut self.groups.entry(group.clone()).or_default().wide,
            _ => &mut self.wide,
        };
        place.push((number, subscription));
    }

    /// Removes a subscription.
    pub(super) fn remove(&mut self, number: Number, subscription: &Subscription) {
        let without = |list: &mut Vec<(Number, _)>| {
            let before = list.len();
            list.retain(|(it, _)| *it != number);
            before - list.len()
        };
        let selection = subscription.selection();
        self.len -= match (&selection.group, &selection.key) {
            (Selector::Exact(name), key) => {
                let Some(group) = self.groups.get_mut(name) else { return };
                let removed = match key {
                    Selector::Exact(key) => {
                        let Some(list) = group.keys.get_mut(key) else { return };
                        let removed = without(list);
                        if list.is_empty() {
                            group.keys.remove(key);
                        }
                        removed
                    }
                    _ => without(&mut group.wide),
                };
                if group.keys.is_empty() && group.wide.is_empty() {
                    self.groups.remove(name);
                }
                removed
            }
            _ => without(&mut self.wide),
        };
    }

    /// Returns whether a subscription covers a key of a group, or anything in the group if `key` is
    /// `None`.
    pub(super) fn has_any(&self, group: &[u8], key: Option<&[u8]>) -> bool {
        let covers = |(_, it): &(_, Arc<Subscription>)| {
            let selection = it.selection();
            let has_key = key.is_none_or(|key| selection.key.matches(key));
            has_key && selection.group.matches(group)
        };
        let in_group = self.groups.get(group).is_some_and(|it| match key {
            None => true,
            Some(key) => it.keys.contains_key(key) || it.wide.iter().any(covers),
        });
        in_group || self.wide.iter().any(covers)
    }

    /// Calls `each` for every subscription whose selection matches `change`.
    pub(super) fn for_each_match(
        &self,
        change: &Change,
        mut each: impl FnMut(Number, &Arc<Subscription>),
    ) {
        let mut try_all = |list: &[(Number, Arc<Subscription>)]| {
            for (number, subscription) in list {
                if subscription.selection().matches(change) {
                    each(*number, subscription);
                }
            }
        };
        if let Some(group) = self.groups.get(change.group()) {
            if change.kind() == ChangeKind::DeleteGroup {
                group.keys.values().for_each(|list| try_all(list));
            } else if let Some(list) = group.keys.get(change.key()) {
                try_all(list);
            }
            try_all(&group.wide);
        }
        try_all(&self.wide);
    }

    /// Calls `each` for every subscription.
    pub(super) fn for_each(&self, mut each: impl FnMut(&Arc<Subscription>)) {
        for group in self.groups.values() {
            group.keys.values().flatten().for_each(|(_, it)| each(it));
            group.wide.iter().for_each(|(_, it)| each(it));
        }
        self.wide.iter().for_each(|(_, it)| each(it));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Group;
    use crate::watch::selection::Selection;

    fn exact(name: &[u8]) -> Selector {
        Selector::Exact(name.into())
    }

    fn index(selections: &[Selection]) -> (Index, Vec<Arc<Subscription>>) {
        let mut index = Index::default();
        let made =
            selections.iter().map(|it| Arc::new(Subscription::new(it.clone(), 16, Arc::default())));
        let made: Vec<_> = made.collect();
        for (number, it) in made.iter().enumerate() {
            index.insert(number as u64, it.clone());
        }
        (index, made)
    }

    fn matches(index: &Index, kind: ChangeKind, group: &[u8], key: &[u8]) -> Vec<u64> {
        let change = Change::new(kind, Group::new(group).expect("short"), key, b"", 1);
        let mut found = Vec::new();
        index.for_each_match(&change, |number, _| found.push(number));
        found.sort_unstable();
        found
    }

    #[test]
    fn each_kind_of_selection_is_found_and_gone_once_removed() {
        let selections = [
            Selection { group: exact(b"g"), key: exact(b"k") },
            Selection { group: exact(b"g"), key: Selector::Prefix(b"k".as_slice().into()) },
            Selection { group: exact(b"g"), key: Selector::Any },
            Selection { group: Selector::Prefix(b"g".as_slice().into()), key: exact(b"k") },
            Selection { group: Selector::Any, key: Selector::Any },
        ];
        let (mut index, made) = index(&selections);

        assert_eq!(matches(&index, ChangeKind::Set, b"g", b"k"), [0, 1, 2, 3, 4]);
        assert_eq!(matches(&index, ChangeKind::Set, b"g", b"kk"), [1, 2, 4]);
        assert_eq!(matches(&index, ChangeKind::Set, b"gg", b"k"), [3, 4]);
        assert_eq!(matches(&index, ChangeKind::DeleteGroup, b"g", b""), [0, 1, 2, 3, 4]);

        for (number, it) in made.iter().enumerate() {
            assert!(index.has_any(b"g", Some(b"k")) && index.has_any(b"g", None));
            index.remove(number as u64, it);
        }
        assert_eq!(index.len(), 0);
        assert!(index.groups.is_empty() && !index.has_any(b"g", None));
    }

    #[test]
    fn has_any_is_false_for_keys_and_groups_without_a_subscription() {
        let (index, _made) = index(&[Selection { group: exact(b"g"), key: exact(b"k") }]);
        assert!(!index.has_any(b"g", Some(b"j")) && !index.has_any(b"h", Some(b"k")));
        assert!(index.has_any(b"g", None) && !index.has_any(b"h", None));
    }
}
