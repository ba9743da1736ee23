//! Changes: the messages that scripts publish, and the threads that receive them.

pub(super) mod listener;
pub(super) mod message;
mod receiver;
mod roster;
mod shared;
