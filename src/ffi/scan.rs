//! Cursors: scans of one snapshot.

use std::ffi::c_void;
use std::ops::Bound;

use crate::ffi::arguments::{Out, arguments, invalid};
use crate::ffi::bytes::{InBytes, OutBytes};
use crate::ffi::handle::Kind;
use crate::ffi::handle::exclusive::Slots;
use crate::ffi::observed::Call;
use crate::ffi::sized::{OptionsIn, sized_struct};
use crate::ffi::status::{KV_DONE, KV_OK, KV_TOO_SMALL, guard, kv_error, kv_status};
use crate::ffi::stores::{check_fork, is_of, kv_store, with_call};
use crate::ffi::value::expires_at_ms;
use crate::{
    CallKind, Cursor, Dialect, EntryBuf, Error, ErrorKind, GROUP_LEN_MAX, Glob, KEY_LEN_MAX, Key,
    Pattern, Result, Scan, ScanEntry, Values, flat,
};

/// The chunks of 65,536 open cursors, the most in a process.
const CURSOR_CHUNKS: usize = 9;

static CURSORS: Slots<OpenCursor, CURSOR_CHUNKS> = Slots::new(Kind::Cursor);

/// The handle of a scan. One thread uses it at a time, not always the same; a call that overlaps
/// with another one on it returns KV_ERR_BUSY.
///
/// On SQLite the WAL cannot shrink below the part that the cursor's snapshot needs, until the
/// cursor is closed or has returned KV_DONE. If the store is closed while the cursor is at an
/// entry, the cursor keeps the file open and the bytes of the entry valid until the next call on
/// it.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct kv_cursor {
    /// The number of the handle; 0 is no cursor.
    pub id: u64,
}

/// The entry that a cursor is at. Its bytes are borrowed from the cursor until the next call on it.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct kv_entry {
    /// The name of the group.
    pub group: *const u8,
    /// The length of `group` in bytes.
    pub group_len: usize,
    /// The key; empty from kv_groups.
    pub key: *const u8,
    /// The length of `key` in bytes.
    pub key_len: usize,
    /// The value; empty from kv_groups, and with KV_SCAN_KEYS_ONLY or KV_SCAN_SIZES.
    pub value: *const u8,
    /// The length of `value` in bytes.
    pub value_len: usize,
    /// The size of the whole value in bytes; 0 from kv_groups, and with KV_SCAN_KEYS_ONLY alone.
    pub value_size: u64,
    /// The version of the entry; 0 from kv_groups.
    pub version: u64,
    /// The expiry in milliseconds since 1970, or -1 if the entry never expires.
    pub expires_at_ms: i64,
    /// Reserved; 0.
    pub flags: u32,
    /// Reserved; 0.
    pub reserved: u32,
}

#[cfg(target_pointer_width = "64")]
const _: () = assert!(size_of::<kv_entry>() == 80);

/// For kv_scan: the scan runs from the last key to the first.
pub const KV_SCAN_REVERSE: u32 = 1;
/// For kv_scan: the values are omitted.
pub const KV_SCAN_KEYS_ONLY: u32 = 2;
/// For kv_scan: the pattern is a glob like that of GLOB in SQLite, not a prefix: `*`, `?` for one
/// character, `[a-z]`, `[^x]`, no escape.
pub const KV_SCAN_GLOB: u32 = 4;
/// For kv_scan: the pattern is a glob like that of KEYS in Redis, not a prefix: `*`, `?` for one
/// byte, `[a-z]`, `[^x]`, a backslash escapes.
pub const KV_SCAN_GLOB_REDIS: u32 = 8;

/// For kv_scan: the key `lower` itself is not visited.
pub const KV_SCAN_LOWER_EXCLUSIVE: u32 = 16;
/// For kv_scan: the key `upper` itself is visited.
pub const KV_SCAN_UPPER_INCLUSIVE: u32 = 32;
/// For kv_scan: the scan is one snapshot, or is refused with KV_ERR_UNSUPPORTED. Only a Redis store
/// scans otherwise, unless it was opened with scans=snapshot.
pub const KV_SCAN_SNAPSHOT: u32 = 64;
/// For kv_scan: the values are omitted, and their sizes are returned in kv_entry.value_size.
pub const KV_SCAN_SIZES: u32 = 128;

