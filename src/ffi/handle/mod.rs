//! Handles: 64-bit numbers that say kind, slot and generation, and never lead to freed memory.
//!
//! A slot lives as long as the process and counts its generations, so that a number which was
//! closed, made up or meant for another kind is recognised by looking at the slot alone.

pub mod cancel;
pub mod exclusive;
pub mod hazard;

/// What a handle stands for; part of its number.
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

/// Generations a slot can have; it is retired rather than begin anew.
pub const GENERATION_MAX: u32 = u32::MAX;

/// Returns the number of a handle.
pub fn pack(kind: Kind, generation: u32, index: usize) -> u64 {
    (kind as u64) << (INDEX_BITS + GENERATION_BITS)
        | u64::from(generation) << INDEX_BITS
        | index as u64
}

/// Returns generation and index of a handle, if it is one of `kind`.
pub fn unpack(kind: Kind, id: u64) -> Option<(u32, usize)> {
    let is_kind = id >> (INDEX_BITS + GENERATION_BITS) == kind as u64;
    let index = (id & ((1 << INDEX_BITS) - 1)) as usize;
    is_kind.then_some(((id >> INDEX_BITS) as u32, index))
}
