//! LevelDB: the original log-structured merge tree, through its C API.

use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::ptr;

use anyhow::{Result, bail};

use crate::peer::{Direction, Durability, Entry, OpenOptions, Peer};

type Handle = *mut c_void;
type Text = *mut c_char;

unsafe extern "C" {
    fn leveldb_major_version() -> c_int;
    fn leveldb_minor_version() -> c_int;
    fn leveldb_free(memory: *mut c_void);
    fn leveldb_options_create() -> Handle;
    fn leveldb_options_destroy(options: Handle);
    fn leveldb_options_set_create_if_missing(options: Handle, on: u8);
    fn leveldb_options_set_cache(options: Handle, cache: Handle);
    fn leveldb_cache_create_lru(capacity: usize) -> Handle;
    fn leveldb_cache_destroy(cache: Handle);
    fn leveldb_readoptions_create() -> Handle;
    fn leveldb_readoptions_destroy(options: Handle);
    fn leveldb_writeoptions_create() -> Handle;
    fn leveldb_writeoptions_destroy(options: Handle);
    fn leveldb_writeoptions_set_sync(options: Handle, on: u8);
    fn leveldb_open(options: Handle, name: *const c_char, error: *mut Text) -> Handle;
    fn leveldb_close(db: Handle);
    #[rustfmt::skip]
    fn leveldb_get(
        db: Handle,
        options: Handle,
        key: *const u8,
        key_len: usize,
        len: *mut usize,
        error: *mut Text,
    ) -> *mut u8;
    #[rustfmt::skip]
    fn leveldb_put(
        db: Handle,
        options: Handle,
        key: *const u8,
        key_len: usize,
        value: *const u8,
        value_len: usize,
        error: *mut Text,
    );
    fn leveldb_write(db: Handle, options: Handle, batch: Handle, error: *mut Text);
    fn leveldb_writebatch_create() -> Handle;
    fn leveldb_writebatch_clear(batch: Handle);
    fn leveldb_writebatch_destroy(batch: Handle);
    #[rustfmt::skip]
    fn leveldb_writebatch_put(
        batch: Handle,
        key: *const u8,
        key_len: usize,
        value: *const u8,
        value_len: usize,
    );
    fn leveldb_create_iterator(db: Handle, options: Handle) -> Handle;
    fn leveldb_iter_seek(iterator: Handle, key: *const u8, key_len: usize);
    fn leveldb_iter_valid(iterator: Handle) -> u8;
    fn leveldb_iter_seek_to_last(iterator: Handle);
    fn leveldb_iter_next(iterator: Handle);
    fn leveldb_iter_prev(iterator: Handle);
    fn leveldb_iter_key(iterator: Handle, len: *mut usize) -> *const u8;
    fn leveldb_iter_value(iterator: Handle, len: *mut usize) -> *const u8;
    fn leveldb_iter_get_error(iterator: Handle, error: *mut Text);
    fn leveldb_iter_destroy(iterator: Handle);
}

pub struct LevelDb {
    db: Handle,
    /// NULL stands for LevelDB's own cache, which it frees itself.
    cache: Handle,
    read: Handle,
    write: Handle,
    batch: Handle,
}

// SAFETY: a LevelDB database may be used from any thread; the batch is reached only through `&mut
// self`.
unsafe impl Send for LevelDb {}
// SAFETY: `&self` only calls leveldb_put, which any number of threads may do at once.
unsafe impl Sync for LevelDb {}

/// Returns the version of the library that is loaded.
pub fn version() -> String {
    // SAFETY: both return a constant.
    let (major, minor) = unsafe { (leveldb_major_version(), leveldb_minor_version()) };
    format!("{major}.{minor}")
}

impl Peer for LevelDb {
    fn open(opening: &OpenOptions) -> Result<Self> {
        let name = CString::new(opening.directory.as_os_str().as_encoded_bytes())?;
        let mut error = ptr::null_mut();
        // SAFETY: the calls follow leveldb/c.h: every handle is fresh, the options may be destroyed
        // after the opening, and the cache is kept as long as the database.
        unsafe {
            let options = leveldb_options_create();
            leveldb_options_set_create_if_missing(options, 1);
            let mut cache = ptr::null_mut();
            if let Some(mib) = opening.cache_mib {
                cache = leveldb_cache_create_lru((mib as usize) << 20);
                leveldb_options_set_cache(options, cache);
            }
            let db = leveldb_open(options, name.as_ptr(), &mut error);
            leveldb_options_destroy(options);
            check(error)?;
            let write = leveldb_writeoptions_create();
            leveldb_writeoptions_set_sync(write, u8::from(opening.durability == Durability::Disk));
            Ok(Self {
                db,
                cache,
                read: leveldb_readoptions_create(),
                write,
                batch: leveldb_writebatch_create(),
            })
        }
    }

