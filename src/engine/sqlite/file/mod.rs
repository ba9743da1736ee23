//! A database file: its options, connections, tables and prepared statements.

pub mod connect;
pub mod error;
pub mod options;
pub mod schema;
pub mod session;
pub mod statement;