const KNOWN_FLAGS: u32 = KV_SCAN_REVERSE
    | KV_SCAN_KEYS_ONLY
    | KV_SCAN_GLOB
    | KV_SCAN_GLOB_REDIS
    | KV_SCAN_LOWER_EXCLUSIVE
    | KV_SCAN_UPPER_INCLUSIVE
    | KV_SCAN_SNAPSHOT
    | KV_SCAN_SIZES;

/// The entries that a scan visits. Initialise it with KV_SCAN_OPTIONS_INIT.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct kv_scan_options {
    /// sizeof(kv_scan_options).
    pub size: u32,
    /// A combination of KV_SCAN_*.
    pub flags: u32,
    /// The prefix of the keys, byte for byte, or a glob; NULL for all keys.
    pub pattern: *const c_void,
    /// The length of `pattern` in bytes, or KV_NUL.
    pub pattern_len: usize,
    /// The lowest key to visit, in byte order, in both directions; NULL for no lower bound. For
    /// paging, pass the last key of a page with KV_SCAN_LOWER_EXCLUSIVE.
    pub lower: *const c_void,
    /// The length of `lower` in bytes, or KV_NUL.
    pub lower_len: usize,
    /// The key below which all visited keys are, in byte order, in both directions; NULL for no
    /// upper bound. For paging backwards, pass the last key of a page.
    pub upper: *const c_void,
    /// The length of `upper` in bytes, or KV_NUL.
    pub upper_len: usize,
    /// The largest number of entries to visit; 0 for no limit.
    pub limit: u64,
    /// The number of entries that are left out before the first one. Each is read, so bounds are
    /// the better way to the next page.
    pub offset: u64,
}

#[cfg(target_pointer_width = "64")]
const _: () = assert!(size_of::<kv_scan_options>() == 72);
sized_struct!(kv_scan_options { size } {
    flags, pattern, pattern_len, lower, lower_len, upper, upper_len, limit, offset
});

impl Default for kv_scan_options {
    fn default() -> Self {
        kv_scan_options {
            size: size_of::<kv_scan_options>() as u32,
            flags: 0,
            pattern: std::ptr::null(),
            pattern_len: 0,
            lower: std::ptr::null(),
            lower_len: 0,
            upper: std::ptr::null(),
            upper_len: 0,
            limit: 0,
            offset: 0,
        }
    }
}

struct OpenCursor {
    store: u64,
    is_snapshot: bool,
    /// Whether the flat form has the size of a value in its place.
    gives_sizes: bool,
    /// The scan; `None` once the store is closed.
    inner: Option<Box<dyn Cursor>>,
    /// Whether the caller may be reading bytes that are borrowed from the scan.
    has_lent: bool,
    /// A scan from which bytes were borrowed when the store was closed; the next call drops it.
    last: Option<Box<dyn Cursor>>,
    /// An entry that did not fit into a buffer.
    kept: EntryBuf,
    /// Whether that entry is the next one.
    comes_again: bool,
}

impl OpenCursor {
    fn new(store: u64, inner: Box<dyn Cursor>, gives_sizes: bool) -> Self {
        let (has_lent, last) = (false, None);
        let (kept, comes_again) = (EntryBuf::default(), false);
        let is_snapshot = inner.is_snapshot();
        let inner = Some(inner);
        OpenCursor { store, is_snapshot, gives_sizes, inner, has_lent, last, kept, comes_again }
    }

