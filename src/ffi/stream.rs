//! Values that are written and read in pieces.

use std::cell::Cell;
use std::ffi::c_void;

use crate::ffi::arguments::{Out, arguments};
use crate::ffi::bytes::{InBytes, OutBytes};
use crate::ffi::handle::Kind;
use crate::ffi::handle::exclusive::Slots;
use crate::ffi::observed::Call;
use crate::ffi::put_options::kv_put_options;
use crate::ffi::sized::OptionsIn;
use crate::ffi::status::{
    KV_CONFLICT, KV_NOT_FOUND, KV_OK, guard, guard_or_else, kv_error, kv_status,
};
use crate::ffi::stores::{check_fork, is_of, kv_store, poison, with_call, with_store_of};
use crate::ffi::value::kv_value;
use crate::{
    CallKind, Error, ErrorKind, PIECE_LEN, Put, Result, STREAM_LEN_MAX, Store, ValueReader,
    ValueWriter, WriteRules,
};

/// The longest value that kv_writer_write takes in all, in bytes: 1 TiB. An engine may have a lower
/// limit.
pub const KV_STREAM_LEN_MAX: u64 = 1_099_511_627_776;
/// The bytes of the pieces in which a longer value is stored: calls whose bytes are whole pieces
/// are the fastest.
pub const KV_PIECE_LEN: usize = 262_144;

const _: () = assert!(KV_STREAM_LEN_MAX == STREAM_LEN_MAX);
const _: () = assert!(KV_PIECE_LEN == PIECE_LEN);

/// The chunks of 65,536 open writers, the most in a process, and of as many readers.
const STREAM_CHUNKS: usize = 9;

static WRITERS: Slots<OpenStream<ValueWriter>, STREAM_CHUNKS> = Slots::new(Kind::Writer);
static READERS: Slots<OpenStream<Box<dyn ValueReader>>, STREAM_CHUNKS> = Slots::new(Kind::Reader);

/// The handle of a value that is being written in pieces. One thread uses it at a time, not always
/// the same; a call that overlaps with another one on it returns KV_ERR_BUSY. After the store was
/// closed, its calls return KV_ERR_CLOSED, and kv_writer_abort ends it.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct kv_writer {
    /// The number of the handle; 0 is no writer.
    pub id: u64,
}

/// The handle of a value that is read in pieces. One thread uses it at a time, not always the same;
/// a call that overlaps with another one on it returns KV_ERR_BUSY. After the store was closed, its
/// calls return KV_ERR_CLOSED, and kv_reader_close ends it.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct kv_reader {
    /// The number of the handle; 0 is no reader.
    pub id: u64,
}

/// The work of a call on a writer or reader, and its store.
type Body<'b, T> = dyn FnMut(&mut T, &Store) -> Result<kv_status> + 'b;

/// A writer or reader, and its store.
struct OpenStream<T> {
    /// The number of the handle of its store.
    store: u64,
    /// `None` after the store was closed.
    inner: Option<T>,
}

/// Begins to write the value of a key in pieces, with the condition, the expiry and the durability
/// of kv_put; `options` may be NULL. No other call sees anything of the value before
/// kv_writer_commit, and an earlier value stays until then. The memory of the process grows by a
/// piece (KV_PIECE_LEN), except in a store in memory or with a log, where a value rests in memory.
///
/// The caller ends the handle with kv_writer_commit or kv_writer_abort. If the process dies first,
/// the pieces it wrote are removed within a minute. On failure the handle is zeroed.
///
/// Returns KV_OK; KV_ERR_READ_ONLY on a snapshot and on a store that can only be read;
/// KV_ERR_MEMORY when 65,536 writers are open.
/// @errors store bytes slot deadline KV_ERR_UNSUPPORTED KV_ERR_POISONED KV_ERR_IO
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_writer_open(
    store: kv_store,
    group: *const c_void,
    group_len: usize,
    key: *const c_void,
    key_len: usize,
    options: *const kv_put_options,
    writer: *mut kv_writer,
    error: *mut kv_error,
) -> kv_status {
    arguments!(
        InBytes(group, group_len),
        InBytes(key, key_len),
        OptionsIn(options),
        Out(writer),
        Out(error)
    );
    writer.reset(kv_writer { id: 0 });
    let call = Call::on(CallKind::Stream, group, key);
    with_call(store, &call, error, |open| {
        let writer = writer.required("writer")?;
        let (group, key, options) = (group.group()?, key.key()?, options.read("options")?);
        let (condition, expiry) = options.rules()?;
        let rules = WriteRules { condition, expiry, durability: options.durability()? };
        let inner = Some(open.write_value(group, key, rules)?);
        writer.write(kv_writer { id: WRITERS.insert(OpenStream { store: store.id, inner })? });
        Ok(KV_OK)
    })
}

