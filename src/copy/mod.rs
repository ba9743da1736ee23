//! Copies of a store into another one, between any two engines, in checked batches.

mod batch;
mod entries;
mod group;
mod large;
mod options;
mod run;

pub use options::{
    COPY_BATCH_BYTES, COPY_BATCH_ENTRIES, Copied, CopyOptions, CopyProgress, Existing,
};
pub use run::copy;
