//! What we ask of the operating system beyond the standard library.

use std::ffi::CString;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::Once;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{self, JoinHandle};

static OPEN_ENGINES: AtomicUsize = AtomicUsize::new(0);
static FORKED: AtomicBool = AtomicBool::new(false);

/// Begins `work` in a thread that receives no signals: they belong to the host program.
pub fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> io::Result<JoinHandle<()>> {
    // A thread inherits the mask, so it is set around the birth rather than inside.
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

/// Creates a file that must not exist yet, readable by its owner alone.
pub fn create_private(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

/// Answers whether this process may read a file, without opening it.
pub fn check_access(path: &Path) -> io::Result<()> {
    let path = CString::new(path.as_os_str().as_bytes())?;
    // SAFETY: the path is a string that ends with a NUL.
    match unsafe { libc::faccessat(libc::AT_FDCWD, path.as_ptr(), libc::R_OK, libc::AT_EACCESS) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

/// Returns the number of this process.
pub fn process_id() -> u32 {
    std::process::id()
}

/// A store that is open. While there is one, a fork makes the child one that may not use any:
/// locks on files are not inherited, but the library in the child would believe they were.
#[derive(Debug)]
pub struct OpenMark(());

impl OpenMark {
    /// Counts one more open store.
    pub fn new() -> Self {
        static WATCH_FORKS: Once = Once::new();
        WATCH_FORKS.call_once(|| {
            // SAFETY: the handler only reads and writes atomics, which a forked child may do; the
            // library is linked so that it is never unloaded.
            unsafe { libc::pthread_atfork(None, None, Some(after_fork_in_child)) };
        });
        OPEN_ENGINES.fetch_add(1, Ordering::SeqCst);
        OpenMark(())
    }
}

impl Default for OpenMark {
    fn default() -> Self {
        OpenMark::new()
    }
}

impl Drop for OpenMark {
    fn drop(&mut self) {
        OPEN_ENGINES.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Answers whether this process was forked from one that had a store open.
pub fn is_forked() -> bool {
    FORKED.load(Ordering::Relaxed)
}

extern "C" fn after_fork_in_child() {
    if OPEN_ENGINES.load(Ordering::SeqCst) > 0 {
        FORKED.store(true, Ordering::SeqCst);
    }
}
