//! Threads of this library.

use std::io;
use std::os::unix::thread::JoinHandleExt;
use std::thread::{self, JoinHandle};

pub(crate) use super::kernel::sleep_precisely;

/// Begins `work` in a thread with all signals blocked: signals belong to the host program.
pub(crate) fn spawn(
    name: &str,
    work: impl FnOnce() + Send + 'static,
) -> io::Result<JoinHandle<()>> {
    spawn_boxed(name, Box::new(work))
}

/// It exists once, and not for each kind of work: what begins a thread takes 2 KiB.
fn spawn_boxed(name: &str, work: Box<dyn FnOnce() + Send>) -> io::Result<JoinHandle<()>> {
    // A thread inherits the signal mask of its creator, so signals are blocked from its start.
    // SAFETY: both sets are initialised by the calls that fill them before they are read.
    let old = unsafe {
        let mut all = std::mem::zeroed();
        let mut old = std::mem::zeroed();
        libc::sigfillset(&raw mut all);
        libc::pthread_sigmask(libc::SIG_SETMASK, &raw const all, &raw mut old);
        old
    };
    let thread = thread::Builder::new().name(name.to_owned()).spawn(work);
    // SAFETY: `old` is the mask this thread had.
    unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, &raw const old, std::ptr::null_mut()) };
    thread
}

/// Does nothing: the library is linked so that it is never unloaded, and macOS unloads none that
/// has variables of threads.
pub(crate) fn stay_loaded() {}

/// Returns whether `thread` is the calling one. The standard library would make a record of a
/// thread of the program for the answer, which stays in memory.
pub(crate) fn is_current(thread: &JoinHandle<()>) -> bool {
    // SAFETY: the thread has not been joined, so its identity is valid.
    unsafe {
        libc::pthread_equal(thread.as_pthread_t() as libc::pthread_t, libc::pthread_self()) != 0
    }
}
