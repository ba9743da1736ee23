//! Waits within the limits of a call: for a lock, for another thread, for a descriptor.

use std::time::{Duration, Instant};

use parking_lot::{Condvar, MutexGuard};

use crate::call::context::CallContext;
use crate::call::limits::POLL_EVERY;
use crate::error::Result;
use crate::os::{Descriptor, EventFlag, Ready, wait_ready};

/// The interval at which a bound call that waits for another thread of this process checks its
/// context. Condition variables cannot be signalled from a signal handler.
const LOOK_EVERY: Duration = Duration::from_millis(5);

impl CallContext {
    /// Returns the moment until which a wait for another thread may sleep before the next check of
    /// the context: `until`, or for a bound call 5 ms from now if that is earlier.
    pub fn nap(&self, until: Instant) -> Instant {
        match self.is_bound() {
            true => until.min(Instant::now() + LOOK_EVERY),
            false => until,
        }
    }

    /// Takes a lock with `lock`, or for a bound call in steps with `try_until`, between which it
    /// fails as [`CallContext::check`].
    pub fn lock<G>(
        &self,
        lock: impl FnOnce() -> G,
        try_until: impl Fn(Instant) -> Option<G>,
    ) -> Result<G> {
        if !self.is_bound() {
            return Ok(lock());
        }
        loop {
            match try_until(Instant::now() + LOOK_EVERY) {
                Some(guard) => return Ok(guard),
                None => self.check()?,
            }
        }
    }

    /// Does [`CallContext::check`] while `guard` is unlocked, because the check may run the poll.
    /// The state that the guard protects may have changed.
    pub fn check_unlocked<T>(&self, guard: &mut MutexGuard<'_, T>) -> Result<()> {
        match self.is_bound() {
            true => MutexGuard::unlocked(guard, || self.check()),
            false => Ok(()),
        }
    }

    /// Returns the earlier of `until` and the deadline.
    pub fn limit(&self, until: Instant) -> Instant {
        let deadline = self.0.as_ref().and_then(|limits| limits.deadline());
        deadline.map_or(until, |deadline| until.min(deadline))
    }

    /// Waits until `woken` is notified, until `until`, or until the next check of the context is
    /// due; `guard` is unlocked meanwhile.
    pub fn wait<T>(&self, woken: &Condvar, guard: &mut MutexGuard<'_, T>, until: Option<Instant>) {
        let until = match (self.is_bound(), until) {
            (false, None) => return woken.wait(guard),
            (true, None) => Instant::now() + LOOK_EVERY,
            (_, Some(until)) => self.nap(until),
        };
        woken.wait_until(guard, until);
    }

    /// Sleeps for `time`, or fails as [`CallContext::check`] once the check fails.
    pub fn sleep(&self, time: Duration) -> Result<()> {
        let until = Instant::now() + time;
        loop {
            self.check()?;
            let now = Instant::now();
            if now >= until {
                return Ok(());
            }
            std::thread::sleep(self.nap(until).saturating_duration_since(now));
        }
    }

    /// Waits until `fd` is ready or `until` has passed; returns whether it is ready. Fails as
    /// [`CallContext::check`] once the check fails; a cancel wakes the wait.
    pub fn wait_ready(&self, fd: Descriptor, ready: Ready, until: Instant) -> Result<bool> {
        let Some(limits) = &self.0 else {
            loop {
                let is_ready = wait_until(&[(fd, ready)], until)? != 0;
                if is_ready || Instant::now() >= until {
                    return Ok(is_ready);
                }
            }
        };
        let waiting = limits.begin_wait();
        let wake = waiting.wake();
        let both = [(fd, ready), (wake.map_or(fd, EventFlag::raw), Ready::Read)];
        let fds = if wake.is_some() { &both[..] } else { &both[..1] };
        loop {
            limits.check()?;
            let mut nap = self.limit(until);
            if limits.has_poll() || wake.is_none() {
                nap = nap.min(Instant::now() + POLL_EVERY);
            }
            let found = wait_until(fds, nap)?;
            if let (Some(wake), true) = (wake, found & 2 != 0) {
                waiting.settle(wake);
            }
            if found & 1 != 0 || Instant::now() >= until {
                return Ok(found & 1 != 0);
            }
        }
    }
}

/// Returns a bit for each descriptor that is ready.
fn wait_until(fds: &[(Descriptor, Ready)], until: Instant) -> Result<u32> {
    Ok(wait_ready(fds, Some(until.saturating_duration_since(Instant::now())))?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    #[test]
    fn a_cancel_wakes_a_wait_for_a_descriptor_and_a_stale_signal_does_not() {
        let (call, silent) = (CallContext::new(), EventFlag::new().expect("a descriptor"));
        let far = Instant::now() + Duration::from_secs(600);
        // The cancel may come before the wait has begun, but not every time.
        for _ in 0..20 {
            let arming = call.arm(None);
            std::thread::scope(|scope| {
                let waiter = scope.spawn(|| call.wait_ready(silent.raw(), Ready::Read, far));
                let waiters = || call.0.as_ref().map_or(0, |limits| limits.waiters());
                while waiters() == 0 {
                    std::thread::yield_now();
                }
                call.cancel(arming);
                let ended = waiter.join().expect("no panic");
                assert_eq!(ended.map_err(|error| error.kind()), Err(ErrorKind::Cancelled));
            });
        }
        call.arm(None);
        let soon = Instant::now() + Duration::from_millis(1);
        assert_eq!(call.wait_ready(silent.raw(), Ready::Read, soon), Ok(false));
        silent.signal();
        assert_eq!(call.wait_ready(silent.raw(), Ready::Read, far), Ok(true));
    }
}
