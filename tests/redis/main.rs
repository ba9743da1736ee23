//! The store on real servers, which the tests start, stop, starve and cut off themselves.

#[path = "../support/mod.rs"]
mod support;

mod harness;
