//! The latest changes, newest last.

use std::collections::VecDeque;

use kv::{Change, ChangeKind};

use crate::browse::found::Found;

/// The largest number of changes that are kept.
const KEPT_MAX: usize = 100;

/// A change of an entry or a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub time_ms: i64,
    /// The kind of the change, in one or two words.
    pub verb: &'static str,
    pub group: Vec<u8>,
    /// `None` if the whole group was deleted.
    pub key: Option<Vec<u8>>,
    /// The size of the value that was set.
    pub size: Option<u64>,
}

/// The list.
#[derive(Debug, Default)]
pub struct ChangeList {
    lines: VecDeque<Line>,
    /// The number of changes since the view was opened.
    count: u64,
    lost: u64,
}

impl ChangeList {
    /// Returns the newest `height` changes, the newest last.
    pub fn newest(&self, height: usize) -> impl Iterator<Item = &Line> {
        self.lines.iter().skip(self.lines.len().saturating_sub(height))
    }

    /// Returns the number of changes, and of those that were lost because they came too fast.
    pub fn counts(&self) -> (u64, u64) {
        (self.count, self.lost)
    }

    /// Adds a change.
    pub fn push(&mut self, line: Line) {
        self.count += 1;
        if self.lines.len() == KEPT_MAX {
            self.lines.pop_front();
        }
        self.lines.push_back(line);
    }

    /// Counts changes that were lost.
    pub fn lose(&mut self, count: u64) {
        self.lost += count;
    }
}

impl Line {
    /// Returns the line of a change that a watch has received.
    pub fn of_change(change: &Change) -> Line {
        let (verb, size) = match change.kind() {
            ChangeKind::Set => ("set", Some(change.size())),
            ChangeKind::Delete => ("delete", None),
            ChangeKind::DeleteGroup => ("delete group", None),
            ChangeKind::Expire => ("expired", None),
        };
        let key = (change.kind() != ChangeKind::DeleteGroup).then(|| change.key().to_vec());
        Line { time_ms: change.time_ms(), verb, group: change.group().to_vec(), key, size }
    }

    /// Returns the line of a change that was found by reading a page again.
    pub fn of_found(group: &[u8], key: Vec<u8>, found: Found, now_ms: i64) -> Line {
        let verb = match found {
            Found::Set => "set",
            Found::Expiry => "expiry",
            Found::Deleted => "delete",
            Found::Expired => "expired",
        };
        Line { time_ms: now_ms, verb, group: group.to_vec(), key: Some(key), size: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_changes_are_kept_and_all_are_counted() {
        let mut list = ChangeList::default();
        for n in 0..KEPT_MAX as i64 + 10 {
            list.push(Line::of_found(b"g", b"k".to_vec(), Found::Set, n));
        }
        list.lose(3);
        let times: Vec<i64> = list.newest(3).map(|line| line.time_ms).collect();
        assert_eq!(times, [107, 108, 109]);
        assert_eq!(list.newest(KEPT_MAX + 1).count(), KEPT_MAX);
        assert_eq!(list.counts(), (110, 3));
    }
}
