//! Cursors: walks over a snapshot.

use std::ffi::c_void;
use std::ops::Bound;

use crate::ffi::bytes::{bytes, give, group, invalid, key, output, room};
use crate::ffi::handle::Kind;
use crate::ffi::handle::exclusive::Slots;
use crate::ffi::sized::{options, sized_struct};
use crate::ffi::status::{KV_DONE, KV_NUL, KV_OK, KV_TOO_SMALL, guard, kv_error, kv_status};
use crate::ffi::stores::{check_fork, is_of, kv_store, with_store};
use crate::ffi::value::expires_at_ms;
use crate::{
    Cursor, Dialect, EntryBuf, Error, ErrorKind, GROUP_LEN_MAX, Glob, KEY_LEN_MAX, Key, Pattern,
    Result, Scan, ScanEntry, Values, flat,
};

/// Cursors that can be open at once in a process, in chunks of 256.
const CURSOR_CHUNKS: usize = 256;

static CURSORS: Slots<OpenCursor, CURSOR_CHUNKS> = Slots::new(Kind::Cursor, "cursor");

/// A walk over one snapshot. One thread uses it at a time; it may move between threads, and a call
/// that meets another is KV_ERR_BUSY. Until it is closed or has given KV_DONE the log file cannot
/// shrink below what its snapshot needs. If its store is closed while it is at an entry, it keeps the
/// file open, and the entry's bytes where they are, until the next call on it.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct kv_cursor {
    /// The number of the handle; 0 is no cursor.
    pub id: u64,
}

/// An entry a cursor is at. Its bytes are the cursor's and stay until the next call on it.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct kv_entry {
    /// The group's name.
    pub group: *const u8,
    /// Its length.
    pub group_len: usize,
    /// The key; empty from kv_groups.
    pub key: *const u8,
    /// Its length.
    pub key_len: usize,
    /// The value; empty from kv_groups and with KV_SCAN_KEYS_ONLY and KV_SCAN_SIZES.
    pub value: *const u8,
    /// Its length.
    pub value_len: usize,
    /// The size of the whole value in bytes; 0 from kv_groups and with KV_SCAN_KEYS_ONLY alone.
    pub value_size: u64,
    /// The version; 0 from kv_groups.
    pub version: u64,
    /// When it expires, in milliseconds since 1970, or -1 if it never does.
    pub expires_at_ms: i64,
    /// 0.
    pub flags: u32,
    /// 0.
    pub reserved: u32,
}

const _: () = assert!(size_of::<kv_entry>() == 80);

/// For kv_scan: from the last key to the first.
pub const KV_SCAN_REVERSE: u32 = 1;
/// For kv_scan: leave the values out.
pub const KV_SCAN_KEYS_ONLY: u32 = 2;
/// For kv_scan: the pattern is a glob as SQLite's GLOB takes it, not a prefix: `*`, `?` one
/// character, `[a-z]`, `[^x]`, no escape.
pub const KV_SCAN_GLOB: u32 = 4;
/// For kv_scan: the pattern is a glob as Redis' KEYS takes it, not a prefix: `*`, `?` one byte,
/// `[a-z]`, `[^x]`, a backslash escapes.
pub const KV_SCAN_GLOB_REDIS: u32 = 8;

/// For kv_scan: the key `lower` itself is not visited.
pub const KV_SCAN_LOWER_EXCLUSIVE: u32 = 16;
/// For kv_scan: the key `upper` itself is visited.
pub const KV_SCAN_UPPER_INCLUSIVE: u32 = 32;
/// For kv_scan: the walk is one snapshot or is refused with KV_ERR_UNSUPPORTED. Only a Redis that was
/// opened with scans=live walks otherwise.
pub const KV_SCAN_SNAPSHOT: u32 = 64;
/// For kv_scan: leave the values out, but give their sizes, as kv_entry.value_size.
pub const KV_SCAN_SIZES: u32 = 128;

const KNOWN_FLAGS: u32 = KV_SCAN_REVERSE
    | KV_SCAN_KEYS_ONLY
    | KV_SCAN_GLOB
    | KV_SCAN_GLOB_REDIS
    | KV_SCAN_LOWER_EXCLUSIVE
    | KV_SCAN_UPPER_INCLUSIVE
    | KV_SCAN_SNAPSHOT
    | KV_SCAN_SIZES;

