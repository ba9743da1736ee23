//! The log: what the library does by itself, in records for a function of the program.

use std::ffi::{CString, c_char, c_void};

use crate::ffi::arguments::{Out, arguments, invalid};
use crate::ffi::panic_log::log_panics;
use crate::ffi::status::{KV_OK, guard, kv_error, kv_status};
use crate::ffi::user_data::{UserData, kv_destroy_fn};
use crate::{LogLevel, LogRecord, LogSink, set_log};

/// For kv_set_log: no records.
pub const KV_LOG_OFF: i32 = 0;
/// For kv_set_log: a store refuses writes, or a bug was caught.
pub const KV_LOG_ERROR: i32 = 1;
/// For kv_set_log: also what is slow or fails for a while, and is tried again.
pub const KV_LOG_WARN: i32 = 2;
/// For kv_set_log: also stores that are opened, closed and recovered, and connections.
pub const KV_LOG_INFO: i32 = 3;
/// For kv_set_log: also checkpoints, purges and repeated calls.
pub const KV_LOG_DEBUG: i32 = 4;

/// A record of the log. Its strings are UTF-8, end with a NUL, and are borrowed until the function
/// returns. No record has a password, a key or a value.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct kv_log_record {
    /// sizeof(kv_log_record) of the library.
    pub size: u32,
    /// One of KV_LOG_ERROR to KV_LOG_DEBUG.
    pub level: i32,
    /// The time in milliseconds since 1970.
    pub time_ms: i64,
    /// The topic: log, open, close, recovery, checkpoint, stall, purge, slow, connection, failover,
    /// poison, panic or watch.
    pub topic: *const c_char,
    /// The store: its path, or the addresses and the prefix, without options; empty if the record
    /// is about none.
    pub store: *const c_char,
    /// A sentence.
    pub message: *const c_char,
}

#[cfg(target_pointer_width = "64")]
const _: () = assert!(size_of::<kv_log_record>() == 40);

/// A function that receives the records of the log, one after the other.
pub type kv_log_fn =
    Option<unsafe extern "C" fn(user_data: *mut c_void, record: *const kv_log_record)>;

/// Sends the records of `level` and above of the whole process to `callback`, in place of the
/// function before; KV_LOG_OFF or a `callback` of NULL ends the log. Without a log the library
/// writes nothing: neither to standard error nor anywhere else.
///
/// The callback runs in a thread of its own, never inside a call of the program: so it may take any
/// lock and call any function but kv_set_log, and no call waits for it. At most 1,024 records wait;
/// more are dropped and counted in a record. Calls that the callback makes are not logged. kv_close
/// waits until the records before it were passed on, for a second at most. No exception may leave
/// the callback.
///
/// `destroy`, which may be NULL, is called once with `user_data` after the last call of the
/// callback, before the next kv_set_log returns. It is not called if this call fails. The child of
/// a fork has no log until it sets one.
///
/// Returns KV_OK; KV_ERR_ARGUMENT for an unknown level; KV_ERR_BUSY from inside a callback;
/// KV_ERR_IO with os_error if no thread can be started.
/// @errors arguments KV_ERR_BUSY KV_ERR_IO KV_ERR_MEMORY KV_ERR_PANIC
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_set_log(
    level: i32,
    callback: kv_log_fn,
    user_data: *mut c_void,
    destroy: kv_destroy_fn,
    error: *mut kv_error,
) -> kv_status {
    arguments!(Out(error));
    guard(error, || {
        log_panics();
        let level = level_of(level)?;
        let Some(callback) = callback.filter(|_| level != LogLevel::Off) else {
            set_log(LogLevel::Off, None)?;
            // The data is the library's from here on, and is of no use.
            drop(UserData::owned(user_data, destroy));
            return Ok(KV_OK);
        };
        let data = UserData::new(user_data, destroy);
        let owned = data.clone();
        let sink: LogSink = Box::new(move |record| {
            // SAFETY: the caller passed a function that takes these.
            unsafe { pass(callback, owned.pointer(), record) };
        });
        set_log(level, Some(sink))?;
        data.take_over();
        Ok(KV_OK)
    })
}

fn level_of(level: i32) -> crate::Result<LogLevel> {
    Ok(match level {
        KV_LOG_OFF => LogLevel::Off,
        KV_LOG_ERROR => LogLevel::Error,
        KV_LOG_WARN => LogLevel::Warn,
        KV_LOG_INFO => LogLevel::Info,
        KV_LOG_DEBUG => LogLevel::Debug,
        _ => return Err(invalid(format!("level {level} is not one of KV_LOG_*"))),
    })
}

/// Returns a text with a final NUL, and none before.
#[inline(never)]
fn c_text(text: &str) -> CString {
    CString::new(text.replace('\0', " ")).unwrap_or_default()
}

/// Passes a record to the function of the program.
///
/// # Safety
/// `callback` may be called with `user_data`.
unsafe fn pass(
    callback: unsafe extern "C" fn(*mut c_void, *const kv_log_record),
    user_data: *mut c_void,
    record: &LogRecord,
) {
    let (topic, store, message) =
        (c_text(record.topic), c_text(&record.store), c_text(&record.message));
    let record = kv_log_record {
        size: size_of::<kv_log_record>() as u32,
        level: record.level as i32,
        time_ms: record.time_ms,
        topic: topic.as_ptr(),
        store: store.as_ptr(),
        message: message.as_ptr(),
    };
    // SAFETY: as the caller promises; the record and its strings live until the call returns.
    unsafe { callback(user_data, &raw const record) };
}
