//! RocksDB: LevelDB's industrial descendant, through its C API.

use std::ffi::{CStr, CString, c_char, c_void};
use std::ptr;

use anyhow::{Result, bail};

use crate::peer::{Direction, Durability, Entry, OpenOptions, Peer};

type Handle = *mut c_void;
type Text = *mut c_char;

unsafe extern "C" {
    fn rocksdb_free(memory: *mut c_void);
    fn rocksdb_options_create() -> Handle;
    fn rocksdb_options_destroy(options: Handle);
    fn rocksdb_options_set_create_if_missing(options: Handle, on: u8);
    fn rocksdb_options_set_block_based_table_factory(options: Handle, table: Handle);
    fn rocksdb_block_based_options_create() -> Handle;
    fn rocksdb_block_based_options_destroy(table: Handle);
    fn rocksdb_block_based_options_set_block_cache(table: Handle, cache: Handle);
    fn rocksdb_cache_create_lru(capacity: usize) -> Handle;
    fn rocksdb_cache_destroy(cache: Handle);
    fn rocksdb_readoptions_create() -> Handle;
    fn rocksdb_readoptions_destroy(options: Handle);
    fn rocksdb_writeoptions_create() -> Handle;
    fn rocksdb_writeoptions_destroy(options: Handle);
    fn rocksdb_writeoptions_set_sync(options: Handle, on: u8);
    fn rocksdb_open(options: Handle, name: *const c_char, error: *mut Text) -> Handle;
    fn rocksdb_close(db: Handle);
    #[rustfmt::skip]
    fn rocksdb_get_pinned(
        db: Handle,
        options: Handle,
        key: *const u8,
        key_len: usize,
        error: *mut Text,
    ) -> Handle;
    fn rocksdb_pinnableslice_value(slice: Handle, len: *mut usize) -> *const u8;
    fn rocksdb_pinnableslice_destroy(slice: Handle);
    #[rustfmt::skip]
    fn rocksdb_put(
        db: Handle,
        options: Handle,
        key: *const u8,
        key_len: usize,
        value: *const u8,
        value_len: usize,
        error: *mut Text,
    );
    fn rocksdb_write(db: Handle, options: Handle, batch: Handle, error: *mut Text);
    fn rocksdb_writebatch_create() -> Handle;
    fn rocksdb_writebatch_clear(batch: Handle);
    fn rocksdb_writebatch_destroy(batch: Handle);
    #[rustfmt::skip]
    fn rocksdb_writebatch_put(
        batch: Handle,
        key: *const u8,
        key_len: usize,
        value: *const u8,
        value_len: usize,
    );
    fn rocksdb_create_iterator(db: Handle, options: Handle) -> Handle;
    fn rocksdb_iter_seek(iterator: Handle, key: *const u8, key_len: usize);
    fn rocksdb_iter_valid(iterator: Handle) -> u8;
    fn rocksdb_iter_seek_to_last(iterator: Handle);
    fn rocksdb_iter_next(iterator: Handle);
    fn rocksdb_iter_prev(iterator: Handle);
    fn rocksdb_iter_key(iterator: Handle, len: *mut usize) -> *const u8;
    fn rocksdb_iter_value(iterator: Handle, len: *mut usize) -> *const u8;
    fn rocksdb_iter_get_error(iterator: Handle, error: *mut Text);
    fn rocksdb_iter_destroy(iterator: Handle);
}

pub struct RocksDb {
    db: Handle,
    read: Handle,
    write: Handle,
    batch: Handle,
}

// SAFETY: a RocksDB database may be used from any thread; the batch is reached only through `&mut
// self`.
unsafe impl Send for RocksDb {}
// SAFETY: `&self` only calls rocksdb_put, which any number of threads may do at once.
unsafe impl Sync for RocksDb {}

/// Returns the version of the library that is loaded, or None if its file name does not tell.
///
/// RocksDB's C API has no function for it, but the kernel shows the file behind the soname.
pub fn version() -> Option<String> {
    let maps = std::fs::read_to_string("/proc/self/maps").ok()?;
    let (_, version) = maps.lines().find_map(|line| line.split_once("librocksdb.so."))?;
    Some(version.to_owned())
}

/// # Safety
/// `options` must be live options; they take the table options with a cache of `mib` over.
unsafe fn set_cache(options: Handle, mib: u32) {
    // SAFETY: every handle is fresh; RocksDB shares table options and cache, so ours may go.
    unsafe {
        let table = rocksdb_block_based_options_create();
        let cache = rocksdb_cache_create_lru((mib as usize) << 20);
        rocksdb_block_based_options_set_block_cache(table, cache);
        rocksdb_options_set_block_based_table_factory(options, table);
        rocksdb_cache_destroy(cache);
        rocksdb_block_based_options_destroy(table);
    }
}

