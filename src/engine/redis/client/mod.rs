//! A client of Redis servers and clusters: connections, pools, pipelines, redirects, subscribers.
//! It depends on nothing of stores and entries.

pub(super) mod address;
pub(super) mod attempts;
pub(super) mod cluster;
pub(super) mod connection;
pub(super) mod error;
pub(super) mod login;
mod lookup;
pub(super) mod map;
pub(super) mod node;
pub(super) mod options;
pub(super) mod parser;
pub(super) mod pipeline;
pub(super) mod pool;
pub(super) mod redirect;
pub(super) mod reply;
pub(super) mod report;
pub(super) mod request;
pub(super) mod script;
pub(super) mod secret;
pub(super) mod sentinel;
pub(super) mod server;
pub(super) mod slot;
pub(super) mod subscriber;
pub(super) mod subscription;
pub(super) mod tls;
pub(super) mod topology;
pub(super) mod traffic;
pub(super) mod transport;
pub(super) mod value;
