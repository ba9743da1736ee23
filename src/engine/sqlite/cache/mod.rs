//! The entry cache: states of keys in the memory of the process, as fresh as the file.
//!
//! A set-associative table holds keys with their entries, and keys that are absent. It is true
//! under one header of the wal-index (`validity.rs`), which each commit of any process changes: a
//! hit compares the header of the file with that of the cache, copies a slot (`slot.rs`), and makes
//! no system call. A reader that misses fills a slot with what it has read, unless a commit came in
//! between. A commit of this process changes the slots of the keys that it has touched, and moves
//! the cache to its header, before its caller learns of it. After a commit of another process the
//! header is one that the cache does not know: then all slots are void.

mod admission;
mod set;
mod shard;
mod slot;
mod storm;
mod touched;
mod validity;

use std::array;
use std::hash::{BuildHasher, Hasher};
use std::sync::Arc;

use foldhash::fast::RandomState;

use crate::engine::counters::{Counters, STRIPES, stripe};
use crate::engine::sqlite::cache::admission::Admission;
use crate::engine::sqlite::cache::set::Names;
use crate::engine::sqlite::cache::shard::{CacheShard, Place};
use crate::engine::sqlite::cache::slot::Head;
use crate::engine::sqlite::cache::storm::Storm;
use crate::engine::sqlite::cache::validity::{CommitGuard, Validity};
use crate::engine::sqlite::native::{WalHeader, WalIndex};
use crate::model::{EntryRef, Group, Key};

pub(crate) use set::KeyChange;
pub(crate) use touched::Touched;

/// The most shards of a cache: 16 GiB.
const SHARDS_MAX: usize = 1 << 19;

/// The entry cache of one file in this process.
pub(crate) struct EntryCache {
    shards: Box<[CacheShard]>,
    hasher: RandomState,
    validity: Validity<6>,
    storm: Storm,
    /// One for each stripe of the counters.
    admissions: [Admission; STRIPES],
    /// The wal-index of a connection that lives as long as the engine.
    index: WalIndex,
    counters: Arc<Counters>,
}

/// The result of a look-up.
pub(crate) enum Lookup<R> {
    /// The state of the key is known.
    Found(R),
    /// It is not. With a ticket the reader may fill it in.
    Missed(Option<Ticket>),
}

/// The state of the cache before a key is read from the file.
pub(crate) struct Ticket {
    address: Address,
    /// The number of the shard's lock.
    number: u64,
    generation: u64,
    header: WalHeader,
}

/// The shard of a key, and its place there.
#[derive(Debug, Clone, Copy)]
struct Address {
    shard: usize,
    place: Place,
}

impl EntryCache {
    /// Returns an empty cache of about `bytes` bytes, at least one shard, of the file with this
    /// wal-index. Memory is taken as the cache is filled.
    pub(crate) fn new(index: WalIndex, bytes: u64, counters: Arc<Counters>) -> EntryCache {
        let shards = usize::try_from(bytes / CacheShard::LEN as u64).unwrap_or(usize::MAX);
        let shards = shards.clamp(1, SHARDS_MAX);
        EntryCache {
            shards: (0..shards).map(|_| CacheShard::new()).collect(),
            hasher: RandomState::default(),
            validity: Validity::new(),
            storm: Storm::new(),
            admissions: array::from_fn(|_| Admission::default()),
            index,
            counters,
        }
    }

    /// Returns the memory that the full cache takes.
    pub(crate) fn memory(&self) -> u64 {
        self.shards.len() as u64 * CacheShard::LEN as u64
    }

