//! The free pages of a file, which SQLite's incremental vacuum returns to the file system.
//!
//! A new file of this library keeps pointer maps (`auto_vacuum`), by which the last pages of the
//! file can be moved to free ones. A file without them keeps its free pages until it is compacted.

use crate::engine::sqlite::file::connection::Connection;
use crate::error::Result;

/// Fewer free pages are never too many: they are a megabyte.
const FREE_MIN: u64 = 256;

/// Whether free pages are being returned; they are then returned until fewer are left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Returning {
    /// Begins when a quarter of the file is free.
    Idle,
    /// Ends when an eighth of the file is free.
    Begun,
}

/// Makes a file keep pointer maps: at once if it is empty, otherwise with the next `VACUUM`.
pub(crate) fn keep_pointer_maps(connection: &Connection) -> Result<()> {
    // The bundled SQLite does so for every new file; a statement of its own would be a transaction.
    if auto_vacuum(connection)? != 0 {
        return Ok(());
    }
    connection.execute_batch("PRAGMA auto_vacuum = INCREMENTAL")
}

/// Returns how many free pages are too many.
pub(crate) fn surplus(connection: &Connection, returning: Returning) -> Result<u64> {
    let pages = number(connection, "PRAGMA page_count")?;
    let free = number(connection, "PRAGMA freelist_count")?;
    // It is what the connection saw with its last read of the file.
    if auto_vacuum(connection)? == 0 {
        return Ok(0);
    }
    Ok(surplus_of(pages.max(0) as u64, free.max(0) as u64, returning))
}

/// Returns the bytes of the free pages.
pub(crate) fn free_bytes(connection: &Connection) -> Result<u64> {
    let free = number(connection, "PRAGMA freelist_count")?;
    let len = number(connection, "PRAGMA page_size")?;
    Ok(free.max(0) as u64 * len.max(0) as u64)
}

/// Returns at most `pages` free pages to the file system; returns how many. The connection is in a
/// transaction.
pub(crate) fn give_back(connection: &Connection, pages: u64) -> Result<u64> {
    // The statement has a row for each page.
    let sql = format!("PRAGMA incremental_vacuum({pages})");
    Ok(connection.rows(&sql, |_| Ok(()))?.len() as u64)
}

/// Writes the whole file again, without free pages. A file without pointer maps has them from then
/// on.
pub(crate) fn compact(connection: &Connection) -> Result<()> {
    keep_pointer_maps(connection)?;
    connection.execute_batch("VACUUM")
}

/// Returns 0 if the file has no pointer maps.
fn auto_vacuum(connection: &Connection) -> Result<i64> {
    number(connection, "PRAGMA auto_vacuum")
}

fn number(connection: &Connection, pragma: &str) -> Result<i64> {
    connection.query_row(pragma, [], |row| row.get(0))
}

fn surplus_of(pages: u64, free: u64, returning: Returning) -> u64 {
    let is_surplus = match returning {
        Returning::Idle => free >= FREE_MIN && free > pages / 4,
        Returning::Begun => free >= FREE_MIN,
    };
    // So many that an eighth of the rest is free.
    if is_surplus { (8 * free).saturating_sub(pages) / 7 } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_eighth_of_the_rest_stays_free() {
        for (pages, free) in [(1000, 500), (100_000, 30_000), (4000, 4000 - 20)] {
            let surplus = surplus_of(pages, free, Returning::Idle);
            let (pages, free) = (pages - surplus, free - surplus);
            assert!((pages / 8).abs_diff(free) <= 1, "{free} of {pages}");
            assert_eq!(surplus_of(pages, free, Returning::Begun), 0);
        }
    }

    #[test]
    fn few_free_pages_stay() {
        for (pages, free, idle, begun) in [
            (1000, 0, false, false),
            (1000, 255, false, false),
            (1000, 256, true, true),
            (10_000, 2500, false, true),
            (10_000, 2501, true, true),
            (10_000, 1250, false, false),
        ] {
            let is_surplus = |returning| surplus_of(pages, free, returning) > 0;
            let found = (is_surplus(Returning::Idle), is_surplus(Returning::Begun));
            assert_eq!(found, (idle, begun), "{free} of {pages}");
        }
    }
}
