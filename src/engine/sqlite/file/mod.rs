//! A database file: its options, connections, tables and prepared statements.

pub(super) mod access;
pub(super) mod alone;
pub(super) mod attached;
pub(super) mod connect;
pub(super) mod connection;
pub(super) mod error;
mod foreign;
pub(super) mod format;
pub(super) mod free_space;
pub(super) mod inspect;
mod journal;
mod lock_wait;
pub(super) mod new_file;
pub(super) mod options;
pub(super) mod outsiders;
pub(super) mod presence;
mod recovery;
pub(super) mod row;
pub(super) mod schema;
pub(super) mod session;
pub(super) mod statement;
pub(super) mod stream;
pub(super) mod tables;
pub(super) mod texts;
pub(super) mod upgrade;
