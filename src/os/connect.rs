//! Connections that are opened without blocking.

use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use socket2::{Domain, SockAddr, Socket, TcpKeepalive, Type};

use super::system;

/// The silence after which the kernel asks whether the peer is still there, the interval of further
/// questions, and their number: an idle connection whose peer is gone is closed in two minutes.
const KEEPALIVE_AFTER: Duration = Duration::from_secs(60);
const KEEPALIVE_EVERY: Duration = Duration::from_secs(15);
const KEEPALIVE_COUNT: u32 = 4;

/// Begins to connect to `address` and returns a non-blocking socket. Once it is writable,
/// [`finish_connect`] returns the outcome.
pub(crate) fn begin_connect(address: &SocketAddr) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(*address), Type::STREAM, None)?;
    socket.set_tcp_nodelay(true)?;
    let keepalive = TcpKeepalive::new().with_time(KEEPALIVE_AFTER).with_interval(KEEPALIVE_EVERY);
    socket.set_tcp_keepalive(&system::socket::with_retries(keepalive, KEEPALIVE_COUNT))?;
    begin(socket, &(*address).into())
}

/// Begins to connect to the Unix socket at `path`, as [`begin_connect`] does.
pub(crate) fn begin_connect_unix(path: &Path) -> io::Result<Socket> {
    begin(Socket::new(Domain::UNIX, Type::STREAM, None)?, &SockAddr::unix(path)?)
}

/// Returns why a connection was refused, once the socket is writable; then makes it ready for the
/// calls of this module.
pub(crate) fn finish_connect(socket: &Socket) -> io::Result<()> {
    socket.take_error()?.map_or(Ok(()), Err)?;
    socket.set_nonblocking(!system::socket::RECEIVES_BLOCK)
}

fn begin(socket: Socket, address: &SockAddr) -> io::Result<Socket> {
    socket.set_nonblocking(true)?;
    match socket.connect(address) {
        Err(error) if !system::socket::has_begun(&error) => Err(error),
        _ => Ok(socket),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::os::{Ready, descriptor_of, wait_ready};
    use std::net::TcpListener;

    #[test]
    fn a_connection_reaches_a_listener_and_is_refused_without_one() {
        for host in ["127.0.0.1:0", "[::1]:0"] {
            // A machine need not have both.
            let Ok(listener) = TcpListener::bind(host) else { continue };
            let address = listener.local_addr().expect("an address");
            let outcome = || {
                let stream = begin_connect(&address)?;
                let fds = [(descriptor_of(&stream), Ready::Write)];
                assert_ne!(wait_ready(&fds, Some(Duration::from_secs(60)))?, 0);
                finish_connect(&stream)
            };
            outcome().expect("a connection");
            drop(listener);
            let refused = outcome().expect_err("no server listens");
            assert_eq!(refused.kind(), io::ErrorKind::ConnectionRefused);
        }
    }
}
