//! The C ABI. `include/kv.h` is generated from the files of this folder, in the order below.
//!
//! Every function is the same five steps: guard against panics, look the handle up, convert what
//! came in, make one call into the public API, convert what goes out.
#![allow(non_camel_case_types, reason = "these are the names C knows the types by")]

pub mod batch;
mod bytes;
pub mod care;
mod handle;
pub mod library;
pub mod many;
pub mod one;
pub mod open;
pub mod scan;
pub mod status;
pub mod value;
