//! Redis servers and clusters of the tests' own, on free ports of the loopback device.
//!
//! None outlives the process that started it, however that ends, nor do their files.

mod certificates;
mod client;
mod clock;
mod cluster;
mod ground;
mod keeper;
mod load;
pub mod names;
mod outcome;
mod proxy;
mod scripted;
mod sentinels;
mod server;
mod slot_move;
mod worker;

pub use certificates::Certificates;
pub use client::{Client, Reply};
pub use clock::ServerClock;
pub use cluster::{Cluster, id};
pub use ground::Ground;
pub use proxy::{Fate, Proxy};
pub use scripted::{Scripted, drip, ordinary, serve};
pub use sentinels::Sentinels;
pub use server::{Server, Setup, free_port};
pub use slot_move::SlotMove;
pub use worker::Load;

use std::io::Write;

use kv::{Cursor, SetExpiry, Store};

use super::{Row, group, key};

/// Prints a line that the test runner does not keep to itself.
pub fn aloud(line: &str) {
    // It fails if the other end is closed.
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}

/// Returns one of two sizes of a test: `long` if `KV_LONG=1`, as `make torture` sets it.
pub fn sized<T>(suite: T, long: T) -> T {
    if std::env::var_os("KV_LONG").is_some_and(|it| it == "1") { long } else { suite }
}

/// Returns all rows of a cursor, or the error of any of its pages.
pub fn rows(cursor: kv::Result<Box<dyn Cursor>>) -> kv::Result<Vec<Row>> {
    let (mut cursor, mut rows) = (cursor?, Vec::new());
    while let Some(entry) = cursor.next()? {
        rows.push((entry.group.to_vec(), entry.key.to_vec(), entry.value.to_vec()));
    }
    Ok(rows)
}

/// Writes entries with keys of 17 bytes into a group, many at once.
pub fn fill_group(store: &Store, name: &[u8], count: usize, value: &[u8], expiry: SetExpiry) {
    let keys: Vec<String> = (0..count).map(|id| format!("entry{id:012}")).collect();
    for keys in keys.chunks(1_000) {
        let entries: Vec<_> =
            keys.iter().map(|it| (group(name), key(it.as_bytes()), value)).collect();
        store.set_many(&entries, expiry).expect("set many");
    }
}
