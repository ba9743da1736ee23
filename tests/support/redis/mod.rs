//! Redis servers and clusters of the tests' own, on free ports of the loopback device.
//!
//! None outlives the process that started it, however that ends, nor do their files.

mod certificates;
mod client;
mod clock;
mod cluster;
mod keeper;
mod proxy;
mod server;

pub use certificates::Certificates;
pub use client::{Answer, Client};
pub use clock::ServerClock;
pub use cluster::Cluster;
pub use proxy::{Fate, Proxy};
pub use server::{Server, Setup};

use std::io::Write;
use std::time::{Duration, Instant};

/// Prints a line that the test runner does not keep to itself.
pub fn aloud(line: &str) {
    // It fails if nobody listens any more.
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}

/// Returns once `is_so`, or fails after `limit` naming `what` was waited for.
pub fn until(what: &str, limit: Duration, mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + limit;
    while !is_so() {
        assert!(Instant::now() < deadline, "{what}: not within {limit:?}");
        std::thread::sleep(Duration::from_millis(5));
    }
}
