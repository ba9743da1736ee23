//! Observation: counters and durations, the log, and the trace of calls.
//!
//! Counting is always on, so it costs a few nanoseconds. The log and the trace are off until the
//! program passes a function. A record of the log goes through a queue to a thread of its own, so
//! that no code of the program runs while a lock is held.

mod call_kind;
mod calls;
mod counter;
mod histogram;
mod log;
mod log_queue;
mod metrics;
mod record;
mod text;
mod trace;

pub use call_kind::CallKind;
pub use calls::{CallCounters, CallFigures, SlowCalls, sample_weight};
pub(crate) use counter::{Counter, Durations};
pub use histogram::{DURATION_BOUNDS_NS, DURATION_BUCKETS};
pub(crate) use log::log;
pub use log::{flush_log, log_panic, set_log};
pub use metrics::{GROUP_BOUNDS, GROUP_BUCKETS, Kind as MetricKind, METRICS, MetricRow, Metrics};
pub(crate) use record::Topic;
pub use record::{LogLevel, LogRecord, LogSink};
pub use text::{Scaled, metrics_text};
pub use trace::{TracedCall, Tracer, is_observed, set_tracer, tracer};
