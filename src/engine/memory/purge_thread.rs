//! The thread that purges a store in memory. It exists while an entry of the store has an expiry.

use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use parking_lot::Mutex;

use crate::engine::stop::Stop;
use crate::os;

/// The place of the thread.
pub(super) struct PurgeThread {
    /// The time between two purges; zero for never.
    interval: Duration,
    stop: Arc<Stop>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl PurgeThread {
    /// Returns a place without a thread.
    pub(super) fn new(interval: Duration) -> PurgeThread {
        PurgeThread { interval, stop: Arc::default(), thread: Mutex::default() }
    }

    /// Returns whether entries are purged in the background at all.
    pub(super) fn is_wanted(&self) -> bool {
        !self.interval.is_zero()
    }

    /// Spawns the thread, which runs `purge` at each interval until that returns false. The last
    /// thread has ended or is about to. Returns false if the system has no further thread.
    pub(super) fn spawn(&self, purge: impl Fn(&Stop) -> bool + Send + 'static) -> bool {
        let (interval, stop) = (self.interval, self.stop.clone());
        let run = move || while !stop.wait(interval) && purge(&stop) {};
        let mut thread = self.thread.lock();
        let spawned = os::spawn("kv-memory-purge", run).ok();
        let is_spawned = spawned.is_some();
        join(std::mem::replace(&mut *thread, spawned));
        is_spawned
    }

    /// Ends the thread and waits for its end.
    pub(super) fn end(&self) {
        self.stop.request();
        join(self.thread.lock().take());
    }
}

fn join(thread: Option<JoinHandle<()>>) {
    // A callback may close the store in the thread itself, which then ends after it.
    if let Some(thread) = thread.filter(|it| !os::is_current(it)) {
        // A panic of the thread was reported when it happened.
        let _ = thread.join();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[test]
    fn the_thread_ends_by_itself_and_can_be_spawned_again() {
        let place = PurgeThread::new(Duration::from_millis(1));
        for rounds in [1, 3] {
            let (sender, receiver) = mpsc::channel();
            let left = Mutex::new(rounds);
            let spawned = place.spawn(move |_| {
                *left.lock() -= 1;
                let more = *left.lock() > 0;
                sender.send(more).is_ok() && more
            });
            assert!(spawned);
            assert_eq!(receiver.iter().count(), rounds, "the thread drops its work at its end");
        }
        place.end();
    }

    #[test]
    fn an_end_does_not_wait_for_the_interval() {
        for interval in [Duration::from_secs(3_600), Duration::MAX] {
            let place = PurgeThread::new(interval);
            assert!(place.spawn(|_| panic!("the interval has not passed")));
            place.end();
            place.end();
        }
    }
}
