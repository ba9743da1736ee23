//! The change log.

use std::collections::VecDeque;
use std::ffi::c_void;

use crate::ffi::arguments::{Out, arguments};
use crate::ffi::bytes::OutBytes;
use crate::ffi::event::{fill_event, fill_events, kv_event};
use crate::ffi::handle::Kind;
use crate::ffi::handle::exclusive::Slots;
use crate::ffi::observed::Call;
use crate::ffi::sized::SizedOut;
use crate::ffi::status::{KV_DONE, KV_OK, guard, kv_error, kv_status};
use crate::ffi::stores::{check_fork, is_of, kv_store, with_call};
use crate::{CallKind, ChangeCursor, Error, ErrorKind, Event, Result};

/// The chunks of 65,536 open change cursors, the most in a process.
const CHUNKS: usize = 9;

static CURSORS: Slots<OpenCursor, CHUNKS> = Slots::new(Kind::Changes);

/// The handle of a scan of the change log. One thread uses it at a time, not always the same; a
/// call that overlaps with another one on it returns KV_ERR_BUSY. It does not keep changes from
/// being trimmed.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct kv_change_cursor {
    /// The number of the handle; 0 is no cursor.
    pub id: u64,
}

struct OpenCursor {
    store: u64,
    /// The scan; `None` once the store is closed.
    cursor: Option<Box<dyn ChangeCursor>>,
    read: VecDeque<Event>,
    /// The change whose bytes the caller has borrowed from the last call.
    lent: Option<Event>,
    /// The error that ended the last fill early; the next call returns it.
    failed: Option<Error>,
}

impl OpenCursor {
    /// Returns the next change and leaves it in place, or `None` at the end.
    fn peek(&mut self) -> Result<Option<Event>> {
        check_fork()?;
        if let Some(failed) = self.failed.take() {
            return Err(failed);
        }
        let closed = || Error::new(ErrorKind::Closed, "the store of these changes was closed");
        let cursor = self.cursor.as_mut().ok_or_else(closed)?;
        if self.read.is_empty() {
            self.read = cursor.next_changes()?.into();
        }
        if let Some(Event::Lagged { lost, since }) = self.read.front() {
            let message =
                format!("{lost} changes since {since} were trimmed before they were read");
            self.read.pop_front();
            return Err(Error::new(ErrorKind::Compacted, message));
        }
        Ok(self.read.front().cloned())
    }

    fn close(&mut self) {
        self.cursor = None;
        self.read.clear();
        self.failed = None;
    }
}

/// Begins a scan, in commit order, of the changes after version `since`; 0 is for all changes from
/// the first. The file must have a change log (changes=on, see kv_open). A cursor is for programs
/// that ask for changes from time to time; a watch with KV_WATCH_SINCE also waits for new ones.
///
/// The caller ends the cursor with kv_changes_close. On failure the cursor is zeroed.
///
/// Returns KV_OK, also if there is no change yet; KV_ERR_UNSUPPORTED also if there is no change
/// log; KV_ERR_COMPACTED, with the oldest version in the message, if the changes after `since` were
/// trimmed; KV_ERR_MEMORY when 65,536 change cursors are open.
/// @errors store arguments engine deadline KV_ERR_COMPACTED
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_changes(
    store: kv_store,
    since: u64,
    cursor: *mut kv_change_cursor,
    error: *mut kv_error,
) -> kv_status {
    arguments!(Out(cursor), Out(error));
    cursor.reset(kv_change_cursor { id: 0 });
    let id = store.id;
    let call = Call::of(CallKind::Watch);
    with_call(store, &call, error, |store| {
        let cursor = cursor.required("cursor")?;
        let (changes, read) = (Some(store.changes(since)?), VecDeque::new());
        let open = OpenCursor { store: id, cursor: changes, read, lent: None, failed: None };
        cursor.write(kv_change_cursor { id: CURSORS.insert(open)? });
        Ok(KV_OK)
    })
}

