//! The traffic with the servers: what is counted, and what the log says of it.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::engine::redis::client::address::Address;
use crate::error::Error;
use crate::observe::{Counter, LogLevel, Topic, log};

/// The counters of the connections and calls to the servers of one store.
#[derive(Debug, Default)]
pub(crate) struct Traffic {
    /// The store as the log names it.
    store: String,
    /// Connections that were made.
    pub connects: Counter,
    /// Connections that could not be made.
    pub failed_connects: Counter,
    /// Calls that were sent again.
    pub retries: Counter,
    /// Calls that followed a redirect.
    pub redirections: Counter,
    /// Other servers that became masters.
    pub failovers: Counter,
    /// Whether the last connection could not be made.
    is_down: AtomicBool,
}

impl Traffic {
    /// Returns the counters of a store, which the log names `store`.
    pub(crate) fn of(store: &str) -> Traffic {
        Traffic { store: store.to_owned(), ..Traffic::default() }
    }

    /// Counts a connection to `address` that was made or not. The log has the first failure, and
    /// the success after it.
    pub(crate) fn count_connect(&self, address: &Address, failure: Option<&Error>) {
        match failure {
            None => {
                self.connects.add(1);
                if self.is_down.swap(false, Ordering::Relaxed) {
                    let message = format_args!("redis at {address} is connected again");
                    self.log(LogLevel::Info, Topic::Connection, message);
                }
            }
            Some(error) if error.ends_call() => {}
            Some(error) => {
                self.failed_connects.add(1);
                if !self.is_down.swap(true, Ordering::Relaxed) {
                    self.log(LogLevel::Warn, Topic::Connection, format_args!("{error}"));
                }
            }
        }
    }

    /// Counts a call that is sent again because of `failure`.
    pub(crate) fn count_retry(&self, failure: &Error) {
        self.retries.add(1);
        let message = format_args!("a call is sent again: {failure}");
        self.log(LogLevel::Debug, Topic::Connection, message);
    }

    /// Counts a change of the master of a slot or name.
    pub(crate) fn count_failover(&self, master: &Address) {
        self.failovers.add(1);
        let message = format_args!("redis at {master} has become a master");
        self.log(LogLevel::Warn, Topic::Failover, message);
    }

    fn log(&self, level: LogLevel, topic: Topic, message: fmt::Arguments<'_>) {
        log(level, topic, &self.store, message);
    }
}
