//! The sources, the header and the pages, which agree with each other.

pub mod architecture;
pub mod circles;
pub mod header;
pub mod notices;
pub mod options;
pub mod paths;
pub mod readme;
pub mod tidy;
pub mod words;
