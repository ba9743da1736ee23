//! One slice of a workload on one peer: the loops that are timed.
//!
//! A slice's keys are drawn before the clock starts, and all peers of a round get the same ones.

use std::collections::HashSet;
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow, bail, ensure};

use crate::contestant::Access;
use crate::dataset::{Random, Values};
use crate::keys::{KeyForm, Keys, NAMED};
use crate::latency::Latencies;
use crate::peer::{Direction, Entry, Peer};
use crate::workload::{Action, HOT_KEYS, SCAN_LEN, Workload};

/// How many of each thread's last writes are read back when the clock has stopped.
const READ_BACK: usize = 64;

/// The operations of one slice.
pub struct Slice<'a> {
    action: Action,
    values: &'a Values,
    ids: Vec<u64>,
    keys: Keys,
    /// The write numbers of this slice start here, so that no value repeats an older one.
    first_sequence: u64,
}

impl<'a> Slice<'a> {
    /// Draws `operations` of `workload` over `keys` keys; a batch's new keys are numbered from
    /// `next_id`.
    pub fn draw(
        workload: Workload,
        operations: usize,
        keys: u64,
        values: &'a Values,
        seed: u64,
        (first_sequence, next_id): (u64, u64),
    ) -> Self {
        let mut random = Random::new(seed);
        let ids: Vec<u64> = match workload.action() {
            Action::Batch { len } => (next_id..).take(operations * len).collect(),
            // A full scan has an entry for each place, so no start is among the last ones.
            Action::Scan => (0..operations).map(|_| random.below(keys - SCAN_LEN as u64)).collect(),
            // Each thread writes keys of its own, so that the last write of a key is known.
            Action::Set { threads } => (0..operations)
                .map(|at| {
                    let (threads, share) = (threads as u64, operations / threads);
                    random.below(keys / threads) * threads + (at / share) as u64
                })
                .collect(),
            Action::Get if workload == Workload::GetHot => {
                let hot = hot_keys(keys);
                (0..operations).map(|_| hot[random.below(hot.len() as u64) as usize]).collect()
            }
            Action::Get => (0..operations).map(|_| random.below(keys)).collect(),
        };
        Self::new(workload.action(), NAMED, ids, values, first_sequence)
    }

    /// Makes a slice of operations on the keys numbered `ids`.
    pub fn new(
        action: Action,
        form: KeyForm,
        ids: Vec<u64>,
        values: &'a Values,
        first_sequence: u64,
    ) -> Self {
        Self { action, values, keys: Keys::new(form, &ids), ids, first_sequence }
    }

    /// Runs the slice and returns the time of its operations.
    pub fn run(&self, peer: &mut dyn Peer, access: Access) -> Result<Duration> {
        match (self.action, access) {
            (Action::Get, Access::Copied) => self.get(peer),
            (Action::Get, Access::Borrowed) => self.get_borrowed(peer),
            (Action::Scan, _) => self.scan(peer),
            (Action::Set { threads: 1 }, _) => self.set(peer),
            (Action::Set { threads }, _) => Ok(self.set_from_threads(peer, threads, false)?.0),
            (Action::Batch { len }, _) => self.batch(peer, len),
        }
    }

    /// Runs the slice without a pause, and returns its time and those of its operations.
    pub fn run_sustained(&self, peer: &mut dyn Peer) -> Result<(Duration, Latencies)> {
        match self.action {
            Action::Get => self.get_sustained(peer),
            Action::Set { threads } => self.set_from_threads(peer, threads, true),
            Action::Scan | Action::Batch { .. } => bail!("no sustained load is of this kind"),
        }
    }

    /// Returns the number of keys that the slice uses.
    pub fn len(&self) -> u64 {
        self.ids.len() as u64
    }

    /// Fails unless the peer has kept the last writes of the slice, byte for byte.
    pub fn read_back(&self, peer: &mut dyn Peer) -> Result<()> {
        let share = match self.action {
            Action::Get | Action::Scan => return Ok(()),
            Action::Set { threads } => self.ids.len() / threads,
            Action::Batch { len } => len,
        };
        let mut value = Vec::with_capacity(self.values.len());
        for start in (0..self.ids.len()).step_by(share) {
            let end = self.ids.len().min(start + share);
            let mut seen = HashSet::new();
            for at in (start.max(end.saturating_sub(READ_BACK))..end).rev() {
                if !seen.insert(self.ids[at]) {
                    continue;
                }
                ensure!(
                    peer.get(self.keys.at(at), &mut value)?,
                    "key {} is absent after it was written",
                    self.ids[at]
                );
                self.values.check_write(self.ids[at], self.sequence(at), &value)?;
            }
        }
        Ok(())
    }

    fn get(&self, peer: &mut dyn Peer) -> Result<Duration> {
        let mut value = Vec::with_capacity(self.values.len());
        let start = Instant::now();
        for (id, key) in self.ids.iter().zip(self.keys.iter()) {
            ensure!(peer.get(key, &mut value)?, "key {id} is absent");
            self.values.check(*id, &value)?;
        }
        Ok(start.elapsed())
    }

    fn get_borrowed(&self, peer: &mut dyn Peer) -> Result<Duration> {
        let start = Instant::now();
        for (id, key) in self.ids.iter().zip(self.keys.iter()) {
            let mut checked = Ok(());
            let found =
                peer.get_borrowed(key, &mut |value| checked = self.values.check(*id, value))?;
            ensure!(found, "key {id} is absent");
            checked?;
        }
        Ok(start.elapsed())
    }

