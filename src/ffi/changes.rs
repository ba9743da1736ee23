//! The log of changes.

use std::collections::VecDeque;
use std::ffi::c_void;

use crate::ffi::bytes::{give, output};
use crate::ffi::event::{fill_event, fill_events, kv_event};
use crate::ffi::handle::Kind;
use crate::ffi::handle::exclusive::Slots;
use crate::ffi::sized::SizedOut;
use crate::ffi::status::{KV_DONE, KV_OK, guard, kv_error, kv_status};
use crate::ffi::stores::{check_fork, is_of, kv_store, with_store};
use crate::{ChangeCursor, Error, ErrorKind, Event, Result};

/// Cursors that can be open at once in a process: 65,536.
const CHUNKS: usize = 256;

static CURSORS: Slots<OpenWalk, CHUNKS> = Slots::new(Kind::Changes, "change cursor");

/// A walk through the log of changes. One thread uses it at a time; it may move between threads,
/// and a call that meets another is KV_ERR_BUSY. It keeps nothing from being trimmed.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct kv_change_cursor {
    /// The number of the handle; 0 is no cursor.
    pub id: u64,
}

struct OpenWalk {
    store: u64,
    /// `None` once the store was closed.
    cursor: Option<Box<dyn ChangeCursor>>,
    read: VecDeque<Event>,
    /// What the last call has lent.
    lent: Option<Event>,
    /// What has ended the last fill early; the next call reports it.
    failed: Option<Error>,
}

impl OpenWalk {
    /// Returns the next change without taking it, or `None` at the end.
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

/// Begins a walk, in commit order, over the changes after version `since`; 0 for all there ever
/// were. The file must keep a log of changes (changes=on, see kv_open). For those who poll; a
/// watch is told.
///
/// Gives a cursor that kv_changes_close ends. On failure it is zeroed.
///
/// Returns KV_OK, also if there is nothing yet; KV_ERR_UNSUPPORTED if no log is kept;
/// KV_ERR_COMPACTED, with the oldest version in the message, if it does not reach back that far;
/// KV_ERR_MEMORY when 65,536 are open.
/// @errors store arguments engine deadline KV_ERR_COMPACTED
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_changes(
    store: kv_store,
    since: u64,
    cursor: *mut kv_change_cursor,
    error: *mut kv_error,
) -> kv_status {
    // SAFETY: NULL or the caller's. Zeroed first, so that no failure leaves a stale one.
    unsafe { give(cursor, kv_change_cursor { id: 0 }) };
    let id = store.id;
    with_store(store, error, |store| {
        // SAFETY: the caller's promises, as the header states them.
        let cursor = unsafe { output("cursor", cursor) }?;
        let (walk, read) = (Some(store.changes(since)?), VecDeque::new());
        cursor.id =
            CURSORS.insert(OpenWalk { store: id, cursor: walk, read, lent: None, failed: None })?;
        Ok(KV_OK)
    })
}

/// Gives the version since which the log of changes has every change: the least that kv_changes
/// and KV_WATCH_SINCE take.
///
/// Returns KV_OK; KV_ERR_UNSUPPORTED if no log is kept.
/// @errors store arguments engine deadline
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_changes_oldest(
    store: kv_store,
    since: *mut u64,
    error: *mut kv_error,
) -> kv_status {
    with_store(store, error, |store| {
        // SAFETY: the caller's promises, as the header states them.
        let since = unsafe { output("since", since) }?;
        *since = store.oldest_change()?;
        Ok(KV_OK)
    })
}

/// Gives the next change. Set event->size to sizeof(kv_event) first. Its bytes are borrowed until
/// the next call on this cursor.
///
/// Returns KV_OK; KV_DONE when there is none yet; later there may be; KV_ERR_COMPACTED if the next
/// ones were trimmed: the call after that goes on with those that are left; KV_ERR_CLOSED after the
/// store was closed.
/// @errors exclusive arguments engine deadline KV_ERR_CLOSED KV_ERR_COMPACTED
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_changes_next(
    cursor: kv_change_cursor,
    event: *mut kv_event,
    error: *mut kv_error,
) -> kv_status {
    guard(error, || {
        // SAFETY: the caller's promises, as the header states them.
        let out = unsafe { SizedOut::new("event", event) }?;
        CURSORS.with(cursor.id, |walk| {
            let Some(next) = walk.peek()? else { return Ok(KV_DONE) };
            walk.read.pop_front();
            fill_event(&out, walk.lent.insert(next));
            Ok(KV_OK)
        })
    })
}

/// Copies the next changes into `buffer`, as many as fit into `capacity` bytes, in flat form (see
/// "The flat form"); gives the bytes used and the number of changes.
///
/// Returns KV_OK; KV_DONE when there is none yet; KV_TOO_SMALL if not even one fits: then `*used`
/// is the length it needs and the cursor stays before it.
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
    guard(error, || {
        CURSORS.with(cursor.id, |walk| {
            let mut failed = None;
            // SAFETY: the caller's promises, as the header states them.
            let filled = unsafe {
                fill_events(buffer, capacity, used, count, KV_DONE, &mut failed, |fits| {
                    let next = walk.peek()?.filter(|next| fits(next));
                    if next.is_some() {
                        walk.read.pop_front();
                    }
                    Ok(next)
                })
            };
            walk.failed = failed.or(walk.failed.take());
            filled
        })
    })
}

/// Ends a cursor over changes. It may be ended after its store.
///
/// Returns KV_OK; KV_ERR_HANDLE for one that is closed already, zero or not one; KV_ERR_BUSY if
/// another thread uses it.
/// @errors exclusive
#[unsafe(no_mangle)]
pub extern "C" fn kv_changes_close(cursor: kv_change_cursor, error: *mut kv_error) -> kv_status {
    guard(error, || {
        check_fork()?;
        drop(CURSORS.remove(cursor.id)?);
        Ok(KV_OK)
    })
}

/// Ends the walks of all cursors of a store that is closed; their handles stay.
pub fn close_change_cursors(store: u64) {
    CURSORS.for_each(|walk| {
        if is_of(walk.store, store) {
            walk.close();
        }
    });
}
