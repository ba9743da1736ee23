//! Text in, opened store out: the only place that names concrete engines.

mod location;
mod unit;

pub use location::Location;

use std::sync::Arc;

use crate::clock::{Clock, SystemClock};
use crate::engine::Engine;
use crate::engine::memory::MemoryEngine;
use crate::engine::sqlite;
use crate::error::Result;
use crate::store::Store;

/// Opens the store at `location`: a path, `:memory:`, `memory:` or `sqlite:PATH?option=value`.
///
/// See [`Location`] for what it may say.
pub fn open(location: &str) -> Result<Store> {
    open_with_clock(location, Arc::new(SystemClock))
}

/// Opens the store at `location` with a clock of the caller's, for tests that must not sleep.
///
/// A file that is open already keeps the clock it was opened with.
pub fn open_with_clock(location: &str, clock: Arc<dyn Clock>) -> Result<Store> {
    let engine: Arc<dyn Engine> = match Location::parse(location)? {
        Location::Memory => Arc::new(MemoryEngine::new(clock)),
        Location::Sqlite(options) => sqlite::open(options, clock)?,
    };
    Ok(Store::new(engine))
}
