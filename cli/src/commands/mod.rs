//! A file for each command, or for a few that belong together: its arguments, and what it does.

pub mod batch;
pub mod care;
pub mod change;
pub mod changes;
pub mod copy;
pub mod delete;
pub mod exists;
pub mod expire;
pub mod export;
pub mod get;
pub mod groups;
pub mod idempotency;
pub mod import;
pub mod list;
pub mod pages;
pub mod quota;
pub mod set;
pub mod shell;
pub mod stats;
pub mod watch;
