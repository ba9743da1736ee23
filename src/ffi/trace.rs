//! The trace: a function of the program at the begin and the end of each call.

use std::ffi::c_void;
use std::sync::Arc;
use std::time::Duration;

use crate::ffi::arguments::{Out, arguments, invalid};
use crate::ffi::status::{KV_OK, guard, kv_error, kv_status};
use crate::ffi::user_data::{UserData, kv_destroy_fn};
use crate::{TracedCall, Tracer, set_tracer};

/// For kv_set_trace: kv_trace_call has the key of a call that names one.
pub const KV_TRACE_KEYS: u32 = 1;

/// For kv_trace_call.phase: the call begins.
pub const KV_TRACE_BEGIN: i32 = 0;
/// For kv_trace_call.phase: the call has ended.
pub const KV_TRACE_END: i32 = 1;

/// A call as a trace shows it. The bytes are borrowed until the function returns.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct kv_trace_call {
    /// sizeof(kv_trace_call) of the library.
    pub size: u32,
    /// KV_TRACE_BEGIN or KV_TRACE_END.
    pub phase: i32,
    /// The kind of the call, one of KV_CALL_*; kv_call_name has its name.
    pub kind: i32,
    /// At the end the status that the call returns; 0 at the begin.
    pub status: kv_status,
    /// The group; NULL if the call names none, or an invalid one.
    pub group: *const u8,
    /// The length of `group` in bytes.
    pub group_len: usize,
    /// The key, with the flag KV_TRACE_KEYS; NULL if the call names none, or an invalid one.
    pub key: *const u8,
    /// The length of `key` in bytes.
    pub key_len: usize,
    /// At the end the duration of the call in nanoseconds; 0 at the begin.
    pub duration_ns: u64,
    /// At the end the number that the function has returned at the begin; 0 at the begin.
    pub context: u64,
}

#[cfg(target_pointer_width = "64")]
const _: () = assert!(size_of::<kv_trace_call>() == 64);

/// A function that is called at the begin and the end of each call, in the thread of the call. The
/// number that it returns at the begin is in `context` at the end.
pub type kv_trace_fn =
    Option<unsafe extern "C" fn(user_data: *mut c_void, call: *const kv_trace_call) -> u64>;

/// Calls `callback` at the begin and the end of each call on a store, in place of the function
/// before; NULL ends the trace. `flags` is 0 or KV_TRACE_KEYS. Traced are the calls that name a
/// store, and the commits of transactions and of values in pieces; not those on cursors, batches,
/// watches and events. A call that is refused because its handle is closed is not traced.
///
/// The callback runs in the thread of the call, without any lock, and may be called by several
/// threads at once. It makes each call slower by its own time. It may call the library, whose calls
/// are traced as well, but not close the store of the call. A call that began before kv_set_trace
/// ends with the function with which it began. The child of a fork has no trace until it sets one.
/// No exception may leave the callback.
///
/// `destroy`, which may be NULL, is called once with `user_data` after the last call of the
/// callback, in the thread that ends it. It is not called if this call fails.
///
/// Returns KV_OK; KV_ERR_ARGUMENT for unknown flags.
/// @errors arguments KV_ERR_MEMORY KV_ERR_PANIC
#[unsafe(no_mangle)]
pub unsafe extern "C" fn kv_set_trace(
    flags: u32,
    callback: kv_trace_fn,
    user_data: *mut c_void,
    destroy: kv_destroy_fn,
    error: *mut kv_error,
) -> kv_status {
    arguments!(Out(error));
    guard(error, || {
        if flags & !KV_TRACE_KEYS != 0 {
            return Err(invalid(format!("flags {flags} has unknown bits")));
        }
        let data = UserData::owned(user_data, destroy);
        let with_keys = flags & KV_TRACE_KEYS != 0;
        set_tracer(callback.map(|callback| {
            let tracer: Arc<dyn Tracer> = Arc::new(ProgramTracer { callback, data, with_keys });
            tracer
        }));
        Ok(KV_OK)
    })
}

/// The function of the program.
struct ProgramTracer {
    callback: unsafe extern "C" fn(*mut c_void, *const kv_trace_call) -> u64,
    data: Arc<UserData>,
    with_keys: bool,
}

impl ProgramTracer {
    fn pass(&self, call: &kv_trace_call) -> u64 {
        // SAFETY: the caller of kv_set_trace passed a function that takes these.
        unsafe { (self.callback)(self.data.pointer(), call) }
    }

    fn shown(&self, call: &TracedCall<'_>) -> kv_trace_call {
        let key = call.key.filter(|_| self.with_keys);
        let parts = |bytes: Option<&[u8]>| {
            bytes.map_or((std::ptr::null(), 0), |bytes| (bytes.as_ptr(), bytes.len()))
        };
        let ((group, group_len), (key, key_len)) = (parts(call.group), parts(key));
        kv_trace_call {
            size: size_of::<kv_trace_call>() as u32,
            phase: KV_TRACE_BEGIN,
            kind: call.kind as i32,
            status: KV_OK,
            group,
            group_len,
            key,
            key_len,
            duration_ns: 0,
            context: 0,
        }
    }
}

impl Tracer for ProgramTracer {
    fn begin(&self, call: &TracedCall<'_>) -> u64 {
        self.pass(&self.shown(call))
    }

    fn end(&self, call: &TracedCall<'_>, context: u64, duration: Duration, status: i32) {
        let duration_ns = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        let begun = self.shown(call);
        self.pass(&kv_trace_call { phase: KV_TRACE_END, status, duration_ns, context, ..begun });
    }
}
