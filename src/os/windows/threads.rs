//! Threads of this library.

use std::io;
use std::os::windows::io::AsRawHandle;
use std::sync::Once;
use std::thread::{self, JoinHandle};

use windows_sys::Win32::System::LibraryLoader::{
    GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS, GET_MODULE_HANDLE_EX_FLAG_PIN, GetModuleHandleExW,
};
use windows_sys::Win32::System::Threading::{GetCurrentThreadId, GetThreadId};

/// Begins `work` in a thread, for which this library stays loaded.
pub(crate) fn spawn(
    name: &str,
    work: impl FnOnce() + Send + 'static,
) -> io::Result<JoinHandle<()>> {
    stay_loaded();
    let work: Box<dyn FnOnce() + Send> = Box::new(work);
    thread::Builder::new().name(name.to_owned()).spawn(work)
}

/// Keeps this library loaded from now on: threads, also those of the program that have called it,
/// would go on in code that is gone.
pub(crate) fn stay_loaded() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let flags = GET_MODULE_HANDLE_EX_FLAG_PIN | GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS;
        let mut module = std::ptr::null_mut();
        // A failure would leave the library as any other.
        // SAFETY: the address is one of this library, and `module` is ours to be written.
        unsafe { GetModuleHandleExW(flags, (&raw const ONCE).cast(), &raw mut module) };
    });
}

/// Returns whether `thread` is the calling one.
pub(crate) fn is_current(thread: &JoinHandle<()>) -> bool {
    // SAFETY: the thread has not been joined, so its handle is open.
    unsafe { GetThreadId(thread.as_raw_handle()) == GetCurrentThreadId() }
}

/// Sleeps are as precise as the system makes them.
pub(crate) fn sleep_precisely() {}
