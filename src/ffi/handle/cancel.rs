//! Slots that a signal handler can look in: they take no lock and allocate nothing.

use std::sync::atomic::{AtomicPtr, AtomicU32, AtomicU64, Ordering};

use crate::CallContext;

/// Room for the context of one bound handle.
pub struct Cancel {
    /// The handle whose context this is; 0 for none.
    id: AtomicU64,
    call: AtomicPtr<CallContext>,
    /// Those who look at it; it is not freed while there are any.
    users: AtomicU32,
}

impl Cancel {
    /// Returns an empty slot.
    pub const fn new() -> Cancel {
        let call = AtomicPtr::new(std::ptr::null_mut());
        Cancel { id: AtomicU64::new(0), call, users: AtomicU32::new(0) }
    }

    /// Puts the context of a handle into an empty slot.
    pub fn open(&self, id: u64, call: &CallContext) {
        self.call.store(Box::into_raw(Box::new(call.clone())), Ordering::SeqCst);
        self.id.store(id, Ordering::SeqCst);
    }

    /// Cancels an arming of a handle and leaves errno alone; answers whether the handle is open.
    pub fn cancel(&self, id: u64, arming: u64) -> bool {
        // SAFETY: the place of this thread's errno is there as long as the thread.
        let errno = unsafe { *libc::__errno_location() };
        self.users.fetch_add(1, Ordering::SeqCst);
        let is_open = self.id.load(Ordering::SeqCst) == id;
        // SAFETY: it is freed once it is out of its place and nobody is counted as its user.
        let call = unsafe { self.call.load(Ordering::SeqCst).as_ref() };
        if let (true, Some(call)) = (is_open, call) {
            call.cancel(arming);
        }
        self.users.fetch_sub(1, Ordering::SeqCst);
        // SAFETY: as above.
        unsafe { *libc::__errno_location() = errno };
        is_open
    }

    /// Empties the slot, once no one looks at it any more.
    pub fn close(&self) {
        self.id.store(0, Ordering::SeqCst);
        let call = self.call.swap(std::ptr::null_mut(), Ordering::SeqCst);
        while self.users.load(Ordering::SeqCst) != 0 {
            std::thread::yield_now();
        }
        if !call.is_null() {
            // SAFETY: it came out of a box, and nobody finds it any more.
            drop(unsafe { Box::from_raw(call) });
        }
    }
}
