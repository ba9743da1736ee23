//! Watches: queues of changes.

use std::ffi::c_void;
use std::time::Duration;

use parking_lot::Mutex;

use crate::ffi::bytes::{bytes, give, invalid, output};
use crate::ffi::event::{fill_event, fill_events, kv_event};
use crate::ffi::handle::Kind;
use crate::ffi::handle::hazard::{SharedSlots, Slot};
use crate::ffi::sized::{SizedOut, options, sized_struct};
use crate::ffi::status::{KV_OK, KV_TIMEOUT, guard, kv_error, kv_status};
use crate::ffi::stores::{check_fork, kv_store, with_store};
use crate::{
    Error, Event, GROUP_LEN_MAX, KEY_LEN_MAX, Result, Selection, Selector, WATCH_CAPACITY_DEFAULT,
    Watch, WatchStart,
};

/// Watches that can be open at once in a process.
const WATCHES_MAX: usize = 65_536;

static SLOTS: [Slot<Box<OpenWatch>>; WATCHES_MAX] = [const { Slot::new() }; WATCHES_MAX];
static WATCHES: SharedSlots<Box<OpenWatch>> = SharedSlots::new(Kind::Watch, "watch", &SLOTS);

/// A queue of changes. One thread polls it at a time, may be another each time; a call that meets
/// another is KV_ERR_BUSY. kv_watch_close may come from any thread at any time.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct kv_watch {
    /// The number of the handle; 0 is no watch.
    pub id: u64,
}

/// For kv_watch_open: the group is a prefix of the groups that are meant.
pub const KV_WATCH_GROUP_PREFIX: u32 = 1;
/// For kv_watch_open: all groups are meant, whatever the group is.
pub const KV_WATCH_ANY_GROUP: u32 = 2;
/// For kv_watch_open: the key is a prefix of the keys that are meant.
pub const KV_WATCH_KEY_PREFIX: u32 = 4;
/// For kv_watch_open: all keys are meant, whatever the key is.
pub const KV_WATCH_ANY_KEY: u32 = 8;
/// For kv_watch_open: begin with the entries that are there, each as a KV_EVENT_SET, then a
/// KV_EVENT_SYNCED, then what changes from that moment on.
pub const KV_WATCH_EXISTING: u32 = 16;
/// For kv_watch_open: begin with the changes after kv_watch_options.since, which the log of changes
/// must have.
pub const KV_WATCH_SINCE: u32 = 32;

/// What a watch hears of. Initialise it with KV_WATCH_OPTIONS_INIT.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct kv_watch_options {
    /// sizeof(kv_watch_options).
    pub size: u32,
    /// KV_WATCH_* together.
    pub flags: u32,
    /// Changes that the queue has room for: 16 to 16,777,216, or 0 for 1024.
    pub capacity: u32,
    /// 0.
    pub reserved: u32,
    /// With KV_WATCH_SINCE: the version after which to begin; otherwise 0.
    pub since: u64,
}

const _: () = assert!(size_of::<kv_watch_options>() == 24);
sized_struct!(kv_watch_options { size } { flags, capacity, reserved, since });

impl Default for kv_watch_options {
    fn default() -> Self {
        let size = size_of::<kv_watch_options>() as u32;
        kv_watch_options { size, flags: 0, capacity: 0, reserved: 0, since: 0 }
    }
}

struct OpenWatch {
    watch: Watch,
    /// What the last poll has lent.
    lent: Mutex<Option<Event>>,
    /// What has ended the last fill early; the next call reports it.
    failed: Mutex<Option<Error>>,
}

impl OpenWatch {
    fn check_failed(&self) -> Result<()> {
        self.failed.lock().take().map_or(Ok(()), Err)
    }
}

