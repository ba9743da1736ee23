//! Changes: the messages that scripts publish, and the thread that receives them.

pub mod listener;
pub mod message;
