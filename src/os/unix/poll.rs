//! Waits for descriptors.

use std::io;
use std::time::Duration;

use super::descriptors::Descriptor;
use super::kernel;
use crate::os::ready::{Ready, bits_of};

/// Waits until a descriptor is ready, for `timeout` at most, or for ever without a timeout. Returns
/// which are, as [`bits_of`]; none after a signal.
pub(crate) fn wait_ready(
    fds: &[(Descriptor, Ready)],
    timeout: Option<Duration>,
) -> io::Result<u32> {
    let poll = |(fd, ready): &(Descriptor, Ready)| {
        let events = match ready {
            Ready::Read => libc::POLLIN,
            Ready::Write => libc::POLLOUT,
        };
        libc::pollfd { fd: *fd, events, revents: 0 }
    };
    let mut polls: Vec<libc::pollfd> = fds.iter().map(poll).collect();
    let count = kernel::poll(&mut polls, timeout);
    if count >= 0 {
        let is_ready = polls.iter().map(|it| it.revents != 0);
        return Ok(bits_of(is_ready));
    }
    let error = io::Error::last_os_error();
    match error.kind() {
        io::ErrorKind::Interrupted => Ok(0),
        _ => Err(error),
    }
}
