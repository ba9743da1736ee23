//! Changes: the messages that scripts publish, and the thread that receives them.

pub(super) mod listener;
pub(super) mod message;
