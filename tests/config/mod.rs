//! How a store is named, found and opened.

pub mod memory_limit;
pub mod opening;
pub mod services;
