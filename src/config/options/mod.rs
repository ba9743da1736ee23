//! The options of each engine, one table each: names, kinds, defaults, meanings and setters.
//!
//! A new option is a row here and its use in the engine. Locations, services files, the tables of
//! the documentation and the help of the command follow from the row.

mod path;
mod redis;
mod rule;
mod sqlite;
mod tables;

pub use path::checked_path;
pub use redis::{REDIS, REDIS_SERVER};
pub use rule::{Rule, Takes, current_name};
pub use sqlite::{MEMORY, SQLITE};
pub use tables::{OptionRow, OptionTable, option_tables};
