//! The write stall: writers are slowed down, and at last wait, when a checkpoint does not catch up
//! with them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};

use crate::call::CallContext;
use crate::engine::counters::Counters;
use crate::engine::sqlite::file::options::WRITERS_WAIT_AT;
use crate::error::Result;

/// The longest wait of one write, in case the maintenance thread is stuck.
const WAIT_MAX: Duration = Duration::from_secs(1);

/// The pause of a writer for each frame that it has written, while writers are paced: several times
/// as long as it takes to move the frame into the file.
const PACE: Duration = Duration::from_micros(60);
/// The longest pause.
const PAUSE_MAX: Duration = Duration::from_millis(5);

/// Commits with an fsync after which a checkpoint is requested, however short the WAL is: an fsync
/// of a file that has grown takes up to twice as long as one of bytes that are replaced. Of commits
/// with many frames the WAL reaches its limit before.
const SYNCED_MAX: u32 = 1_000;

/// Returns the longest wait of one write of calls with this busy timeout: at most half of it, so
/// that the rest is left for the locks.
fn longest_wait(busy_timeout: Duration) -> Duration {
    WAIT_MAX.min(busy_timeout / 2)
}

/// Returns the number of frames at which writers are paced, for a limit: half way to the number at
/// which they wait.
fn pace_at(limit: u32) -> u32 {
    limit.saturating_add(limit.saturating_mul(WRITERS_WAIT_AT)) / 2
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
    /// The commits with an fsync since the last checkpoint.
    synced: AtomicU32,
    /// The number of frames at which writers are paced.
    pace_at: AtomicU32,
    /// The number of frames at which writers wait for the checkpoint.
    wait_at: AtomicU32,
    /// Whether writers are paced with fewer frames too.
    is_pacing: AtomicBool,
    /// The frames of the last commit, for which the next writer pauses.
    unpaid: AtomicU32,
    /// Counts the waits.
    counters: Arc<Counters>,
    /// The number of checkpoints that have ended.
    rounds: Mutex<u64>,
    round_ended: Condvar,
}

