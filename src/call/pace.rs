//! The check of the context in a loop over rows.

use crate::call::context::CallContext;
use crate::error::Result;

/// Rows between two checks of the context.
const ROWS: u32 = 1024;

/// A count of the rows that a loop has visited.
pub struct Pace {
    call: CallContext,
    rows: u32,
}

impl CallContext {
    /// Returns a count of rows that checks the context at intervals.
    pub fn pace(&self) -> Pace {
        Pace { call: self.clone(), rows: 0 }
    }
}

impl Pace {
    /// Counts a row, and checks the context after every `ROWS` rows; fails as
    /// [`CallContext::check`].
    pub fn step(&mut self) -> Result<()> {
        self.rows += 1;
        if self.rows < ROWS {
            return Ok(());
        }
        self.rows = 0;
        self.call.check()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::UNBOUND;

    #[test]
    fn a_loop_checks_its_context_at_intervals() {
        let call = CallContext::new();
        call.cancel(0);
        let mut pace = call.pace();
        let steps = (0..).find(|_| pace.step().is_err());
        assert_eq!(steps, Some(ROWS - 1));
        let mut pace = UNBOUND.pace();
        assert!((0..ROWS * 2).all(|_| pace.step().is_ok()));
    }
}
