//! kv, through nothing but its C ABI.

use std::ffi::{CStr, CString};
use std::mem::MaybeUninit;
use std::ptr;

use anyhow::{Context, Result, bail, ensure};

use super::GROUP;
use super::kv_abi::{self, Abi, ScanOptions, Status};
use crate::peer::{Direction, Durability, Entry, OpenOptions, Peer};

pub struct Kv {
    abi: &'static Abi,
    store: kv_abi::Store,
    batch: kv_abi::Batch,
}

impl Kv {
    /// Opens the store with a log in the directory itself.
    pub fn open_log(opening: &OpenOptions) -> Result<Self> {
        Self::open_at("log", "", opening)
    }

    fn open_at(scheme: &str, name: &str, opening: &OpenOptions) -> Result<Self> {
        let abi = opening.kv.context("libkv is not loaded")?;
        let path = opening.directory.join(name);
        let path = path.to_str().context("the directory is not UTF-8")?;
        ensure!(
            !path.contains(['?', '#', '%']),
            "the directory {path:?} has a character that means something in a location"
        );
        let durability = match opening.durability {
            Durability::Process => "normal",
            Durability::Disk => "full",
        };
        let location = CString::new(format!("{scheme}:{path}?durability={durability}"))?;
        let (mut store, mut batch) = (kv_abi::Store::default(), kv_abi::Batch::default());
        // SAFETY: the location is NUL-terminated and the place for the store is valid.
        call("kv_open", |e| unsafe { (abi.open)(location.as_ptr(), &mut store, e) })?;
        // SAFETY: the place for the batch is valid.
        call("kv_batch_new", |e| unsafe { (abi.batch_new)(&mut batch, e) })?;
        Ok(Self { abi, store, batch })
    }
}

impl Peer for Kv {
    fn open(opening: &OpenOptions) -> Result<Self> {
        Self::open_at("sqlite", "kv.db", opening)
    }

    fn get(&mut self, key: &[u8], value: &mut Vec<u8>) -> Result<bool> {
        let mut len = 0;
        // SAFETY: the capacity is that of the buffer behind it, and all places are valid.
        #[rustfmt::skip]
        let status = call("kv_get_into", |e| unsafe {
            (self.abi.get_into)(
                self.store, GROUP.as_ptr(), GROUP.len(), key.as_ptr(), key.len(),
                value.as_mut_ptr(), value.capacity(), &mut len, e,
            )
        })?;
        match status {
            kv_abi::OK => {
                // SAFETY: on success the library has written `len` bytes, at most the capacity.
                unsafe { value.set_len(len) };
                Ok(true)
            }
            kv_abi::NOT_FOUND => Ok(false),
            _ => bail!("kv_get_into needs {len} bytes, more than any value has"),
        }
    }

    fn get_borrowed(&mut self, key: &[u8], visit: &mut dyn FnMut(&[u8])) -> Result<bool> {
        let mut value = MaybeUninit::uninit();
        // SAFETY: the place for the value is valid.
        #[rustfmt::skip]
        let status = call("kv_get", |e| unsafe {
            (self.abi.get)(
                self.store, GROUP.as_ptr(), GROUP.len(), key.as_ptr(), key.len(),
                value.as_mut_ptr(), e,
            )
        })?;
        if status == kv_abi::NOT_FOUND {
            return Ok(false);
        }
        // SAFETY: on success the library has filled the value, whose bytes live until it is freed.
        unsafe {
            visit(bytes(value.assume_init_ref().data, value.assume_init_ref().len));
            (self.abi.value_free)(value.as_mut_ptr());
        }
        Ok(true)
    }

    fn set(&mut self, key: &[u8], value: &[u8]) -> Result<()> {
        self.set_shared(key, value)
    }

    fn set_shared(&self, key: &[u8], value: &[u8]) -> Result<()> {
        // SAFETY: the pointers go with their lengths.
        #[rustfmt::skip]
        let status = call("kv_set", |e| unsafe {
            (self.abi.set)(
                self.store, GROUP.as_ptr(), GROUP.len(), key.as_ptr(), key.len(),
                value.as_ptr(), value.len(), e,
            )
        })?;
        expect_ok("kv_set", status)
    }

