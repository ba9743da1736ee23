//! Opens a store of any engine by its location or by the name of its service.

use std::sync::Arc;
use std::time::Instant;

use crate::clock::{Clock, SystemClock};
use crate::config::location::Location;
use crate::config::{registry, services};
use crate::error::Result;
use crate::observe::{LogLevel, Topic, log};
use crate::store::Store;

/// Opens the store at `location`: a path, `:memory:`, `memory:?option=value`, `memory:NAME`,
/// `sqlite:PATH?option=value`, `log:PATH`, `redis://HOST` or `redis-cluster://HOST,HOST`.
///
/// docs/services.md has the options of each kind; `kv_open` of the header describes the forms.
pub fn open(location: &str) -> Result<Store> {
    open_with_clock(location, Arc::new(SystemClock))
}

/// Opens the store that the services file at `path` calls `service`.
///
/// Fails with [`ErrorKind::Config`](crate::ErrorKind::Config) and the place in the file if the file
/// is wrong, with the error of the read if it cannot be read, and as [`open`] if the store cannot
/// be opened. docs/services.md describes the file.
pub fn open_config(path: &str, service: &str) -> Result<Store> {
    let found = services::find(path, service)?;
    open_parsed(found.location, Arc::new(SystemClock)).map_err(|error| error.context(found.origin))
}

/// Opens the store at `location` with a clock of the caller's, for tests that must not sleep.
///
/// A file that is open already keeps its clock; a Redis has its own.
pub fn open_with_clock(location: &str, clock: Arc<dyn Clock>) -> Result<Store> {
    open_parsed(Location::parse(location)?, clock)
}

pub(super) fn open_parsed(location: Location, clock: Arc<dyn Clock>) -> Result<Store> {
    let began = Instant::now();
    let store = open_engine(location, clock)?;
    let duration = began.elapsed();
    log(LogLevel::Info, Topic::Open, store.name(), format_args!("opened in {duration:.1?}"));
    Ok(store)
}

fn open_engine(location: Location, clock: Arc<dyn Clock>) -> Result<Store> {
    Ok(match location {
        Location::Memory { name, options } => {
            let (engine, hub) = match name {
                Some(name) => registry::open_memory(&name, options, clock)?,
                None => registry::new_memory(options, clock)?,
            };
            Store::new(engine, hub)
        }
        Location::Sqlite(options) => {
            let (engine, hub) = registry::open(options, clock)?;
            Store::new(engine, hub)
        }
        Location::Log(options) => {
            let (engine, hub) = registry::open_log(options, clock)?;
            Store::new(engine, hub)
        }
        Location::Redis(options) => {
            let (engine, hub) = registry::open_redis(&options)?;
            Store::new(engine, hub)
        }
    })
}
