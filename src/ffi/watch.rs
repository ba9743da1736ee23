//! Watches: queues of events.

use std::ffi::c_void;
use std::time::Duration;

use parking_lot::Mutex;

use crate::ffi::arguments::{Out, arguments, invalid};
use crate::ffi::bytes::{InBytes, OutBytes};
use crate::ffi::event::{fill_event, fill_events, kv_event};
use crate::ffi::handle::Kind;
use crate::ffi::handle::hazard::{SharedSlots, Slot};
use crate::ffi::observed::Call;
use crate::ffi::sized::{OptionsIn, SizedOut, sized_struct};
use crate::ffi::status::{KV_OK, KV_TIMEOUT, guard, kv_error, kv_status};
use crate::ffi::stores::{check_fork, kv_store, with_call};
use crate::{
    CallKind, Error, Event, GROUP_LEN_MAX, KEY_LEN_MAX, Result, Selection, Selector,
    WATCH_CAPACITY_DEFAULT, Watch, WatchStart,
};

/// The largest number of open watches in a process.
const WATCHES_MAX: usize = 65_536;

static SLOTS: [Slot<Box<OpenWatch>>; WATCHES_MAX] = [const { Slot::new() }; WATCHES_MAX];
static WATCHES: SharedSlots<Box<OpenWatch>> = SharedSlots::new(Kind::Watch, &SLOTS);

/// The handle of a queue of events. One thread polls it at a time, not always the same; a call that
/// overlaps with another one on it returns KV_ERR_BUSY. kv_watch_close may come from any thread at
/// any time.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct kv_watch {
    /// The number of the handle; 0 is no watch.
    pub id: u64,
}

/// For kv_watch_open: the watch selects all groups whose names begin with `group`.
pub const KV_WATCH_GROUP_PREFIX: u32 = 1;
/// For kv_watch_open: the watch selects all groups; `group` is ignored.
pub const KV_WATCH_ANY_GROUP: u32 = 2;
/// For kv_watch_open: the watch selects all keys that begin with `key`.
pub const KV_WATCH_KEY_PREFIX: u32 = 4;
/// For kv_watch_open: the watch selects all keys; `key` is ignored.
pub const KV_WATCH_ANY_KEY: u32 = 8;
/// For kv_watch_open: the watch begins with the existing entries, each as a KV_EVENT_SET, then
/// returns a KV_EVENT_SYNCED, then the changes after the instant of that snapshot.
pub const KV_WATCH_EXISTING: u32 = 16;
/// For kv_watch_open: the watch begins with the changes after kv_watch_options.since, which the
/// change log must have.
pub const KV_WATCH_SINCE: u32 = 32;

/// The selection and the beginning of a watch. Initialise it with KV_WATCH_OPTIONS_INIT.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct kv_watch_options {
    /// sizeof(kv_watch_options).
    pub size: u32,
    /// A combination of KV_WATCH_*.
    pub flags: u32,
    /// The capacity of the queue in changes: 16 to 16,777,216, or 0 for 1024.
    pub capacity: u32,
    /// Reserved; 0.
    pub reserved: u32,
    /// With KV_WATCH_SINCE: the version after which the watch begins; otherwise 0.
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
    /// The event whose bytes the caller has borrowed from the last poll.
    lent: Mutex<Option<Event>>,
    /// The error that ended the last fill early; the next call returns it.
    failed: Mutex<Option<Error>>,
}

impl OpenWatch {
    fn check_failed(&self) -> Result<()> {
        self.failed.lock().take().map_or(Ok(()), Err)
    }
}

/// Begins to watch the key `key` of the group `group`, or the groups and keys that the flags in
/// `options` select. `options` may be NULL. Bytes are literal: "*" is a key like any other.
/// The empty key is a pointer that is not NULL with length 0; NULL needs a flag for keys.
///
/// The watch receives every selected change that is committed after this call, in commit order and
/// those of a batch together: KV_EVENT_SET, KV_EVENT_DELETE, KV_EVENT_DELETE_GROUP (also for a
/// watch on a single key of the group), and KV_EVENT_EXPIRE when an expired entry is purged. When a
/// write returns, its events are already in the queues of this process. On SQLite a watch receives
/// the changes of all processes if the change log is on (changes=on, see kv_open), otherwise those
/// of this process. docs/storage.md states the rules on Redis.
///
/// Writers never wait for a watch. When its queue is full, the newest events are dropped, and a
/// KV_EVENT_LAGGED in their place states their number and the version before them.
///
/// The caller ends the watch with kv_watch_close. On failure the handle is zeroed. After kv_close
/// of its store, a poll or fill of the watch returns KV_ERR_CLOSED, and its descriptor is readable.
///
/// Returns KV_OK; KV_ERR_ARGUMENT also for unknown or contradicting flags, for a key of NULL
/// without a flag for keys, and for a capacity out of range; with KV_WATCH_SINCE also
/// KV_ERR_UNSUPPORTED if there is no change log, and KV_ERR_COMPACTED, with the oldest version in
/// the message, if the changes were trimmed; KV_ERR_MEMORY when 65,536 watches are open.
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
    arguments!(
        InBytes(group, group_len),
        InBytes(key, key_len),
        OptionsIn(options),
        Out(watch),
        Out(error)
    );
    watch.reset(kv_watch { id: 0 });
    let call = Call::of(CallKind::Watch);
    with_call(store, &call, error, |store| {
        let watch = watch.required("watch")?;
        let has_no_key = key.is_none();
        let (group, key, options) = (
            group.bytes("group", GROUP_LEN_MAX)?,
            key.bytes("key", KEY_LEN_MAX)?,
            options.read("options")?,
        );
        if options.reserved != 0 {
            return Err(invalid("options.reserved is not 0"));
        }
        if has_no_key && options.flags & (KV_WATCH_KEY_PREFIX | KV_WATCH_ANY_KEY) == 0 {
            let message = "key is NULL: KV_WATCH_ANY_KEY selects all keys of a group, and the \
                           empty key is a pointer that is not NULL with length 0";
            return Err(invalid(message));
        }
        let (selection, start) = (selection(group, key, &options)?, start(&options)?);
        let capacity = match options.capacity {
            0 => WATCH_CAPACITY_DEFAULT,
            capacity => capacity as usize,
        };
        let opened = store.watch(selection, capacity, start)?;
        let opened =
            Box::new(OpenWatch { watch: opened, lent: Mutex::default(), failed: Mutex::default() });
        watch.write(kv_watch { id: WATCHES.insert(opened)? });
        Ok(KV_OK)
    })
}

