//! Linux.

pub(super) mod allocate;
pub(crate) mod event_flag;
pub(super) mod file_locks;
pub(crate) mod file_watch;
mod rename;

pub(super) use super::timed_poll::poll;
pub(super) use libc::{
    __errno_location as errno_location, MSG_NOSIGNAL as NO_SIGNAL, fstat64 as fstat, stat64 as Stat,
};
pub(super) use rename::rename_to_new;

/// The folder of the open descriptors. Those of the thread are those of the process, also after its
/// first thread has ended.
pub(super) const DESCRIPTORS: &str = "/proc/thread-self/fd";

/// Sets the timer slack of this thread to 1 us. By default the kernel may add 50 us to a sleep, to
/// wake several threads at once.
pub(crate) fn sleep_precisely() {
    const SLACK_NS: libc::c_ulong = 1_000;
    // A failure is ignored: it makes sleeps longer, nothing else.
    // SAFETY: the call takes a number and changes nothing but this thread's timers.
    unsafe { libc::prctl(libc::PR_SET_TIMERSLACK, SLACK_NS) };
}
