//! The groups, with the numbers of their entries as far as they were counted.

use std::collections::HashMap;

use crate::browse::reading::COUNT_MAX;
use crate::browse::requests::Groups;
use crate::browse::scroll::top_for;

/// The list.
#[derive(Debug, Default)]
pub struct GroupList {
    prefix: Vec<u8>,
    names: Vec<Vec<u8>>,
    has_more: bool,
    selected: usize,
    /// The first line that is shown.
    top: usize,
    /// The number of entries of each group; `None` if it could not be counted.
    counts: HashMap<Vec<u8>, Option<u64>>,
    /// The groups that are to be counted again.
    uncounted: Vec<Vec<u8>>,
    is_loaded: bool,
    is_pending: bool,
    is_counting: bool,
    is_stale: bool,
}

impl GroupList {
    /// Returns the list of the groups that begin with `prefix`, without any yet.
    pub fn of_prefix(prefix: &[u8]) -> GroupList {
        GroupList { prefix: prefix.to_vec(), is_stale: true, ..GroupList::default() }
    }

    pub fn prefix(&self) -> &[u8] {
        &self.prefix
    }

    pub fn names(&self) -> &[Vec<u8>] {
        &self.names
    }

    /// Returns whether there are more groups than are listed.
    pub fn has_more(&self) -> bool {
        self.has_more
    }

    pub fn is_loaded(&self) -> bool {
        self.is_loaded
    }

    pub fn selected_index(&self) -> usize {
        self.selected
    }

    /// Returns the group under the bar.
    pub fn selected(&self) -> Option<&[u8]> {
        self.names.get(self.selected).map(|name| &name[..])
    }

    /// Returns the first of the `height` lines that are shown.
    pub fn scroll(&mut self, height: usize) -> usize {
        self.top = top_for(self.top, self.selected, height, self.names.len());
        self.top
    }

    /// Moves the bar, down if `by` is positive.
    pub fn move_by(&mut self, by: isize) {
        let last = self.names.len().saturating_sub(1);
        self.selected = self.selected.saturating_add_signed(by).min(last);
    }

    /// Moves the bar to a group, if it is listed.
    pub fn select(&mut self, group: &[u8]) -> bool {
        let found = self.names.iter().position(|name| name == group);
        self.selected = found.unwrap_or(self.selected);
        found.is_some()
    }

    /// Returns the number of entries of a group as text: `12`, `1,000+`, or nothing while it is
    /// unknown.
    pub fn count(&self, group: &[u8]) -> String {
        match self.counts.get(group) {
            None => String::new(),
            Some(None) => "?".to_owned(),
            Some(Some(count)) if *count > COUNT_MAX => format!("{}+", grouped(COUNT_MAX)),
            Some(Some(count)) => grouped(*count),
        }
    }

    /// Says that groups may have come and gone.
    pub fn set_stale(&mut self) {
        self.is_stale = true;
    }

    /// Says that the number of entries of a group has changed.
    pub fn set_uncounted(&mut self, group: &[u8]) {
        let is_new = !self.counts.contains_key(group);
        self.is_stale |= is_new;
        if !self.uncounted.iter().any(|name| name == group) {
            self.uncounted.push(group.to_vec());
        }
    }

    /// Returns whether the groups are to be listed.
    pub fn needs_listing(&self) -> bool {
        self.is_stale && !self.is_pending
    }

    /// Returns whether the groups are to be listed, and counts that as begun.
    pub fn request(&mut self) -> bool {
        let is_needed = self.needs_listing();
        self.is_pending |= is_needed;
        self.is_stale &= !is_needed;
        is_needed
    }

