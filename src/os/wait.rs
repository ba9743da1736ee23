//! Waits for descriptors.

use std::io;
use std::time::Duration;

use super::ready::Ready;
use super::system::descriptors::Descriptor;
pub(crate) use super::system::poll::wait_ready;

/// Waits until one of `fds` is readable, for `timeout` at most, or for ever without a timeout.
/// Returns whether one is readable.
pub(crate) fn wait_readable(fds: &[Descriptor], timeout: Option<Duration>) -> io::Result<bool> {
    let fds: Vec<_> = fds.iter().map(|fd| (*fd, Ready::Read)).collect();
    wait_ready(&fds, timeout).map(|ready| ready != 0)
}
