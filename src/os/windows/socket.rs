//! Sends and receives on sockets, which never block: the system decides that by socket, not by
//! call.

use std::io;
use std::os::windows::io::{AsRawSocket, RawSocket};

use socket2::{Socket, TcpKeepalive};
use windows_sys::Win32::Networking::WinSock::{self, SOCKET, WSAEWOULDBLOCK};

/// Whether a receive may block: sockets stay in the mode that forbids it.
pub(crate) const RECEIVES_BLOCK: bool = false;

/// Returns the descriptor of a socket, which stays its owner.
pub(crate) fn descriptor_of(socket: &Socket) -> RawSocket {
    socket.as_raw_socket()
}

/// Changes nothing: before Windows 10 the number is fixed, at ten.
pub(crate) fn with_retries(keepalive: TcpKeepalive, _count: u32) -> TcpKeepalive {
    keepalive
}

/// Returns whether an attempt to connect goes on after this error.
pub(crate) fn has_begun(error: &io::Error) -> bool {
    error.raw_os_error() == Some(WSAEWOULDBLOCK)
}

/// Sends bytes without blocking and returns how many; a connection that was closed is an error.
pub(crate) fn send(socket: RawSocket, bytes: &[u8]) -> io::Result<usize> {
    // SAFETY: the pointer and the length are those of a slice that outlives the call.
    count(unsafe { WinSock::send(socket as SOCKET, bytes.as_ptr(), len_of(bytes), 0) })
}

/// Receives bytes into `buffer` and returns how many; 0 at the end of the connection. Fails with
/// [`io::ErrorKind::WouldBlock`] while there are none.
pub(crate) fn receive(socket: RawSocket, buffer: &mut [u8], _blocks: bool) -> io::Result<usize> {
    let len = len_of(buffer);
    // SAFETY: the pointer and the length are those of a slice that is ours to be written.
    count(unsafe { WinSock::recv(socket as SOCKET, buffer.as_mut_ptr(), len, 0) })
}

fn len_of(bytes: &[u8]) -> i32 {
    i32::try_from(bytes.len()).unwrap_or(i32::MAX)
}

fn count(result: i32) -> io::Result<usize> {
    usize::try_from(result).map_err(|_| io::Error::last_os_error())
}