impl Peer for RocksDb {
    fn open(opening: &OpenOptions) -> Result<Self> {
        let name = CString::new(opening.directory.as_os_str().as_encoded_bytes())?;
        let mut error = ptr::null_mut();
        // SAFETY: the calls follow rocksdb/c.h: every handle is fresh, and the options may be
        // destroyed after the opening.
        unsafe {
            let options = rocksdb_options_create();
            rocksdb_options_set_create_if_missing(options, 1);
            if let Some(mib) = opening.cache_mib {
                set_cache(options, mib);
            }
            let db = rocksdb_open(options, name.as_ptr(), &mut error);
            rocksdb_options_destroy(options);
            check(error)?;
            let write = rocksdb_writeoptions_create();
            rocksdb_writeoptions_set_sync(write, u8::from(opening.durability == Durability::Disk));
            Ok(Self {
                db,
                read: rocksdb_readoptions_create(),
                write,
                batch: rocksdb_writebatch_create(),
            })
        }
    }

    fn get(&mut self, key: &[u8], value: &mut Vec<u8>) -> Result<bool> {
        let (mut len, mut error) = (0, ptr::null_mut());
        // SAFETY: the database is open; the slice is pinned until its bytes have been copied. The
        // pinned look-up saves a malloc against rocksdb_get.
        unsafe {
            let slice = rocksdb_get_pinned(self.db, self.read, key.as_ptr(), key.len(), &mut error);
            check(error)?;
            if slice.is_null() {
                return Ok(false);
            }
            let data = rocksdb_pinnableslice_value(slice, &mut len);
            value.clear();
            value.extend_from_slice(std::slice::from_raw_parts(data, len));
            rocksdb_pinnableslice_destroy(slice);
        }
        Ok(true)
    }

    fn set(&mut self, key: &[u8], value: &[u8]) -> Result<()> {
        self.set_shared(key, value)
    }

    #[rustfmt::skip]
    fn set_shared(&self, key: &[u8], value: &[u8]) -> Result<()> {
        let mut error = ptr::null_mut();
        // SAFETY: the database is open and RocksDB copies key and value.
        unsafe {
            rocksdb_put(self.db, self.write, key.as_ptr(), key.len(), value.as_ptr(), value.len(), &mut error);
        }
        check(error)
    }

    #[rustfmt::skip]
    fn batch(&mut self, entries: &[Entry]) -> Result<()> {
        let mut error = ptr::null_mut();
        // SAFETY: database and batch are open, the batch copies what it is given, and no one else
        // uses it.
        unsafe {
            rocksdb_writebatch_clear(self.batch);
            for entry in entries {
                let (key, value) = (&entry.key, &entry.value);
                rocksdb_writebatch_put(self.batch, key.as_ptr(), key.len(), value.as_ptr(), value.len());
            }
            rocksdb_write(self.db, self.write, self.batch, &mut error);
        }
        check(error)
    }

    fn scan(
        &mut self,
        direction: Direction,
        from: &[u8],
        limit: usize,
        visit: &mut dyn FnMut(&[u8], &[u8]),
    ) -> Result<usize> {
        let (mut count, mut error) = (0, ptr::null_mut());
        // SAFETY: the iterator lives in this call; what it shows is used before it moves.
        unsafe {
            let iterator = rocksdb_create_iterator(self.db, self.read);
            rocksdb_iter_seek(iterator, from.as_ptr(), from.len());
            let step: unsafe extern "C" fn(Handle) = match direction {
                Direction::Ascending => rocksdb_iter_next,
                Direction::Descending => rocksdb_iter_prev,
            };
            // The iterator is at `from` or behind it, which a descending scan must leave.
            if direction == Direction::Descending {
                match rocksdb_iter_valid(iterator) {
                    0 => rocksdb_iter_seek_to_last(iterator),
                    _ => rocksdb_iter_prev(iterator),
                }
            }
            while count < limit && rocksdb_iter_valid(iterator) != 0 {
                let (mut key_len, mut value_len) = (0, 0);
                let key = rocksdb_iter_key(iterator, &mut key_len);
                let key = std::slice::from_raw_parts(key, key_len);
                if key != from {
                    let value = rocksdb_iter_value(iterator, &mut value_len);
                    visit(key, std::slice::from_raw_parts(value, value_len));
                    count += 1;
                }
                if count < limit {
                    step(iterator);
                }
            }
            rocksdb_iter_get_error(iterator, &mut error);
            rocksdb_iter_destroy(iterator);
        }
        check(error)?;
        Ok(count)
    }

    fn close(self: Box<Self>) -> Result<()> {
        // SAFETY: every handle is destroyed once, and the database is not used again.
        unsafe {
            rocksdb_writebatch_destroy(self.batch);
            rocksdb_close(self.db);
            rocksdb_readoptions_destroy(self.read);
            rocksdb_writeoptions_destroy(self.write);
        }
        Ok(())
    }
}

fn check(error: Text) -> Result<()> {
    if error.is_null() {
        return Ok(());
    }
    // SAFETY: RocksDB filled `error` with a NUL-terminated text that is ours to free, once it is
    // copied.
    let message = unsafe {
        let message = CStr::from_ptr(error).to_string_lossy().into_owned();
        rocksdb_free(error.cast());
        message
    };
    bail!("RocksDB says {message}")
}
