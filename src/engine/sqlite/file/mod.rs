//! A database file: how it is opened, its tables, and the statements that run on a connection.

pub mod connect;
pub mod error;
pub mod options;
pub mod schema;
pub mod session;
pub mod statement;
