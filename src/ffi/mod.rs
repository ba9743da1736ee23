//! The C ABI. `include/kv.h` is generated from the files of this folder; the chapters of
//! `tests/sources/header` state their order.
//!
//! Every function takes the same steps: it names the types of its pointers (`arguments!`), guards
//! against panics, looks the handle up, reads the arguments, makes one call into the public API,
//! and converts the result. A type carries the condition under which its pointer may be used, so
//! that the rest of the function is safe code.
#![allow(non_camel_case_types, reason = "these are the names C knows the types by")]
#![allow(
    clippy::missing_safety_doc,
    reason = "what callers promise is the same everywhere and stands at the head of the header"
)]
#![allow(unreachable_pub, reason = "cbindgen generates the header from what is `pub`")]
#![allow(clippy::too_many_arguments, reason = "scalars cost callers through an FFI the least")]

pub mod admin;
mod arguments;
pub mod batch;
pub mod bind;
mod bytes;
pub mod changes;
pub mod copy;
pub mod entry;
pub mod event;
pub mod expiry;
mod handle;
pub mod idempotency;
pub mod library;
pub mod lock;
pub mod log;
pub mod metrics;
mod observed;
pub mod on_change;
pub mod open;
mod panic_log;
pub mod put_options;
pub mod range;
pub mod scan;
pub mod scope;
mod sized;
pub mod snapshot;
pub mod stats;
pub mod status;
pub mod stores;
pub mod stream;
pub mod text;
pub mod trace;
pub mod transaction;
mod transaction_writes;
pub mod user_data;
pub mod value;
pub mod watch;
