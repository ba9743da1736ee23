//! The data types of the store: plain data, no I/O, no locks.
//!
//! A *store* has *groups*, a group has *keys*, a key has a *value*, a *version* and maybe an
//! *expiry*. An [`Op`] is one read, check or write; a list of them is committed as a batch. A
//! [`Scan`] reads the entries of one group in key order; each is a [`ScanEntry`].

mod batch;
mod cache;
mod change;
mod durability;
mod entry;
mod expiry;
pub mod flat;
pub mod flat_event;
mod glob;
mod key;
mod key_range;
mod namespace;
mod number;
mod quota;
mod room;
mod scan;
mod scan_entry;
mod stats;
mod stream;
mod version;

pub use batch::{Commit, Condition, ExpireOutcome, Op, Reply};
pub use cache::CacheOptions;
pub(crate) use cache::{Eviction, LimitOptions, Limits};
pub(crate) use change::Observer;
pub use change::{Change, ChangeKind, Event};
pub use durability::Durability;
pub(crate) use entry::appended;
pub use entry::{Entry, EntryInfo, EntryRef, Value};
pub use expiry::{Expiry, ExpiryRule, SetExpiry, TTL_DEFAULT, TTL_NEVER};
pub use glob::{Dialect, Glob};
pub use key::{GROUP_LEN_MAX, Group, KEY_LEN_MAX, Key, VALUE_LEN_MAX};
pub(crate) use key::{Quoted, check_value};
pub(crate) use key_range::RangeHasher;
pub use key_range::{KeyRange, RangeDigest};
pub use namespace::{NAMESPACE_LEN_MAX, Namespace};
pub(crate) use number::{format_integer, incremented, parse_integer};
pub use quota::{Quota, QuotaState, Usage};
pub(crate) use quota::{QuotaExceeded, UsageDelta};
pub(crate) use room::{check_room, copy_value, no_memory, refill, reserve, reserve_one};
pub use scan::{GroupRange, KeyBound, Pattern, Query, Scan, Values};
pub(crate) use scan::{is_empty_range, next_key, prefix_end};
pub use scan_entry::{EntryBuf, ScanEntry};
pub use stats::{Stats, StoreUsage};
pub(crate) use stream::{NewValue, check_stream, check_whole};
pub use stream::{PIECE_LEN, STREAM_LEN_MAX, StreamId};
pub use version::Version;
pub(crate) use version::VersionClock;
