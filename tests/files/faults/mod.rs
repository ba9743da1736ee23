//! Failing calls of the system: what a file does when reading, writing or opening fails.

mod descriptors;
mod leftovers;
mod numbers;
mod poison;
mod sweep;

use std::path::Path;

use crate::support::{key, no_group, sqlite};
use kv::{Error, ErrorKind, Result, Store};

/// How many entries [`fill`] writes.
const ENTRIES: u32 = 40;

/// Opens the store at `path` with `options`; it does no work by the clock.
fn open(path: &Path, options: &str) -> Result<Store> {
    kv::open(&sqlite(path, &format!("purge_interval=0&{options}")))
}

/// Writes entries and makes them survive a loss of power.
fn fill(store: &Store) {
    for id in 0..ENTRIES {
        store.set(no_group(), key(&id.to_be_bytes()), &[7; 3_000]).expect("set");
    }
    store.flush().expect("flush");
}

/// Fails unless the store is sound and has every entry of [`fill`].
fn check_filled(store: &Store) {
    for id in 0..ENTRIES {
        let entry = store.get(no_group(), key(&id.to_be_bytes())).expect("a read");
        assert_eq!(entry.expect("an entry").value[..], [7; 3_000], "entry {id}");
    }
    store.check().expect("sound");
}

fn set(store: &Store, name: &[u8]) -> Result<()> {
    store.set(no_group(), key(name), b"value").map(drop)
}

/// Returns kind and number of an error.
#[track_caller]
fn failure<T>(result: Result<T>) -> (ErrorKind, i32) {
    let error: Error = result.err().expect("it fails");
    (error.kind(), error.os_error())
}
