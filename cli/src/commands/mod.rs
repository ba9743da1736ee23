//! The commands. Each file has one command or a few related ones: their arguments and `run`.

pub mod backup;
pub mod batch;
pub mod browse;
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
pub mod lock;
pub mod maintenance;
pub mod options;
pub mod pages;
pub mod quota;
pub mod recover;
pub mod render;
pub mod set;
pub mod shell;
pub mod stats;
pub mod watch;
