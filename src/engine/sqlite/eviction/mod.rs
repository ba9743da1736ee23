//! Limits and quotas: what may be in a file, what is in it, and the order in which entries are evicted.

pub mod limits;
pub mod lru;
pub mod quotas;
