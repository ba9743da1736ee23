//! Reads a damaged database page by page, without SQLite, which would stop at the first fault.
//!
//! A b-tree has the pages of a table; its cells are the rows. Pages of no tree and of no free list
//! are orphans: the page that led to them is damaged.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use crate::importer::ImportEntry;

const INDEX_LEAF: u8 = 0x0A;
const INDEX_INTERIOR: u8 = 0x02;
const TABLE_LEAF: u8 = 0x0D;
const TABLE_INTERIOR: u8 = 0x05;

/// Bytes before the b-tree of the first page.
const HEADER_LEN: usize = 100;
/// Columns of an entry in format 1, and in format 2.
const COLUMNS_1: usize = 5;
const COLUMNS_2: usize = 7;
/// The longest row that is believed.
const PAYLOAD_MAX: u64 = 1 << 30;

/// A cell: its page, and its offset there.
type Place = (u32, usize);

/// A column of a row.
enum Column {
    Null,
    Integer(i64),
    Bytes(Vec<u8>),
    Other,
}

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
    file: File,
    page_len: usize,
    /// Bytes of a page that SQLite uses.
    usable: usize,
    page_count: u32,
    /// Pages of row ends that do not fit into their page.
    overflow: BTreeSet<u32>,
    pub lost: Lost,
}

impl Damaged {
    /// Returns the database in `file`.
    pub fn new(file: File) -> io::Result<Damaged> {
        let mut header = [0; HEADER_LEN];
        let has_header =
            file.read_exact_at(&mut header, 0).is_ok() && header.starts_with(b"SQLite format 3\0");
        let (mut page_len, mut reserved) = (4096, 0);
        if has_header {
            page_len = match u16::from_be_bytes([header[16], header[17]]) {
                1 => 65_536,
                len => usize::from(len),
            };
            reserved = usize::from(header[20]);
        }
        if !page_len.is_power_of_two() || page_len < 512 {
            (page_len, reserved) = (4096, 0);
        }
        let len = file.metadata()?.len();
        Ok(Damaged {
            file,
            page_len,
            usable: page_len - reserved,
            page_count: u32::try_from(len.div_ceil(page_len as u64)).unwrap_or(u32::MAX),
            overflow: BTreeSet::new(),
            lost: Lost::default(),
        })
    }

    /// Returns the number of pages.
    pub fn page_count(&self) -> u32 {
        self.page_count
    }

