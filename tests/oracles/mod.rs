//! Random work, compared with something simpler or with another implementation.

pub mod glob;
pub mod model;