/// Writes to `*since` the version after which the change log has every change: the lowest that
/// kv_changes and KV_WATCH_SINCE accept.
///
/// Returns KV_OK; KV_ERR_UNSUPPORTED also if there is no change log.
/// @errors store arguments engine deadline
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_changes_oldest(
    store: kv_store,
    since: *mut u64,
    error: *mut kv_error,
) -> kv_status {
    arguments!(Out(since), Out(error));
    let call = Call::of(CallKind::Watch);
    with_call(store, &call, error, |store| {
        let since = since.required("since")?;
        since.write(store.oldest_change()?);
        Ok(KV_OK)
    })
}

/// Writes the next change to `*event`. The caller sets event->size to sizeof(kv_event) first. The
/// bytes of the event are borrowed until the next call on this cursor.
///
/// Returns KV_OK; KV_DONE if there is no further change yet: a later call may return one;
/// KV_ERR_COMPACTED if the next changes were trimmed: the call after that continues with those that
/// the log still has; KV_ERR_CLOSED after the store was closed; KV_ERR_BUSY also if another thread
/// uses the cursor.
/// @errors exclusive arguments engine deadline KV_ERR_CLOSED KV_ERR_COMPACTED
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_changes_next(
    cursor: kv_change_cursor,
    event: *mut kv_event,
    error: *mut kv_error,
) -> kv_status {
    arguments!(SizedOut(event), Out(error));
    guard(error, || {
        let out = event.required("event")?;
        CURSORS.with(cursor.id, |open| {
            let Some(next) = open.peek()? else { return Ok(KV_DONE) };
            open.read.pop_front();
            fill_event(&out, open.lent.insert(next));
            Ok(KV_OK)
        })
    })
}

/// Copies the next changes into `buffer`, as many as fit into `capacity` bytes, in flat form (see
/// "The flat form"), and writes the number of bytes to `*used` and of changes to `*count`.
///
/// Returns KV_OK; KV_DONE if there is no further change yet; KV_TOO_SMALL if not even one change
/// fits: then `*used` is the length that it needs, and the cursor stays before it; KV_ERR_COMPACTED
/// if the next changes were trimmed: the call after that continues with those that the log still
/// has; KV_ERR_CLOSED after the store was closed; KV_ERR_BUSY also if another thread uses the
/// cursor.
/// @errors exclusive arguments engine deadline KV_ERR_CLOSED KV_ERR_COMPACTED
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_changes_fill(
    cursor: kv_change_cursor,
    buffer: *mut c_void,
    capacity: usize,
    used: *mut usize,
    count: *mut usize,
    error: *mut kv_error,
) -> kv_status {
    arguments!(OutBytes(buffer, capacity), Out(used), Out(count), Out(error));
    guard(error, || {
        CURSORS.with(cursor.id, |open| {
            let mut failed = None;
            let filled = fill_events(buffer, used, count, KV_DONE, &mut failed, |fits| {
                let next = open.peek()?.filter(|next| fits(next));
                if next.is_some() {
                    open.read.pop_front();
                }
                Ok(next)
            });
            open.failed = failed.or(open.failed.take());
            filled
        })
    })
}

/// Ends a change cursor. A cursor may be closed after its store.
///
/// Returns KV_OK; KV_ERR_HANDLE for a handle that is already closed, zero or not a change cursor;
/// KV_ERR_BUSY if another thread uses the cursor.
/// @errors exclusive
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_changes_close(
    cursor: kv_change_cursor,
    error: *mut kv_error,
) -> kv_status {
    arguments!(Out(error));
    guard(error, || {
        check_fork()?;
        drop(CURSORS.remove(cursor.id)?);
        Ok(KV_OK)
    })
}

/// Ends the scans of all change cursors of a store that is closed. The handles of the cursors stay
/// open.
pub fn close_change_cursors(store: u64) {
    CURSORS.for_each(|open| {
        if is_of(open.store, store) {
            open.close();
        }
    });
}
