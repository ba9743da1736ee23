//! A socket by which threads and handlers of signals wake a view from its wait.

use std::io::{self, Read, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::sync::Arc;

use signal_hook::SigId;
use signal_hook::consts::{SIGCONT, SIGHUP, SIGINT, SIGTERM, SIGTSTP, SIGWINCH};
use signal_hook::low_level;

/// The signals that wake the view. All but two of them are looked at elsewhere.
const WAKING: [i32; 5] = [SIGINT, SIGTERM, SIGHUP, SIGCONT, SIGWINCH];

/// The end that the view waits for.
pub struct Wake {
    receiver: UnixStream,
    waker: Waker,
    handlers: Vec<SigId>,
    /// The socket of SIGTSTP, which stops the process as Ctrl-Z does.
    stops: UnixStream,
}

/// The end of a thread.
#[derive(Clone)]
pub struct Waker(Arc<UnixStream>);

impl Wake {
    /// Returns a socket that the signals of a terminal wake too.
    pub fn new() -> io::Result<Wake> {
        let (receiver, sender) = pair()?;
        let (stops, stop_sender) = pair()?;
        let mut wake = Wake { receiver, waker: Waker(Arc::new(sender)), handlers: vec![], stops };
        for number in WAKING {
            let socket = wake.waker.0.try_clone()?;
            wake.handlers.push(low_level::pipe::register(number, socket)?);
        }
        wake.handlers.push(low_level::pipe::register(SIGTSTP, stop_sender)?);
        Ok(wake)
    }

    /// Returns the end of a thread.
    pub fn waker(&self) -> Waker {
        self.waker.clone()
    }

    /// Returns the sockets to wait for.
    pub fn sockets(&self) -> [BorrowedFd<'_>; 2] {
        [self.receiver.as_fd(), self.stops.as_fd()]
    }

    /// Forgets all wakes; returns whether SIGTSTP was received.
    pub fn drain(&mut self) -> bool {
        drain(&mut self.receiver);
        drain(&mut self.stops)
    }
}

impl Drop for Wake {
    fn drop(&mut self) {
        for handler in self.handlers.drain(..) {
            low_level::unregister(handler);
        }
    }
}

impl Waker {
    /// Wakes the view. A full socket wakes it already.
    pub fn wake(&self) {
        let _ = (&*self.0).write(b"w");
    }
}

fn pair() -> io::Result<(UnixStream, UnixStream)> {
    let (receiver, sender) = UnixStream::pair()?;
    receiver.set_nonblocking(true)?;
    sender.set_nonblocking(true)?;
    Ok((receiver, sender))
}

/// Reads all; returns whether there was something.
fn drain(socket: &mut UnixStream) -> bool {
    let mut is_any = false;
    while matches!(socket.read(&mut [0; 256]), Ok(1..)) {
        is_any = true;
    }
    is_any
}
