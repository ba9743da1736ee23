//! Redis, as far as this version knows it: where it is and how its keys are named.

mod options;

pub use options::{POOL_SIZE_MAX, PREFIX_LEN_MAX, Password, RedisOptions};
