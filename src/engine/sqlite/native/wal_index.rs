//! The header of the wal-index.
//!
//! The wal-index is memory that all processes share which use a file; its first 48 bytes change
//! with each commit of any of them. SQLite maps it, and this module asks SQLite for the mapping. To
//! open and close the file of the wal-index here would drop SQLite's locks in the whole process.

use std::os::raw::{c_int, c_void};
use std::ptr::NonNull;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering, fence};

use rusqlite::{Connection, ffi};

use crate::engine::sqlite::native::database_file::database_file;

/// The version of the layout that is known here; SQLite has used it since 2010.
const WAL_INDEX_VERSION: u64 = 3_007_000;
/// Bytes of one mapped region of the wal-index.
const REGION_LEN: c_int = 32 * 1024;

/// The header of the wal-index at one moment. Equal headers mean equal contents of the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct WalHeader([u64; 6]);

impl WalHeader {
    /// Returns the number of commits since `before`; any number if the wal-index was rebuilt
    /// meanwhile.
    pub(crate) fn commits_since(&self, before: &WalHeader) -> u32 {
        self.change_count().wrapping_sub(before.change_count())
    }

    /// Returns whether nothing was committed since the wal-index was made from the WAL.
    pub(crate) fn is_recovered(&self) -> bool {
        self.change_count() == 0
    }

    /// Returns the words of the header.
    pub(crate) fn words(&self) -> &[u64; 6] {
        &self.0
    }

    fn change_count(&self) -> u32 {
        // Bytes 8 to 11.
        self.0[1].to_ne_bytes().first_chunk().map_or(0, |bytes| u32::from_ne_bytes(*bytes))
    }

    /// Returns the number of committed frames in the WAL.
    pub(crate) fn frames(&self) -> u32 {
        // Bytes 16 to 19, in native order like the whole header.
        self.0[2].to_ne_bytes().first_chunk().map_or(0, |bytes| u32::from_ne_bytes(*bytes))
    }

    /// Returns the offset in the WAL of the frame behind the last one.
    pub(crate) fn next_frame_offset(&self) -> u64 {
        const WAL_HEADER_LEN: u64 = 32;
        const FRAME_HEADER_LEN: u64 = 24;
        WAL_HEADER_LEN + u64::from(self.frames()) * (FRAME_HEADER_LEN + self.page_len())
    }

    /// Returns the salt that all frames of this WAL contain.
    pub(crate) fn salt(&self) -> [u8; 8] {
        // Bytes 32 to 39, in the same byte order as in the WAL.
        self.0[4].to_ne_bytes()
    }

    fn page_len(&self) -> u64 {
        // Bytes 14 and 15; 65,536 does not fit and is written as 1.
        let [.., low, high] = self.0[1].to_ne_bytes();
        match u16::from_ne_bytes([low, high]) {
            1 => 65_536,
            len => len.into(),
        }
    }
}

/// The wal-index of one connection. It must be dropped before the connection.
#[derive(Debug)]
pub(crate) struct WalIndex {
    region: NonNull<AtomicU64>,
}

// SAFETY: the region is shared memory that is only read, through atomics.
unsafe impl Send for WalIndex {}
// SAFETY: as above.
unsafe impl Sync for WalIndex {}

impl WalIndex {
    /// Returns the wal-index of `connection`, which has read from its database before; `None` if
    /// the database is not in WAL mode or the layout is unknown here.
    pub(crate) fn of(connection: &Connection) -> Option<WalIndex> {
        // In another mode the call of xShmMap would create the shared memory, which SQLite would
        // not free.
        let mode = connection.query_row("PRAGMA journal_mode", [], |row| row.get::<_, String>(0));
        if mode.ok()? != "wal" {
            return None;
        }
        let mut region: *mut c_void = std::ptr::null_mut();
        let file = database_file(connection)?.as_ptr();
        // SAFETY: SQLite returned a valid file; its methods, if there, live as long as it does.
        // Mapping region 0 without extending it takes no lock that a connection could miss.
        let status = unsafe {
            let methods = (*file).pMethods.as_ref()?;
            (methods.xShmMap?)(file, 0, REGION_LEN, 0, &raw mut region)
        };
        if status != ffi::SQLITE_OK {
            return None;
        }
        let index = WalIndex { region: NonNull::new(region.cast())? };
        (index.header().0[0] & 0xFFFF_FFFF == WAL_INDEX_VERSION).then_some(index)
    }

    /// Returns the header of this moment.
    ///
    /// A commit writes the second copy of the header first, then the one that is read here. A
    /// changed header thus belongs to a visible commit, and an unchanged one means that no further
    /// commit has returned.
    pub(crate) fn header(&self) -> WalHeader {
        let mut words = [0; 6];
        for (index, word) in words.iter_mut().enumerate() {
            // SAFETY: the region is 32 KiB, aligned to a page and mapped until the connection is
            // closed, which the owner does after dropping `self`.
            *word = unsafe { self.region.add(index).as_ref() }.load(Ordering::Relaxed);
        }
        fence(Ordering::Acquire);
        WalHeader(words)
    }

    /// Returns the number of frames that checkpoints have copied into the database file.
    pub(crate) fn checkpointed_frames(&self) -> u32 {
        let backfill = self.region.cast::<AtomicU32>();
        // SAFETY: the region is mapped as in `header`; the count follows the two 48-byte copies of
        // the header.
        unsafe { backfill.add(24).as_ref() }.load(Ordering::Acquire)
    }
}
