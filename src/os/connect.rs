//! Connections that are opened without blocking.

use std::io;
use std::net::{SocketAddr, TcpStream};

use socket2::{Domain, Socket, Type};

/// Begins to connect to `address` and returns a non-blocking stream. Once the stream is writable,
/// `TcpStream::take_error` returns the outcome.
pub(crate) fn begin_connect(address: &SocketAddr) -> io::Result<TcpStream> {
    let socket = Socket::new(Domain::for_address(*address), Type::STREAM, None)?;
    socket.set_nonblocking(true)?;
    match socket.connect(&(*address).into()) {
        Err(error) if !has_begun(&error) => Err(error),
        _ => Ok(socket.into()),
    }
}

fn has_begun(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(libc::EINPROGRESS | libc::EINTR))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::os::{Ready, wait_ready};
    use std::net::TcpListener;
    use std::os::fd::AsRawFd;
    use std::time::Duration;

    #[test]
    fn a_connection_reaches_a_listener_and_is_refused_without_one() {
        for host in ["127.0.0.1:0", "[::1]:0"] {
            // A machine need not have both.
            let Ok(listener) = TcpListener::bind(host) else { continue };
            let address = listener.local_addr().expect("an address");
            let outcome = || {
                let stream = begin_connect(&address)?;
                let fds = [(stream.as_raw_fd(), Ready::Write)];
                assert_ne!(wait_ready(&fds, Some(Duration::from_secs(60)))?, 0);
                stream.take_error()?.map_or(Ok(()), Err)
            };
            outcome().expect("a connection");
            drop(listener);
            let refused = outcome().expect_err("no server listens");
            assert_eq!(refused.kind(), io::ErrorKind::ConnectionRefused);
        }
    }
}