/// What a scan visits. Initialise it with KV_SCAN_OPTIONS_INIT.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct kv_scan_options {
    /// sizeof(kv_scan_options).
    pub size: u32,
    /// KV_SCAN_* together.
    pub flags: u32,
    /// The prefix that keys begin with, byte for byte, or a glob; NULL for all keys.
    pub pattern: *const c_void,
    /// Its length, or KV_NUL.
    pub pattern_len: usize,
    /// The lowest key to visit, in byte order, whatever the direction; NULL for no lower end. The last
    /// key of a page, with KV_SCAN_LOWER_EXCLUSIVE, begins the next one.
    pub lower: *const c_void,
    /// Its length, or KV_NUL.
    pub lower_len: usize,
    /// The key to stay below, in byte order, whatever the direction; NULL for no upper end. Backwards
    /// it is the last key of a page that begins the next one.
    pub upper: *const c_void,
    /// Its length, or KV_NUL.
    pub upper_len: usize,
    /// Visit at most this many entries; 0 for no limit.
    pub limit: u64,
}

const _: () = assert!(size_of::<kv_scan_options>() == 64);
sized_struct!(kv_scan_options { size } {
    flags, pattern, pattern_len, lower, lower_len, upper, upper_len, limit
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
        }
    }
}

struct OpenCursor {
    store: u64,
    /// Whether in flat form a value is its size.
    gives_sizes: bool,
    /// `None` once the store was closed.
    walk: Option<Box<dyn Cursor>>,
    /// Whether the caller may be reading what the walk has lent.
    lends: bool,
    /// A walk that was lending when the store was closed; the next call drops it.
    last: Option<Box<dyn Cursor>>,
    /// An entry that did not fit a buffer.
    kept: EntryBuf,
    /// Whether that entry comes next.
    comes_again: bool,
}

impl OpenCursor {
    fn new(store: u64, walk: Box<dyn Cursor>, gives_sizes: bool) -> Self {
        let (lends, last) = (false, None);
        let (kept, comes_again) = (EntryBuf::default(), false);
        OpenCursor { store, gives_sizes, walk: Some(walk), lends, last, kept, comes_again }
    }

