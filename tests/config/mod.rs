//! How a store is named, found and opened.

pub mod opening;
pub mod services;
