//! Values in pieces of a damaged database.

use std::collections::HashMap;

use kv::PIECE_LEN;

use crate::damaged::pages::{Pages, Place, TABLE_LEAF};
use crate::damaged::rows::Column;

/// The ids of the pieces of a stream: this many from the number of the stream times this on.
const PIECES_MAX: i64 = 1 << 22;

/// A value of which every piece has a row.
pub struct LongValue<'p> {
    pages: &'p Pages,
    size: u64,
    rows: Vec<Place>,
}

impl<'p> LongValue<'p> {
    /// Returns the value of `size` bytes to which the `overflow` of an entry leads, or `None` if
    /// the row of a piece is missing or is there twice.
    pub fn find(
        pages: &'p Pages,
        rows: &HashMap<i64, Option<Place>>,
        overflow: i64,
        size: i64,
    ) -> Option<LongValue<'p>> {
        let size = u64::try_from(size).ok()?;
        let first = overflow.checked_neg()?.checked_mul(PIECES_MAX)?;
        let count = i64::try_from(size.div_ceil(PIECE_LEN as u64)).ok()?;
        let ids = (first..first.checked_add(count)?).take_while(|id| *id < first + PIECES_MAX);
        let found: Option<Vec<Place>> = ids.map(|id| rows.get(&id).copied().flatten()).collect();
        found.filter(|rows| rows.len() as i64 == count).map(|rows| LongValue { pages, size, rows })
    }

    /// Returns the size in bytes.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Returns the pieces, each `None` if it cannot be read.
    pub fn pieces(&self) -> impl Iterator<Item = Option<Vec<u8>>> {
        self.rows.iter().enumerate().map(|(at, place)| {
            let left = self.size - at as u64 * PIECE_LEN as u64;
            match self.pages.row(*place, TABLE_LEAF)?.columns.pop()? {
                Column::Bytes(piece) if piece.len() as u64 == left.min(PIECE_LEN as u64) => {
                    Some(piece)
                }
                _ => None,
            }
        })
    }
}