impl WriteStall {
    /// Returns the stall of an empty WAL, with a limit in frames and the busy timeout of the calls.
    pub(crate) fn new(limit: u32, busy_timeout: Duration, counters: Arc<Counters>) -> Self {
        WriteStall {
            limit,
            wait_max: longest_wait(busy_timeout),
            frames: AtomicU32::new(0),
            length: AtomicU32::new(0),
            request_at: AtomicU32::new(limit),
            synced: AtomicU32::new(0),
            pace_at: AtomicU32::new(pace_at(limit)),
            wait_at: AtomicU32::new(limit.saturating_mul(WRITERS_WAIT_AT)),
            is_pacing: AtomicBool::new(false),
            unpaid: AtomicU32::new(0),
            counters,
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
    pub(crate) fn observe(&self, frames: u32, length: u32, is_synced: bool) -> bool {
        self.frames.store(frames, Ordering::Relaxed);
        let before = self.length.swap(length, Ordering::Relaxed);
        let is_late = frames >= self.pace_at.load(Ordering::Relaxed);
        if is_late || self.is_pacing.load(Ordering::Relaxed) {
            self.unpaid.store(length.saturating_sub(before), Ordering::Relaxed);
        }
        let synced = match is_synced {
            true => self.synced.fetch_add(1, Ordering::Relaxed) + 1,
            false => 0,
        };
        let request_at = self.request_at.load(Ordering::Relaxed);
        let is_due = frames >= request_at || synced >= SYNCED_MAX && request_at != u32::MAX;
        if is_due {
            self.request_at.store(u32::MAX, Ordering::Relaxed);
        }
        is_due
    }

    /// Paces the writers until the round ends, however short the WAL is.
    pub(crate) fn begin_pacing(&self) {
        self.is_pacing.store(true, Ordering::Relaxed);
    }

    /// Pauses for the frames of the last commit, if writers are paced.
    pub(crate) fn pause(&self) {
        if self.unpaid.load(Ordering::Relaxed) == 0 {
            return;
        }
        let frames = self.unpaid.swap(0, Ordering::Relaxed);
        let began = Instant::now();
        thread::sleep(PACE.saturating_mul(frames).min(PAUSE_MAX));
        self.counters.count_stall(began.elapsed());
    }

    /// Waits for the end of a checkpoint, if the WAL is far over its limit. Fails when the call has
    /// to end.
    pub(crate) fn wait(&self, call: &CallContext) -> Result<()> {
        if self.frames.load(Ordering::Relaxed) < self.wait_at.load(Ordering::Relaxed) {
            return Ok(());
        }
        let began = Instant::now();
        let ended = self.wait_until(began + self.wait_max, call);
        self.counters.count_stall(began.elapsed());
        ended
    }

    /// Waits for the end of a checkpoint, but no longer than to `until`.
    fn wait_until(&self, until: Instant, call: &CallContext) -> Result<()> {
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
        self.is_pacing.store(false, Ordering::Relaxed);
        self.unpaid.store(0, Ordering::Relaxed);
        self.synced.store(0, Ordering::Relaxed);
        self.frames.store(frames, Ordering::Relaxed);
        self.request_at.store(above(self.limit), Ordering::Relaxed);
        self.pace_at.store(above(pace_at(self.limit)), Ordering::Relaxed);
        let wait_at = self.limit.saturating_mul(WRITERS_WAIT_AT);
        self.wait_at.store(above(wait_at), Ordering::Relaxed);
        *self.rounds.lock() += 1;
        self.round_ended.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::UNBOUND;
    use crate::error::ErrorKind;
    use crate::model::Stats;
    use std::thread::ScopedJoinHandle;

    /// Returns the stall of a WAL with a limit of 100 frames.
    fn stall() -> WriteStall {
        WriteStall::new(100, 2 * WAIT_MAX, Arc::default())
    }

    /// Returns the figures of the waits.
    fn stats(stall: &WriteStall) -> Stats {
        stall.counters.stats()
    }

    /// Returns once `waiter` waits for the end of a round.
    fn until_waiting<T>(stall: &WriteStall, waiter: &ScopedJoinHandle<'_, T>) {
        // A waiter that is woken before the end of the round goes on waiting.
        while stall.round_ended.notify_all() == 0 && !waiter.is_finished() {
            std::thread::yield_now();
        }
    }

    #[test]
    fn a_checkpoint_is_requested_after_many_commits_with_an_fsync() {
        let stall = stall();
        let requests = |count| (0..count).filter(|_| stall.observe(1, 1, true)).count();

        assert_eq!(requests(SYNCED_MAX - 1), 0);
        assert!(!stall.observe(1, 1, false));
        assert_eq!(requests(SYNCED_MAX), 1, "once until the round has ended");
        stall.end_round(0);
        assert_eq!((requests(SYNCED_MAX - 1), requests(1)), (0, 1));
    }

    #[test]
    fn a_checkpoint_is_requested_once_a_round_and_again_after_as_many_frames() {
        let stall = stall();

        assert!(!stall.observe(99, 99, false));
        assert!(stall.observe(100, 100, false));
        assert!(!stall.observe(150, 150, false), "requested already");

        stall.end_round(40);

        assert!(!stall.observe(139, 139, false), "frames that a snapshot uses do not count");
        assert!(stall.observe(140, 140, false));
    }

    #[test]
    fn writers_wait_only_far_above_the_limit_and_until_the_round_ends() {
        let stall = stall();
        stall.observe(199, 199, false);
        assert_eq!(stall.wait(&UNBOUND), Ok(()));

        stall.observe(200, 200, false);
        std::thread::scope(|scope| {
            let waiter = scope.spawn(|| stall.wait(&UNBOUND));
            until_waiting(&stall, &waiter);
            stall.end_round(0);
            assert_eq!(waiter.join().expect("it ends"), Ok(()));
        });

        assert_eq!(stall.wait(&UNBOUND), Ok(()));
        assert_eq!(stall.frames(), 0);
        assert_eq!(stats(&stall).write_stalls, 1);
        assert_eq!(stats(&stall).write_stall_us, stats(&stall).longest_write_stall_us);
    }

    #[test]
    fn writers_pause_for_their_frames_above_the_limit_and_when_they_are_paced() {
        let stall = stall();
        let pauses_after = |frames, length| {
            let before = stats(&stall).write_stalls;
            stall.observe(frames, length, false);
            stall.pause();
            stall.pause();
            stats(&stall).write_stalls - before
        };
        assert_eq!(pauses_after(149, 149), 0);
        assert_eq!(pauses_after(150, 150), 1, "half way to twice the limit");
        assert!(stats(&stall).write_stall_us >= PACE.as_micros() as u64);
        assert_eq!(pauses_after(151, 1_000_151), 1);
        assert!(stats(&stall).write_stall_us >= PAUSE_MAX.as_micros() as u64, "no longer");

        stall.end_round(60);

        assert_eq!(pauses_after(209, 209), 0, "frames that a snapshot uses do not count");
        stall.begin_pacing();
        assert_eq!(pauses_after(62, 210), 1);
        stall.observe(63, 211, false);
        stall.end_round(0);
        let before = stats(&stall).write_stalls;
        stall.pause();
        assert_eq!(stats(&stall).write_stalls, before, "the round has ended");
    }

    #[test]
    fn a_bound_writer_waits_no_longer_than_its_call_may_last() {
        let stall = stall();
        stall.observe(200, 200, false);
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
