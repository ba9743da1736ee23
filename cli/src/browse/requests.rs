//! The requests of the view to the thread that calls the store, and its replies.

use std::sync::mpsc::Sender;

use kv::Change;
use std::sync::Arc;

use crate::browse::filter::Filter;
use crate::terminal::wake::Waker;

/// A write that the user has confirmed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Write {
    /// The delete of an entry.
    Delete,
    /// A new time until it expires, in milliseconds from now; 0 is for ever.
    Expire(i64),
}

/// The name of an entry.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Name {
    /// Its group.
    pub group: Vec<u8>,
    /// Its key.
    pub key: Vec<u8>,
}

/// The place at which a page begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Start {
    /// The first key.
    First,
    /// The last key; the page is the end of the group.
    Last,
    /// The first key that is not below this one.
    At(Vec<u8>),
    /// The first key above this one.
    After(Vec<u8>),
    /// The keys directly below this one.
    Before(Vec<u8>),
}

/// A request for a page of entries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageRequest {
    /// The state of the list for which the page is meant.
    pub generation: u64,
    pub group: Vec<u8>,
    pub filter: Filter,
    pub start: Start,
    pub limit: usize,
    /// Whether the page replaces rows that are shown, to find what has changed.
    pub is_refresh: bool,
}

/// An entry of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    pub key: Vec<u8>,
    pub size: u64,
    pub version: u64,
    /// The expiry in milliseconds since 1970.
    pub expires_at: Option<i64>,
}

/// A page of entries, in the order of their keys.
#[derive(Debug)]
pub struct Page {
    pub request: PageRequest,
    pub rows: Vec<Row>,
    /// Whether there are more entries behind the page; before it, if it was read backwards.
    pub has_more: bool,
}

/// A value, or the beginning of a large one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    pub bytes: Vec<u8>,
    pub size: u64,
    pub version: u64,
}

/// The names of groups.
#[derive(Debug)]
pub struct Groups {
    pub prefix: Vec<u8>,
    pub names: Vec<Vec<u8>>,
    /// Whether there are more than are listed.
    pub has_more: bool,
}

/// The way in which changes of other processes reach the view.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Liveness {
    /// A watch receives each change.
    Live,
    /// The change log is off: the page that is shown is read again and again.
    Refreshed,
}

/// A reply, or news of the store.
pub enum Reply {
    /// A page.
    Page(Page),
    /// A value; `None` if there is no such entry.
    Value(Name, Option<Content>),
    /// The groups.
    Groups(Groups),
    /// The number of entries of a group, of which at most one more than the limit are counted.
    Count(Vec<u8>, u64),
    /// A write is done; false if there was no such entry, or if it had changed meanwhile. With
    /// whether a watch reports it.
    Written { name: Name, write: Write, is_done: bool, is_reported: bool },
    /// A request failed with a message.
    Failed(Failed, String),
    /// The way in which changes arrive.
    Liveness(Liveness),
    /// Changes of any process, in their order, and the number of those that were lost before them.
    Changes(Vec<Arc<Change>>, u64),
    /// The file was written by some process since the last look.
    Touched,
    /// The thread has ended, because the view ends, or because it found a defect.
    Ended,
}

/// The request that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failed {
    Page(u64),
    Value(Name),
    Groups,
    Count(Vec<u8>),
    Write,
    Watch,
}

/// Sends replies and wakes the view.
#[derive(Clone)]
pub struct Replies {
    sender: Sender<Reply>,
    waker: Waker,
}

impl Replies {
    /// Returns the sender for the view that `waker` wakes.
    pub fn new(sender: Sender<Reply>, waker: Waker) -> Replies {
        Replies { sender, waker }
    }

    /// Sends a reply; without effect once the view has ended.
    pub fn send(&self, reply: Reply) {
        if self.sender.send(reply).is_ok() {
            self.waker.wake();
        }
    }
}