/// Appends bytes to the value. Calls with any number of bytes give the same value. After an error
/// the writer is of no further use: its other calls return the same error, and kv_writer_abort
/// ends it.
///
/// Returns KV_OK; KV_ERR_QUOTA or KV_ERR_FULL as soon as the value would have no room;
/// KV_ERR_TOO_LARGE if the value would be longer than KV_STREAM_LEN_MAX, or than the engine takes;
/// KV_ERR_CLOSED after the store was closed, or if the process stood still for so long that the
/// pieces were removed; KV_ERR_BUSY also if another thread uses the writer.
/// @errors exclusive bytes commit deadline
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_writer_write(
    writer: kv_writer,
    data: *const c_void,
    len: usize,
    error: *mut kv_error,
) -> kv_status {
    arguments!(InBytes(data, len), Out(error));
    with_writer(writer, error, &mut |open, store| {
        open.write(store, data.bytes("data", isize::MAX as usize)?)?;
        Ok(KV_OK)
    })
}

/// Writes the number of bytes that were written so far to `*size`.
///
/// Returns KV_OK; KV_ERR_CLOSED after the store was closed; KV_ERR_BUSY also if another thread uses
/// the writer.
/// @errors exclusive arguments deadline
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_writer_size(
    writer: kv_writer,
    size: *mut u64,
    error: *mut kv_error,
) -> kv_status {
    arguments!(Out(size), Out(error));
    with_writer(writer, error, &mut |open, _| {
        size.check("size")?;
        size.write(open.size());
        Ok(KV_OK)
    })
}

/// Makes the bytes that were written the value of the key, in one step, if the condition holds.
/// `version` may be NULL. KV_OK and KV_CONFLICT end the writer and its handle. After an error
/// nothing was changed and the writer stays open: commit it again, or end it with kv_writer_abort.
///
/// A watch receives KV_EVENT_SET for a value of at most KV_PIECE_LEN bytes, and KV_EVENT_SET_LARGE
/// with the size for a longer one.
///
/// Returns KV_OK, with the version of the written entry in `*version`; KV_CONFLICT if the condition
/// does not hold, with the current version of the key (0: absent): then nothing is written;
/// KV_ERR_HANDLE for a writer that has ended; KV_ERR_CLOSED after the store was closed; KV_ERR_BUSY
/// also if another thread uses the writer.
/// @errors exclusive commit deadline KV_ERR_QUOTA KV_ERR_TOO_LARGE
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_writer_commit(
    writer: kv_writer,
    version: *mut u64,
    error: *mut kv_error,
) -> kv_status {
    arguments!(Out(version), Out(error));
    let store = Cell::new(0);
    let call = || {
        check_fork()?;
        WRITERS.finish(writer.id, |open| {
            store.set(open.store);
            with_store_of(open.store, |store| {
                Call::of(CallKind::Stream).observe(store, || {
                    let (status, at) = match opened(&mut open.inner)?.commit(store)? {
                        Put::Written(at) => (KV_OK, at),
                        Put::Conflict(at) => (KV_CONFLICT, at),
                    };
                    version.write(at);
                    Ok(status)
                })
            })
        })
    };
    guard_or_else(error, call, || poison(store.get()))
}

/// Ends a writer and discards what was written. A writer may be ended after its store.
///
/// Returns KV_OK; KV_ERR_HANDLE for a handle that has already ended, zero or not a writer, which
/// does no harm; KV_ERR_BUSY if another thread uses the writer.
/// @errors exclusive
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_writer_abort(writer: kv_writer, error: *mut kv_error) -> kv_status {
    arguments!(Out(error));
    guard(error, || {
        check_fork()?;
        drop(WRITERS.remove(writer.id)?);
        Ok(KV_OK)
    })
}

/// Opens the value under a key for reading in pieces. The reader sees this value to its end,
/// whatever is written meanwhile; it holds no snapshot of the store. A value that kv_set has
/// written can be read in pieces, and one that kv_writer_commit has written can be read by kv_get
/// up to 512 MiB.
///
/// The caller ends the handle with kv_reader_close. On failure, and if the key is absent, it is
/// zeroed.
///
/// Returns KV_OK; KV_NOT_FOUND if the key is absent or expired; KV_ERR_MEMORY when 65,536 readers
/// are open.
/// @errors read slot
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_reader_open(
    store: kv_store,
    group: *const c_void,
    group_len: usize,
    key: *const c_void,
    key_len: usize,
    reader: *mut kv_reader,
    error: *mut kv_error,
) -> kv_status {
    arguments!(InBytes(group, group_len), InBytes(key, key_len), Out(reader), Out(error));
    reader.reset(kv_reader { id: 0 });
    let call = Call::on(CallKind::Stream, group, key);
    with_call(store, &call, error, |open| {
        let (group, key, reader) = (group.group()?, key.key()?, reader.required("reader")?);
        let Some(inner) = open.read_value(group, key)? else { return Ok(KV_NOT_FOUND) };
        let inner = Some(inner);
        reader.write(kv_reader { id: READERS.insert(OpenStream { store: store.id, inner })? });
        Ok(KV_OK)
    })
}

