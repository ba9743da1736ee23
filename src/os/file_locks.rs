//! The processes that hold locks on a file.

use std::fs;

use crate::os::held::Identity;

/// The ids of the processes that hold POSIX locks on a file.
#[derive(Debug, Default)]
pub(crate) struct LockHolders {
    /// Those with a read lock.
    pub readers: Vec<u32>,
    /// Those with a write lock.
    pub writers: Vec<u32>,
}

/// Returns the processes, other than this one, that hold a POSIX lock on a file. Those of other PID
/// namespaces are not seen.
///
/// The list of the system is read, because a descriptor of the file would drop all locks of this
/// process when it is closed.
pub(crate) fn lock_holders((device, inode): Identity) -> LockHolders {
    let locks = fs::read_to_string("/proc/locks").unwrap_or_default();
    let own = std::process::id();
    let mut holders = LockHolders::default();
    for (id, is_write) in locks.lines().filter_map(|line| holder(line, device, inode)) {
        match is_write {
            _ if id == own => {}
            true => holders.writers.push(id),
            false => holders.readers.push(id),
        }
    }
    holders
}

/// Returns the process that holds the lock of a line, and whether it is a write lock, if the lock
/// is one on the file.
fn holder(line: &str, device: u64, inode: u64) -> Option<(u32, bool)> {
    // 1: POSIX  ADVISORY  READ 4711 fe:01:123456 1073741826 1073742335; a process that waits has an
    // arrow behind the number.
    let mut words = line.split_whitespace().skip(1);
    if words.next() != Some("POSIX") {
        return None;
    }
    let is_write = words.nth(1)? == "WRITE";
    let id = words.next()?.parse().ok()?;
    let file = format!("{:02x}:{:02x}:{inode}", libc::major(device), libc::minor(device));
    (words.next() == Some(&file)).then_some((id, is_write))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_locks_that_are_held_on_the_file_have_a_holder() {
        let device = libc::makedev(0xfe, 1);
        let held = "1: POSIX  ADVISORY  READ 4711 fe:01:42 1073741826 1073742335";
        assert_eq!(holder(held, device, 42), Some((4711, false)));
        assert_eq!(holder(&held.replace("READ", "WRITE"), device, 42), Some((4711, true)));
        assert_eq!(holder(held, device, 43), None);
        assert_eq!(holder(held, libc::makedev(0xfe, 2), 42), None);
        for other in [
            "1: -> POSIX  ADVISORY  WRITE 4711 fe:01:42 0 EOF",
            "2: FLOCK  ADVISORY  WRITE 4711 fe:01:42 0 EOF",
            "3: OFDLCK ADVISORY  READ -1 fe:01:42 0 EOF",
            "",
        ] {
            assert_eq!(holder(other, device, 42), None, "{other}");
        }
    }
}
