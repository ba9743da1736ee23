//! The descriptors of this process, and which of them belong to this library.
//!
//! POSIX drops all locks of a process on a file when any descriptor of the file is closed. So a
//! descriptor of a database file that another part of the program has opened endangers the locks of
//! SQLite, which knows nothing of it.

use std::fs;
use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd, RawFd};
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;

use super::kernel::{DESCRIPTORS, Stat, fstat};
use crate::os::file_id::Identity;

/// The number of an open file or socket.
pub(crate) type Descriptor = RawFd;

/// Returns a descriptor as programs in C have it.
pub(crate) fn number_of(descriptor: Descriptor) -> i32 {
    descriptor
}

/// The descriptors that are recorded; higher ones count as this library's.
const RECORDED: usize = 1 << 16;

/// A bit for each descriptor that this library has open.
static OWN: [AtomicU64; RECORDED / 64] = [const { AtomicU64::new(0) }; RECORDED / 64];

/// Descriptors that are harmless although this library did not open them, or before any was
/// recorded.
static ACCEPTED: Mutex<Vec<(RawFd, Identity)>> = Mutex::new(Vec::new());

/// Records that this library has opened `descriptor`.
pub(crate) fn record_own(descriptor: RawFd) {
    if let Some((word, bit)) = place(descriptor) {
        word.fetch_or(bit, Ordering::Relaxed);
    }
}

/// Forgets `descriptor`, which this library is about to close.
pub(crate) fn forget_own(descriptor: RawFd) {
    if let Some((word, bit)) = place(descriptor) {
        word.fetch_and(!bit, Ordering::Relaxed);
    }
}

fn place(descriptor: RawFd) -> Option<(&'static AtomicU64, u64)> {
    let number = usize::try_from(descriptor).ok()?;
    Some((OWN.get(number / 64)?, 1 << (number % 64)))
}

fn is_own(descriptor: RawFd) -> bool {
    place(descriptor).is_none_or(|(word, bit)| word.load(Ordering::Relaxed) & bit != 0)
}

/// A descriptor that is recorded as this library's until this is dropped, which has to come before
/// its close.
#[derive(Debug)]
pub(crate) struct OwnDescriptor(RawFd);

impl OwnDescriptor {
    pub(crate) fn new(file: &impl AsRawFd) -> OwnDescriptor {
        record_own(file.as_raw_fd());
        OwnDescriptor(file.as_raw_fd())
    }
}

impl Drop for OwnDescriptor {
    fn drop(&mut self) {
        forget_own(self.0);
    }
}

/// Accepts the files that this process has open now: a store of one of them can be opened.
///
/// A program calls this before anything else if it never closes a descriptor that it has inherited
/// from the program that started it.
pub fn accept_open_files() {
    let open = descriptors().filter_map(|it| Some((it, identity(it)?))).collect::<Vec<_>>();
    ACCEPTED.lock().extend(open);
}

/// Returns the descriptors of this process of one of `files` that this library has not opened, each
/// with its file. Opens and closes none of them.
///
/// One that is just being opened or closed by this library may be among them. Where the system
/// lists none, none is found.
pub(crate) fn foreign_descriptors(files: &[Identity]) -> Vec<(RawFd, Identity)> {
    let candidates = descriptors().filter(|it| !is_own(*it));
    let mut found = candidates
        .filter_map(|it| Some((it, identity(it).filter(|file| files.contains(file))?)))
        .collect::<Vec<_>>();
    if !found.is_empty() {
        let accepted = ACCEPTED.lock();
        found.retain(|it| !accepted.contains(it));
    }
    found
}

/// Returns the open descriptors.
fn descriptors() -> impl Iterator<Item = RawFd> {
    let entries = fs::read_dir(DESCRIPTORS).into_iter().flatten();
    entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
}

/// Returns the identity of an open file; `None` if the descriptor was closed meanwhile.
fn identity(descriptor: RawFd) -> Option<Identity> {
    let mut stat = MaybeUninit::<Stat>::uninit();
    // SAFETY: the call takes any number, and writes into memory that is ours.
    if unsafe { fstat(descriptor, stat.as_mut_ptr()) } != 0 {
        return None;
    }
    // SAFETY: a call that succeeds has written it.
    let stat = unsafe { stat.assume_init() };
    // The types of the fields are each system's own.
    Some((stat.st_dev as _, stat.st_ino as _))
}

#[cfg(test)]
mod tests {
    use std::fs::File;

    use super::*;

    #[test]
    fn a_descriptor_is_foreign_unless_it_is_recorded_or_accepted() {
        let file = tempfile::tempfile().expect("a file");
        let number = file.as_raw_fd();
        let wanted = identity(number).expect("an open file");
        let found = || foreign_descriptors(&[wanted]);
        assert_eq!(found(), [(number, wanted)]);
        let own = OwnDescriptor::new(&file);
        assert_eq!(found(), []);
        drop(own);
        assert_eq!(found(), [(number, wanted)]);
        let second: File = file.try_clone().expect("a second descriptor");
        assert_eq!(found().len(), 2);
        drop(second);
        ACCEPTED.lock().push((number, wanted));
        assert_eq!(found(), []);
        let other = tempfile::tempfile().expect("a file");
        let other = identity(other.as_raw_fd()).expect("an open file");
        assert_ne!(other, wanted);
        assert!(foreign_descriptors(&[]).is_empty());
    }

    #[test]
    fn numbers_beyond_the_record_count_as_own() {
        let beyond = RawFd::try_from(RECORDED).expect("a small number");
        record_own(beyond);
        forget_own(beyond);
        assert!(is_own(beyond));
        assert!(!is_own(beyond - 1));
        assert!(is_own(-1));
    }
}
