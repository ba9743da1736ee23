//! Threads that write and read while a test does something to the servers.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::outcome::Outcome;
use super::worker::{Load, Worker};
use crate::support::{Raised, until};

/// How long the threads may take to begin, and to go on after the test.
const PATIENCE: Duration = Duration::from_secs(60);
/// The calls of a thread before the test begins, and after it.
const CALLS_AROUND: u64 = 50;

impl Load<'_> {
    /// Runs the threads while `during` runs, a little before and a little after; then compares all
    /// entries with the models.
    pub fn run(&self, threads: usize, during: impl FnOnce()) -> Outcome {
        let (over, calls) = (AtomicBool::new(false), AtomicU64::new(0));
        let mut all = Outcome::default();
        let (began, ended) = std::thread::scope(|scope| {
            let workers = (0..threads).map(|thread| {
                let (over, calls) = (&over, &calls);
                scope.spawn(move || {
                    let mut worker = Worker::new(self, thread);
                    while !over.load(Ordering::Relaxed) {
                        worker.step();
                        calls.fetch_add(1, Ordering::Relaxed);
                    }
                    worker.verify();
                    worker.outcome
                })
            });
            let workers: Vec<_> = workers.collect();
            let raised = Raised(&over);
            let more = CALLS_AROUND * threads as u64;
            let goes_on = |words: &str| {
                let begun = calls.load(Ordering::Relaxed);
                until(words, PATIENCE, || calls.load(Ordering::Relaxed) >= begun + more);
            };
            goes_on("the threads are at work");
            let began = Instant::now();
            during();
            let ended = Instant::now();
            goes_on("the threads go on");
            drop(raised);
            for worker in workers {
                all.add(worker.join().expect("no panic"));
            }
            (began, ended)
        });
        all.measure_gap(began, ended);
        all
    }
}
