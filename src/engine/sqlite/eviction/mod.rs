//! Limits and quotas of a file, its usage, and the LRU order of eviction.

pub mod limits;
pub mod lru;
pub mod quotas;