    /// Returns the next entry, borrowed until the next call, or `None` at the end.
    fn next(&mut self) -> Result<Option<ScanEntry<'_>>> {
        check_fork()?;
        let Some(inner) = &mut self.inner else { return Err(closed(&mut self.last)) };
        if std::mem::take(&mut self.comes_again) {
            return Ok(Some(self.kept.get()));
        }
        let next = inner.next()?;
        self.has_lent = next.is_some();
        Ok(next)
    }

    /// Writes the next entry into `buffer`. An entry that does not fit is kept, and is the next one
    /// again.
    fn fill(&mut self, buffer: &mut [u8]) -> Result<Filled> {
        check_fork()?;
        let Some(inner) = &mut self.inner else { return Err(closed(&mut self.last)) };
        if !self.comes_again {
            self.has_lent = false;
            let Some(entry) = inner.next()? else { return Ok(Filled::End) };
            if let Filled::Bytes(len) = encode(entry, self.gives_sizes, buffer) {
                return Ok(Filled::Bytes(len));
            }
            self.kept.keep(&entry);
        }
        let filled = encode(self.kept.get(), self.gives_sizes, buffer);
        self.comes_again = matches!(filled, Filled::Needs(_));
        Ok(filled)
    }

    /// Ends the scan because the store was closed. Borrowed bytes stay valid until the next call.
    fn close(&mut self) {
        let inner = self.inner.take();
        if self.has_lent {
            self.last = inner;
        }
    }
}

/// Writes an entry in flat form to the start of `buffer`.
fn encode(entry: ScanEntry<'_>, gives_sizes: bool, buffer: &mut [u8]) -> Filled {
    let size = entry.value_size.to_le_bytes();
    let entry = if gives_sizes { ScanEntry { value: &size, ..entry } } else { entry };
    let written = flat::encode_entry(&entry, buffer);
    written.map_or_else(|| Filled::Needs(flat::entry_len(&entry)), Filled::Bytes)
}

fn closed(last: &mut Option<Box<dyn Cursor>>) -> Error {
    *last = None;
    Error::new(ErrorKind::Closed, "the store of this cursor was closed")
}

/// Begins a scan, in key order, of the live entries of a group. It is one snapshot: the store as it
/// is during this call. A Redis store is read page after page instead, unless the scan has
/// KV_SCAN_SNAPSHOT or the store was opened with scans=snapshot: an entry that is there all the
/// time is visited once, and one that is added or removed meanwhile maybe. `options` may be NULL
/// for all entries.
///
/// The caller ends the cursor with kv_cursor_close. On failure the cursor is zeroed.
///
/// Returns KV_OK, also if no entry matches; KV_ERR_ARGUMENT also for unknown flags; KV_ERR_MEMORY
/// when 65,536 cursors are open.
/// @errors read
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_scan(
    store: kv_store,
    group: *const c_void,
    group_len: usize,
    options: *const kv_scan_options,
    cursor: *mut kv_cursor,
    error: *mut kv_error,
) -> kv_status {
    arguments!(InBytes(group, group_len), OptionsIn(options), Out(cursor), Out(error));
    cursor.reset(kv_cursor { id: 0 });
    let id = store.id;
    let call = Call::in_group(CallKind::Scan, group);
    with_call(store, &call, error, |store| {
        let cursor = cursor.required("cursor")?;
        let (group, options) = (group.group()?, options.read("options")?);
        // SAFETY: the caller promises the same for the bytes in the options as for an argument.
        let scan = unsafe { scan_of(group, &options) }?;
        cursor.write(open_scan(id, scan, store.scan(scan)?)?);
        Ok(KV_OK)
    })
}

/// Begins a scan, in byte order, of the names of the groups that begin with `prefix` and have a
/// live entry. Each entry that the cursor returns has a group and nothing else.
///
/// The caller ends the cursor with kv_cursor_close. On failure the cursor is zeroed.
///
/// Returns KV_OK, also if no group matches; KV_ERR_MEMORY when 65,536 cursors are open.
/// @errors read
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_groups(
    store: kv_store,
    prefix: *const c_void,
    prefix_len: usize,
    cursor: *mut kv_cursor,
    error: *mut kv_error,
) -> kv_status {
    arguments!(InBytes(prefix, prefix_len), Out(cursor), Out(error));
    cursor.reset(kv_cursor { id: 0 });
    let id = store.id;
    let call = Call::of(CallKind::Scan);
    with_call(store, &call, error, |store| {
        let cursor = cursor.required("cursor")?;
        let prefix = prefix.bytes("prefix", GROUP_LEN_MAX)?;
        cursor.write(kv_cursor { id: open_cursor(id, store.groups(prefix)?)? });
        Ok(KV_OK)
    })
}