/// Begins to watch a key, or what the flags in `options` make of group and key; `options` may be
/// NULL. Bytes mean themselves: "*" is a key like any other.
///
/// The watch hears of every change that is committed after this call: KV_EVENT_SET,
/// KV_EVENT_DELETE, KV_EVENT_DELETE_GROUP (also a watch on a single key of the group) and
/// KV_EVENT_EXPIRE when an expired entry is purged, in commit order; those of a batch together.
/// When a write returns, its events are already in the queues. With the log of changes on
/// (changes=on, see kv_open) it hears of all processes' changes, otherwise of this process's.
///
/// Writers never wait for a watch. When its queue is full, what is newest is dropped, and where it
/// is missing a KV_EVENT_LAGGED says how much and since which version.
///
/// Gives a watch that kv_watch_close ends. On failure it is zeroed. It does not outlive its store:
/// after kv_close a poll or fill is KV_ERR_CLOSED, and its descriptor is readable.
///
/// Returns KV_OK; KV_ERR_ARGUMENT for unknown or contradicting flags or a capacity out of range;
/// with KV_WATCH_SINCE also KV_ERR_UNSUPPORTED if no log is kept and KV_ERR_COMPACTED, with the
/// oldest version in the message, if it does not reach back that far; KV_ERR_MEMORY when 65,536
/// watches are open.
/// @errors read KV_ERR_COMPACTED
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_watch_open(
    store: kv_store,
    group: *const c_void,
    group_len: usize,
    key: *const c_void,
    key_len: usize,
    options: *const kv_watch_options,
    watch: *mut kv_watch,
    error: *mut kv_error,
) -> kv_status {
    // SAFETY: NULL or the caller's. Zeroed first, so that no failure leaves a stale one.
    unsafe { give(watch, kv_watch { id: 0 }) };
    with_store(store, error, |store| {
        // SAFETY: the caller's promises, as the header states them.
        let watch = unsafe { output("watch", watch) }?;
        // SAFETY: as above.
        let (group, key, options) = unsafe {
            (
                bytes("group", group, group_len, GROUP_LEN_MAX)?,
                bytes("key", key, key_len, KEY_LEN_MAX)?,
                self::options("options", options)?,
            )
        };
        if options.reserved != 0 {
            return Err(invalid("options.reserved is not 0"));
        }
        let (selection, start) = (selection(group, key, &options)?, start(&options)?);
        let capacity = match options.capacity {
            0 => WATCH_CAPACITY_DEFAULT,
            capacity => capacity as usize,
        };
        let opened = store.watch(selection, capacity, start)?;
        let opened =
            Box::new(OpenWatch { watch: opened, lent: Mutex::default(), failed: Mutex::default() });
        watch.id = WATCHES.insert(opened)?;
        Ok(KV_OK)
    })
}

/// Gives the next event, waiting for it for `timeout_ms` milliseconds (0: not at all; negative:
/// for ever). Set event->size to sizeof(kv_event) first. Its bytes are borrowed until the next
/// poll of this watch or its close.
///
/// Returns KV_OK; KV_TIMEOUT when that time has passed; KV_ERR_CLOSED once the watch or its store
/// is closed, also if that happens during the wait; KV_ERR_BUSY if another thread polls this watch.
/// @errors handle arguments engine KV_ERR_CLOSED
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_watch_poll(
    watch: kv_watch,
    timeout_ms: i64,
    event: *mut kv_event,
    error: *mut kv_error,
) -> kv_status {
    with_watch(watch, error, |open| {
        // SAFETY: the caller's promises, as the header states them.
        let out = unsafe { SizedOut::new("event", event) }?;
        open.check_failed()?;
        let timeout = u64::try_from(timeout_ms).ok().map(Duration::from_millis);
        let Some(next) = open.watch.poll(timeout)? else { return Ok(KV_TIMEOUT) };
        let mut lent = open.lent.lock();
        fill_event(&out, lent.insert(next));
        Ok(KV_OK)
    })
}

