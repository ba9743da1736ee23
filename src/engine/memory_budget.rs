//! The memory of a store in this process, and its parts under the option `max_memory`.

use crate::engine::shared_options::invalid_option;
use crate::error::Result;
use crate::model::Limits;

/// The least limit.
const MEMORY_MIN: u64 = 1024 * 1024;

/// A limit of the memory that a store takes in this process; 0 is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct MemoryBudget(pub u64);

impl MemoryBudget {
    /// Fails if the limit is too small to be divided.
    pub(crate) fn check(self) -> Result<()> {
        match self.0 {
            1..MEMORY_MIN => {
                Err(invalid_option(format!("max_memory is at least {MEMORY_MIN} bytes, or 0")))
            }
            _ => Ok(()),
        }
    }

    /// Returns the most bytes of the events in the queues of watches: an eighth.
    pub(crate) fn events(self) -> u64 {
        self.part(1, 8).unwrap_or(u64::MAX)
    }

    /// Returns the limits of a store in memory that has no others: the rows take seven eighths.
    /// Fails like [`MemoryBudget::check`].
    pub(crate) fn row_limits(self) -> Result<Limits> {
        self.check()?;
        Ok(Limits { max_memory: self.part(7, 8).unwrap_or(0), ..Limits::default() })
    }

    /// Returns the most bytes of the entry cache of a file: a half; `None` for no limit.
    pub(crate) fn entry_cache(self) -> Option<u64> {
        self.part(1, 2)
    }

    /// Returns the most bytes of the page cache of each of `connections`, which have three eighths
    /// together; `None` for no limit.
    pub(crate) fn page_cache(self, connections: u64) -> Option<u64> {
        self.part(3, 8).map(|all| all / connections)
    }

    fn part(self, share: u64, of: u64) -> Option<u64> {
        (self.0 != 0).then(|| self.0 / of * share)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_are_the_whole() {
        let budget = MemoryBudget(64 << 20);
        let rows = |budget: MemoryBudget| budget.row_limits().expect("limits").max_memory;
        assert_eq!(budget.events() + rows(budget), budget.0);
        let pages = budget.page_cache(16).expect("a limit") * 16;
        assert_eq!(budget.events() + budget.entry_cache().expect("a limit") + pages, budget.0);
        assert_eq!(MemoryBudget(0).events(), u64::MAX);
        assert_eq!((rows(MemoryBudget(0)), MemoryBudget(0).entry_cache()), (0, None));
    }

    #[test]
    fn a_limit_below_the_least_is_refused() {
        assert_eq!(MemoryBudget(0).check(), Ok(()));
        assert_eq!(MemoryBudget(MEMORY_MIN).check(), Ok(()));
        assert!(MemoryBudget(1).check().is_err() && MemoryBudget(MEMORY_MIN - 1).check().is_err());
    }
}
