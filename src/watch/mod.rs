//! Watches and callbacks: the publication of changes within a process.
//!
//! An engine publishes the changes of each commit to its [`Hub`], in commit order. The hub finds
//! the subscriptions that select a change and puts it into their queues, and runs the callbacks. A
//! [`Watch`] returns first the events of its backlog, then those of its queue.

mod backlog;
mod callbacks;
mod event_memory;
mod hub;
mod index;
mod queue;
mod selection;
mod subscribers;
#[allow(clippy::module_inception)]
mod watch;

pub use callbacks::{Callback, is_calling_back};
pub use hub::Hub;
pub use selection::{Selection, Selector};
pub use subscribers::CallbackHandle;
pub(crate) use subscribers::Subscribers;
pub use watch::{
    WATCH_CAPACITY_DEFAULT, WATCH_CAPACITY_MAX, WATCH_CAPACITY_MIN, Watch, WatchStart,
};