    /// Calls `each` with every entry that can be read, in the order of groups and keys.
    pub fn entries<E>(
        &mut self,
        each: &mut dyn FnMut(ImportEntry) -> Result<(), E>,
    ) -> Result<(), E> {
        let free = self.free_pages();
        let tables = self.tables();
        let is_ours = |name: &str| name.starts_with("kv_") || name.starts_with("sqlite_");
        // Rows of other programs must not be taken for rows of ours.
        let is_shared = tables.keys().any(|name| !is_ours(name));
        let within = |tree: &str, damaged: &Damaged| {
            let root = tables.get(tree).filter(|_| is_shared);
            root.map(|root| damaged.pages_below(*root))
        };
        let (in_entries, in_values) = (within("kv_entries", self), within("kv_values", self));
        let mut unknown = Vec::new();
        let mut has_overflow_column = false;
        let mut values = HashMap::new();
        let mut newest: BTreeMap<(Vec<u8>, Vec<u8>), (i64, Place)> = BTreeMap::new();
        for number in (1..=self.page_count).filter(|number| !free.contains(number)) {
            let Some((kind, cells)) = self.cells(number) else {
                unknown.push(number);
                continue;
            };
            let is_in = |pages: &Option<BTreeSet<u32>>| {
                pages.as_ref().is_none_or(|pages| pages.contains(&number))
            };
            for at in cells {
                let Some((rowid, row)) = self.row((number, at), kind) else {
                    // The cells of inner pages of tables are no rows.
                    self.lost.cells += u64::from(kind != TABLE_INTERIOR);
                    continue;
                };
                match (kind, row.as_slice()) {
                    (TABLE_LEAF, [Column::Null, Column::Bytes(_)]) if is_in(&in_values) => {
                        // An id in two places may be that of a value that was deleted.
                        let place = Some((number, at));
                        values.entry(rowid).and_modify(|it| *it = None).or_insert(place);
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
            let kind = self.cells(place.0).map_or(INDEX_LEAF, |(kind, _)| kind);
            let Some((_, row)) = self.row(place, kind) else { continue };
            let [_, _, _, expiry, value, added @ ..] = row.as_slice() else { continue };
            let expires_at = match expiry {
                Column::Integer(at) => Some(*at),
                _ => None,
            };
            let mut large = |id: &i64| {
                let place: Option<Place> = values.get(id).copied().flatten();
                place.and_then(|place| self.large_value(place))
            };
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
                Some(value) => each(ImportEntry { group, key, value, expires_at })?,
                None => self.lost.values += 1,
            }
        }
        Ok(())
    }

    fn large_value(&mut self, place: Place) -> Option<Vec<u8>> {
        match self.row(place, TABLE_LEAF)?.1.pop()? {
            Column::Bytes(value) => Some(value),
            _ => None,
        }
    }

    fn page(&self, number: u32) -> Option<Vec<u8>> {
        let offset = u64::from(number.checked_sub(1)?) * self.page_len as u64;
        let mut page = vec![0; self.page_len];
        self.file.read_exact_at(&mut page, offset).ok()?;
        Some(page)
    }

    /// Returns the kind of a page and the offsets of its cells, or `None` if it is of no b-tree.
    fn cells(&self, number: u32) -> Option<(u8, Vec<usize>)> {
        let page = self.page(number)?;
        let begin = if number == 1 { HEADER_LEN } else { 0 };
        let kind = *page.get(begin)?;
        let header_len = match kind {
            INDEX_LEAF | TABLE_LEAF => 8,
            INDEX_INTERIOR | TABLE_INTERIOR => 12,
            _ => return None,
        };
        let count = usize::from(be16(&page, begin + 3)?);
        let pointers = begin + header_len;
        if pointers + 2 * count > self.usable {
            return None;
        }
        let cells = (0..count).filter_map(|at| be16(&page, pointers + 2 * at)).map(usize::from);
        Some((kind, cells.collect()))
    }

    /// Returns the rowid, 0 without one, and the columns of the row in a cell.
    fn row(&mut self, (number, at): Place, kind: u8) -> Option<(i64, Vec<Column>)> {
        let page = self.page(number)?;
        let mut at = match kind {
            TABLE_INTERIOR => return None,
            INDEX_INTERIOR => at + 4,
            _ => at,
        };
        let len = varint(&page, &mut at).filter(|len| *len <= PAYLOAD_MAX)? as usize;
        let rowid = if kind == TABLE_LEAF { varint(&page, &mut at)? as i64 } else { 0 };
        let local = self.local_len(len, kind);
        let mut payload = page.get(at..(at + local).min(self.usable))?.to_vec();
        let mut next = if local < len { be32(&page, at + local)? } else { 0 };
        let mut chain = Vec::new();
        while payload.len() < len {
            if chain.len() > self.page_count as usize {
                return None;
            }
            chain.push(next);
            let page = self.page(next)?;
            let left = len - payload.len();
            payload.extend_from_slice(page.get(4..self.usable.min(4 + left))?);
            next = be32(&page, 0)?;
        }
        let columns = columns(&payload)?;
        self.overflow.extend(chain);
        Some((rowid, columns))
    }

    /// Returns how many bytes of a row of `len` bytes are in the cell itself.
    fn local_len(&self, len: usize, kind: u8) -> usize {
        let usable = self.usable;
        let most = match kind {
            TABLE_LEAF => usable - 35,
            _ => (usable - 12) * 64 / 255 - 23,
        };
        let least = (usable - 12) * 32 / 255 - 23;
        if len <= most {
            return len;
        }
        let fitting = least + (len - least) % (usable - 4);
        if fitting <= most { fitting } else { least }
    }

    /// Returns the pages that hold nothing: what is deleted must not come back.
    fn free_pages(&self) -> BTreeSet<u32> {
        let mut free = BTreeSet::new();
        let mut trunk = self.page(1).and_then(|page| be32(&page, 32)).unwrap_or(0);
        while trunk != 0 && free.insert(trunk) {
            let Some(page) = self.page(trunk) else { break };
            let count = be32(&page, 4).unwrap_or(0) as usize;
            free.extend((0..count).map_while(|at| be32(&page, 8 + 4 * at)));
            trunk = be32(&page, 0).unwrap_or(0);
        }
        free
    }

    /// Returns the tables by name, each with the page of its root.
    fn tables(&mut self) -> BTreeMap<String, u32> {
        let mut tables = BTreeMap::new();
        for number in self.pages_below(1) {
            let Some((TABLE_LEAF, cells)) = self.cells(number) else { continue };
            for at in cells {
                let Some((_, row)) = self.row((number, at), TABLE_LEAF) else { continue };
                let [Column::Bytes(_), Column::Bytes(name), _, Column::Integer(root), _] =
                    row.as_slice()
                else {
                    continue;
                };
                let name = String::from_utf8_lossy(name).into_owned();
                // Views and triggers have no pages.
                if let Some(root) = u32::try_from(*root).ok().filter(|root| *root != 0) {
                    tables.insert(name, root);
                }
            }
        }
        tables
    }

    /// Returns the pages of a b-tree that can be reached.
    fn pages_below(&self, root: u32) -> BTreeSet<u32> {
        let (mut pages, mut left) = (BTreeSet::new(), vec![root]);
        while let Some(number) = left.pop() {
            if number > self.page_count || !pages.insert(number) {
                continue;
            }
            let Some((INDEX_INTERIOR | TABLE_INTERIOR, cells)) = self.cells(number) else {
                continue;
            };
            let Some(page) = self.page(number) else { continue };
            let begin = if number == 1 { HEADER_LEN } else { 0 };
            left.extend(be32(&page, begin + 8));
            left.extend(cells.into_iter().filter_map(|at| be32(&page, at)));
        }
        pages
    }
}

/// Returns group, key and version of a row of `kv_entries`, or `None` if it is another row. Format
/// 2 has added flags and the id of the overflow row; rows that it has not written lack both.
fn name_of(row: &[Column]) -> Option<(Vec<u8>, Vec<u8>, i64)> {
    let (first, added) = row.split_at_checked(COLUMNS_1)?;
    match (first, added) {
        (
            [
                Column::Bytes(group),
                Column::Bytes(key),
                Column::Integer(version),
                Column::Null | Column::Integer(_),
                Column::Bytes(_) | Column::Integer(_) | Column::Other,
            ],
            [] | [Column::Integer(_), Column::Null | Column::Integer(_)],
        ) => Some((group.clone(), key.clone(), *version)),
        _ => None,
    }
}

/// Returns the columns of a row.
fn columns(payload: &[u8]) -> Option<Vec<Column>> {
    let mut at = 0;
    let header_len = varint(payload, &mut at)? as usize;
    let mut data = header_len;
    let mut columns = Vec::new();
    while at < header_len {
        let kind = varint(payload, &mut at)?;
        let len = match kind {
            0 | 8 | 9 => 0,
            1..=4 => kind as usize,
            5 => 6,
            6 | 7 => 8,
            10 | 11 => return None,
            _ => usize::try_from((kind - 12) / 2).ok()?,
        };
        let bytes = payload.get(data..data.checked_add(len)?)?;
        data += len;
        columns.push(match kind {
            0 => Column::Null,
            1..=6 => {
                let sign = if bytes.first()? & 0x80 == 0 { 0 } else { -1 };
                let add = |number: i64, byte: &u8| (number << 8) | i64::from(*byte);
                Column::Integer(bytes.iter().fold(sign, add))
            }
            7 => Column::Other,
            8 | 9 => Column::Integer(kind as i64 - 8),
            _ => Column::Bytes(bytes.to_vec()),
        });
    }
    Some(columns)
}

fn be16(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..)?.first_chunk().map(|it| u16::from_be_bytes(*it))
}

fn be32(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|it| u32::from_be_bytes(*it))
}

/// Returns SQLite's number of variable length at `at`, and moves behind it.
fn varint(bytes: &[u8], at: &mut usize) -> Option<u64> {
    let mut number = 0;
    for count in 1..=9 {
        let byte = *bytes.get(*at)?;
        *at += 1;
        if count == 9 {
            return Some((number << 8) | u64::from(byte));
        }
        number = (number << 7) | u64::from(byte & 0x7F);
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}