    /// Lends what comes next until the next call, or returns `None` at the end.
    fn next(&mut self) -> Result<Option<ScanEntry<'_>>> {
        check_fork()?;
        let Some(walk) = &mut self.walk else { return Err(closed(&mut self.last)) };
        if std::mem::take(&mut self.comes_again) {
            return Ok(Some(self.kept.get()));
        }
        let next = walk.next()?;
        self.lends = next.is_some();
        Ok(next)
    }

    /// Writes what comes next into `buffer`; what does not fit is kept, and comes again.
    fn fill(&mut self, buffer: &mut [u8]) -> Result<Filled> {
        check_fork()?;
        let Some(walk) = &mut self.walk else { return Err(closed(&mut self.last)) };
        if !self.comes_again {
            self.lends = false;
            let Some(entry) = walk.next()? else { return Ok(Filled::End) };
            if let Filled::Bytes(len) = encode(entry, self.gives_sizes, buffer) {
                return Ok(Filled::Bytes(len));
            }
            self.kept.keep(&entry);
        }
        let filled = encode(self.kept.get(), self.gives_sizes, buffer);
        self.comes_again = matches!(filled, Filled::Needs(_));
        Ok(filled)
    }

    /// Ends the walk because the store was closed. What it has lent stays until the next call.
    fn close(&mut self) {
        let walk = self.walk.take();
        if self.lends {
            self.last = walk;
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

/// Begins a walk, in key order, over the live entries of a group. It sees one snapshot: the store
/// as it is during this call. `options` may be NULL for all entries.
///
/// Gives a cursor that kv_cursor_close ends. On failure it is zeroed.
///
/// Returns KV_OK, also if nothing matches; KV_ERR_ARGUMENT for unknown flags; KV_ERR_MEMORY when
/// 65,536 cursors are open.
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
    // SAFETY: NULL or the caller's. Zeroed first, so that no failure leaves a stale one.
    unsafe { give(cursor, kv_cursor { id: 0 }) };
    let id = store.id;
    with_store(store, error, |store| {
        // SAFETY: the caller's promises, as the header states them.
        let cursor = unsafe { output("cursor", cursor) }?;
        // SAFETY: as above.
        let (group, options) =
            unsafe { (self::group(group, group_len)?, self::options("options", options)?) };
        // SAFETY: as above, for what the structure points to.
        let scan = unsafe { scan_of(group, &options) }?;
        let gives_sizes = scan.values == Values::Sizes;
        cursor.id = CURSORS.insert(OpenCursor::new(id, store.scan(scan)?, gives_sizes))?;
        Ok(KV_OK)
    })
}

/// Begins a walk, in byte order, over the names of groups that begin with `prefix` and hold a live
/// entry. Each entry has a group and nothing else.
///
/// Gives a cursor that kv_cursor_close ends. On failure it is zeroed.
///
/// Returns KV_OK; KV_ERR_MEMORY when 65,536 cursors are open.
/// @errors read
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_groups(
    store: kv_store,
    prefix: *const c_void,
    prefix_len: usize,
    cursor: *mut kv_cursor,
    error: *mut kv_error,
) -> kv_status {
    // SAFETY: NULL or the caller's. Zeroed first, so that no failure leaves a stale one.
    unsafe { give(cursor, kv_cursor { id: 0 }) };
    let id = store.id;
    with_store(store, error, |store| {
        // SAFETY: the caller's promises, as the header states them.
        let cursor = unsafe { output("cursor", cursor) }?;
        // SAFETY: as above.
        let prefix = unsafe { bytes("prefix", prefix, prefix_len, GROUP_LEN_MAX) }?;
        cursor.id = open_cursor(id, store.groups(prefix)?)?;
        Ok(KV_OK)
    })
}

/// Gives the next entry. Its bytes are borrowed until the next call on this cursor.
///
/// Returns KV_OK; KV_DONE at the end, again and again; KV_ERR_CLOSED after the store was closed;
/// KV_ERR_BUSY if another thread uses the cursor.
/// @errors exclusive arguments engine deadline KV_ERR_CLOSED
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_cursor_next(
    cursor: kv_cursor,
    entry: *mut kv_entry,
    error: *mut kv_error,
) -> kv_status {
    guard(error, || {
        // SAFETY: the caller's promises, as the header states them.
        let entry = unsafe { output("entry", entry) }?;
        CURSORS.with(cursor.id, |cursor| {
            let Some(found) = cursor.next()? else { return Ok(KV_DONE) };
            *entry = kv_entry {
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
            };
            Ok(KV_OK)
        })
    })
}

/// Copies the next entries into `buffer`, as many as fit into `capacity` bytes, in flat form (see
/// "The flat form"); gives the bytes used and the number of entries. With KV_SCAN_SIZES each
/// value is its size, 8 bytes as a u64.
///
/// Returns KV_OK; KV_DONE at the end; KV_TOO_SMALL if not even one entry fits: then `*used` is the
/// length it needs and the cursor stays before it.
/// @errors exclusive arguments engine deadline KV_ERR_CLOSED
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_cursor_fill(
    cursor: kv_cursor,
    buffer: *mut c_void,
    capacity: usize,
    used: *mut usize,
    count: *mut usize,
    error: *mut kv_error,
) -> kv_status {
    guard(error, || {
        // SAFETY: the caller's promises, as the header states them.
        let (used, count) = unsafe { (output("used", used)?, output("count", count)?) };
        // SAFETY: as above.
        let buffer = unsafe { room(buffer, capacity) }?;
        CURSORS.with(cursor.id, |cursor| fill(cursor, buffer, used, count))
    })
}

/// Ends a cursor and lets go of its snapshot. It may be ended after its store.
///
/// Returns KV_OK; KV_ERR_HANDLE for one that is closed already, zero or not a cursor; KV_ERR_BUSY
/// if another thread uses it.
/// @errors exclusive
#[unsafe(no_mangle)]
pub extern "C" fn kv_cursor_close(cursor: kv_cursor, error: *mut kv_error) -> kv_status {
    guard(error, || {
        check_fork()?;
        drop(CURSORS.remove(cursor.id)?);
        Ok(KV_OK)
    })
}

/// Ends the walks of all cursors of a store that is closed; their handles stay.
pub fn close_cursors(store: u64) {
    CURSORS.for_each(|cursor| {
        if is_of(cursor.store, store) {
            cursor.close();
        }
    });
}

/// What became of an attempt to write one entry into a buffer.
enum Filled {
    /// It took this many bytes.
    Bytes(usize),
    /// It would take this many, more than there is room for.
    Needs(usize),
    /// There is none.
    End,
}

/// Makes the handle of a cursor over `walk`, which ends with its store.
pub fn open_cursor(store: u64, walk: Box<dyn Cursor>) -> Result<u64> {
    CURSORS.insert(OpenCursor::new(store, walk, false))
}

fn fill(
    cursor: &mut OpenCursor,
    buffer: &mut [u8],
    used: &mut usize,
    count: &mut usize,
) -> Result<kv_status> {
    let (mut filled, mut entries) = (0, 0);
    loop {
        match cursor.fill(buffer.get_mut(filled..).unwrap_or_default())? {
            Filled::Bytes(len) => {
                filled += len;
                entries += 1;
            }
            Filled::Needs(len) if entries == 0 => {
                (*used, *count) = (len, 0);
                return Ok(KV_TOO_SMALL);
            }
            Filled::Needs(_) | Filled::End => break,
        }
    }
    (*used, *count) = (filled, entries);
    Ok(if entries == 0 { KV_DONE } else { KV_OK })
}

/// Returns the scan that options describe.
///
/// # Safety
/// The pointers in `options` are NULL or as `kv_scan_options` says.
unsafe fn scan_of<'a>(group: crate::Group<'a>, options: &kv_scan_options) -> Result<Scan<'a>> {
    let has = |flag| options.flags & flag != 0;
    if options.flags & !KNOWN_FLAGS != 0 {
        let unknown = options.flags & !KNOWN_FLAGS;
        return Err(invalid(format!("scan flags have unknown bits {unknown:#x}")));
    }
    // SAFETY: passed on.
    let pattern = unsafe { bytes("pattern", options.pattern, options.pattern_len, KEY_LEN_MAX) }?;
    let pattern = match (has(KV_SCAN_GLOB), has(KV_SCAN_GLOB_REDIS)) {
        (true, true) => return Err(invalid("a scan takes one dialect of globs")),
        // No pattern means all keys, whatever it would have been.
        _ if options.pattern.is_null() => Pattern::Prefix(b""),
        (true, false) => Pattern::Glob(Glob::new(pattern, Dialect::Sqlite)),
        (false, true) => Pattern::Glob(Glob::new(pattern, Dialect::Redis)),
        (false, false) => Pattern::Prefix(pattern),
    };
    // SAFETY: passed on.
    let (lower, upper) = unsafe {
        (
            bound(options.lower, options.lower_len, !has(KV_SCAN_LOWER_EXCLUSIVE))?,
            bound(options.upper, options.upper_len, has(KV_SCAN_UPPER_INCLUSIVE))?,
        )
    };
    Ok(Scan {
        group,
        pattern,
        lower,
        upper,
        reverse: has(KV_SCAN_REVERSE),
        limit: options.limit,
        values: match (has(KV_SCAN_SIZES), has(KV_SCAN_KEYS_ONLY)) {
            (true, _) => Values::Sizes,
            (false, true) => Values::None,
            (false, false) => Values::Bytes,
        },
        snapshot: has(KV_SCAN_SNAPSHOT),
    })
}

/// Returns a bound of a scan; NULL is none, the empty key is one.
///
/// # Safety
/// As for [`key`].
unsafe fn bound<'a>(data: *const c_void, len: usize, is_inclusive: bool) -> Result<Bound<Key<'a>>> {
    if data.is_null() && (len == 0 || len == KV_NUL) {
        return Ok(Bound::Unbounded);
    }
    // SAFETY: passed on.
    let key = unsafe { key(data, len) }?;
    Ok(if is_inclusive { Bound::Included(key) } else { Bound::Excluded(key) })
}