    /// Calls `found` with the state of a key as every commit so far has left it, `None` for an
    /// absent one. Entries that have expired are among them.
    pub(crate) fn find<R>(
        &self,
        group: Group<'_>,
        key: Key<'_>,
        found: impl FnOnce(Option<EntryRef<'_>>) -> R,
    ) -> Lookup<R> {
        let names = (group.as_bytes(), key.as_bytes());
        let mut header = self.index.header();
        let mut generation = self.validity.generation_under(header.words());
        if generation.is_none() {
            if self.storm.is_on() {
                return Lookup::Missed(None);
            }
            if self.validity.begin_generation(|| *self.index.header().words()) {
                self.counters.cache_resets.add(1);
                self.storm.note_generation(self.counters.cached_reads());
            }
            header = self.index.header();
            generation = self.validity.generation_under(header.words());
        }
        let Some(generation) = generation else { return Lookup::Missed(None) };
        let address = self.address(names);
        let shard = &self.shards[address.shard];
        let state = shard.find(address.place, names, generation, |head, value| {
            let (version, expires_at) = (head.version, head.expires_at);
            found(head.value_len.map(|_| EntryRef { value, version, expires_at }))
        });
        match state {
            Some(result) => Lookup::Found(result),
            None if self.admits() => {
                let ticket = |number| Ticket { address, number, generation, header };
                Lookup::Missed(shard.number().map(ticket))
            }
            None => Lookup::Missed(None),
        }
    }

    /// Returns whether a key that was missed is to be filled in.
    fn admits(&self) -> bool {
        let stripe = stripe();
        let hits = || self.counters.cached_reads_of(stripe);
        !self.storm.is_on() && self.admissions[stripe].admits(hits)
    }

    /// Stores the state of a key as it was read from the file after the look-up that returned
    /// `ticket`, unless there was a commit since.
    pub(crate) fn fill(
        &self,
        ticket: &Ticket,
        group: Group<'_>,
        key: Key<'_>,
        entry: Option<EntryRef<'_>>,
    ) {
        let names = (group.as_bytes(), key.as_bytes());
        // The snapshot that was read is no older than the header of the ticket. With the same
        // header now, it is no newer.
        if self.index.header() != ticket.header {
            return;
        }
        let Some(head) = head_of(names, ticket.generation, entry) else { return };
        let value = entry.map_or(&b""[..], |entry| entry.value);
        let Address { shard, place } = ticket.address;
        self.shards[shard].fill(ticket.number, place, names, &head, value);
    }

    /// Begins a commit of this process. Until its end no generation begins.
    pub(crate) fn begin_commit(&self) -> OwnCommit<'_> {
        OwnCommit { cache: self, guard: self.validity.begin_commit() }
    }

    fn address(&self, (group, key): Names<'_>) -> Address {
        let mut hasher = self.hasher.build_hasher();
        hasher.write_usize(group.len());
        hasher.write(group);
        hasher.write(key);
        let hash = hasher.finish();
        let shard = (u64::from(hash as u32) * self.shards.len() as u64) >> 32;
        Address { shard: shard as usize, place: Place::of((hash >> 32) as u32) }
    }
}

/// A commit of this process that is under way.
pub(crate) struct OwnCommit<'c> {
    cache: &'c EntryCache,
    guard: CommitGuard<'c, 6>,
}

impl OwnCommit<'_> {
    /// Ends the commit that has changed the header from `before` to `after` and nothing but
    /// `touched`. The slots of these keys are changed, and the cache is true under `after`, if it
    /// was under `before`.
    pub(crate) fn end(self, before: WalHeader, after: WalHeader, touched: &Touched) {
        let OwnCommit { cache, guard } = self;
        if !guard.is_under(before.words()) {
            return;
        }
        let is_all = touched.each(|names, change| {
            let Address { shard, place } = cache.address(names);
            cache.shards[shard].change(place, names, change);
        });
        // Otherwise the next reader begins a generation.
        if is_all {
            guard.move_to(after.words());
        }
    }
}

/// Returns the head of the slot for a key, or `None` if it fits into no slot.
fn head_of(names: Names<'_>, generation: u64, entry: Option<EntryRef<'_>>) -> Option<Head> {
    let len = |bytes: &[u8]| u16::try_from(bytes.len()).ok();
    Some(Head {
        generation,
        version: entry.map_or(0, |entry| entry.version),
        expires_at: entry.and_then(|entry| entry.expires_at),
        name: (len(names.0)?, len(names.1)?),
        value_len: match entry {
            Some(entry) => Some(len(entry.value)?),
            None => None,
        },
    })
}