    fn scan(&self, peer: &mut dyn Peer) -> Result<Duration> {
        let start = Instant::now();
        for (id, after) in self.ids.iter().zip(self.keys.iter()) {
            let mut next = *id;
            let mut checked = Ok(());
            let count = peer.scan(Direction::Ascending, after, SCAN_LEN, &mut |key, value| {
                next += 1;
                // The last digit touches the key; the stamp in the value proves the order.
                if checked.is_ok() && key.last() != Some(&(b'0' + (next % 10) as u8)) {
                    checked = Err(anyhow!("a wrong key came where {next} was expected"));
                } else if checked.is_ok() {
                    checked = self.values.check(next, value);
                }
            })?;
            checked?;
            ensure!(count == SCAN_LEN, "a scan ended after {count} entries");
        }
        Ok(start.elapsed())
    }

    /// Stops the clock while a value is made: that is a part of a 100 KB set worth leaving out.
    fn set(&self, peer: &mut dyn Peer) -> Result<Duration> {
        let mut value = vec![0; self.values.len()];
        let mut time = Duration::ZERO;
        for at in 0..self.ids.len() {
            self.values.fill(self.ids[at], self.sequence(at), &mut value);
            let start = Instant::now();
            peer.set(self.keys.at(at), &value)?;
            time += start.elapsed();
        }
        Ok(time)
    }

    fn get_sustained(&self, peer: &mut dyn Peer) -> Result<(Duration, Latencies)> {
        let mut value = Vec::with_capacity(self.values.len());
        let mut latencies = Latencies::default();
        let start = Instant::now();
        for (id, key) in self.ids.iter().zip(self.keys.iter()) {
            ensure!(latencies.time(|| peer.get(key, &mut value))?, "key {id} is absent");
            self.values.check(*id, &value)?;
        }
        Ok((start.elapsed(), latencies))
    }

    /// Measures from the first thread's start to the last one's end, and each set if it is to
    /// `record` them.
    fn set_from_threads(
        &self,
        peer: &dyn Peer,
        threads: usize,
        record: bool,
    ) -> Result<(Duration, Latencies)> {
        let share = self.ids.len() / threads;
        let barrier = Barrier::new(threads);
        let worker = |thread: usize| -> Result<(Instant, Instant, Latencies)> {
            let mut value = vec![0; self.values.len()];
            let mut latencies = Latencies::default();
            barrier.wait();
            let start = Instant::now();
            for at in thread * share..(thread + 1) * share {
                self.values.fill(self.ids[at], self.sequence(at), &mut value);
                let set = || peer.set_shared(self.keys.at(at), &value);
                if record {
                    latencies.time(set)?;
                } else {
                    set()?;
                }
            }
            Ok((start, Instant::now(), latencies))
        };
        let spans = thread::scope(|scope| {
            let worker = &worker;
            let handles: Vec<_> =
                (0..threads).map(|thread| scope.spawn(move || worker(thread))).collect();
            handles
                .into_iter()
                .map(|handle| handle.join().map_err(|_| anyhow!("a worker panicked"))?)
                .collect::<Result<Vec<_>>>()
        })?;
        let start = spans.iter().map(|span| span.0).min();
        let end = spans.iter().map(|span| span.1).max();
        let time = start.zip(end).map_or(Duration::ZERO, |(a, b)| b - a);
        let mut latencies = Latencies::default();
        spans.into_iter().for_each(|span| latencies.append(span.2));
        Ok((time, latencies))
    }

    fn batch(&self, peer: &mut dyn Peer, len: usize) -> Result<Duration> {
        let mut time = Duration::ZERO;
        let mut entries = blank_entries(len, self.values);
        let mut next = 0;
        while next < self.ids.len() {
            entries.truncate(self.ids.len() - next);
            for entry in &mut entries {
                entry.key.clear();
                entry.key.extend_from_slice(self.keys.at(next));
                self.values.fill(self.ids[next], self.sequence(next), &mut entry.value);
                next += 1;
            }
            let start = Instant::now();
            peer.batch(&entries)?;
            time += start.elapsed();
        }
        Ok(time)
    }

    fn sequence(&self, at: usize) -> u64 {
        self.first_sequence + at as u64
    }
}

/// Fills a fresh store with keys 0 to `keys`, ascending, `per_batch` in each transaction.
pub fn preload(
    peer: &mut dyn Peer,
    form: KeyForm,
    keys: u64,
    per_batch: usize,
    values: &Values,
) -> Result<()> {
    let mut entries = blank_entries(per_batch, values);
    let mut next = 0;
    while next < keys {
        entries.truncate((keys - next).min(per_batch as u64) as usize);
        for entry in &mut entries {
            entry.key = form.key(next);
            values.fill(next, 0, &mut entry.value);
            next += 1;
        }
        peer.batch(&entries)?;
    }
    Ok(())
}

fn blank_entries(count: usize, values: &Values) -> Vec<Entry> {
    (0..count).map(|_| Entry { key: Vec::new(), value: vec![0; values.len()] }).collect()
}

/// Returns the hot keys, spread over the whole store and the same in every round.
fn hot_keys(keys: u64) -> Vec<u64> {
    let mut random = Random::new(0x407);
    (0..HOT_KEYS.min(keys)).map(|_| random.below(keys)).collect()
}
