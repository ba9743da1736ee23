//! Slots that a signal handler can read: a look-up takes no lock and allocates no memory.

use std::sync::atomic::{AtomicPtr, AtomicU32, AtomicU64, Ordering};

use crate::CallContext;

/// The place of the context of one bound handle.
pub struct Cancel {
    /// The handle of the context; 0 if the slot is empty.
    id: AtomicU64,
    call: AtomicPtr<CallContext>,
    /// The number of calls that read the context; it is not freed while there is one.
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

    /// Cancels an arming of a handle; returns whether the handle is open.
    pub fn cancel(&self, id: u64, arming: u64) -> bool {
        self.users.fetch_add(1, Ordering::SeqCst);
        let is_open = self.id.load(Ordering::SeqCst) == id;
        // SAFETY: it is freed after it has left the slot and the number of users was 0.
        let call = unsafe { self.call.load(Ordering::SeqCst).as_ref() };
        if let (true, Some(call)) = (is_open, call) {
            call.cancel(arming);
        }
        self.users.fetch_sub(1, Ordering::SeqCst);
        is_open
    }

    /// Empties the slot, and waits until no call reads its context.
    pub fn close(&self) {
        self.id.store(0, Ordering::SeqCst);
        let call = self.call.swap(std::ptr::null_mut(), Ordering::SeqCst);
        while self.users.load(Ordering::SeqCst) != 0 {
            std::thread::yield_now();
        }
        if !call.is_null() {
            // SAFETY: it came from a box, and no call can find it any more.
            drop(unsafe { Box::from_raw(call) });
        }
    }
}
