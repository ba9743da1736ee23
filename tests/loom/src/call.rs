//! A call without a deadline, in the place of the context of src/call.

use std::time::Instant;

use parking_lot::{Condvar, MutexGuard};

use crate::error::Result;

/// A call that nothing ends; or one whose deadline may pass at any moment.
#[derive(Clone, Default)]
pub struct CallContext;

impl CallContext {
    pub fn check_unlocked<T>(&self, _: &mut MutexGuard<'_, T>) -> Result<()> {
        Ok(())
    }

    pub fn wait<T>(&self, woken: &Condvar, guard: &mut MutexGuard<'_, T>, until: Option<Instant>) {
        match until {
            Some(until) => woken.wait_until(guard, until),
            None => woken.wait(guard),
        }
    }

    pub fn cancel(&self, _: u64) {}
}
