//! A look at the index of the write-ahead log.
//!
//! The index is the memory that all processes using a file share; its first 48 bytes change with
//! each commit of any of them. SQLite maps it; we only ask SQLite for the mapping. OpenOptions, locking
//! or closing the file ourselves would drop SQLite's locks for the whole process.

use std::os::raw::{c_int, c_void};
use std::ptr::NonNull;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering, fence};

use rusqlite::{Connection, ffi};

/// The version of the index layout this file knows; it is SQLite's since 2010.
const WAL_INDEX_VERSION: u64 = 3_007_000;
/// Bytes of one mapped region of the index.
const REGION_LEN: c_int = 32 * 1024;

/// The header of the log's index, as it was at one moment. Equal headers mean equal contents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WalHeader([u64; 6]);

impl WalHeader {
    /// Returns how many commits were made since `before`, if the index was not rebuilt meanwhile;
    /// otherwise any number.
    pub fn commits_since(&self, before: &WalHeader) -> u32 {
        self.change_count().wrapping_sub(before.change_count())
    }

    fn change_count(&self) -> u32 {
        // Bytes 8 to 11.
        self.0[1].to_ne_bytes().first_chunk().map_or(0, |bytes| u32::from_ne_bytes(*bytes))
    }

    /// Returns how many frames the log holds.
    pub fn frames(&self) -> u32 {
        // Bytes 16 to 19, in native order like the whole index.
        self.0[2].to_ne_bytes().first_chunk().map_or(0, |bytes| u32::from_ne_bytes(*bytes))
    }

    /// Returns where in the log the frame behind the last one begins.
    pub fn next_frame_offset(&self) -> u64 {
        const LOG_HEADER_LEN: u64 = 32;
        const FRAME_HEADER_LEN: u64 = 24;
        LOG_HEADER_LEN + u64::from(self.frames()) * (FRAME_HEADER_LEN + self.page_len())
    }

    /// Returns the number that marks the frames of this log, as they hold it.
    pub fn salt(&self) -> [u8; 8] {
        // Bytes 32 to 39, copied from the log as they stand there.
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

/// The log's index of one connection. It must be dropped before the connection.
#[derive(Debug)]
pub struct WalIndex {
    region: NonNull<AtomicU64>,
}

// SAFETY: the region is shared memory that is only read, through atomics.
unsafe impl Send for WalIndex {}

impl WalIndex {
    /// Returns the index of `connection`, which has read from a database in WAL mode; `None` if
    /// SQLite keeps it elsewhere or in a layout unknown here.
    pub fn of(connection: &Connection) -> Option<WalIndex> {
        // In another mode the question alone would create the memory, and nobody would free it.
        let mode = connection.query_row("PRAGMA journal_mode", [], |row| row.get::<_, String>(0));
        if mode.ok()? != "wal" {
            return None;
        }
        let mut file: *mut ffi::sqlite3_file = std::ptr::null_mut();
        let mut region: *mut c_void = std::ptr::null_mut();
        // SAFETY: the handle is open for as long as `connection` is borrowed; the control writes
        // one pointer to `file`.
        let status = unsafe {
            ffi::sqlite3_file_control(
                connection.handle(),
                c"main".as_ptr(),
                ffi::SQLITE_FCNTL_FILE_POINTER,
                (&raw mut file).cast(),
            )
        };
        if status != ffi::SQLITE_OK || file.is_null() {
            return None;
        }
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

    /// Returns the header as it is now.
    ///
    /// A commit writes the second copy first, then this one: a header that has changed belongs to
    /// a commit that is visible, one that has not to a commit that has not returned yet.
    pub fn header(&self) -> WalHeader {
        let mut words = [0; 6];
        for (index, word) in words.iter_mut().enumerate() {
            // SAFETY: the region is 32 KiB, aligned to a page and mapped until the connection is
            // closed, which the owner does after dropping `self`.
            *word = unsafe { self.region.add(index).as_ref() }.load(Ordering::Relaxed);
        }
        fence(Ordering::Acquire);
        WalHeader(words)
    }

    /// Returns how many frames a checkpoint has copied to the database file.
    pub fn checkpointed_frames(&self) -> u32 {
        let backfill = self.region.cast::<AtomicU32>();
        // SAFETY: as above; the count stands behind the two 48-byte copies of the header.
        unsafe { backfill.add(24).as_ref() }.load(Ordering::Acquire)
    }
}
