//! The figures of a store at a moment.

use std::time::Instant;

use kv::{
    ChangeKind, Event, Metrics, Selection, Selector, Stats, Store, StoreUsage,
    WATCH_CAPACITY_DEFAULT, Watch, WatchStart,
};

use crate::change_source::is_live;
use crate::store_arguments::StoreArguments;
use crate::units::now_ms;

/// The figures of a moment.
#[derive(Debug, Clone, Copy)]
pub struct Sample {
    /// The time in milliseconds since 1970.
    pub time_ms: i64,
    /// The same on a clock that is never set back.
    pub taken: Instant,
    /// The figures that are known at once.
    pub stats: Stats,
    /// The metrics of this process.
    pub metrics: Metrics,
    /// The entries, if they are counted.
    pub usage: Option<StoreUsage>,
    /// The changes since the first sample, by all processes, if a watch receives them.
    pub changes: Option<Changes>,
}

/// A number of changes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Changes {
    /// All changes, also those that are of no kind below because the queue had no room for them.
    pub all: u64,
    /// Entries that were set.
    pub sets: u64,
    /// Entries that were deleted, and groups.
    pub deletes: u64,
    /// Entries that were removed as expired.
    pub expired: u64,
}

/// Takes samples of a store.
pub struct Sampler {
    store: Store,
    counts_entries: bool,
    watch: Option<Watch>,
    changes: Changes,
}

impl Sampler {
    /// Returns the sampler of a store, which counts changes from now on if a watch receives those
    /// of other processes.
    pub fn begin(
        store: Store,
        arguments: &StoreArguments,
        counts_entries: bool,
    ) -> kv::Result<Sampler> {
        let watch = match is_live(&store, arguments)? {
            true => {
                let selection = Selection { group: Selector::Any, key: Selector::Any };
                Some(store.watch(selection, WATCH_CAPACITY_DEFAULT, WatchStart::Now)?)
            }
            false => None,
        };
        Ok(Sampler { store, counts_entries, watch, changes: Changes::default() })
    }

    /// Returns the figures of this moment.
    pub fn take(&mut self) -> kv::Result<Sample> {
        self.count_changes()?;
        Ok(Sample {
            time_ms: now_ms(),
            taken: Instant::now(),
            stats: self.store.stats()?,
            metrics: self.store.metrics()?,
            usage: self.counts_entries.then(|| self.store.usage()).transpose()?,
            changes: self.watch.is_some().then_some(self.changes),
        })
    }

    /// Counts the changes in the queue of the watch, so that it has room for others.
    pub fn count_changes(&mut self) -> kv::Result<()> {
        let Some(watch) = &self.watch else { return Ok(()) };
        while let Some(event) = watch.take_if(|_| true)? {
            self.changes.add(&event);
        }
        Ok(())
    }
}

impl Changes {
    fn add(&mut self, event: &Event) {
        match event {
            Event::Change(change) => {
                self.all += 1;
                *match change.kind() {
                    ChangeKind::Set => &mut self.sets,
                    ChangeKind::Delete | ChangeKind::DeleteGroup => &mut self.deletes,
                    ChangeKind::Expire => &mut self.expired,
                } += 1;
            }
            Event::Lagged { lost, .. } => self.all += lost,
            Event::Synced { .. } => {}
        }
    }
}
