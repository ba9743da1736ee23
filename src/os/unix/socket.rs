//! Sends and receives on sockets: without SIGPIPE, and blocking or not by call.

use std::io;
use std::os::fd::{AsRawFd, RawFd};

use socket2::{Socket, TcpKeepalive};

use super::kernel::NO_SIGNAL;

/// Whether a receive may block: sockets are not in a mode that forbids it.
pub(crate) const RECEIVES_BLOCK: bool = true;

/// Returns the descriptor of a socket, which stays its owner.
pub(crate) fn descriptor_of(socket: &Socket) -> RawFd {
    socket.as_raw_fd()
}

/// Limits the number of questions to a silent peer.
pub(crate) fn with_retries(keepalive: TcpKeepalive, count: u32) -> TcpKeepalive {
    keepalive.with_retries(count)
}

/// Returns whether an attempt to connect goes on after this error.
pub(crate) fn has_begun(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(libc::EINPROGRESS | libc::EINTR))
}

/// Sends bytes without blocking and returns how many; a connection that was closed is an error, and
/// never a SIGPIPE.
pub(crate) fn send(fd: RawFd, bytes: &[u8]) -> io::Result<usize> {
    let flags = NO_SIGNAL | libc::MSG_DONTWAIT;
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
