//! The maintenance thread of a store with a log: syncs, purges, snapshots.
//!
//! It sleeps until a commit has to be synced, the log has grown to its limit, or the next purge is
//! due, so an idle store costs nothing.

use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Instant;

use crate::call::UNBOUND;
use crate::engine::PURGE_STEP;
use crate::engine::log::shared::Shared;
use crate::error::Result;
use crate::model::GroupRange;
use crate::os;

/// Spawns the thread of a store that is written.
pub(super) fn spawn(shared: &Arc<Shared>) -> Result<JoinHandle<()>> {
    let shared = shared.clone();
    Ok(os::spawn("kv-log", move || run(&shared))?)
}

fn run(shared: &Shared) {
    let Ok(writing) = shared.writing() else { return };
    let mut next_sync: Option<Instant> = None;
    let mut next_purge = next_purge(shared);
    loop {
        let deadline = [next_sync, next_purge].into_iter().flatten().min();
        let requested = writing.requests.wait(deadline);
        if requested.stop {
            return;
        }
        let now = Instant::now();
        if requested.sync && next_sync.is_none() {
            next_sync = now.checked_add(shared.options.sync_every);
        }
        // The next write meets a failure again and reports it.
        if next_sync.is_some_and(|at| at <= now) {
            next_sync = None;
            let _ = shared.sync(&UNBOUND);
        }
        if requested.rotate {
            let _ = shared.rotate(&UNBOUND);
        }
        if next_purge.is_some_and(|at| at <= now) {
            purge(shared);
            next_purge = self::next_purge(shared);
        }
    }
}

fn next_purge(shared: &Shared) -> Option<Instant> {
    let interval = shared.options.purge_interval;
    (!interval.is_zero()).then(|| Instant::now().checked_add(interval)).flatten()
}

/// Purges the expired entries in small steps, between which others write.
fn purge(shared: &Shared) {
    shared.store.purge(
        || shared.writing.as_ref().is_some_and(|it| !it.requests.stops()),
        || shared.expire(&UNBOUND, GroupRange::Prefix(b""), PURGE_STEP),
    );
}
