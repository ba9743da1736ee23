//! Events in the form of the C ABI.

use crate::ffi::arguments::Out;
use crate::ffi::bytes::OutBytes;
use crate::ffi::sized::{SizedPlace, sized_struct};
use crate::ffi::status::{KV_OK, KV_TOO_SMALL, kv_status};
use crate::{Change, ChangeKind, Error, Event, Result, flat_event};

/// For kv_event.type: a value was written.
pub const KV_EVENT_SET: i32 = 1;
/// For kv_event.type: a live entry was deleted, or evicted to make room for others.
pub const KV_EVENT_DELETE: i32 = 2;
/// For kv_event.type: all entries of a group were deleted at once; there is no key.
pub const KV_EVENT_DELETE_GROUP: i32 = 3;
/// For kv_event.type: an expired entry was purged.
pub const KV_EVENT_EXPIRE: i32 = 4;
/// For kv_event.type: all existing entries have been returned. `version` is the newest version at
/// the instant of their snapshot.
pub const KV_EVENT_SYNCED: i32 = 5;
/// For kv_event.type: `lost` events are missing at this place, because the queue was full or the
/// change log was trimmed before they were read. If the log was trimmed, `lost` counts all trimmed
/// changes, including those outside the selection of the watch. 0 means that the number is unknown.
/// A watch with KV_WATCH_SINCE from `version` receives the missing events again, if the change log
/// still has them.
pub const KV_EVENT_LAGGED: i32 = 6;
/// For kv_event.type: a value was written in pieces; value_size is its size, and kv_reader_open
/// reads it. An entry that a watch begins with comes as this only if its value has more than
/// 512 MiB.
pub const KV_EVENT_SET_LARGE: i32 = 7;

const _: () = assert!(KV_EVENT_SET == ChangeKind::Set.code());
const _: () = assert!(KV_EVENT_DELETE == ChangeKind::Delete.code());
const _: () = assert!(KV_EVENT_DELETE_GROUP == ChangeKind::DeleteGroup.code());
const _: () = assert!(KV_EVENT_EXPIRE == ChangeKind::Expire.code());
const _: () = assert!(KV_EVENT_SYNCED == flat_event::SYNCED);
const _: () = assert!(KV_EVENT_LAGGED == flat_event::LAGGED);
const _: () = assert!(KV_EVENT_SET_LARGE == flat_event::SET_LARGE);

/// A change, or a notice about the queue. Initialise it with KV_EVENT_INIT before a call fills it.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct kv_event {
    /// sizeof(kv_event).
    pub size: u32,
    /// One of KV_EVENT_*.
    pub r#type: i32,
    /// The name of the group.
    pub group: *const u8,
    /// The length of `group` in bytes.
    pub group_len: usize,
    /// The key; empty except for KV_EVENT_SET, KV_EVENT_SET_LARGE, KV_EVENT_DELETE and
    /// KV_EVENT_EXPIRE.
    pub key: *const u8,
    /// The length of `key` in bytes.
    pub key_len: usize,
    /// The value that was written; empty except for KV_EVENT_SET.
    pub value: *const u8,
    /// The length of `value` in bytes.
    pub value_len: usize,
    /// The version of the change; for KV_EVENT_SET that of the entry. A later change has a higher
    /// version, except on Redis.
    pub version: u64,
    /// The time of the commit, in milliseconds since 1970; 0 for a notice.
    pub time_ms: i64,
    /// For KV_EVENT_LAGGED the number of missing events; otherwise 0.
    pub lost: u64,
    /// The size of the whole value in bytes, also if its bytes are not present; 0 except for
    /// KV_EVENT_SET and KV_EVENT_SET_LARGE.
    pub value_size: u64,
}

#[cfg(target_pointer_width = "64")]
const _: () = assert!(size_of::<kv_event>() == 88);
sized_struct!(kv_event {
    size, r#type, group, group_len, key, key_len, value, value_len, version, time_ms
} { lost, value_size });

impl kv_event {
    fn of_change(change: &Change) -> kv_event {
        let (group, key, value) = (change.group(), change.key(), change.value());
        kv_event {
            size: 0,
            r#type: match change.is_large() {
                true => KV_EVENT_SET_LARGE,
                false => change.kind().code(),
            },
            group: group.as_ptr(),
            group_len: group.len(),
            key: key.as_ptr(),
            key_len: key.len(),
            value: value.as_ptr(),
            value_len: value.len(),
            version: change.version(),
            time_ms: change.time_ms(),
            lost: 0,
            value_size: change.size(),
        }
    }

    fn of_word(kind: i32, version: u64, lost: u64) -> kv_event {
        let none = b"".as_ptr();
        kv_event {
            size: 0,
            r#type: kind,
            group: none,
            group_len: 0,
            key: none,
            key_len: 0,
            value: none,
            value_len: 0,
            version,
            time_ms: 0,
            lost,
            value_size: 0,
        }
    }

    /// Returns the event of `change` in the form of the C ABI; it borrows the bytes.
    pub fn borrow(change: &Change) -> kv_event {
        kv_event { size: size_of::<kv_event>() as u32, ..kv_event::of_change(change) }
    }
}

/// Writes `event` in the form of the C ABI; it borrows the bytes.
pub fn fill_event(out: &SizedPlace<kv_event>, event: &Event) {
    let seen = match event {
        Event::Change(change) => kv_event::of_change(change),
        Event::Synced { version } => kv_event::of_word(KV_EVENT_SYNCED, *version, 0),
        Event::Lagged { lost, since } => kv_event::of_word(KV_EVENT_LAGGED, *since, *lost),
    };
    out.fill(seen);
}

/// Copies events into a caller's buffer in flat form for as long as `take_if` returns one that
/// fits. Returns `none` if there is no event. An error after the first event is stored in `failed`
/// and returned by the next call, because the events before it are already taken.
pub fn fill_events(
    buffer: OutBytes<'_>,
    used: Out<usize>,
    count: Out<usize>,
    none: kv_status,
    failed: &mut Option<Error>,
    mut take_if: impl FnMut(&mut dyn FnMut(&Event) -> bool) -> Result<Option<Event>>,
) -> Result<kv_status> {
    let (used, count) = (used.required("used")?, count.required("count")?);
    let mut room = buffer.room()?;
    let (mut filled, mut events, mut needed) = (0, 0, 0);
    loop {
        let left = room.len();
        let mut fits = |event: &Event| {
            needed = flat_event::event_len(event);
            needed <= left
        };
        let event = match take_if(&mut fits) {
            Ok(Some(event)) => event,
            Ok(None) => break,
            Err(error) if events > 0 => {
                *failed = Some(error);
                break;
            }
            Err(error) => return Err(error),
        };
        let len = flat_event::encode_event(&event, room).unwrap_or(0);
        room = std::mem::take(&mut room).get_mut(len..).unwrap_or_default();
        filled += len;
        events += 1;
        needed = 0;
    }
    count.write(events);
    if events > 0 {
        used.write(filled);
        return Ok(KV_OK);
    }
    used.write(needed);
    Ok(if needed == 0 { none } else { KV_TOO_SMALL })
}
