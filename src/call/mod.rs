//! The context of a call: its deadline, and whether it was cancelled.
//!
//! Every function that waits or loops takes a [`CallContext`] as an argument and checks it between
//! two steps. Calls through a store that is not bound have a context without limits, such as
//! [`UNBOUND`], whose check costs a branch. A bound store has a context of its own, which is armed
//! before a call and may be cancelled from any thread, or from a signal handler:
//! [`CallContext::cancel`] takes no lock and allocates nothing.

mod context;
mod limits;
mod pace;
mod wait;

pub use context::CallContext;
pub(crate) use context::UNBOUND;
pub use limits::Poll;
pub(crate) use pace::Pace;
