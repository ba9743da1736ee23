//! Limits and quotas of a file, its usage, and the LRU order of eviction.

pub(super) mod limits;
pub(super) mod lru;
pub(super) mod quotas;
