//! Waits for sockets.

use std::io;
use std::time::Duration;

use windows_sys::Win32::Networking::WinSock::{FD_SET, SOCKET, SOCKET_ERROR, TIMEVAL, select};

use super::descriptors::Descriptor;
use crate::os::ready::{Ready, bits_of};

/// The sockets of a set; more than [`SOCKETS_MAX`] are not waited for.
///
/// It is an `FD_SET` with more room than the usual 64, which the calls do not know.
#[repr(C)]
struct Sockets {
    count: u32,
    sockets: [SOCKET; SOCKETS_MAX],
}

/// More than a cluster has masters.
const SOCKETS_MAX: usize = 1024;

/// Waits until a descriptor is ready, for `timeout` at most, or for ever without a timeout. Returns
/// which are, as [`bits_of`].
///
/// A connection that is refused is ready: `select` shows it as an exception, and `WSAPoll` of older
/// systems not at all.
pub(crate) fn wait_ready(
    fds: &[(Descriptor, Ready)],
    timeout: Option<Duration>,
) -> io::Result<u32> {
    let of = |wanted: Ready| fds.iter().filter(move |it| it.1 == wanted).map(|it| it.0);
    let (mut readable, mut writable) =
        (Sockets::new(of(Ready::Read)), Sockets::new(of(Ready::Write)));
    let mut failed = Sockets::new(of(Ready::Write));
    let timeout = timeout.map(|it| TIMEVAL {
        tv_sec: i32::try_from(it.as_secs()).unwrap_or(i32::MAX),
        tv_usec: it.subsec_nanos().div_ceil(1000).min(999_999).cast_signed(),
    });
    let timeout = timeout.as_ref().map_or(std::ptr::null(), std::ptr::from_ref);
    // SAFETY: the sets and the timeout outlive the call, which reads and writes as many sockets
    // of a set as its count says; the timeout may be NULL.
    let count =
        unsafe { select(0, readable.as_set(), writable.as_set(), failed.as_set(), timeout) };
    if count == SOCKET_ERROR {
        return Err(io::Error::last_os_error());
    }
    Ok(bits_of(fds.iter().map(|(fd, ready)| match ready {
        Ready::Read => readable.has(*fd),
        Ready::Write => writable.has(*fd) || failed.has(*fd),
    })))
}

impl Sockets {
    fn new(sockets: impl Iterator<Item = Descriptor>) -> Sockets {
        let mut set = Sockets { count: 0, sockets: [0; SOCKETS_MAX] };
        for (place, socket) in set.sockets.iter_mut().zip(sockets) {
            *place = socket as SOCKET;
            set.count += 1;
        }
        set
    }

    fn as_set(&mut self) -> *mut FD_SET {
        (&raw mut *self).cast()
    }

    fn has(&self, socket: Descriptor) -> bool {
        self.sockets.iter().take(self.count as usize).any(|it| *it == socket as SOCKET)
    }
}
