//! A terminal that a full-screen view has: its screen and its keys.

pub mod key;
pub mod screen;
pub mod wake;