    /// Returns the group that is to be counted next, and counts that as begun: first those that
    /// are shown, from `from` on.
    pub fn request_count(&mut self, from: usize, height: usize) -> Option<Vec<u8>> {
        if self.is_counting || self.is_pending {
            return None;
        }
        let shown = self.names.iter().skip(from).take(height);
        let mut needed = shown
            .filter(|name| !self.counts.contains_key(&name[..]) || self.uncounted.contains(name));
        let group = needed.next()?.clone();
        self.uncounted.retain(|name| *name != group);
        self.is_counting = true;
        Some(group)
    }

    /// Takes the groups. The bar stays on its group; `open` is listed also if it has no entry.
    pub fn apply(&mut self, groups: Groups, open: Option<&[u8]>) {
        self.is_pending = false;
        if groups.prefix != self.prefix {
            self.is_stale = true;
            return;
        }
        let selected = self.selected().map(<[u8]>::to_vec);
        (self.names, self.has_more, self.is_loaded) = (groups.names, groups.has_more, true);
        if let Some(open) = open.filter(|open| open.starts_with(&self.prefix))
            && let Err(at) = self.names.binary_search_by(|name| name[..].cmp(open))
        {
            self.names.insert(at, open.to_vec());
            self.counts.remove(open);
        }
        self.counts.retain(|name, _| self.names.binary_search(name).is_ok());
        self.uncounted.retain(|name| self.names.binary_search(name).is_ok());
        match selected {
            Some(name) => self.selected = self.names.partition_point(|it| *it < name),
            None => self.selected = 0,
        }
        self.move_by(0);
    }

    /// Takes the number of entries of a group.
    pub fn apply_count(&mut self, group: Vec<u8>, count: u64) {
        self.is_counting = false;
        self.counts.insert(group, Some(count));
    }

    /// Says that the groups were not listed; they are listed again after the next change.
    pub fn fail(&mut self) {
        self.is_pending = false;
    }

    /// Says that a group was not counted; it is counted again after the next change of it.
    pub fn fail_count(&mut self, group: Vec<u8>) {
        self.is_counting = false;
        self.counts.insert(group, None);
    }
}

/// Returns a number with commas between thousands.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn groups(prefix: &[u8], names: &[&str]) -> Groups {
        let names = names.iter().map(|name| name.as_bytes().to_vec()).collect();
        Groups { prefix: prefix.to_vec(), names, has_more: false }
    }

    #[test]
    fn numbers_have_commas_between_thousands() {
        for (number, text) in [(0, "0"), (999, "999"), (1000, "1,000"), (1234567, "1,234,567")] {
            assert_eq!(grouped(number), text);
        }
    }

    #[test]
    fn the_bar_stays_on_its_group_and_the_open_group_stays_listed() {
        let mut list = GroupList::of_prefix(b"");
        assert!(list.request());
        assert!(!list.request(), "it is on its way");
        list.apply(groups(b"", &["b", "d"]), None);
        list.move_by(1);
        list.set_stale();
        assert!(list.request());
        list.apply(groups(b"", &["a", "b", "c"]), Some(b"d"));
        assert_eq!(list.selected(), Some(&b"d"[..]));
        assert_eq!(list.names().len(), 4);
    }

    #[test]
    fn only_groups_that_are_shown_are_counted_one_after_the_other() {
        let mut list = GroupList::of_prefix(b"");
        list.apply(groups(b"", &["a", "b", "c"]), None);
        assert_eq!(list.request_count(1, 1), Some(b"b".to_vec()));
        assert_eq!(list.request_count(0, 3), None, "one at a time");
        list.apply_count(b"b".to_vec(), COUNT_MAX + 1);
        assert_eq!((list.count(b"b"), list.count(b"a")), ("1,000+".into(), "".into()));
        list.set_uncounted(b"b");
        assert_eq!(list.request_count(1, 1), Some(b"b".to_vec()));
    }

    #[test]
    fn groups_of_another_prefix_are_left_out_and_requested_again() {
        let mut list = GroupList::of_prefix(b"x");
        assert!(list.request());
        list.apply(groups(b"", &["a"]), None);
        assert!(list.names().is_empty() && list.request());
    }
}
