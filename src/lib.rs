//! A key-value store for everything that can call C.
//!
//! One shared library, one header, one file on disk. Other languages use `include/kv.h`, which is
//! generated from `src/ffi`. This page documents the crate for contributors and for use from Rust:
//!
//! ```
//! use kv::{Group, Key};
//!
//! let store = kv::open("memory:")?;
//! let (config, colour) = (Group::new(b"config")?, Key::new(b"colour")?);
//!
//! store.set(config, colour, b"blue")?;
//! let entry = store.get(config, colour)?.expect("it was set");
//! assert_eq!(&entry.value[..], b"blue");
//! # Ok::<(), kv::Error>(())
//! ```
//!
//! Folder depth is the layer; a module imports strictly lower floors. From the top:

#![warn(unreachable_pub)]

// Floor 7: the C ABI.
mod ffi;

// Floor 6: locations and services files.
mod config;

// Floor 5: what is built on a store.
mod copy;
mod idempotency;
mod json;
mod lock;
mod scope;
mod text;

// Floor 4: the operations of a store.
mod store;

// Floor 3: watches and callbacks.
mod watch;

// Floor 2: storage.
mod engine;

// Floor 1: plain data, the context of a call, and what is counted and logged.
mod call;
mod model;
mod observe;

// Floor 0: errors, the clock, the operating system.
mod clock;
mod error;
mod os;

pub use call::{CallContext, Poll};
pub use clock::{Clock, ManualClock, SystemClock, Timestamp};
pub use config::{
    OpenOptions, OptionRow, OptionTable, open, open_config, open_with_clock, option_tables,
    parse_duration, parse_size, release_closed, repair, suggestion,
};
pub use copy::{
    COPY_BATCH_BYTES, COPY_BATCH_ENTRIES, Copied, CopyOptions, CopyProgress, Existing, copy,
};
pub use engine::file_use::{check_place, check_unused};
pub use engine::log::{LogEngine, LogEngineOptions, Repair};
pub use engine::memory::{MemoryEngine, MemoryOptions};
pub use engine::sqlite::{INLINE_VALUE_MAX, LogOptions, SqliteEngine, SqliteOptions};
pub use engine::{
    BackupProgress, BackupSource, ChangeCursor, ChangeLog, Cursor, Engine, Maintenance, Medium,
    Piece, Quotas, Streams, ValueReader, WatchSnapshot,
};
pub use error::{Error, ErrorKind, Result};
pub use idempotency::{
    BeginOutcome, CompleteOutcome, IDEMPOTENCY_GROUP, Idempotency, REQUEST_HASH_LEN_MAX,
    RecordState,
};
pub use json::{JSON_DEPTH_MAX, check_json, get_json, set_json};
pub use lock::{Grant, LOCK_GROUP, LOCK_OWNER_LEN_MAX, Locks, check as check_lock};
pub use model::{
    CacheOptions, Change, ChangeKind, Commit, Condition, Dialect, Durability, Entry, EntryBuf,
    EntryInfo, EntryRef, Event, ExpireOutcome, Expiry, ExpiryRule, GROUP_LEN_MAX, Glob, Group,
    GroupRange, KEY_LEN_MAX, Key, KeyBound, KeyRange, NAMESPACE_LEN_MAX, Namespace, Op, PIECE_LEN,
    Pattern, Query, Quota, QuotaState, RangeDigest, Reply, STREAM_LEN_MAX, Scan, ScanEntry,
    SetExpiry, Stats, StoreUsage, StreamId, TTL_DEFAULT, TTL_NEVER, Usage, VALUE_LEN_MAX, Value,
    Values, Version, flat, flat_event,
};
pub use observe::{
    CallCounters, CallFigures, CallKind, DURATION_BOUNDS_NS, DURATION_BUCKETS, GROUP_BOUNDS,
    GROUP_BUCKETS, LogLevel, LogRecord, LogSink, METRICS, MetricKind, MetricRow, Metrics, Scaled,
    SlowCalls, TracedCall, Tracer, flush_log, is_observed, log_panic, metrics_text, sample_weight,
    set_log, set_tracer, tracer,
};
pub use os::{WholeFile, accept_open_files, is_forked, side_path};
pub use store::{
    Batch, Delete, Put, Store, TRANSACTION_LEN_MAX, Transaction, Ttl, ValueWriter, WriteRules,
};
pub use text::{
    RENDERED_LEN_MAX, TEMPLATE_LEN_MAX, VARIABLES_LEN_MAX, get_fields, get_split, render,
};
pub use watch::{
    Callback, CallbackHandle, Hub, Selection, Selector, WATCH_CAPACITY_DEFAULT, WATCH_CAPACITY_MAX,
    WATCH_CAPACITY_MIN, Watch, WatchStart, is_calling_back,
};
