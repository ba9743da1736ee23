//! The thread that takes the samples of the view: a call that takes long, such as a count of many
//! entries, keeps the view from no key.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use kv::{CallContext, Store};

use crate::live_stats::sample::{Sample, Sampler};
use crate::store_arguments::StoreArguments;
use crate::terminal::wake::Waker;

/// How often the queue of changes is emptied within a longer interval.
const EMPTIED: Duration = Duration::from_millis(200);

/// The samples of a store, or the errors in their place.
pub struct Sampling {
    samples: Receiver<kv::Result<Sample>>,
    /// Closed to end the thread.
    end: Option<Sender<()>>,
    /// Cancels the call in which the thread may be.
    is_ended: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Sampling {
    /// Begins to take a sample each interval, and to wake the view for each.
    pub fn begin(
        store: &Store,
        arguments: &StoreArguments,
        counts_entries: bool,
        interval: Duration,
        waker: Waker,
    ) -> kv::Result<Sampling> {
        let is_ended = Arc::new(AtomicBool::new(false));
        let calls = CallContext::new();
        let seen = is_ended.clone();
        calls.set_poll(Some(Arc::new(move || seen.load(Ordering::Relaxed))));
        let mut sampler = Sampler::begin(store.bind(&calls), arguments, counts_entries)?;
        let (sender, samples) = mpsc::channel();
        let (end, ended) = mpsc::channel();
        let thread = thread::spawn(move || {
            loop {
                let begun = Instant::now();
                if sender.send(sampler.take()).is_err() {
                    return;
                }
                waker.wake();
                if !wait(&mut sampler, &ended, begun + interval) {
                    return;
                }
            }
        });
        Ok(Sampling { samples, end: Some(end), is_ended, thread: Some(thread) })
    }

    /// Returns the samples that were taken since the last call.
    pub fn take(&self) -> impl Iterator<Item = kv::Result<Sample>> {
        self.samples.try_iter()
    }
}

impl Drop for Sampling {
    fn drop(&mut self) {
        self.is_ended.store(true, Ordering::Relaxed);
        drop(self.end.take());
        if let Some(thread) = self.thread.take() {
            // A panic was printed by then.
            let _ = thread.join();
        }
    }
}

/// Waits until `until`; returns false if the thread is to end before.
fn wait(sampler: &mut Sampler, ended: &Receiver<()>, until: Instant) -> bool {
    loop {
        let left = until.saturating_duration_since(Instant::now());
        if ended.recv_timeout(left.min(EMPTIED)) != Err(RecvTimeoutError::Timeout) {
            return false;
        }
        if left <= EMPTIED {
            return true;
        }
        // An error is met again, and shown, by the next sample.
        let _ = sampler.count_changes();
    }
}
