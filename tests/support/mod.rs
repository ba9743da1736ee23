//! The parts that several modules of tests share.

pub mod child;
mod events;
pub mod faults;
pub mod listing;
pub mod model;
mod place;
mod race;
mod random;
pub mod redis;
mod wait;

pub use child::{Child, listen, say};
pub use events::word;
pub use place::{Place, log, sqlite};
pub use race::{Meetings, Raised, race_until_met};
pub use random::Random;
pub use wait::until;

use std::path::Path;

use kv::{Cursor, Group, Key};

/// Returns the root of the repository.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the folder above the tests")
}

/// Returns the key `bytes`, which are within the limit.
pub fn key(bytes: &[u8]) -> Key<'_> {
    Key::new(bytes).expect("a key within the limit")
}

/// Returns the group `bytes`, which are within the limit.
pub fn group(bytes: &[u8]) -> Group<'_> {
    Group::new(bytes).expect("a group within the limit")
}

/// Returns the group whose name is the empty string.
pub fn no_group() -> Group<'static> {
    Group::DEFAULT
}

/// A row of a cursor: group, key, value.
pub type Row = (Vec<u8>, Vec<u8>, Vec<u8>);

/// Returns everything a cursor still has to give.
pub fn drain(cursor: &mut dyn Cursor) -> Vec<Row> {
    let mut rows = Vec::new();
    while let Some(entry) = cursor.next().expect("an entry or the end") {
        rows.push((entry.group.to_vec(), entry.key.to_vec(), entry.value.to_vec()));
    }
    rows
}
