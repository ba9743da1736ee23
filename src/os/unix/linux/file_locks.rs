//! The list of all locks on files.

use std::fs;

use crate::os::file_id::Identity;
use crate::os::file_lock::FileLock;

/// Returns the POSIX locks that other processes hold on a file. Those of other PID namespaces are
/// not seen.
///
/// The list of the system is read, because a descriptor of the file would drop all locks of this
/// process when it is closed.
pub(crate) fn file_locks((device, inode): Identity) -> Vec<FileLock> {
    let locks = fs::read_to_string("/proc/locks").unwrap_or_default();
    let own = std::process::id();
    let found = locks.lines().filter_map(|line| parse_lock(line, device, inode));
    found.filter(|lock| lock.process != own).collect()
}

/// Returns the name of a process' program, if the system tells it.
pub(crate) fn process_name(process: u32) -> Option<String> {
    let name = fs::read_to_string(format!("/proc/{process}/comm")).ok()?;
    Some(name.trim_end().escape_default().to_string())
}

/// Returns the lock of a line, if it is one that is held on the file.
fn parse_lock(line: &str, device: u64, inode: u64) -> Option<FileLock> {
    // 1: POSIX  ADVISORY  READ 4711 fe:01:123456 1073741826 1073742335; a process that waits has an
    // arrow behind the number.
    let mut words = line.split_whitespace().skip(1);
    if words.next() != Some("POSIX") {
        return None;
    }
    let is_write = words.nth(1)? == "WRITE";
    let process = words.next()?.parse().ok()?;
    let file = format!("{:02x}:{:02x}:{inode}", libc::major(device), libc::minor(device));
    if words.next() != Some(&file) {
        return None;
    }
    let first = words.next()?.parse().ok()?;
    let last = match words.next()? {
        "EOF" => u64::MAX,
        last => last.parse().ok()?,
    };
    Some(FileLock { process, is_write, first, last })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_locks_that_are_held_on_the_file_have_a_holder() {
        let device = libc::makedev(0xfe, 1);
        let held = "1: POSIX  ADVISORY  READ 4711 fe:01:42 1073741826 1073742335";
        let lock =
            |is_write, last| Some(FileLock { process: 4711, is_write, first: 1_073_741_826, last });
        assert_eq!(parse_lock(held, device, 42), lock(false, 1_073_742_335));
        let write = held.replace("READ", "WRITE").replace("1073742335", "EOF");
        assert_eq!(parse_lock(&write, device, 42), lock(true, u64::MAX));
        assert_eq!(parse_lock(held, device, 43), None);
        assert_eq!(parse_lock(held, libc::makedev(0xfe, 2), 42), None);
        for other in [
            "1: -> POSIX  ADVISORY  WRITE 4711 fe:01:42 0 EOF",
            "2: FLOCK  ADVISORY  WRITE 4711 fe:01:42 0 EOF",
            "3: OFDLCK ADVISORY  READ -1 fe:01:42 0 EOF",
            "",
        ] {
            assert_eq!(parse_lock(other, device, 42), None, "{other}");
        }
    }
}
