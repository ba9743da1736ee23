//! The options of each engine, one table each: names, kinds, defaults, meanings and setters.
//!
//! A new option is a row here and its use in the engine. Locations, services files, the tables of
//! the documentation and the help of the command follow from the row.

mod cache;
mod log;
mod name_hint;
mod path;
mod redis;
mod rule;
mod sqlite;
mod tables;

pub(super) use log::LOG;
pub(super) use name_hint::name_hint;
pub(super) use path::checked_path;
pub(super) use redis::{REDIS, REDIS_DB, REDIS_SERVER};
pub(super) use rule::{Rule, Takes, names_of};
pub(super) use sqlite::{MEMORY, SQLITE};
pub use tables::{OptionRow, OptionTable, option_tables};
