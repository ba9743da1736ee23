//! The write stall: writers wait for a checkpoint when the WAL has outgrown its limit.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};

use crate::call::CallContext;
use crate::error::Result;

/// The multiple of the limit at which writers wait for the maintenance thread.
const WAIT_AT: u32 = 2;
/// The longest wait of one write, in case the maintenance thread is stuck.
const WAIT_MAX: Duration = Duration::from_secs(1);

/// Returns the longest wait of one write of calls with this busy timeout: at most half of it, so
/// that the rest is left for the locks.
fn longest_wait(busy_timeout: Duration) -> Duration {
    WAIT_MAX.min(busy_timeout / 2)
}

/// The length of the WAL and its limit, in frames.
#[derive(Debug)]
pub(crate) struct WriteStall {
    limit: u32,
    /// The longest wait of one write.
    wait_max: Duration,
    /// Frames that no checkpoint has moved into the file yet.
    frames: AtomicU32,
    /// All frames of the WAL; more than `frames` until the WAL is restarted.
    length: AtomicU32,
    /// The number of frames at which a checkpoint is requested.
    request_at: AtomicU32,
    /// The number of frames at which writers wait for the checkpoint.
    wait_at: AtomicU32,
    /// The number of checkpoints that have ended.
    rounds: Mutex<u64>,
    round_ended: Condvar,
}

impl WriteStall {
    /// Returns the stall of an empty WAL, with a limit in frames and the busy timeout of the calls.
    pub(crate) fn new(limit: u32, busy_timeout: Duration) -> Self {
        WriteStall {
            limit,
            wait_max: longest_wait(busy_timeout),
            frames: AtomicU32::new(0),
            length: AtomicU32::new(0),
            request_at: AtomicU32::new(limit),
            wait_at: AtomicU32::new(limit.saturating_mul(WAIT_AT)),
            rounds: Mutex::new(0),
            round_ended: Condvar::new(),
        }
    }

    /// Returns the number of frames to be moved, as it was observed last.
    pub(crate) fn frames(&self) -> u32 {
        self.frames.load(Ordering::Relaxed)
    }

    /// Returns how many times its limit the WAL is long.
    pub(crate) fn excess(&self) -> u32 {
        self.length.load(Ordering::Relaxed) / self.limit
    }

    /// Stores, after a commit, the number of frames that no checkpoint has moved and that of all
    /// frames. Returns whether a checkpoint is to be requested; true once until a round has ended.
    pub(crate) fn observe(&self, frames: u32, length: u32) -> bool {
        self.frames.store(frames, Ordering::Relaxed);
        self.length.store(length, Ordering::Relaxed);
        let is_due = frames >= self.request_at.load(Ordering::Relaxed);
        if is_due {
            self.request_at.store(u32::MAX, Ordering::Relaxed);
        }
        is_due
    }

    /// Waits for the end of a checkpoint, if the WAL is far over its limit. Fails when the call has
    /// to end.
    pub(crate) fn wait(&self, call: &CallContext) -> Result<()> {
        if self.frames.load(Ordering::Relaxed) < self.wait_at.load(Ordering::Relaxed) {
            return Ok(());
        }
        let until = Instant::now() + self.wait_max;
        let mut rounds = self.rounds.lock();
        let round = *rounds;
        while *rounds == round && Instant::now() < until {
            call.check_unlocked(&mut rounds)?;
            if *rounds == round {
                self.round_ended.wait_until(&mut rounds, call.nap(until));
            }
        }
        Ok(())
    }

    /// Ends a checkpoint that could not move `frames`, because a snapshot uses them. Later
    /// thresholds do not count these frames, since another checkpoint could not move them either.
    pub(crate) fn end_round(&self, frames: u32) {
        let above = |length: u32| length.saturating_add(frames);
        self.frames.store(frames, Ordering::Relaxed);
        self.request_at.store(above(self.limit), Ordering::Relaxed);
        self.wait_at.store(above(self.limit.saturating_mul(WAIT_AT)), Ordering::Relaxed);
        *self.rounds.lock() += 1;
        self.round_ended.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::UNBOUND;
    use crate::error::ErrorKind;
    use std::thread::ScopedJoinHandle;

    /// Returns once `waiter` waits for the end of a round.
    fn until_waiting<T>(stall: &WriteStall, waiter: &ScopedJoinHandle<'_, T>) {
        // A waiter that is woken before the end of the round goes on waiting.
        while stall.round_ended.notify_all() == 0 && !waiter.is_finished() {
            std::thread::yield_now();
        }
    }

    #[test]
    fn a_checkpoint_is_requested_once_a_round_and_again_after_as_many_frames() {
        let stall = WriteStall::new(100, 2 * WAIT_MAX);

        assert!(!stall.observe(99, 99));
        assert!(stall.observe(100, 100));
        assert!(!stall.observe(150, 150), "requested already");

        stall.end_round(40);

        assert!(!stall.observe(139, 139), "frames that a snapshot uses do not count");
        assert!(stall.observe(140, 140));
    }

    #[test]
    fn writers_wait_only_far_above_the_limit_and_until_the_round_ends() {
        let stall = WriteStall::new(100, 2 * WAIT_MAX);
        stall.observe(199, 199);
        assert_eq!(stall.wait(&UNBOUND), Ok(()));

        stall.observe(200, 200);
        std::thread::scope(|scope| {
            let waiter = scope.spawn(|| stall.wait(&UNBOUND));
            until_waiting(&stall, &waiter);
            stall.end_round(0);
            assert_eq!(waiter.join().expect("it ends"), Ok(()));
        });

        assert_eq!(stall.wait(&UNBOUND), Ok(()));
        assert_eq!(stall.frames(), 0);
    }

    #[test]
    fn a_bound_writer_waits_no_longer_than_its_call_may_last() {
        let stall = WriteStall::new(100, 2 * WAIT_MAX);
        stall.observe(200, 200);
        let call = CallContext::new();
        call.arm(Some(Duration::from_millis(1)));
        let ended = stall.wait(&call).map_err(|error| error.kind());
        assert_eq!(ended, Err(ErrorKind::Deadline));
        call.arm(None);
        std::thread::scope(|scope| {
            let waiter = scope.spawn(|| stall.wait(&call));
            until_waiting(&stall, &waiter);
            call.cancel(0);
            let ended = waiter.join().expect("no panic").map_err(|error| error.kind());
            assert_eq!(ended, Err(ErrorKind::Cancelled));
        });
    }

    #[test]
    fn a_write_waits_for_a_second_and_for_half_its_busy_timeout_at_most() {
        for (busy_timeout, longest) in [(5_000, 1_000), (50, 25), (0, 0)] {
            let found = longest_wait(Duration::from_millis(busy_timeout));
            assert_eq!(found, Duration::from_millis(longest));
        }
    }
}
