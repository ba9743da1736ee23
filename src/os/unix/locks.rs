//! Locks on files.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::os::fd::AsRawFd;
use std::path::Path;

pub(crate) use super::kernel::file_locks::{file_locks, process_name};

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

/// Locks an open file until it is closed; returns whether that was free. Other processes may read
/// the file.
pub(crate) fn try_lock(file: &File) -> io::Result<bool> {
    match file.try_lock() {
        Ok(()) => Ok(true),
        Err(TryLockError::WouldBlock) => Ok(false),
        Err(TryLockError::Error(error)) => Err(error),
    }
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
