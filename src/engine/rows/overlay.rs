//! The rows that a draft puts and removes, before they are.

use std::borrow::Borrow;
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::iter::Peekable;

use crate::engine::rows::name::Name;
use crate::engine::rows::row::Row;
use crate::model::{KeyBound, is_empty_range};

/// Edits up to which they are searched one by one.
const SEARCHED_MAX: usize = 8;

/// The effect of a draft on the row under a key.
#[derive(Clone)]
pub(crate) enum RowEdit {
    /// It is this one.
    Put(Row),
    /// There is none; the row is the one that was there.
    Remove(Row),
}

/// An edit of a group.
pub(crate) enum Edit {
    /// One of a row.
    Row(RowEdit),
    /// The removal of all rows.
    Clear,
}

impl RowEdit {
    fn row(&self) -> &Row {
        match self {
            RowEdit::Put(row) | RowEdit::Remove(row) => row,
        }
    }

    /// Returns the row that is there afterwards.
    fn left(&self) -> Option<&Row> {
        match self {
            RowEdit::Put(row) => Some(row),
            RowEdit::Remove(_) => None,
        }
    }
}

/// A row in the order of its key.
struct ByKey(Row);

impl Borrow<[u8]> for ByKey {
    fn borrow(&self) -> &[u8] {
        self.0.key()
    }
}

impl PartialEq for ByKey {
    fn eq(&self, other: &Self) -> bool {
        self.0.key() == other.0.key()
    }
}

impl Eq for ByKey {}

impl PartialOrd for ByKey {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for ByKey {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.key().cmp(other.0.key())
    }
}

/// The edits of one group.
#[derive(Default)]
pub(crate) struct GroupEdits {
    /// Whether all rows of the group are removed before the edits.
    pub(super) is_cleared: bool,
    edits: BTreeMap<ByKey, RowEdit>,
}

impl GroupEdits {
    fn add(&mut self, edit: RowEdit) {
        match self.edits.get_mut(edit.row().key()) {
            Some(earlier) => *earlier = edit,
            None => {
                self.edits.insert(ByKey(edit.row().clone()), edit);
            }
        }
    }

    /// Returns the edits between two bounds, in key order.
    pub(super) fn between<'e>(
        &'e self,
        (lower, upper): &(KeyBound<'_>, KeyBound<'_>),
    ) -> impl Iterator<Item = &'e RowEdit> + use<'e> {
        let is_empty = is_empty_range(lower, upper);
        let bounds = (lower.as_ref().map(|key| &**key), upper.as_ref().map(|key| &**key));
        // `BTreeMap::range` panics on bounds that have no key between them.
        let edits = (!is_empty).then(|| self.edits.range::<[u8], _>(bounds));
        edits.into_iter().flatten().map(|(_, edit)| edit)
    }
}

/// The edits of a draft, in the order in which they were made. A map of them is made when a read
/// looks for them.
#[derive(Default)]
pub(crate) struct Overlay {
    edits: Vec<(Name, Edit)>,
    /// The number of edits that are in the map.
    mapped: usize,
    groups: BTreeMap<Box<[u8]>, (Name, GroupEdits)>,
}

impl Overlay {
    /// Returns the row that a key has after the edits, or `None` if the key has no edit.
    pub(super) fn get(&mut self, group: &[u8], key: &[u8]) -> Option<Option<&Row>> {
        if self.edits.is_empty() {
            return None;
        }
        if self.edits.len() <= SEARCHED_MAX {
            let edits = self.edits.iter().rev().filter(|(name, _)| **name == *group);
            return edits.into_iter().find_map(|(_, edit)| match edit {
                Edit::Clear => Some(None),
                Edit::Row(edit) => (edit.row().key() == key).then(|| edit.left()),
            });
        }
        self.map();
        let (_, edits) = self.groups.get(group)?;
        match edits.edits.get(key) {
            Some(edit) => Some(edit.left()),
            None => edits.is_cleared.then_some(None),
        }
    }

    /// Adds an edit.
    pub(super) fn add(&mut self, group: Name, edit: Edit) {
        self.edits.push((group, edit));
    }

    /// Puts the edits into the map that are not there yet.
    fn map(&mut self) {
        for (name, edit) in self.edits.iter().skip(self.mapped) {
            let edits = match self.groups.get_mut(&**name) {
                Some(found) => &mut found.1,
                None => {
                    let place = self.groups.entry((**name).into());
                    &mut place.or_insert_with(|| (name.clone(), GroupEdits::default())).1
                }
            };
            match edit {
                Edit::Row(edit) => edits.add(edit.clone()),
                Edit::Clear => *edits = GroupEdits { is_cleared: true, edits: BTreeMap::new() },
            }
        }
        self.mapped = self.edits.len();
    }

    /// Returns the edits of a group.
    pub(super) fn group(&mut self, group: &[u8]) -> Option<&GroupEdits> {
        self.map();
        self.groups.get(group).map(|it| &it.1)
    }

    /// Returns the names of the groups that have edits.
    pub(super) fn names(&mut self) -> impl Iterator<Item = &Name> {
        self.map();
        self.groups.values().map(|it| &it.0)
    }

    /// Returns all rows that are put, with their groups.
    pub(super) fn puts(&mut self) -> impl Iterator<Item = (&Name, &Row)> {
        self.map();
        let groups = self.groups.values();
        groups.flat_map(|(name, edits)| {
            edits.edits.values().filter_map(move |edit| Some((name, edit.left()?)))
        })
    }

    /// Returns the edits in their order.
    pub(super) fn into_edits(self) -> impl Iterator<Item = (Name, Edit)> {
        self.edits.into_iter()
    }
}

/// Returns the rows that are left of `rows` after `edits`; both are in key order.
pub(super) fn merged<'m>(
    rows: impl Iterator<Item = &'m Row>,
    edits: impl Iterator<Item = &'m RowEdit>,
) -> impl Iterator<Item = &'m Row> {
    let (mut rows, mut edits) = (rows.peekable(), edits.peekable());
    std::iter::from_fn(move || {
        loop {
            match next_edit(&mut rows, &mut edits) {
                None => return rows.next(),
                Some(edit) => {
                    if let Some(row) = edit.left() {
                        return Some(row);
                    }
                }
            }
        }
    })
}

/// Returns the next edit, if its key comes before that of the next row; a row with the same key is
/// passed.
fn next_edit<'m>(
    rows: &mut Peekable<impl Iterator<Item = &'m Row>>,
    edits: &mut Peekable<impl Iterator<Item = &'m RowEdit>>,
) -> Option<&'m RowEdit> {
    let key = edits.peek()?.row().key();
    match rows.peek().map_or(Ordering::Greater, |row| row.key().cmp(key)) {
        Ordering::Less => None,
        Ordering::Equal => {
            rows.next();
            edits.next()
        }
        Ordering::Greater => edits.next(),
    }
}
