//! Connecting without waiting for it.

use std::io;
use std::net::{SocketAddr, TcpStream};
use std::os::fd::FromRawFd;

/// Begins to connect to `address`. The stream does not block; once it can be written, its error
/// says what became of it.
pub fn begin_connect(address: &SocketAddr) -> io::Result<TcpStream> {
    let family = if address.is_ipv4() { libc::AF_INET } else { libc::AF_INET6 };
    let kind = libc::SOCK_STREAM | libc::SOCK_CLOEXEC | libc::SOCK_NONBLOCK;
    // SAFETY: the call takes no pointers.
    let fd = unsafe { libc::socket(family, kind, 0) };
    if fd < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the descriptor is new and nobody else's.
    let stream = unsafe { TcpStream::from_raw_fd(fd) };
    let status = match address {
        SocketAddr::V4(address) => {
            let to = libc::sockaddr_in {
                sin_family: libc::AF_INET as libc::sa_family_t,
                sin_port: address.port().to_be(),
                sin_addr: libc::in_addr { s_addr: u32::from_ne_bytes(address.ip().octets()) },
                sin_zero: [0; 8],
            };
            // SAFETY: the address is there, and as long as is said.
            unsafe { libc::connect(fd, (&raw const to).cast(), len_of(&to)) }
        }
        SocketAddr::V6(address) => {
            let to = libc::sockaddr_in6 {
                sin6_family: libc::AF_INET6 as libc::sa_family_t,
                sin6_port: address.port().to_be(),
                sin6_flowinfo: address.flowinfo(),
                sin6_addr: libc::in6_addr { s6_addr: address.ip().octets() },
                sin6_scope_id: address.scope_id(),
            };
            // SAFETY: as above.
            unsafe { libc::connect(fd, (&raw const to).cast(), len_of(&to)) }
        }
    };
    let error = io::Error::last_os_error();
    match status {
        0 => Ok(stream),
        _ if matches!(error.raw_os_error(), Some(libc::EINPROGRESS | libc::EINTR)) => Ok(stream),
        _ => Err(error),
    }
}

fn len_of<T>(address: &T) -> libc::socklen_t {
    size_of_val(address) as libc::socklen_t
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::os::{Ready, wait_ready};
    use std::net::TcpListener;
    use std::os::fd::AsRawFd;
    use std::time::Duration;

    #[test]
    fn a_listener_is_reached_and_where_none_is_an_error_says_so() {
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
            let refused = outcome().expect_err("nobody listens");
            assert_eq!(refused.kind(), io::ErrorKind::ConnectionRefused);
        }
    }
}
