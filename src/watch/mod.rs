//! Who is told of changes.
//!
//! A [`Hub`] belongs to an engine and hears of each of its commits, in order. It puts the changes
//! into the queues of those who watch them ([`Subscription`]) and runs the callbacks.

mod callbacks;
mod hub;
mod index;
mod subscription;

pub use callbacks::{Callback, is_calling_back};
pub use hub::Hub;
pub use index::Number;
pub use subscription::{Subscription, Waited};
