//! A client of Redis servers and clusters: connections, pools, pipelines, redirects, subscribers.
//! It depends on nothing of stores and entries.

pub mod cluster;
pub mod connection;
pub mod error;
pub mod node;
pub mod options;
pub mod pipeline;
pub mod pool;
pub mod redirect;
pub mod reply;
pub mod script;
pub mod server;
pub mod slot;
pub mod subscriber;
pub mod tls;
