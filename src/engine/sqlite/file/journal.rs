//! SQLite's rollback journal beside a file, read without SQLite.
//!
//! A loss of power while the first page of a file is written may leave a page without the header
//! of a database. If the journal undoes that transaction, the file is a database all the same.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use crate::os;

/// The bytes that a database begins with.
const DATABASE_MAGIC: &[u8; 16] = b"SQLite format 3\0";
/// The bytes that a journal begins with.
const JOURNAL_MAGIC: [u8; 8] = [0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7];
/// Bytes of the header of a journal that are read.
const HEADER_LEN: usize = 28;

/// Returns whether the journal of the file at `path` restores the header of a database: the file
/// was empty when the transaction began, or the journal has the page with the header.
pub(super) fn restores_header(path: &Path) -> bool {
    // A journal that cannot be read is left to SQLite.
    has_empty_or_first_page(path).unwrap_or(false)
}

fn has_empty_or_first_page(path: &Path) -> io::Result<bool> {
    let mut journal = File::open(os::side_path(path, os::JOURNAL))?;
    let mut header = [0; HEADER_LEN];
    journal.read_exact(&mut header)?;
    let (magic, numbers) = header.split_at(JOURNAL_MAGIC.len());
    let number = |at: usize| {
        numbers[4 * at..4 * at + 4].iter().fold(0_u32, |sum, byte| (sum << 8) | u32::from(*byte))
    };
    // Their order: records, nonce, pages of the file before, bytes of a sector and of a page.
    let (records, pages, sector, page) = (number(0), number(2), number(3), number(4));
    if magic != JOURNAL_MAGIC {
        return Ok(false);
    }
    if pages == 0 {
        return Ok(true);
    }
    // A record is the number of a page, the page and its checksum.
    let record_len = u64::from(page) + 8;
    for record in 0..u64::from(records) {
        let mut start = [0; 4 + DATABASE_MAGIC.len()];
        journal.seek(SeekFrom::Start(u64::from(sector) + record * record_len))?;
        journal.read_exact(&mut start)?;
        if start[..4] == 1_u32.to_be_bytes() {
            return Ok(start[4..] == DATABASE_MAGIC[..]);
        }
    }
    Ok(false)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// The header of a journal with the number of records and the pages of the file before.
    fn journal(records: u32, pages: u32) -> Vec<u8> {
        let mut bytes = JOURNAL_MAGIC.to_vec();
        for number in [records, 7, pages, 512, 4096] {
            bytes.extend(number.to_be_bytes());
        }
        bytes.resize(512, 0);
        bytes
    }

    fn with_page(mut journal: Vec<u8>, page: u32, start: &[u8]) -> Vec<u8> {
        let end = journal.len() + 4 + 4096 + 4;
        journal.extend(page.to_be_bytes());
        journal.extend(start);
        journal.resize(end, 0);
        journal
    }

    #[test]
    fn a_journal_restores_the_header_of_an_empty_file_or_of_its_first_page() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("kv.db");
        for (journal, restores) in [
            (journal(0, 0), true),
            (with_page(with_page(journal(2, 9), 5, b"any"), 1, DATABASE_MAGIC), true),
            (with_page(journal(1, 9), 1, b"no database"), false),
            (journal(0, 9), false),
            (journal(2, 9), false),
            (b"too short".to_vec(), false),
            (vec![0; 512], false),
        ] {
            fs::write(os::side_path(&path, os::JOURNAL), journal).expect("a journal");
            assert_eq!(restores_header(&path), restores);
        }
    }
}
