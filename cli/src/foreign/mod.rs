//! Data of other systems, which is only read.

mod database;
mod kvengine;
mod kvengine_record;
mod plumego;
mod source;
mod timestamp;

use std::path::Path;

use crate::failure::Result;
use crate::foreign::database::{Database, Schema};
use crate::foreign::plumego::Directory;
pub use crate::foreign::source::Source;

/// A system whose data can be imported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum System {
    /// petrock, a framework for Go.
    Petrock,
    /// go-store, a library for Go.
    GoStore,
    /// plumego, a toolkit for Go.
    Plumego,
}

/// Opens the data of `system` at `path`; fails if there is none of it.
pub fn open(path: &Path, system: System) -> Result<Box<dyn Source>> {
    Ok(match system {
        System::Petrock => Box::new(Database::open(path, Schema::Petrock)?),
        System::GoStore => Box::new(Database::open(path, Schema::GoStore)?),
        System::Plumego => Box::new(Directory::open(path)?),
    })
}
