//! Reads of single keys: from the entry cache, or from the file, whose state the cache then keeps.

use std::sync::Arc;

use crate::call::CallContext;
use crate::clock::Clock;
use crate::engine::counters::Counters;
use crate::engine::sqlite::cache::{EntryCache, Lookup};
use crate::engine::sqlite::read::lookup::{Found, find_entry, find_info};
use crate::engine::sqlite::read::reader::ReaderPool;
use crate::error::Result;
use crate::model::{EntryInfo, EntryRef, Expiry, Group, Key};

/// Reads the keys of one file.
pub(crate) struct KeyReader {
    /// The readers of the file.
    pub readers: Arc<ReaderPool>,
    /// The entry cache, if there is one.
    pub cache: Option<Arc<EntryCache>>,
    /// The clock by which entries expire.
    pub clock: Arc<dyn Clock>,
    /// Counts the reads.
    pub counters: Arc<Counters>,
}

impl KeyReader {
    /// Calls `found` with the live entry under a key and returns true, or returns false.
    pub(crate) fn get(
        &self,
        call: &CallContext,
        group: Group<'_>,
        key: Key<'_>,
        found: &mut dyn FnMut(EntryRef<'_>),
    ) -> Result<bool> {
        let mut ticket = None;
        if let Some(cache) = &self.cache {
            call.check()?;
            match self.find_cached(cache, group, key, &mut *found) {
                Lookup::Found(live) => return Ok(self.counters.count_cached_read(live.is_some())),
                Lookup::Missed(it) => ticket = it.map(|ticket| (cache, ticket)),
            }
        }
        let keep = |entry: Option<EntryRef<'_>>| {
            if let Some((cache, ticket)) = &ticket {
                cache.fill(ticket, group, key, entry);
            }
        };
        self.read(call, group, key, found, &keep)
    }

    /// Returns the live entry under a key without its value, or `None`.
    pub(crate) fn info(
        &self,
        call: &CallContext,
        group: Group<'_>,
        key: Key<'_>,
    ) -> Result<Option<EntryInfo>> {
        if let Some(cache) = &self.cache {
            call.check()?;
            if let Lookup::Found(info) = self.find_cached(cache, group, key, |entry| entry.info()) {
                self.counters.count_cached_read(info.is_some());
                return Ok(info);
            }
        }
        let now = || self.clock.now();
        let info = self.readers.read(call, |session| find_info(session, group, key, &now))?;
        self.counters.count_read(info.is_some());
        Ok(info)
    }

    /// Looks for a key in the cache. `read` is called with the live entry; the state of a key that
    /// is known is its result, or `None` without a live entry.
    fn find_cached<R>(
        &self,
        cache: &EntryCache,
        group: Group<'_>,
        key: Key<'_>,
        read: impl FnOnce(EntryRef<'_>) -> R,
    ) -> Lookup<Option<R>> {
        let is_past = |at: Expiry| at.is_past(self.clock.now());
        cache.find(group, key, |entry| {
            entry.filter(|entry| !entry.expires_at.is_some_and(is_past)).map(read)
        })
    }

    /// Reads a key from the file. `keep` is called with the entry, or with `None` if there is none,
    /// live or expired.
    fn read(
        &self,
        call: &CallContext,
        group: Group<'_>,
        key: Key<'_>,
        found: &mut dyn FnMut(EntryRef<'_>),
        keep: &dyn Fn(Option<EntryRef<'_>>),
    ) -> Result<bool> {
        let now = || self.clock.now();
        let mut found = |entry: EntryRef<'_>| {
            keep(Some(entry));
            found(entry);
        };
        let hit = self.readers.read(call, |session| {
            let outcome = find_entry(session, group, key, &now, &mut found)?;
            if outcome == Found::Absent {
                keep(None);
            }
            Ok(outcome.live().is_some())
        })?;
        Ok(self.counters.count_read(hit))
    }
}
