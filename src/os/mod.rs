//! Functions of the operating system that the standard library lacks.

mod allocate;
mod connect;
mod descriptors;
mod event_fd;
mod file_locks;
mod file_watch;
mod fork;
mod fork_local;
mod held;
mod poll;
mod socket;
mod whole_file;

pub(crate) use allocate::allocate;
pub(crate) use connect::{begin_connect, begin_connect_unix};
pub use descriptors::accept_open_files;
pub(crate) use descriptors::{foreign_descriptors, forget_own, record_own};
pub(crate) use event_fd::EventFd;
pub(crate) use file_locks::{FileLock, LockHolders, file_locks, lock_holders, process_name};
pub(crate) use file_watch::FileWatch;
pub use fork::is_forked;
pub(crate) use fork::{OpenMark, watch_forks};
pub(crate) use fork_local::ForkLocal;
pub use held::side_path;
pub(crate) use held::{
    Held, HeldFile, Identity, JOURNAL, SHM, WAL, find_held, identity, identity_of, with_free_file,
};
pub(crate) use poll::{Ready, wait_readable, wait_ready};
pub(crate) use socket::{receive, send};
pub use whole_file::WholeFile;
pub(crate) use whole_file::{create_folders, create_private, follow, sync_folder};

use std::ffi::CString;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::thread::JoinHandleExt;
use std::path::Path;
use std::thread::{self, JoinHandle};

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

/// Returns whether `thread` is the calling one. The standard library would make a record of a
/// thread of the program for the answer, which stays in memory.
pub(crate) fn is_current(thread: &JoinHandle<()>) -> bool {
    // SAFETY: the thread has not been joined, so its identity is valid.
    unsafe {
        libc::pthread_equal(thread.as_pthread_t() as libc::pthread_t, libc::pthread_self()) != 0
    }
}

/// Sets the timer slack of this thread to 1 us. By default the kernel may add 50 us to a sleep, to
/// wake several threads at once.
pub(crate) fn sleep_precisely() {
    const SLACK_NS: libc::c_ulong = 1_000;
    // A failure is ignored: it makes sleeps longer, nothing else.
    // SAFETY: the call takes a number and changes nothing but this thread's timers.
    unsafe { libc::prctl(libc::PR_SET_TIMERSLACK, SLACK_NS) };
}

/// Fails unless this process has `access`, such as `W_OK`, to the file or folder at `path`; opens
/// nothing.
pub(crate) fn check_access(path: &Path, access: libc::c_int) -> io::Result<()> {
    let path = CString::new(path.as_os_str().as_bytes())?;
    // SAFETY: the path is a string that ends with a NUL.
    match unsafe { libc::faccessat(libc::AT_FDCWD, path.as_ptr(), access, libc::AT_EACCESS) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

/// Locks the file at `path` against all other processes, until the returned file is closed; `None`
/// if one of them holds a lock, or if the file cannot be opened. This process has no other
/// descriptor of the file: to close one drops its locks.
pub(crate) fn lock_alone(path: &Path) -> Option<File> {
    let file = OpenOptions::new().read(true).write(true).open(path).ok()?;
    // SAFETY: a lock is plain data, of which zeros are the range of the whole file.
    let mut lock: libc::flock = unsafe { std::mem::zeroed() };
    lock.l_type = libc::F_WRLCK as libc::c_short;
    // SAFETY: the descriptor is open, and the call reads `lock`.
    let status = unsafe { libc::fcntl(file.as_raw_fd(), libc::F_SETLK, &raw const lock) };
    (status == 0).then_some(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_another_process_has_locked_cannot_be_locked() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        let path = file.path().to_owned();
        let (reader, writer) = std::io::pipe().expect("a pipe");
        // SAFETY: the child calls only functions that may be called after a fork.
        let child = unsafe { libc::fork() };
        if child == 0 {
            // SAFETY: the descriptors are open, and the lock is plain data.
            unsafe {
                let mut lock: libc::flock = std::mem::zeroed();
                lock.l_type = libc::F_RDLCK as libc::c_short;
                libc::fcntl(file.as_raw_fd(), libc::F_SETLK, &raw const lock);
                libc::write(writer.as_raw_fd(), c"x".as_ptr().cast(), 1);
                loop {
                    libc::pause();
                }
            }
        }
        let mut word = [0];
        std::io::Read::read_exact(&mut &reader, &mut word).expect("a word");
        let locked = lock_alone(&path);
        // SAFETY: the child is ours, and was not waited for.
        unsafe {
            libc::kill(child, libc::SIGKILL);
            libc::waitpid(child, std::ptr::null_mut(), 0);
        }
        assert!(locked.is_none());
        assert!(lock_alone(&path).is_some());
    }
}