/// Copies events that are there into `buffer`, as many as fit into `capacity` bytes, in flat form
/// (see "The flat form"); gives the bytes used and the number of events. Does not wait.
///
/// Returns KV_OK; KV_TIMEOUT if there is none; KV_TOO_SMALL if not even one fits: then `*used` is
/// the length it needs and it stays in the queue; KV_ERR_CLOSED once the watch or its store is
/// closed; KV_ERR_BUSY if another thread polls this watch.
/// @errors handle arguments engine KV_ERR_CLOSED
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_watch_fill(
    watch: kv_watch,
    buffer: *mut c_void,
    capacity: usize,
    used: *mut usize,
    count: *mut usize,
    error: *mut kv_error,
) -> kv_status {
    with_watch(watch, error, |open| {
        open.check_failed()?;
        let mut failed = None;
        // SAFETY: the caller's promises, as the header states them.
        let filled = unsafe {
            fill_events(buffer, capacity, used, count, KV_TIMEOUT, &mut failed, |fits| {
                open.watch.take_if(|event| fits(event))
            })
        };
        if failed.is_some() {
            *open.failed.lock() = failed;
        }
        filled
    })
}

/// Gives a file descriptor that is readable while there is something to poll, the end of the watch
/// included, for poll, select, epoll and event loops. Read nothing from it. It belongs to the
/// watch, is the same each time, and is closed with it.
///
/// Returns KV_OK; KV_ERR_IO if there can be no more descriptors.
/// @errors exclusive arguments KV_ERR_IO
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_watch_fd(
    watch: kv_watch,
    fd: *mut i32,
    error: *mut kv_error,
) -> kv_status {
    with_watch(watch, error, |open| {
        // SAFETY: the caller's promises, as the header states them.
        let fd = unsafe { output("fd", fd) }?;
        *fd = open.watch.fd()?;
        Ok(KV_OK)
    })
}

/// Ends a watch. A thread that polls it is woken with KV_ERR_CLOSED and waited for. It may be
/// ended after its store.
///
/// Returns KV_OK; KV_ERR_HANDLE for one that is closed already, zero or not a watch.
/// @errors handle
#[unsafe(no_mangle)]
pub extern "C" fn kv_watch_close(watch: kv_watch, error: *mut kv_error) -> kv_status {
    guard(error, || {
        check_fork()?;
        drop(WATCHES.remove_after(watch.id, |open| open.watch.close())?);
        Ok(KV_OK)
    })
}

fn with_watch(
    watch: kv_watch,
    error: *mut kv_error,
    body: impl FnOnce(&OpenWatch) -> Result<kv_status>,
) -> kv_status {
    guard(error, || {
        check_fork()?;
        body(&*WATCHES.enter(watch.id)?)
    })
}

fn selection(group: &[u8], key: &[u8], options: &kv_watch_options) -> Result<Selection> {
    let has = |flag| options.flags & flag != 0;
    let known = (KV_WATCH_SINCE << 1) - 1;
    if options.flags & !known != 0 {
        let unknown = options.flags & !known;
        return Err(invalid(format!("watch flags have unknown bits {unknown:#x}")));
    }
    let selector = |what: &str, name: &[u8], is_prefix, is_any| match (is_prefix, is_any) {
        (true, true) => Err(invalid(format!("watch flags contradict: {what} prefix and any"))),
        (true, false) => Ok(Selector::Prefix(name.into())),
        (false, true) => Ok(Selector::Any),
        (false, false) => Ok(Selector::Exact(name.into())),
    };
    Ok(Selection {
        group: selector("group", group, has(KV_WATCH_GROUP_PREFIX), has(KV_WATCH_ANY_GROUP))?,
        key: selector("key", key, has(KV_WATCH_KEY_PREFIX), has(KV_WATCH_ANY_KEY))?,
    })
}

fn start(options: &kv_watch_options) -> Result<WatchStart> {
    let has = |flag| options.flags & flag != 0;
    match (has(KV_WATCH_EXISTING), has(KV_WATCH_SINCE)) {
        (true, true) => Err(invalid("watch flags contradict: existing and since")),
        (false, true) => Ok(WatchStart::Since(options.since)),
        _ if options.since != 0 => Err(invalid("options.since needs KV_WATCH_SINCE")),
        (true, false) => Ok(WatchStart::Existing),
        (false, false) => Ok(WatchStart::Now),
    }
}
