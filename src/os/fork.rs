//! Detection of forks: of one while a store is open, and of any.

use std::sync::Once;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

use super::system;

static OPEN_ENGINES: AtomicUsize = AtomicUsize::new(0);
static FORKED: AtomicBool = AtomicBool::new(false);
/// The forks by which this process came about, since they are watched.
static FORKS: AtomicU64 = AtomicU64::new(0);

/// The count of one open store. The child of a fork with a store open may not use any store: locks
/// on files are not inherited, and the library's state in the child assumes that it has them.
#[derive(Debug)]
pub(crate) struct OpenMark(());

impl OpenMark {
    /// Counts one more open store.
    pub(crate) fn new() -> Self {
        system::threads::stay_loaded();
        watch_forks();
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

/// Notices every fork from now on.
pub(crate) fn watch_forks() {
    static WATCH_FORKS: Once = Once::new();
    // The handler only reads and writes atomics, which a forked child may do.
    WATCH_FORKS.call_once(|| system::forks::call_in_child(after_fork_in_child));
}

/// Returns by how many forks this process came about, since they are watched.
pub(crate) fn forks() -> u64 {
    FORKS.load(Ordering::Relaxed)
}

/// Returns whether this process was forked from one that had a store open.
pub fn is_forked() -> bool {
    FORKED.load(Ordering::Relaxed)
}

extern "C" fn after_fork_in_child() {
    FORKS.fetch_add(1, Ordering::SeqCst);
    if OPEN_ENGINES.load(Ordering::SeqCst) > 0 {
        FORKED.store(true, Ordering::SeqCst);
    }
}
