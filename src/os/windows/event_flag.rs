//! A flag with a socket: readable while the flag is up.

use std::io;
use std::net::{Ipv4Addr, UdpSocket};
use std::os::windows::io::{AsRawSocket, RawSocket};

/// A flag that programs can wait for with select or WSAPoll: a datagram socket of the loopback
/// interface that is connected to itself, with a datagram in it while the flag is up.
#[derive(Debug)]
pub(crate) struct EventFlag(UdpSocket);

impl EventFlag {
    /// Returns a flag that is down.
    pub(crate) fn new() -> io::Result<EventFlag> {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
        // A connected socket receives from its peer alone, so no other program raises the flag.
        socket.connect(socket.local_addr()?)?;
        socket.set_nonblocking(true)?;
        Ok(EventFlag(socket))
    }

    /// Returns the socket, which is closed with `self`.
    pub(crate) fn raw(&self) -> RawSocket {
        self.0.as_raw_socket()
    }

    /// Raises the flag.
    pub(crate) fn signal(&self) {
        // The send can only fail when the socket is full, and then the flag is up.
        let _ = self.0.send(&[1]);
    }

    /// Takes the flag down.
    pub(crate) fn clear(&self) {
        let mut byte = [0];
        // The loop ends when no datagram is left.
        while self.0.recv(&mut byte).is_ok() {}
    }
}
