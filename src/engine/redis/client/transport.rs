//! The bytes of a connection: a socket, maybe with TLS, whose reads and writes end by the deadline
//! of the call.

use std::io::{self, Read, Write};
use std::time::{Duration, Instant};

use rustls::{ClientConnection, StreamOwned};
use socket2::Socket;

use crate::call::CallContext;
use crate::error::Error;
use crate::os::{Descriptor, Ready, descriptor_of, receive, send};

/// The rate, in bytes a second, at which a call that transfers much has to go on past its deadline.
const RATE_MIN: u64 = 1 << 20;
/// The time by which a call may pass its deadline, to save system calls.
const SLACK: Duration = Duration::from_millis(10);

/// A socket with the limits of the call that uses it.
///
/// A read or write that a signal interrupts goes on with the time that is left.
pub(crate) struct Limited {
    socket: Socket,
    /// The timeout of receives that block, a property of the socket.
    timeout: Duration,
    call: CallContext,
    /// The deadline of the call, if it transfers nothing.
    deadline: Instant,
    /// The bytes that the call has transferred.
    moved: u64,
    /// Whether reads and writes wait.
    waits: bool,
    /// The error that has ended a wait.
    ended: Option<Error>,
}

impl Limited {
    /// Returns a connected socket with the limits of one call; most calls have `timeout` to their
    /// deadline.
    pub(crate) fn new(
        socket: Socket,
        timeout: Duration,
        deadline: Instant,
        call: &CallContext,
    ) -> io::Result<Limited> {
        // A timeout of zero would mean none.
        socket.set_read_timeout(Some(timeout.max(Duration::from_millis(1))))?;
        let call = call.clone();
        Ok(Limited { socket, timeout, call, deadline, moved: 0, waits: true, ended: None })
    }

    /// Begins a call with a deadline.
    fn begin(&mut self, deadline: Instant, call: &CallContext) {
        self.deadline = deadline;
        self.call.clone_from(call);
        (self.moved, self.waits, self.ended) = (0, true, None);
    }

    /// Returns the time by which the call has to end: its deadline, and more for what it has
    /// transferred.
    fn until(&self) -> Instant {
        let more = self.moved.saturating_mul(1_000_000_000 / RATE_MIN);
        self.deadline + Duration::from_nanos(more)
    }

    /// Returns whether the timeout of the socket ends a receive by the deadline of the call.
    fn may_block(&self) -> bool {
        let left = || self.until().saturating_duration_since(Instant::now());
        self.waits && !self.call.is_bound() && left() + SLACK >= self.timeout
    }

    fn wait(&mut self, ready: Ready) -> io::Result<()> {
        match self.call.wait_ready(descriptor_of(&self.socket), ready, self.until()) {
            Ok(true) => Ok(()),
            Ok(false) => Err(io::ErrorKind::TimedOut.into()),
            Err(error) => {
                self.ended = Some(error);
                Err(io::ErrorKind::TimedOut.into())
            }
        }
    }

    /// Repeats `attempt` until it succeeds or the call has to end.
    fn repeat(
        &mut self,
        ready: Ready,
        mut attempt: impl FnMut(&mut Self) -> io::Result<usize>,
    ) -> io::Result<usize> {
        loop {
            match attempt(self) {
                Ok(len) => {
                    self.moved = self.moved.saturating_add(len as u64);
                    return Ok(len);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock && self.waits => {
                    self.wait(ready)?;
                }
                Err(error) => return Err(error),
            }
        }
    }
}

impl Read for Limited {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.repeat(Ready::Read, |it| receive(descriptor_of(&it.socket), buffer, it.may_block()))
    }
}

// Without a `write_vectored`: writev(2) would raise SIGPIPE.
impl Write for Limited {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.repeat(Ready::Write, |it| send(descriptor_of(&it.socket), bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A stream of bytes to and from a server.
pub(crate) enum Transport {
    /// Without encryption.
    Plain(Limited),
    /// With TLS.
    Tls(Box<StreamOwned<ClientConnection, Limited>>),
}

impl Transport {
    /// Begins a call with a deadline: reads and writes wait, and end with it.
    pub(crate) fn begin(&mut self, deadline: Instant, call: &CallContext) {
        self.limited_mut().begin(deadline, call);
    }

    /// Switches between reads that wait and reads that fail with [`io::ErrorKind::WouldBlock`].
    pub(crate) fn set_waiting(&mut self, on: bool) {
        self.limited_mut().waits = on;
    }

    /// Sends all of `bytes`.
    pub(crate) fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.write_all(bytes)?;
        self.flush()
    }

    /// Returns whether the last failure was that the call was cancelled or met its own deadline,
    /// or that the wait itself failed; the error is taken.
    pub(crate) fn take_ended(&mut self) -> Option<Error> {
        self.limited_mut().ended.take()
    }

    /// Returns the descriptor, for polling. It belongs to the transport.
    pub(crate) fn fd(&self) -> Descriptor {
        match self {
            Transport::Plain(limited) => descriptor_of(&limited.socket),
            Transport::Tls(tls) => descriptor_of(&tls.get_ref().socket),
        }
    }

    /// Makes the TLS connection, if there is one.
    pub(crate) fn shake_hands(&mut self) -> io::Result<()> {
        let Transport::Tls(tls) = self else { return Ok(()) };
        while tls.conn.is_handshaking() {
            tls.conn.complete_io(&mut tls.sock)?;
        }
        Ok(())
    }

    fn limited_mut(&mut self) -> &mut Limited {
        match self {
            Transport::Plain(limited) => limited,
            Transport::Tls(tls) => tls.get_mut(),
        }
    }
}

impl Read for Transport {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Transport::Plain(limited) => limited.read(buffer),
            Transport::Tls(tls) => tls.read(buffer),
        }
    }
}

impl Write for Transport {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Transport::Plain(limited) => limited.write(bytes),
            Transport::Tls(tls) => tls.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Transport::Plain(limited) => limited.flush(),
            Transport::Tls(tls) => tls.flush(),
        }
    }
}