/// Writes the next entry to `*entry`. Its bytes are borrowed until the next call on this cursor.
///
/// Returns KV_OK; KV_DONE at the end, and on every later call; KV_ERR_CLOSED after the store was
/// closed; KV_ERR_COMPACTED if the cursor was not used for the snapshot_timeout of the store;
/// KV_ERR_BUSY also if another thread uses the cursor.
/// @errors exclusive arguments engine deadline KV_ERR_CLOSED KV_ERR_COMPACTED
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_cursor_next(
    cursor: kv_cursor,
    entry: *mut kv_entry,
    error: *mut kv_error,
) -> kv_status {
    arguments!(Out(entry), Out(error));
    guard(error, || {
        let entry = entry.required("entry")?;
        CURSORS.with(cursor.id, |cursor| {
            let Some(found) = cursor.next()? else { return Ok(KV_DONE) };
            entry.write(kv_entry {
                group: found.group.as_ptr(),
                group_len: found.group.len(),
                key: found.key.as_ptr(),
                key_len: found.key.len(),
                value: found.value.as_ptr(),
                value_len: found.value.len(),
                value_size: found.value_size,
                version: found.version,
                expires_at_ms: expires_at_ms(found.expires_at),
                flags: 0,
                reserved: 0,
            });
            Ok(KV_OK)
        })
    })
}

/// Copies the next entries into `buffer`, as many as fit into `capacity` bytes, in flat form (see
/// "The flat form"), and writes the number of bytes to `*used` and of entries to `*count`. With
/// KV_SCAN_SIZES each value is the size of the value, a u64 of 8 bytes.
///
/// Returns KV_OK; KV_DONE at the end; KV_TOO_SMALL if not even one entry fits: then `*used` is the
/// length that it needs, and the cursor stays before it; KV_ERR_CLOSED after the store was closed;
/// KV_ERR_COMPACTED if the cursor was not used for the snapshot_timeout of the store; KV_ERR_BUSY
/// also if another thread uses the cursor.
/// @errors exclusive arguments engine deadline KV_ERR_CLOSED KV_ERR_COMPACTED
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_cursor_fill(
    cursor: kv_cursor,
    buffer: *mut c_void,
    capacity: usize,
    used: *mut usize,
    count: *mut usize,
    error: *mut kv_error,
) -> kv_status {
    arguments!(OutBytes(buffer, capacity), Out(used), Out(count), Out(error));
    guard(error, || {
        let (used, count) = (used.required("used")?, count.required("count")?);
        let buffer = buffer.room()?;
        CURSORS.with(cursor.id, |cursor| fill(cursor, buffer, &used, &count))
    })
}

/// Writes 1 to `*is_snapshot` if the scan of a cursor is one snapshot, and 0 if it is live: that of
/// a Redis, read page after page.
///
/// Returns KV_OK, also at the end of the scan and after the store was closed.
/// @errors exclusive arguments
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_cursor_is_snapshot(
    cursor: kv_cursor,
    is_snapshot: *mut i32,
    error: *mut kv_error,
) -> kv_status {
    arguments!(Out(is_snapshot), Out(error));
    guard(error, || {
        let is_snapshot = is_snapshot.required("is_snapshot")?;
        check_fork()?;
        CURSORS.with(cursor.id, |cursor| {
            is_snapshot.write(cursor.is_snapshot.into());
            Ok(KV_OK)
        })
    })
}

/// Ends a cursor and releases its snapshot. A cursor may be closed after its store.
///
/// Returns KV_OK; KV_ERR_HANDLE for a handle that is already closed, zero or not a cursor;
/// KV_ERR_BUSY if another thread uses the cursor.
/// @errors exclusive
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_cursor_close(cursor: kv_cursor, error: *mut kv_error) -> kv_status {
    arguments!(Out(error));
    guard(error, || {
        check_fork()?;
        drop(CURSORS.remove(cursor.id)?);
        Ok(KV_OK)
    })
}

/// Ends the scans of all cursors of a store that is closed. The handles of the cursors stay open.
pub fn close_cursors(store: u64) {
    CURSORS.for_each(|cursor| {
        if is_of(cursor.store, store) {
            cursor.close();
        }
    });
}

