//! Random work, compared with something simpler or somebody else's.

pub mod glob;
pub mod model;