    fn get(&mut self, key: &[u8], value: &mut Vec<u8>) -> Result<bool> {
        let (mut len, mut error) = (0, ptr::null_mut());
        // SAFETY: the database is open; the returned memory is ours, is read once and freed.
        unsafe {
            let (start, size) = (key.as_ptr(), key.len());
            let data = leveldb_get(self.db, self.read, start, size, &mut len, &mut error);
            check(error)?;
            if data.is_null() {
                return Ok(false);
            }
            value.clear();
            value.extend_from_slice(std::slice::from_raw_parts(data, len));
            leveldb_free(data.cast());
        }
        Ok(true)
    }

    fn set(&mut self, key: &[u8], value: &[u8]) -> Result<()> {
        self.set_shared(key, value)
    }

    #[rustfmt::skip]
    fn set_shared(&self, key: &[u8], value: &[u8]) -> Result<()> {
        let mut error = ptr::null_mut();
        // SAFETY: the database is open and LevelDB copies key and value.
        unsafe {
            leveldb_put(self.db, self.write, key.as_ptr(), key.len(), value.as_ptr(), value.len(), &mut error);
        }
        check(error)
    }

    #[rustfmt::skip]
    fn batch(&mut self, entries: &[Entry]) -> Result<()> {
        let mut error = ptr::null_mut();
        // SAFETY: database and batch are open, the batch copies what it is given, and no one else
        // uses it.
        unsafe {
            leveldb_writebatch_clear(self.batch);
            for entry in entries {
                let (key, value) = (&entry.key, &entry.value);
                leveldb_writebatch_put(self.batch, key.as_ptr(), key.len(), value.as_ptr(), value.len());
            }
            leveldb_write(self.db, self.write, self.batch, &mut error);
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
            let iterator = leveldb_create_iterator(self.db, self.read);
            leveldb_iter_seek(iterator, from.as_ptr(), from.len());
            let step: unsafe extern "C" fn(Handle) = match direction {
                Direction::Ascending => leveldb_iter_next,
                Direction::Descending => leveldb_iter_prev,
            };
            // The iterator is at `from` or behind it, which a descending scan must leave.
            if direction == Direction::Descending {
                match leveldb_iter_valid(iterator) {
                    0 => leveldb_iter_seek_to_last(iterator),
                    _ => leveldb_iter_prev(iterator),
                }
            }
            while count < limit && leveldb_iter_valid(iterator) != 0 {
                let (mut key_len, mut value_len) = (0, 0);
                let key = leveldb_iter_key(iterator, &mut key_len);
                let key = std::slice::from_raw_parts(key, key_len);
                if key != from {
                    let value = leveldb_iter_value(iterator, &mut value_len);
                    visit(key, std::slice::from_raw_parts(value, value_len));
                    count += 1;
                }
                if count < limit {
                    step(iterator);
                }
            }
            leveldb_iter_get_error(iterator, &mut error);
            leveldb_iter_destroy(iterator);
        }
        check(error)?;
        Ok(count)
    }

    fn close(self: Box<Self>) -> Result<()> {
        // SAFETY: every handle is destroyed once, the cache after the database that uses it.
        unsafe {
            leveldb_writebatch_destroy(self.batch);
            leveldb_close(self.db);
            leveldb_readoptions_destroy(self.read);
            leveldb_writeoptions_destroy(self.write);
            if !self.cache.is_null() {
                leveldb_cache_destroy(self.cache);
            }
        }
        Ok(())
    }
}

fn check(error: Text) -> Result<()> {
    if error.is_null() {
        return Ok(());
    }
    // SAFETY: LevelDB filled `error` with a NUL-terminated text that is ours to free, once it is
    // copied.
    let message = unsafe {
        let message = CStr::from_ptr(error).to_string_lossy().into_owned();
        leveldb_free(error.cast());
        message
    };
    bail!("LevelDB says {message}")
}
