//! Reads a damaged database page by page, without SQLite, which would stop at the first fault.
//!
//! A b-tree has the pages of a table; its cells are the rows. Pages of no tree and of no free list
//! are orphans: the page that led to them is damaged.

mod long_value;
mod pages;
mod rows;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs::File;
use std::io;

pub use crate::damaged::long_value::LongValue;
use crate::damaged::pages::{INDEX_INTERIOR, INDEX_LEAF, Pages, Place, TABLE_INTERIOR, TABLE_LEAF};
use crate::damaged::rows::{COLUMNS_2, Column, Row, name_of};
use crate::import_entry::ImportEntry;

/// Counts of everything that could not be read.
#[derive(Debug, Default)]
pub struct Lost {
    /// Pages that belong to no readable part of the database.
    pub pages: u64,
    /// Cells that are no rows.
    pub cells: u64,
    /// Keys whose value is not there.
    pub values: u64,
}

/// A damaged database.
pub struct Damaged {
    pages: Pages,
    /// Pages of row ends that do not fit into their page.
    overflow: BTreeSet<u32>,
    pub lost: Lost,
}

impl Damaged {
    /// Returns the database in `file`.
    pub fn new(file: File) -> io::Result<Damaged> {
        let pages = Pages::new(file)?;
        Ok(Damaged { pages, overflow: BTreeSet::new(), lost: Lost::default() })
    }

    /// Returns the number of pages.
    pub fn page_count(&self) -> u32 {
        self.pages.page_count
    }

    /// Calls `each` with every entry that can be read, in the order of groups and keys; one whose
    /// value is in pieces has none, and they are read one by one.
    pub fn entries<E>(
        &mut self,
        mut each: impl FnMut(ImportEntry, Option<LongValue<'_>>) -> Result<(), E>,
    ) -> Result<(), E> {
        let without_rows = self.pages.without_rows();
        let tables = self.pages.tables();
        let is_ours = |name: &str| name.starts_with("kv_") || name.starts_with("sqlite_");
        // Rows of other programs must not be taken for rows of ours.
        let is_shared = tables.keys().any(|name| !is_ours(name));
        let within = |tree: &str, damaged: &Damaged| {
            let root = tables.get(tree).filter(|_| is_shared);
            root.map(|root| damaged.pages.below(*root))
        };
        let (in_entries, in_streams) = (within("kv_entries", self), within("kv_streams", self));
        // A value and a piece are rows of one form, and have different ids.
        let in_values = within("kv_values", self).map(|mut pages| {
            pages.extend(within("kv_pieces", self).unwrap_or_default());
            pages
        });
        let mut unknown = Vec::new();
        let mut has_overflow_column = false;
        let (mut values, mut sizes) = (HashMap::new(), HashMap::new());
        let mut newest: BTreeMap<(Vec<u8>, Vec<u8>), (i64, Place)> = BTreeMap::new();
        for number in (1..=self.pages.page_count).filter(|number| !without_rows.contains(number)) {
            let Some((kind, cells)) = self.pages.cells(number) else {
                unknown.push(number);
                continue;
            };
            let is_in = |pages: &Option<BTreeSet<u32>>| {
                pages.as_ref().is_none_or(|pages| pages.contains(&number))
            };
            for at in cells {
                let Some(row) = self.row((number, at), kind) else {
                    // The cells of inner pages of tables are no rows.
                    self.lost.cells += u64::from(kind != TABLE_INTERIOR);
                    continue;
                };
                match (kind, row.columns.as_slice()) {
                    (TABLE_LEAF, [Column::Null, Column::Bytes(_)]) if is_in(&in_values) => {
                        // An id in two places may be that of a value that was deleted.
                        let place = Some((number, at));
                        values.entry(row.rowid).and_modify(|it| *it = None).or_insert(place);
                    }
                    (TABLE_LEAF, [Column::Null, Column::Integer(size), _, _])
                        if is_in(&in_streams) =>
                    {
                        sizes.entry(row.rowid).and_modify(|it| *it = None).or_insert(Some(*size));
                    }
                    (INDEX_LEAF | INDEX_INTERIOR, row) if is_in(&in_entries) => {
                        let Some((group, key, version)) = name_of(row) else { continue };
                        has_overflow_column |= row.len() == COLUMNS_2;
                        let entry = newest.entry((group, key)).or_insert((version, (number, at)));
                        if entry.0 < version {
                            *entry = (version, (number, at));
                        }
                    }
                    _ => {}
                }
            }
        }
        unknown.retain(|number| !self.overflow.contains(number));
        self.lost.pages = unknown.len() as u64;
        for ((group, key), (_, place)) in newest {
            let kind = self.pages.cells(place.0).map_or(INDEX_LEAF, |(kind, _)| kind);
            let Some(row) = self.row(place, kind) else { continue };
            let [_, _, _, expiry, value, added @ ..] = row.columns.as_slice() else { continue };
            let expires_at = match expiry {
                Column::Integer(at) => Some(*at),
                _ => None,
            };
            let mut large = |id: &i64| {
                let place: Option<Place> = values.get(id).copied().flatten();
                place.and_then(|place| self.large_value(place))
            };
            if let (Column::Bytes(_), [_, Column::Integer(id @ ..0)]) = (value, added) {
                let size = sizes.get(&id.saturating_neg()).copied().flatten();
                let value = size.and_then(|size| LongValue::find(&self.pages, &values, *id, size));
                let entry = ImportEntry { group, key, value: Vec::new(), expires_at };
                match value {
                    Some(value) => each(entry, Some(value))?,
                    None => self.lost.values += 1,
                }
                continue;
            }
            let value = match (value, added) {
                (Column::Bytes(value), [_, Column::Integer(id)]) if value.is_empty() => large(id),
                (Column::Bytes(value), _) => Some(value.clone()),
                // Another program has written a number.
                (Column::Integer(number), _) if has_overflow_column => {
                    Some(number.to_string().into_bytes())
                }
                (Column::Integer(id), _) => large(id),
                _ => None,
            };
            match value {
                Some(value) => each(ImportEntry { group, key, value, expires_at }, None)?,
                None => self.lost.values += 1,
            }
        }
        Ok(())
    }

    fn large_value(&mut self, place: Place) -> Option<Vec<u8>> {
        match self.row(place, TABLE_LEAF)?.columns.pop()? {
            Column::Bytes(value) => Some(value),
            _ => None,
        }
    }

    /// Returns the row in a cell, and notes the pages that hold its end.
    fn row(&mut self, place: Place, kind: u8) -> Option<Row> {
        let row = self.pages.row(place, kind)?;
        self.overflow.extend(&row.overflow);
        Some(row)
    }
}
