//! How much of the log is not in the file yet, and who has to do something about it.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};

use crate::call::CallContext;
use crate::error::Result;

/// At this many times the limit writers wait for the background thread.
const WAIT_AT: u32 = 2;
/// How long one write waits at most, should the background thread be stuck.
const WAIT_MAX: Duration = Duration::from_secs(1);

/// The log's length against its limit, in frames.
#[derive(Debug)]
pub struct WriteStall {
    limit: u32,
    /// Frames that are not in the file yet.
    frames: AtomicU32,
    /// Frames in all; more than those while the log could not begin anew.
    length: AtomicU32,
    /// The length at which the background thread is asked to move the log into the file.
    ask_at: AtomicU32,
    /// The length at which writers wait until it has.
    wait_at: AtomicU32,
    rounds: Mutex<u64>,
    round_ended: Condvar,
}

impl WriteStall {
    /// Returns the stall of an empty log.
    pub fn new(limit: u32) -> Self {
        WriteStall {
            limit,
            frames: AtomicU32::new(0),
            length: AtomicU32::new(0),
            ask_at: AtomicU32::new(limit),
            wait_at: AtomicU32::new(limit.saturating_mul(WAIT_AT)),
            rounds: Mutex::new(0),
            round_ended: Condvar::new(),
        }
    }

    /// Returns how many frames were not in the file yet when that was pending_access last.
    pub fn frames(&self) -> u32 {
        self.frames.load(Ordering::Relaxed)
    }

    /// Returns how many times the log is as long as its limit.
    pub fn excess(&self) -> u32 {
        self.length.load(Ordering::Relaxed) / self.limit
    }

    /// Pending, after a commit, how many frames are not in the file yet and how many there are in
    /// all; returns true if the background thread is to be asked, once until it has ended a round.
    pub fn note(&self, frames: u32, length: u32) -> bool {
        self.frames.store(frames, Ordering::Relaxed);
        self.length.store(length, Ordering::Relaxed);
        let asks = frames >= self.ask_at.load(Ordering::Relaxed);
        if asks {
            self.ask_at.store(u32::MAX, Ordering::Relaxed);
        }
        asks
    }

    /// Waits, if the log is far over its limit, until the background thread has ended a round, or
    /// fails when the call is to end.
    pub fn wait(&self, call: &CallContext) -> Result<()> {
        if self.frames.load(Ordering::Relaxed) < self.wait_at.load(Ordering::Relaxed) {
            return Ok(());
        }
        let until = Instant::now() + WAIT_MAX;
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

    /// Ends a round that has left `frames`. Those are held back by a snapshot that somebody uses;
    /// asking or waiting for them again at once would be vain.
    pub fn end_round(&self, frames: u32) {
        let above = |length: u32| length.saturating_add(frames);
        self.frames.store(frames, Ordering::Relaxed);
        self.ask_at.store(above(self.limit), Ordering::Relaxed);
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

    #[test]
    fn the_background_is_asked_once_a_round_and_again_when_that_much_has_come() {
        let stall = WriteStall::new(100);

        assert!(!stall.note(99, 99));
        assert!(stall.note(100, 100));
        assert!(!stall.note(150, 150), "asked already");

        stall.end_round(40);

        assert!(!stall.note(139, 139), "what a snapshot holds back does not count");
        assert!(stall.note(140, 140));
    }

    #[test]
    fn writers_wait_only_far_above_the_limit_and_until_the_round_ends() {
        let stall = WriteStall::new(100);
        stall.note(199, 199);
        assert_eq!(stall.wait(&UNBOUND), Ok(()));

        stall.note(200, 200);
        std::thread::scope(|scope| {
            let waiter = scope.spawn(|| stall.wait(&UNBOUND));
            stall.end_round(0);
            assert_eq!(waiter.join().expect("it ends"), Ok(()));
        });

        assert_eq!(stall.wait(&UNBOUND), Ok(()));
        assert_eq!(stall.frames(), 0);
    }

    #[test]
    fn a_bound_writer_waits_no_longer_than_its_call_may_last() {
        let stall = WriteStall::new(100);
        stall.note(200, 200);
        let call = CallContext::new();
        call.arm(Some(Duration::from_millis(1)));
        let ended = stall.wait(&call).map_err(|error| error.kind());
        assert_eq!(ended, Err(ErrorKind::Deadline));
        call.arm(None);
        std::thread::scope(|scope| {
            let waiter = scope.spawn(|| stall.wait(&call));
            call.cancel(0);
            let ended = waiter.join().expect("no panic").map_err(|error| error.kind());
            assert_eq!(ended, Err(ErrorKind::Cancelled));
        });
    }
}
