//! Handles: 64-bit numbers of kind, generation and slot, which never lead to freed memory.
//!
//! A slot exists as long as the process and counts its generations. So a handle that is stale,
//! forged or of another kind is recognised by its slot alone.

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
}

const INDEX_BITS: u32 = 24;
const GENERATION_BITS: u32 = 32;

/// The largest number of generations of a slot, after which the slot is retired.
pub const GENERATION_MAX: u32 = u32::MAX;

/// Returns the number of a handle.
pub fn pack(kind: Kind, generation: u32, index: usize) -> u64 {
    (kind as u64) << (INDEX_BITS + GENERATION_BITS)
        | u64::from(generation) << INDEX_BITS
        | index as u64
}

/// Returns the generation and the index of a handle, or `None` if it is not of `kind`.
pub fn unpack(kind: Kind, id: u64) -> Option<(u32, usize)> {
    let is_kind = id >> (INDEX_BITS + GENERATION_BITS) == kind as u64;
    let index = (id & ((1 << INDEX_BITS) - 1)) as usize;
    is_kind.then_some(((id >> INDEX_BITS) as u32, index))
}
