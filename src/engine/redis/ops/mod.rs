//! The operations of the engine, each as commands or scripts.

pub mod admin;
pub mod commit;
pub mod get;
pub mod get_many;
pub mod groups;
pub mod purge;
pub mod scan;
pub mod set;
pub mod steps;
pub mod strings;
