//! The records of the log.

/// The weight of a record. A log of one level has the records of those above as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum LogLevel {
    /// No records.
    Off = 0,
    /// A store refuses writes, or work was lost.
    Error = 1,
    /// Something is slower or fails for a while, and the library goes on.
    Warn = 2,
    /// A store was opened, closed or recovered, a server connected.
    Info = 3,
    /// Checkpoints, purges and snapshots.
    Debug = 4,
}

/// The subject of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Topic {
    /// A store was opened.
    Open,
    /// A store was closed.
    Close,
    /// The recovery of a store that a process has left open.
    Recovery,
    /// A WAL was moved into its file, or a log into a snapshot.
    Checkpoint,
    /// A writer waited for a checkpoint.
    Stall,
    /// Expired entries were removed.
    Purge,
    /// A call took longer than the option slow allows.
    Slow,
    /// A connection to a server.
    Connection,
    /// Another server took over.
    Failover,
    /// A store refuses writes.
    Poison,
    /// A bug of the library was caught.
    Panic,
    /// A watch has lost events.
    Watch,
}

impl Topic {
    pub(super) fn name(self) -> &'static str {
        match self {
            Topic::Open => "open",
            Topic::Close => "close",
            Topic::Recovery => "recovery",
            Topic::Checkpoint => "checkpoint",
            Topic::Stall => "stall",
            Topic::Purge => "purge",
            Topic::Slow => "slow",
            Topic::Connection => "connection",
            Topic::Failover => "failover",
            Topic::Poison => "poison",
            Topic::Panic => "panic",
            Topic::Watch => "watch",
        }
    }
}

/// A record of the log.
#[derive(Debug, Clone)]
pub struct LogRecord {
    /// The level.
    pub level: LogLevel,
    /// The topic, one word.
    pub topic: &'static str,
    /// The time, in milliseconds since 1970.
    pub time_ms: i64,
    /// The store without its options; empty if the record is about none.
    pub store: String,
    /// A sentence.
    pub message: String,
}

/// A function that receives the records, one after the other, in a thread of the log.
pub type LogSink = Box<dyn Fn(&LogRecord) + Send + Sync>;