/// Writes the next event to `*event`, and waits up to `timeout_ms` milliseconds for it (0: does not
/// wait; negative: waits for ever). The caller sets event->size to sizeof(kv_event) first. The
/// bytes of the event are borrowed until the next poll of this watch or its close.
///
/// Returns KV_OK; KV_TIMEOUT if no event arrived in that time; KV_ERR_CLOSED if the watch or its
/// store is closed, also during the wait; KV_ERR_COMPACTED if the watch began with the existing
/// entries and was not polled among them for the snapshot_timeout of the store: the changes since
/// its opening follow; KV_ERR_BUSY also if another thread polls this watch;
/// KV_ERR_CANCELLED and KV_ERR_DEADLINE during the wait, if the watch was opened through a bound
/// handle.
/// @errors handle arguments engine KV_ERR_CLOSED KV_ERR_COMPACTED
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_watch_poll(
    watch: kv_watch,
    timeout_ms: i64,
    event: *mut kv_event,
    error: *mut kv_error,
) -> kv_status {
    arguments!(SizedOut(event), Out(error));
    with_watch(watch, error, |open| {
        let out = event.required("event")?;
        open.check_failed()?;
        let timeout = u64::try_from(timeout_ms).ok().map(Duration::from_millis);
        let Some(next) = open.watch.poll(timeout)? else { return Ok(KV_TIMEOUT) };
        let mut lent = open.lent.lock();
        fill_event(&out, lent.insert(next));
        Ok(KV_OK)
    })
}

/// Copies the queued events into `buffer`, as many as fit into `capacity` bytes, in flat form (see
/// "The flat form"), and writes the number of bytes to `*used` and of events to `*count`. It does
/// not wait.
///
/// Returns KV_OK; KV_TIMEOUT if the queue is empty; KV_TOO_SMALL if not even one event fits: then
/// `*used` is the length that it needs, and it stays in the queue; KV_ERR_CLOSED if the watch or
/// its store is closed; KV_ERR_BUSY also if another thread polls this watch.
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
    arguments!(OutBytes(buffer, capacity), Out(used), Out(count), Out(error));
    with_watch(watch, error, |open| {
        open.check_failed()?;
        let mut failed = None;
        let filled = fill_events(buffer, used, count, KV_TIMEOUT, &mut failed, |fits| {
            open.watch.take_if(|event| fits(event))
        });
        if failed.is_some() {
            *open.failed.lock() = failed;
        }
        filled
    })
}

/// Writes a file descriptor to `*fd` that is readable while a poll would return at once, also
/// because the watch has ended. It is for poll, select, epoll and event loops; do not read from it.
/// On Windows it is a socket, for select and WSAPoll. It belongs to the watch, is the same in each
/// call, and is closed with the watch.
///
/// Returns KV_OK; KV_ERR_IO if the system has no further descriptor; KV_ERR_BUSY also if another
/// thread polls this watch.
/// @errors exclusive arguments KV_ERR_IO
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_watch_fd(
    watch: kv_watch,
    fd: *mut i32,
    error: *mut kv_error,
) -> kv_status {
    arguments!(Out(fd), Out(error));
    with_watch(watch, error, |open| {
        let fd = fd.required("fd")?;
        fd.write(open.watch.fd()?);
        Ok(KV_OK)
    })
}

/// Ends a watch. A thread that polls it is woken with KV_ERR_CLOSED, and the call waits for that
/// thread to leave. A watch may be closed after its store.
///
/// Returns KV_OK; KV_ERR_HANDLE for a handle that is already closed, zero or not a watch.
/// @errors handle
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_watch_close(watch: kv_watch, error: *mut kv_error) -> kv_status {
    arguments!(Out(error));
    guard(error, || {
        check_fork()?;
        drop(WATCHES.remove_after(watch.id, |open| open.watch.close())?);
        Ok(KV_OK)
    })
}

fn with_watch(
    watch: kv_watch,
    error: Out<kv_error>,
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
