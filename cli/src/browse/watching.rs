//! The threads that notice changes of other processes: one receives the changes of the store, if a
//! watch has them all, and one looks whether the file of the store was written.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::{Duration, SystemTime};

use kv::{
    CallContext, ErrorKind, Event, Selection, Selector, Store, WATCH_CAPACITY_DEFAULT, Watch,
    WatchStart,
};

use crate::browse::requests::{Failed, Liveness, Replies, Reply};
use crate::change_source::is_live;
use crate::escape::escaped_text;
use crate::store_arguments::StoreArguments;

/// The largest number of changes that are sent at once, and the pause behind them: more changes
/// than are read by a person do not draw the view more often.
const BATCH_LEN: usize = 1000;
const BATCH_PAUSE: Duration = Duration::from_millis(50);

/// The threads; dropping it ends them.
pub struct Watching {
    watch: Option<Arc<Watch>>,
    /// Closed to end the thread that looks at the file.
    end: Option<Sender<()>>,
    threads: Vec<JoinHandle<()>>,
}

impl Watching {
    /// Begins to send the changes of the store. An error is sent as a reply.
    pub fn begin(
        store: &Store,
        arguments: &StoreArguments,
        replies: &Replies,
        interval: Duration,
    ) -> Watching {
        // The deadlines of requests are not those of a watch.
        let store = store.bind(&CallContext::default());
        let mut watching = Watching { watch: None, end: None, threads: Vec::new() };
        let liveness = match watching.begin_watch(&store, arguments, replies) {
            Ok(true) => Liveness::Live,
            Ok(false) => Liveness::Refreshed,
            Err(error) => {
                replies.send(Reply::Failed(Failed::Watch, escaped_text(error.message())));
                Liveness::Refreshed
            }
        };
        replies.send(Reply::Liveness(liveness));
        let path = arguments.store_name().ok().and_then(|name| name.path());
        // A watch does not report that an entry has another expiry, but the file shows it.
        if path.is_some() || liveness == Liveness::Refreshed {
            watching.begin_looks(path, replies.clone(), interval);
        }
        watching
    }

    /// Begins a watch, if it receives the changes of other processes.
    fn begin_watch(
        &mut self,
        store: &Store,
        arguments: &StoreArguments,
        replies: &Replies,
    ) -> kv::Result<bool> {
        if !is_live(store, arguments)? {
            return Ok(false);
        }
        let selection = Selection { group: Selector::Any, key: Selector::Any };
        let watch = store.watch(selection, WATCH_CAPACITY_DEFAULT, WatchStart::Now)?;
        let (watch, replies) = (Arc::new(watch), replies.clone());
        self.watch = Some(watch.clone());
        self.threads.push(thread::spawn(move || match receive(&watch, &replies) {
            Err(error) if error.kind() != ErrorKind::Closed => {
                replies.send(Reply::Failed(Failed::Watch, escaped_text(error.message())));
            }
            _ => {}
        }));
        Ok(true)
    }

    /// Begins to look at the file of the store, or without a path to assume that it was written.
    fn begin_looks(&mut self, path: Option<PathBuf>, replies: Replies, interval: Duration) {
        let (end, ended) = mpsc::channel::<()>();
        self.end = Some(end);
        self.threads.push(thread::spawn(move || {
            let mut seen = path.as_deref().map(traces);
            while ended.recv_timeout(interval) == Err(RecvTimeoutError::Timeout) {
                let now = path.as_deref().map(traces);
                if now.is_none() || now != seen {
                    replies.send(Reply::Touched);
                }
                seen = now;
            }
        }));
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        drop(self.end.take());
        if let Some(watch) = self.watch.take() {
            watch.close();
        }
        for thread in self.threads.drain(..) {
            // A panic was printed by then.
            let _ = thread.join();
        }
    }
}

/// Sends changes until the watch is closed.
fn receive(watch: &Watch, replies: &Replies) -> kv::Result<()> {
    loop {
        let (mut changes, mut lost) = (Vec::new(), 0);
        let mut next = watch.poll(None)?;
        while let Some(event) = next {
            match event {
                Event::Change(change) => changes.push(change),
                Event::Lagged { lost: more, .. } => lost += more,
                Event::Synced { .. } => {}
            }
            next = if changes.len() < BATCH_LEN { watch.take_if(|_| true)? } else { None };
        }
        replies.send(Reply::Changes(changes, lost));
        thread::sleep(BATCH_PAUSE);
    }
}

/// Returns what a write leaves on a file and its WAL: their lengths and times of writing.
fn traces(path: &Path) -> [Option<(u64, SystemTime)>; 2] {
    let wal = kv::side_path(path, "-wal");
    let trace = |path: &Path| {
        let about = fs::metadata(path).ok()?;
        Some((about.len(), about.modified().ok()?))
    };
    [trace(path), trace(&wal)]
}
