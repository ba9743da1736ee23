//! The rows that a draft puts and removes, before they are.

use std::borrow::Borrow;
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::collections::btree_map;
use std::iter::Peekable;

use crate::engine::rows::name::Name;
use crate::engine::rows::row::Row;
use crate::model::{KeyBound, is_empty_range};

/// The effect of a draft on the row under a key.
pub(crate) enum RowEdit {
    /// It is this one.
    Put(Row),
    /// There is none; the row is the one that was there.
    Remove(Row),
}

impl RowEdit {
    fn row(&self) -> &Row {
        match self {
            RowEdit::Put(row) | RowEdit::Remove(row) => row,
        }
    }

    /// Returns the row that is there afterwards.
    pub(super) fn left(&self) -> Option<&Row> {
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

    /// Returns the edits in key order.
    pub(super) fn into_edits(self) -> impl Iterator<Item = RowEdit> {
        self.edits.into_values()
    }
}

/// The edits of a draft, at most one for each key. Most drafts have but one.
#[derive(Default)]
pub(crate) struct Overlay {
    single: Option<(Name, RowEdit)>,
    groups: BTreeMap<Box<[u8]>, (Name, GroupEdits)>,
}

impl Overlay {
    /// Returns the row that a key has after the edits, or `None` if the key has no edit.
    pub(super) fn get(&self, group: &[u8], key: &[u8]) -> Option<Option<&Row>> {
        if let Some((name, edit)) = &self.single {
            let is_it = **name == *group && edit.row().key() == key;
            return is_it.then(|| edit.left());
        }
        let (_, edits) = self.groups.get(group)?;
        match edits.edits.get(key) {
            Some(edit) => Some(edit.left()),
            None => edits.is_cleared.then_some(None),
        }
    }

    /// Adds an edit, in the place of an earlier one of its key.
    pub(super) fn add(&mut self, group: Name, edit: RowEdit) {
        match &mut self.single {
            Some((name, earlier))
                if **name == *group && earlier.row().key() == edit.row().key() =>
            {
                *earlier = edit;
            }
            None if self.groups.is_empty() => self.single = Some((group, edit)),
            _ => self.edits_of(group).add(edit),
        }
    }

    /// Removes all rows of a group.
    pub(super) fn clear_group(&mut self, group: Name) {
        *self.edits_of(group) = GroupEdits { is_cleared: true, edits: BTreeMap::new() };
    }

    fn edits_of(&mut self, group: Name) -> &mut GroupEdits {
        self.spread();
        match self.groups.entry((*group).into()) {
            btree_map::Entry::Occupied(found) => &mut found.into_mut().1,
            btree_map::Entry::Vacant(place) => &mut place.insert((group, GroupEdits::default())).1,
        }
    }

    /// Puts a single edit among those of its group.
    fn spread(&mut self) {
        if let Some((group, edit)) = self.single.take() {
            self.edits_of(group).add(edit);
        }
    }

    /// Returns the edits of a group.
    pub(super) fn group(&mut self, group: &[u8]) -> Option<&GroupEdits> {
        self.spread();
        self.groups.get(group).map(|it| &it.1)
    }

    /// Returns the names of the groups that have edits.
    pub(super) fn names(&mut self) -> impl Iterator<Item = &Name> {
        self.spread();
        self.groups.values().map(|it| &it.0)
    }

    /// Returns all rows that are put, with their groups.
    pub(super) fn puts(&mut self) -> impl Iterator<Item = (&Name, &Row)> {
        self.spread();
        let all = self
            .groups
            .values()
            .flat_map(|(name, edits)| edits.edits.values().map(move |edit| (name, edit)));
        all.filter_map(|(name, edit)| Some((name, edit.left()?)))
    }

    /// Returns the edit, if it is the only one.
    pub(super) fn take_single(&mut self) -> Option<(Name, RowEdit)> {
        self.single.take()
    }

    /// Returns the edits by group.
    pub(super) fn into_groups(self) -> impl Iterator<Item = (Name, GroupEdits)> {
        self.groups.into_values()
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