/// Reads the version and expiry of the entry, and the size of its value, as of the opening of the
/// reader: `value->data` is NULL, `value->len` is 0, `value->value_size` is the size, and there is
/// nothing to free. On any other status `value` is zeroed.
///
/// Returns KV_OK; KV_ERR_CLOSED after the store was closed; KV_ERR_BUSY also if another thread uses
/// the reader.
/// @errors exclusive arguments deadline
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_reader_info(
    reader: kv_reader,
    value: *mut kv_value,
    error: *mut kv_error,
) -> kv_status {
    arguments!(Out(value), Out(error));
    value.reset(kv_value::NONE);
    with_reader(reader, error, &mut |open, _| {
        value.check("value")?;
        value.write(kv_value::of_info(open.info()));
        Ok(KV_OK)
    })
}

/// Copies bytes of the value from `offset` on into `buffer`, which has room for `capacity` bytes,
/// and writes their number to `*len`: fewer than `capacity` only at the end of the value, and 0 at
/// its end and behind it. Reads at any offsets, in any order, are allowed.
///
/// Returns KV_OK; KV_ERR_CLOSED after the store was closed; KV_ERR_COMPACTED if the value is gone:
/// it was overwritten, and the process stood still or the store was opened for reading only, so
/// that its pieces were removed, or another client of a Redis has changed it; KV_ERR_BUSY also if
/// another thread uses the reader.
/// @errors exclusive arguments engine deadline
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_reader_read(
    reader: kv_reader,
    offset: u64,
    buffer: *mut c_void,
    capacity: usize,
    len: *mut usize,
    error: *mut kv_error,
) -> kv_status {
    arguments!(OutBytes(buffer, capacity), Out(len), Out(error));
    let mut buffer = Some(buffer);
    with_reader(reader, error, &mut |open, store| {
        len.check("len")?;
        let Some(buffer) = buffer.take() else { return Ok(KV_OK) };
        store.open_engine()?;
        len.write(open.read(store.call(), offset, buffer.room()?)?);
        Ok(KV_OK)
    })
}

/// Ends a reader. A reader may be closed after its store.
///
/// Returns KV_OK; KV_ERR_HANDLE for a handle that is already closed, zero or not a reader;
/// KV_ERR_BUSY if another thread uses the reader.
/// @errors exclusive
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_reader_close(reader: kv_reader, error: *mut kv_error) -> kv_status {
    arguments!(Out(error));
    guard(error, || {
        check_fork()?;
        drop(READERS.remove(reader.id)?);
        Ok(KV_OK)
    })
}

/// Ends the readers and writers of a store that is closed. Their handles stay open.
pub fn close_streams(store: u64) {
    WRITERS.for_each(|open| open.end_with(store));
    READERS.for_each(|open| open.end_with(store));
}

impl<T> OpenStream<T> {
    fn end_with(&mut self, store: u64) {
        if is_of(self.store, store) {
            self.inner = None;
        }
    }
}

fn opened<T>(inner: &mut Option<T>) -> Result<&mut T> {
    inner.as_mut().ok_or_else(|| Error::new(ErrorKind::Closed, "the store was closed"))
}

fn with_writer(
    writer: kv_writer,
    error: Out<kv_error>,
    body: &mut Body<'_, ValueWriter>,
) -> kv_status {
    with_open(&WRITERS, writer.id, error, body)
}

fn with_reader(
    reader: kv_reader,
    error: Out<kv_error>,
    body: &mut Body<'_, Box<dyn ValueReader>>,
) -> kv_status {
    with_open(&READERS, reader.id, error, body)
}

fn with_open<T>(
    table: &'static Slots<OpenStream<T>, STREAM_CHUNKS>,
    id: u64,
    error: Out<kv_error>,
    body: &mut Body<'_, T>,
) -> kv_status {
    let store = Cell::new(0);
    let call = || {
        check_fork()?;
        table.with(id, |open| {
            store.set(open.store);
            with_store_of(open.store, |store| body(opened(&mut open.inner)?, store))
        })
    };
    guard_or_else(error, call, || poison(store.get()))
}