    fn batch(&mut self, entries: &[Entry]) -> Result<()> {
        for Entry { key, value } in entries {
            // SAFETY: the pointers go with their lengths; the options may be NULL.
            #[rustfmt::skip]
            call("kv_batch_set", |e| unsafe {
                (self.abi.batch_set)(
                    self.batch, GROUP.as_ptr(), GROUP.len(), key.as_ptr(), key.len(),
                    value.as_ptr(), value.len(), ptr::null(), e,
                )
            })?;
        }
        // SAFETY: both handles are open.
        let status = call("kv_batch_commit", |e| unsafe {
            (self.abi.batch_commit)(self.store, self.batch, e)
        })?;
        expect_ok("kv_batch_commit", status)?;
        // SAFETY: the batch is open.
        call("kv_batch_clear", |e| unsafe { (self.abi.batch_clear)(self.batch, e) })?;
        Ok(())
    }

    fn scan(
        &mut self,
        direction: Direction,
        from: &[u8],
        limit: usize,
        visit: &mut dyn FnMut(&[u8], &[u8]),
    ) -> Result<usize> {
        let options = ScanOptions::new(direction, from, limit as u64);
        let mut cursor = kv_abi::Cursor::default();
        let mut entry = MaybeUninit::uninit();
        // SAFETY: options and places are valid, and the options' bytes outlive this call.
        #[rustfmt::skip]
        call("kv_scan", |e| unsafe {
            (self.abi.scan)(self.store, GROUP.as_ptr(), GROUP.len(), &options, &mut cursor, e)
        })?;
        let mut count = 0;
        loop {
            // SAFETY: the cursor is open and the place for the entry is valid.
            let status = call("kv_cursor_next", |e| unsafe {
                (self.abi.cursor_next)(cursor, entry.as_mut_ptr(), e)
            })?;
            if status == kv_abi::DONE {
                break;
            }
            // SAFETY: on success the library has filled the entry; its bytes live until the next
            // call.
            unsafe {
                let entry: &kv_abi::Entry = entry.assume_init_ref();
                visit(bytes(entry.key, entry.key_len), bytes(entry.value, entry.value_len));
            }
            count += 1;
        }
        // SAFETY: the cursor is open and closed here.
        call("kv_cursor_close", |e| unsafe { (self.abi.cursor_close)(cursor, e) })?;
        Ok(count)
    }

    fn close(self: Box<Self>) -> Result<()> {
        // SAFETY: the batch is open and freed here.
        call("kv_batch_close", |e| unsafe { (self.abi.batch_free)(self.batch, e) })?;
        // SAFETY: the store is open and closed here.
        call("kv_close", |e| unsafe { (self.abi.close)(self.store, e) })?;
        Ok(())
    }
}

/// Calls a function with a place for its error, and returns its status unless that is negative.
#[inline]
fn call(name: &str, function: impl FnOnce(*mut kv_abi::Error) -> Status) -> Result<Status> {
    let mut error = MaybeUninit::<kv_abi::Error>::uninit();
    let status = function(error.as_mut_ptr());
    if status >= 0 {
        return Ok(status);
    }
    // SAFETY: the library fills the error whenever the status is negative, with a NUL-terminated
    // message.
    let message = unsafe { CStr::from_ptr((*error.as_ptr()).message.as_ptr()) };
    bail!("{name}: {} ({status})", message.to_string_lossy())
}

fn expect_ok(name: &str, status: Status) -> Result<()> {
    ensure!(status == kv_abi::OK, "{name} ended with status {status}");
    Ok(())
}

/// # Safety
/// Unless `len` is 0, `data` must point to `len` bytes that outlive their use.
unsafe fn bytes<'a>(data: *const u8, len: usize) -> &'a [u8] {
    if len == 0 {
        return &[];
    }
    // SAFETY: as the caller promises.
    unsafe { std::slice::from_raw_parts(data, len) }
}