/// The result of an attempt to write one entry into a buffer.
enum Filled {
    /// The entry was written, in this many bytes.
    Bytes(usize),
    /// The entry does not fit; it needs this many bytes.
    Needs(usize),
    /// There is no further entry.
    End,
}

/// Returns a new handle of a cursor over `inner`, which ends with its store.
pub fn open_cursor(store: u64, inner: Box<dyn Cursor>) -> Result<u64> {
    CURSORS.insert(OpenCursor::new(store, inner, false))
}

/// Returns a new cursor over `inner`, the result of `scan`, which ends with its store.
pub fn open_scan(store: u64, scan: Scan<'_>, inner: Box<dyn Cursor>) -> Result<kv_cursor> {
    let gives_sizes = scan.values == Values::Sizes;
    Ok(kv_cursor { id: CURSORS.insert(OpenCursor::new(store, inner, gives_sizes))? })
}

fn fill(
    cursor: &mut OpenCursor,
    buffer: &mut [u8],
    used: &Out<usize>,
    count: &Out<usize>,
) -> Result<kv_status> {
    let (mut filled, mut entries) = (0, 0);
    loop {
        match cursor.fill(buffer.get_mut(filled..).unwrap_or_default())? {
            Filled::Bytes(len) => {
                filled += len;
                entries += 1;
            }
            Filled::Needs(len) if entries == 0 => {
                used.write(len);
                count.write(0);
                return Ok(KV_TOO_SMALL);
            }
            Filled::Needs(_) | Filled::End => break,
        }
    }
    used.write(filled);
    count.write(entries);
    Ok(if entries == 0 { KV_DONE } else { KV_OK })
}

/// Returns the scan that the options describe.
///
/// # Safety
/// The pointers in `options` are NULL or as `kv_scan_options` states.
pub unsafe fn scan_of<'a>(group: crate::Group<'a>, options: &kv_scan_options) -> Result<Scan<'a>> {
    let has = |flag| options.flags & flag != 0;
    if options.flags & !KNOWN_FLAGS != 0 {
        let unknown = options.flags & !KNOWN_FLAGS;
        return Err(invalid(format!("scan flags have unknown bits {unknown:#x}")));
    }
    let kv_scan_options { pattern, pattern_len, lower, lower_len, upper, upper_len, .. } = *options;
    arguments!(InBytes(pattern, pattern_len), InBytes(lower, lower_len), InBytes(upper, upper_len));
    let bytes = pattern.bytes("pattern", KEY_LEN_MAX)?;
    let pattern = match (has(KV_SCAN_GLOB), has(KV_SCAN_GLOB_REDIS)) {
        (true, true) => return Err(invalid("a scan takes one dialect of globs")),
        // NULL means all keys, also with a flag for a glob.
        _ if pattern.is_null() => Pattern::Prefix(b""),
        (true, false) => Pattern::Glob(Glob::new(bytes, Dialect::Sqlite)),
        (false, true) => Pattern::Glob(Glob::new(bytes, Dialect::Redis)),
        (false, false) => Pattern::Prefix(bytes),
    };
    Ok(Scan {
        group,
        pattern,
        lower: bound(lower, !has(KV_SCAN_LOWER_EXCLUSIVE))?,
        upper: bound(upper, has(KV_SCAN_UPPER_INCLUSIVE))?,
        reverse: has(KV_SCAN_REVERSE),
        limit: options.limit,
        offset: options.offset,
        values: match (has(KV_SCAN_SIZES), has(KV_SCAN_KEYS_ONLY)) {
            (true, _) => Values::Sizes,
            (false, true) => Values::None,
            (false, false) => Values::Bytes,
        },
        snapshot: has(KV_SCAN_SNAPSHOT),
    })
}

/// Returns a bound of a scan. NULL is no bound; the empty key is one.
fn bound(key: InBytes<'_>, is_inclusive: bool) -> Result<Bound<Key<'_>>> {
    if key.is_none() {
        return Ok(Bound::Unbounded);
    }
    let key = key.key()?;
    Ok(if is_inclusive { Bound::Included(key) } else { Bound::Excluded(key) })
}
