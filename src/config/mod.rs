//! Text in, opened store out: the only place that names concrete engines.

mod location;
mod registry;
mod unit;

pub use location::Location;

use std::sync::Arc;

use crate::clock::{Clock, SystemClock};
use crate::engine::memory::MemoryEngine;
use crate::error::Result;
use crate::store::Store;
use crate::watch::Hub;

/// Opens the store at `location`: a path, `:memory:`, `memory:?option=value` or
/// `sqlite:PATH?option=value`.
///
/// See [`Location`] for what it may say.
pub fn open(location: &str) -> Result<Store> {
    open_with_clock(location, Arc::new(SystemClock))
}

/// Opens the store at `location` with a clock of the caller's, for tests that must not sleep.
///
/// A file that is open already keeps the clock it was opened with.
pub fn open_with_clock(location: &str, clock: Arc<dyn Clock>) -> Result<Store> {
    Ok(match Location::parse(location)? {
        Location::Memory(options) => {
            let hub = Arc::new(Hub::default());
            let engine = MemoryEngine::new(options, clock, hub.clone())?;
            Store::new(Arc::new(engine), hub)
        }
        Location::Sqlite(options) => {
            let (engine, hub) = registry::open(options, clock)?;
            Store::new(engine, hub)
        }
    })
}
