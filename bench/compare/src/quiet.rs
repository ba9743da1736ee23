//! Waiting until a peer's background work is over, so that it does not run in the next one's slice.

use std::thread;
use std::time::{Duration, Instant};

/// The span over which the CPU time of the whole process is measured.
const SPAN: Duration = Duration::from_millis(10);
/// At most this share of the span is the noise of an idle process.
const IDLE: Duration = Duration::from_micros(500);
/// A peer that never comes to rest is left alone after this time.
const PATIENCE: Duration = Duration::from_secs(60);

/// Returns the CPU time that all threads of the process have used, in user and kernel.
pub fn cpu_time() -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the place is valid; this clock exists on every system that the benchmark builds on.
    unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &mut time) };
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

/// Waits for background threads to finish: flushes, compactions, checkpoints.
pub fn wait_for_threads() {
    let start = Instant::now();
    loop {
        let before = cpu_time();
        thread::sleep(SPAN);
        if cpu_time() - before < IDLE || start.elapsed() > PATIENCE {
            return;
        }
    }
}

/// Waits for background threads, then for the kernel to write what they and the slice have left
/// dirty.
pub fn wait_for_threads_and_disk() {
    wait_for_threads();
    // SAFETY: sync takes nothing and cannot fail.
    unsafe { libc::sync() };
}
