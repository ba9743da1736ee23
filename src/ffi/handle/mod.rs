//! Handles: 64-bit numbers of kind, generation and slot, which never lead to freed memory.
//!
//! A slot exists as long as the process and counts its generations. So a handle that is stale,
//! forged or of another kind is recognised by its slot alone. Generation and slot are masked with
//! random bits of the process, so that a number which comes from another process, in a copy of an
//! object for example, is refused like a forged one instead of leading to another store.

use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

use crate::{Error, ErrorKind};

pub mod cancel;
pub mod exclusive;
pub mod hazard;

/// The kind of object that a handle names; a part of its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Store = 1,
    Cursor = 2,
    Batch = 3,
    Value = 4,
    Watch = 5,
    Subscription = 6,
    Changes = 7,
    Transaction = 8,
    Bound = 9,
    Writer = 10,
    Reader = 11,
}

impl Kind {
    const ALL: [Kind; 11] = [
        Kind::Store,
        Kind::Cursor,
        Kind::Batch,
        Kind::Value,
        Kind::Watch,
        Kind::Subscription,
        Kind::Changes,
        Kind::Transaction,
        Kind::Bound,
        Kind::Writer,
        Kind::Reader,
    ];

    /// Returns the name of the object in messages.
    pub const fn noun(self) -> &'static str {
        match self {
            Kind::Store => "store",
            Kind::Cursor => "cursor",
            Kind::Batch => "batch",
            Kind::Value => "value",
            Kind::Watch => "watch",
            Kind::Subscription => "subscription",
            Kind::Changes => "change cursor",
            Kind::Transaction => "transaction",
            Kind::Bound => "bound store",
            Kind::Writer => "writer",
            Kind::Reader => "reader",
        }
    }
}

const INDEX_BITS: u32 = 24;
const GENERATION_BITS: u32 = 32;

/// The largest number of generations of a slot, after which the slot is retired.
pub const GENERATION_MAX: u32 = u32::MAX;

/// The bits of a handle below its kind.
const MASK_BITS: u64 = (1 << (INDEX_BITS + GENERATION_BITS)) - 1;

/// The random bits of this process; 0 before its first handle, when no number leads anywhere.
static MASK: AtomicU64 = AtomicU64::new(0);

/// Returns the number of a handle.
pub fn pack(kind: Kind, generation: u32, index: usize) -> u64 {
    let below = u64::from(generation) << INDEX_BITS | index as u64;
    (kind as u64) << (INDEX_BITS + GENERATION_BITS) | (below ^ mask())
}

/// Returns the generation and the index of a handle, or `None` if it is not of `kind`.
pub fn unpack(kind: Kind, id: u64) -> Option<(u32, usize)> {
    let is_kind = id >> (INDEX_BITS + GENERATION_BITS) == kind as u64;
    // A thread that was given a handle sees the mask that the handle was made with.
    let below = (id ^ MASK.load(Ordering::Relaxed)) & MASK_BITS;
    let index = (below & ((1 << INDEX_BITS) - 1)) as usize;
    is_kind.then_some(((below >> INDEX_BITS) as u32, index))
}

/// Returns the error of a number that leads to no open handle of `kind`. `was_open` says whether it
/// is that of a handle which this process has closed.
#[cold]
pub fn refusal(kind: Kind, id: u64, was_open: bool) -> Error {
    let noun = kind.noun();
    let other = Kind::ALL.into_iter().find(|it| *it != kind && unpack(*it, id).is_some());
    let message = match other {
        _ if id == 0 => format!("the {noun} handle is zero: no open has returned one"),
        _ if was_open => format!("the {noun} was closed: its handle cannot be used any more"),
        Some(other) => {
            format!("the handle is one of a {}, and this call takes one of a {noun}", other.noun())
        }
        None => format!("the number is not a {noun} handle of this process: open one here"),
    };
    Error::new(ErrorKind::Handle, message)
}

/// Returns the random bits of this process, which the first call chooses.
fn mask() -> u64 {
    match MASK.load(Ordering::Relaxed) {
        0 => choose_mask(),
        mask => mask,
    }
}

#[cold]
fn choose_mask() -> u64 {
    // A process that is forked from another one inherits the state of the random numbers.
    let time = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let mask = RandomState::new().hash_one((std::process::id(), time)) & MASK_BITS;
    let chosen = MASK.compare_exchange(0, mask.max(1), Ordering::Relaxed, Ordering::Relaxed);
    chosen.map_or_else(|earlier| earlier, |_| mask.max(1))
}
