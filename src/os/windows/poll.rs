//! Waits for sockets.

use std::io;
use std::time::Duration;

use windows_sys::Win32::Networking::WinSock::{FD_SET, SOCKET, SOCKET_ERROR, TIMEVAL, select};

use super::descriptors::Descriptor;
use crate::os::ready::Ready;

/// Waits until one of at most 32 descriptors is ready, for `timeout` at most, or for ever without
/// a timeout. Returns a bit for each that is ready, the first descriptor the lowest.
///
/// A connection that is refused is ready: `select` shows it as an exception, and `WSAPoll` of older
/// systems not at all.
pub(crate) fn wait_ready(
    fds: &[(Descriptor, Ready)],
    timeout: Option<Duration>,
) -> io::Result<u32> {
    let of = |wanted: Ready| fds.iter().filter(move |it| it.1 == wanted).map(|it| it.0);
    let (mut readable, mut writable) = (set(of(Ready::Read)), set(of(Ready::Write)));
    let mut failed = set(of(Ready::Write));
    let timeout = timeout.map(|it| TIMEVAL {
        tv_sec: i32::try_from(it.as_secs()).unwrap_or(i32::MAX),
        tv_usec: it.subsec_nanos().div_ceil(1000).min(999_999).cast_signed(),
    });
    let timeout = timeout.as_ref().map_or(std::ptr::null(), std::ptr::from_ref);
    // SAFETY: the sets and the timeout outlive the call; the timeout may be NULL.
    let count =
        unsafe { select(0, &raw mut readable, &raw mut writable, &raw mut failed, timeout) };
    if count == SOCKET_ERROR {
        return Err(io::Error::last_os_error());
    }
    let is_ready = |(fd, ready): &(Descriptor, Ready)| match ready {
        Ready::Read => has(&readable, *fd),
        Ready::Write => has(&writable, *fd) || has(&failed, *fd),
    };
    let bits = (0..).zip(fds).filter(|(_, it)| is_ready(it)).map(|(at, _)| 1 << at);
    Ok(bits.sum())
}

fn set(sockets: impl Iterator<Item = Descriptor>) -> FD_SET {
    let mut set = FD_SET { fd_count: 0, fd_array: [0; 64] };
    for (place, socket) in set.fd_array.iter_mut().zip(sockets) {
        *place = socket as SOCKET;
        set.fd_count += 1;
    }
    set
}

fn has(set: &FD_SET, socket: Descriptor) -> bool {
    set.fd_array.iter().take(set.fd_count as usize).any(|it| *it == socket as SOCKET)
}
