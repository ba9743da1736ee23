//! The changes that are found by reading the same entries again.

use std::collections::HashMap;

use crate::browse::requests::Row;

/// A change of an entry between two readings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// An entry is new, or has another version.
    Set,
    /// The entry has another expiry.
    Expiry,
    /// The entry is gone.
    Deleted,
    /// The entry is gone since its expiry.
    Expired,
}

impl Found {
    /// Returns whether a watch does not report such a change.
    pub fn is_silent(self) -> bool {
        self == Found::Expiry
    }
}

/// Returns the keys of rows that differ, of the range that both states cover.
pub fn differences(
    before: &[Row],
    had_more: bool,
    after: &[Row],
    has_more: bool,
    now_ms: i64,
) -> Vec<(Vec<u8>, Found)> {
    let end =
        |rows: &[Row], is_open: bool| rows.last().filter(|_| is_open).map(|it| it.key.clone());
    let ends = [end(before, had_more), end(after, has_more)];
    let is_covered = |key: &[u8]| ends.iter().flatten().all(|end| key <= &end[..]);
    let old: HashMap<&[u8], &Row> = before.iter().map(|row| (&row.key[..], row)).collect();
    let new: HashMap<&[u8], &Row> = after.iter().map(|row| (&row.key[..], row)).collect();
    let set = after.iter().filter(|row| is_covered(&row.key)).filter_map(|row| {
        let kind = match old.get(&row.key[..]) {
            Some(same) if same.version != row.version => Found::Set,
            Some(same) if same.expires_at != row.expires_at => Found::Expiry,
            Some(_) => return None,
            None => Found::Set,
        };
        Some((row.key.clone(), kind))
    });
    let gone = before.iter().filter(|row| is_covered(&row.key)).filter_map(|row| {
        let is_expired = row.expires_at.is_some_and(|at| at <= now_ms);
        let kind = if is_expired { Found::Expired } else { Found::Deleted };
        (!new.contains_key(&row.key[..])).then(|| (row.key.clone(), kind))
    });
    set.chain(gone).collect()
}
