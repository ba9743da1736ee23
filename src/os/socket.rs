//! Sends and receives on sockets: without SIGPIPE, and blocking or not by call.

use std::io;
use std::os::fd::RawFd;

/// Sends bytes without blocking and returns how many; a connection that was closed is an error, and
/// never a SIGPIPE.
pub(crate) fn send(fd: RawFd, bytes: &[u8]) -> io::Result<usize> {
    let flags = libc::MSG_NOSIGNAL | libc::MSG_DONTWAIT;
    // SAFETY: the pointer and the length are those of a slice that outlives the call.
    count(unsafe { libc::send(fd, bytes.as_ptr().cast(), bytes.len(), flags) })
}

/// Receives bytes into `buffer` and returns how many; 0 at the end of the connection. If `blocks`,
/// waits for them, for the socket's own timeout at most.
pub(crate) fn receive(fd: RawFd, buffer: &mut [u8], blocks: bool) -> io::Result<usize> {
    let flags = if blocks { 0 } else { libc::MSG_DONTWAIT };
    // SAFETY: the pointer and the length are those of a slice that is ours to be written.
    count(unsafe { libc::recv(fd, buffer.as_mut_ptr().cast(), buffer.len(), flags) })
}

fn count(result: libc::ssize_t) -> io::Result<usize> {
    usize::try_from(result).map_err(|_| io::Error::last_os_error())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::ErrorKind;
    use std::os::fd::AsRawFd;
    use std::os::unix::net::UnixStream;

    #[test]
    fn bytes_pass_and_a_closed_peer_is_an_error() {
        let (one, two) = UnixStream::pair().expect("a pair");
        let mut buffer = [0; 8];
        let none = receive(two.as_raw_fd(), &mut buffer, false).expect_err("nothing was sent");
        assert_eq!(none.kind(), ErrorKind::WouldBlock);
        assert_eq!(send(one.as_raw_fd(), b"abc").expect("room"), 3);
        assert_eq!(receive(two.as_raw_fd(), &mut buffer, true).expect("bytes"), 3);
        assert_eq!(&buffer[..3], b"abc");
        drop(two);
        let closed = send(one.as_raw_fd(), b"abc").expect_err("no peer");
        assert_eq!(closed.kind(), ErrorKind::BrokenPipe);
        assert_eq!(receive(one.as_raw_fd(), &mut buffer, true).expect("the end"), 0);
    }
}
