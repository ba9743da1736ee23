//! Redis servers and clusters of the tests' own, on free ports of the loopback device.
//!
//! None outlives the process that started it, however that ends, nor do their files.

mod certificates;
mod client;
mod clock;
mod cluster;
mod keeper;
mod proxy;
mod scripted;
mod sentinels;
mod server;

pub use certificates::Certificates;
pub use client::{Client, Reply};
pub use clock::ServerClock;
pub use cluster::Cluster;
pub use proxy::{Fate, Proxy};
pub use scripted::{Scripted, drip, ordinary, serve};
pub use sentinels::Sentinels;
pub use server::{Server, Setup, free_port};

use std::io::Write;

/// Prints a line that the test runner does not keep to itself.
pub fn aloud(line: &str) {
    // It fails if the other end is closed.
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}
