//! The operations of the engine, each as commands or scripts.

pub(super) mod admin;
mod buckets;
pub(super) mod commit;
mod found;
pub(super) mod get;
pub(super) mod get_many;
pub(super) mod groups;
pub(super) mod key_pages;
mod progress;
pub(super) mod purge;
mod quota;
mod read_pieces;
pub(super) mod scan;
pub(super) mod set;
pub(super) mod steps;
pub(super) mod string_scan;
pub(super) mod strings;
mod write_pieces;
