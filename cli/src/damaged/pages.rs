//! The pages of a damaged database: b-trees and their cells, the free list, pointer maps.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use crate::damaged::rows::{Column, Row, be16, be32, columns, varint};

pub const INDEX_LEAF: u8 = 0x0A;
pub const INDEX_INTERIOR: u8 = 0x02;
pub const TABLE_LEAF: u8 = 0x0D;
pub const TABLE_INTERIOR: u8 = 0x05;

/// Bytes before the b-tree of the first page.
const HEADER_LEN: usize = 100;
/// Where the header has the largest root page, which only a database with pointer maps has.
const LARGEST_ROOT: usize = 52;
/// Bytes of an entry of a pointer map, and the kind of the entry of a root page.
const MAP_ENTRY_LEN: usize = 5;
const MAP_ROOT: u8 = 1;
/// The byte of a database whose page SQLite does not use.
const LOCK_BYTE: u64 = 1 << 30;
/// The longest row that is believed.
const PAYLOAD_MAX: u64 = 1 << 30;

/// A cell: its page, and its offset there.
pub type Place = (u32, usize);

/// The pages of a database, counted from 1.
pub struct Pages {
    file: File,
    page_len: usize,
    /// Bytes of a page that SQLite uses.
    usable: usize,
    /// Whether page 2 is a pointer map, and every so many pages another one.
    has_maps: bool,
    pub page_count: u32,
}

impl Pages {
    /// Returns the pages of the database in `file`.
    pub fn new(file: File) -> io::Result<Pages> {
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
        let mut pages = Pages {
            file,
            page_len,
            usable: page_len - reserved,
            has_maps: false,
            page_count: u32::try_from(len.div_ceil(page_len as u64)).unwrap_or(u32::MAX),
        };
        pages.has_maps = match has_header {
            true => be32(&header, LARGEST_ROOT).is_some_and(|root| root != 0),
            // The page behind the first map is the root of a table.
            false => pages.page(2).is_some_and(|page| page[0] == MAP_ROOT),
        };
        Ok(pages)
    }

    /// Returns whether a page is a pointer map.
    fn is_map(&self, number: u32) -> bool {
        let Some(behind) = number.checked_sub(2).filter(|_| self.has_maps) else { return false };
        let mapped = (self.usable / MAP_ENTRY_LEN + 1) as u32;
        let first = behind / mapped * mapped + 2;
        // A map whose place is the page of the lock byte is behind it.
        let is_lock = u64::from(first - 1) == LOCK_BYTE / self.page_len as u64;
        number == first + u32::from(is_lock)
    }

    /// Returns a page, counted from 1.
    fn page(&self, number: u32) -> Option<Vec<u8>> {
        let offset = u64::from(number.checked_sub(1)?) * self.page_len as u64;
        let mut page = vec![0; self.page_len];
        self.file.read_exact_at(&mut page, offset).ok()?;
        Some(page)
    }

    /// Returns the kind of a page and the offsets of its cells, or `None` if it is of no b-tree.
    pub fn cells(&self, number: u32) -> Option<(u8, Vec<usize>)> {
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

    /// Returns the row in a cell of a page of a kind.
    pub fn row(&self, (number, at): Place, kind: u8) -> Option<Row> {
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
        // The last page of a chain leads nowhere; other bytes there are damage.
        if next != 0 {
            return None;
        }
        Some(Row { rowid, columns: columns(&payload)?, overflow: chain })
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

    /// Returns the pages that are in no b-tree: pointer maps, and those that are free, because what
    /// is deleted must not come back.
    pub fn without_rows(&self) -> BTreeSet<u32> {
        let maps = (1..=self.page_count).filter(|number| self.is_map(*number));
        maps.chain(self.free()).collect()
    }

    fn free(&self) -> BTreeSet<u32> {
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
    pub fn tables(&self) -> BTreeMap<String, u32> {
        let mut tables = BTreeMap::new();
        for number in self.below(1) {
            let Some((TABLE_LEAF, cells)) = self.cells(number) else { continue };
            for at in cells {
                let Some(row) = self.row((number, at), TABLE_LEAF) else { continue };
                let [Column::Bytes(_), Column::Bytes(name), _, Column::Integer(root), _] =
                    row.columns.as_slice()
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
    pub fn below(&self, root: u32) -> BTreeSet<u32> {
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
