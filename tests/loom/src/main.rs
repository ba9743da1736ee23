//! Models of what threads of the library do to each other, in the sources of the library itself:
//! the slots of handles, the write queue, the queue of a watch and the entry cache. loom runs each
//! model in every order that its threads may take, and with every value that a load may return.
//! Each is a line of the output, as scripts/harness.sh reads it.
//!
//! The sources are those of src, unchanged. What they take from the standard library and from
//! parking_lot comes from the crates beside this one, which are made of loom.
//!
//! Not modelled: the lists of callbacks and the hub's index, which are behind locks of readers and
//! writers; the time-outs of waits, for a model has no clock; and what is done within SQLite.

#![allow(dead_code, unused_imports, missing_docs)]

extern crate std_in_loom as std;

/// loom's variables of threads, for a model's threads share one of the system.
macro_rules! thread_local {
    ($(#[$attribute:meta])* static $name:ident : $kind:ty = $value:expr;) => {
        loom::thread_local! { static $name: $kind = $value; }
    };
}

#[path = "../../../src/clock.rs"]
pub mod clock;
#[path = "../../../src/error.rs"]
pub mod error;
#[path = "../../../src/ffi/handle/mod.rs"]
pub mod handle;
#[path = "../../../src/model/mod.rs"]
pub mod model;
#[path = "../../../src/watch/event_memory.rs"]
pub mod event_memory;
#[path = "../../../src/watch/queue.rs"]
pub mod queue;
#[path = "../../../src/watch/selection.rs"]
pub mod selection;
#[path = "../../../src/engine/write_queue.rs"]
pub mod write_queue;

mod call;
mod engine {
    pub mod sqlite {
        pub use crate::caching as cache;
    }
}
mod ffi {
    pub use crate::handle;
}
mod os;
mod watch {
    pub use crate::{event_memory, queue, selection};
}

pub mod caching;
mod closing;
mod group_commit;
mod harness;
mod owning;
mod polling;

use call::CallContext;
use error::{Error, ErrorKind, Result};

/// Runs all models, or the one whose number is the argument.
fn main() {
    let models = [
        owning::models(),
        closing::models(),
        group_commit::models(),
        polling::models(),
        caching::models(),
    ];
    let models: Vec<_> = models.into_iter().flatten().collect();
    let is_right = match std::env::args().nth(1) {
        Some(number) => models[number.parse::<usize>().expect("a number")].holds(),
        None => (0..).zip(&models).filter(|(number, model)| !model.run(*number)).count() == 0,
    };
    std::process::exit(i32::from(!is_right));
}
