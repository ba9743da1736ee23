//! The data of a callback, which the library passes on and at the end returns to the program.

use std::ffi::c_void;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A function that is called once with the user data of a callback, after the last call of the
/// callback.
pub type kv_destroy_fn = Option<unsafe extern "C" fn(user_data: *mut c_void)>;

/// The user data of a callback. The program permits its use by any thread.
pub(crate) struct UserData {
    pointer: *mut c_void,
    destroy: kv_destroy_fn,
    /// Whether the drop calls `destroy`: not as long as the registration may still fail.
    is_ours: AtomicBool,
}

// SAFETY: the header requires that any thread may use the callback and its data.
unsafe impl Send for UserData {}
// SAFETY: as above, also several threads at once.
unsafe impl Sync for UserData {}

impl UserData {
    /// Returns data whose drop does nothing before [`UserData::take_over`].
    pub fn new(pointer: *mut c_void, destroy: kv_destroy_fn) -> Arc<UserData> {
        Arc::new(UserData { pointer, destroy, is_ours: AtomicBool::new(false) })
    }

    /// Returns data whose drop calls `destroy`.
    pub fn owned(pointer: *mut c_void, destroy: kv_destroy_fn) -> Arc<UserData> {
        let data = UserData::new(pointer, destroy);
        data.take_over();
        data
    }

    /// Makes the drop call `destroy`.
    pub fn take_over(&self) {
        self.is_ours.store(true, Ordering::Release);
    }

    /// Returns the pointer of the program.
    pub fn pointer(&self) -> *mut c_void {
        self.pointer
    }
}

impl Drop for UserData {
    fn drop(&mut self) {
        if let (Some(destroy), true) = (self.destroy, *self.is_ours.get_mut()) {
            // SAFETY: the caller passed a function that takes this pointer once, at the end.
            unsafe { destroy(self.pointer) };
        }
    }
}
