//! Changes of entries, the events of watches, and the observer to which an engine publishes.

use std::fmt;
use std::sync::Arc;

use crate::model::key::{Group, Key};
use crate::model::version::Version;

/// The kind of a change of a key, or of a group as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ChangeKind {
    /// A value was written.
    Set,
    /// A live entry was deleted.
    Delete,
    /// All entries of a group were deleted at once; there is no key.
    DeleteGroup,
    /// An expired entry was removed.
    Expire,
}

impl ChangeKind {
    /// All kinds, in the order of their numbers.
    pub const ALL: [ChangeKind; 4] =
        [ChangeKind::Set, ChangeKind::Delete, ChangeKind::DeleteGroup, ChangeKind::Expire];

    /// Returns the number of the kind in the C ABI and the change log.
    pub const fn code(self) -> i32 {
        match self {
            ChangeKind::Set => 1,
            ChangeKind::Delete => 2,
            ChangeKind::DeleteGroup => 3,
            ChangeKind::Expire => 4,
        }
    }

    /// Returns the kind with a number, or `None` for another number.
    pub fn from_code(code: i64) -> Option<ChangeKind> {
        ChangeKind::ALL.into_iter().find(|kind| i64::from(kind.code()) == code)
    }
}

/// One committed change, with copies of its bytes. All queues share one change.
#[derive(Clone, PartialEq, Eq)]
pub struct Change {
    kind: ChangeKind,
    version: Version,
    /// The time of its commit, in milliseconds since 1970.
    time_ms: i64,
    group_len: usize,
    key_len: usize,
    /// The size of the value, whose bytes may be left out.
    size: u64,
    /// Group, key and value, one after the other.
    bytes: Box<[u8]>,
}

impl Change {
    /// Returns a change; a delete-group has no key, and only a set has a value. The time of its
    /// commit is its version, in microseconds since 1970.
    pub fn new(
        kind: ChangeKind,
        group: Group<'_>,
        key: &[u8],
        value: &[u8],
        version: Version,
    ) -> Self {
        let group = group.as_bytes();
        let bytes = [group, key, value].concat().into_boxed_slice();
        let time_ms = (version / 1000) as i64;
        let (group_len, key_len, size) = (group.len(), key.len(), value.len() as u64);
        Change { kind, version, time_ms, group_len, key_len, size, bytes }
    }

    /// Returns the change with another time of its commit, in milliseconds since 1970.
    pub fn at_millis(self, time_ms: i64) -> Self {
        Change { time_ms, ..self }
    }

    /// Returns the change with another size of its value, whose bytes are left out.
    pub fn of_size(self, size: u64) -> Self {
        Change { size, ..self }
    }

    /// Returns the change with `prefix` removed from the name of its group, or `None` if the name
    /// does not begin with it.
    pub fn within(&self, prefix: &[u8]) -> Option<Change> {
        let local = self.group().strip_prefix(prefix)?;
        let bytes = self.bytes.get(prefix.len()..)?.into();
        Some(Change { group_len: local.len(), bytes, ..*self })
    }

    /// Returns the kind of the change.
    pub fn kind(&self) -> ChangeKind {
        self.kind
    }

    /// Returns the version of the change. A later change has a higher one, except on Redis; the
    /// version of a set is that of its entry.
    pub fn version(&self) -> Version {
        self.version
    }

    /// Returns the time of its commit, in milliseconds since 1970.
    pub fn time_ms(&self) -> i64 {
        self.time_ms
    }

    /// Returns the group's name.
    pub fn group(&self) -> &[u8] {
        self.bytes.get(..self.group_len).unwrap_or_default()
    }

    /// Returns the key; empty for a delete-group.
    pub fn key(&self) -> &[u8] {
        self.bytes.get(self.group_len..self.group_len + self.key_len).unwrap_or_default()
    }

    /// Returns the size of the value that was written, also if its bytes are left out.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Returns the memory that it takes.
    pub fn memory(&self) -> u64 {
        (size_of::<Change>() + self.bytes.len()) as u64
    }

    /// Returns whether a value was written whose bytes are left out.
    pub fn is_large(&self) -> bool {
        self.size != self.value().len() as u64
    }

    /// Returns the value that was written; empty for all but a set.
    pub fn value(&self) -> &[u8] {
        self.bytes.get(self.group_len + self.key_len..).unwrap_or_default()
    }
}

impl fmt::Debug for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (group, key) = (self.group().escape_ascii(), self.key().escape_ascii());
        write!(f, "{:?} \"{group}\" \"{key}\" at {}", self.kind, self.version)?;
        write!(f, " ({} bytes)", self.size)
    }
}

/// An item in the queue of a watch: a change, or a notice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A committed change.
    Change(Arc<Change>),
    /// The notice that all existing entries of the snapshot were returned.
    Synced {
        /// The newest version of the snapshot.
        version: Version,
    },
    /// The notice that changes were lost between the events before it and those after it.
    Lagged {
        /// The number of lost changes; 0 means that the number is unknown.
        lost: u64,
        /// The version of the last change before them: a watch that begins after it receives
        /// them, if the change log still has them.
        since: Version,
    },
}

/// The receiver of an engine's changes, which the engine calls as it commits.
pub trait Observer: Send + Sync {
    /// Returns whether there is no subscription and no callback.
    fn is_idle(&self) -> bool;

    /// Returns whether a subscription or callback wants the changes of a key, or of anything in a
    /// group if `key` is `None`.
    fn wants(&self, group: Group<'_>, key: Option<Key<'_>>) -> bool;

    /// Publishes the changes of one transaction, before any of its writes is acknowledged. The
    /// engine calls this in commit order, from one thread at a time. It does not wait.
    fn publish(&self, changes: &[Arc<Change>]);

    /// Publishes that `lost` changes after `since` are missing; 0 means that the number is unknown.
    fn publish_gap(&self, lost: u64, since: Version);

    /// Publishes that another process may have made a change that is in no change log. Only calls
    /// that wait for a change are woken.
    fn publish_hint(&self);

    /// Runs the callbacks for the changes of one batch. The engine calls this in the thread that
    /// has committed the batch, without a lock.
    fn call_back(&self, changes: &[Arc<Change>]);
}
