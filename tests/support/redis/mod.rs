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
use std::process::{Command, Stdio};
use std::sync::LazyLock;
use std::time::{Duration, Instant};

/// Whether there is a redis-server; said aloud if there is none, and a failure if one is required.
static IS_HERE: LazyLock<bool> = LazyLock::new(|| {
    let version = Command::new("redis-server").arg("--version").stdout(Stdio::null()).status();
    let Err(error) = version else { return true };
    let required = std::env::var("KV_REQUIRE_REDIS").is_ok_and(|it| it == "1");
    assert!(!required, "KV_REQUIRE_REDIS=1, but redis-server cannot start: {error}");
    aloud(&format!(
        "SKIPPED all that needs a redis-server, which cannot start: {error}; \
         KV_REQUIRE_REDIS=1 makes this a failure"
    ));
    false
});

/// Answers whether there is a redis-server to test with.
pub fn is_here() -> bool {
    *IS_HERE
}

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
