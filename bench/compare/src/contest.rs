//! The contest: every workload in rounds, in each round every peer, in an order that rotates.
//!
//! So each peer sees the same machine, in its good and in its bad minutes, and follows each of
//! the others in turn.

use anyhow::{Context, Result};

use crate::contestant::{Access, Contestant, Kind, baseline, contestants};
use crate::dataset::Values;
use crate::keys::NAMED;
use crate::peer::{Durability, Peer};
use crate::quiet;
use crate::report::{Panel, SustainedPanel};
use crate::sample::{BackgroundWork, Sample, bars, measure};
use crate::setup::Setup;
use crate::slice::{Slice, preload};
use crate::workload::{BATCH_LEN, LARGE_KEYS, LARGE_VALUE, SMALL_VALUE, Shelf, Workload};

/// A discarded slice of this share of the operations warms each peer up.
const WARM_UP: f64 = 0.1;
const LARGE_PER_BATCH: usize = 10;

pub struct Contest<'a> {
    pub setup: Setup<'a>,
    pub keys: u64,
    pub ops_scale: f64,
}

/// The state that one slice passes on to the next.
struct Progress {
    next_sequence: u64,
    next_id: u64,
}

impl Contest<'_> {
    /// Runs the workloads, in the order of [`Workload::ALL`], and returns a panel for each.
    pub fn run(&self, workloads: &[Workload]) -> Result<(Vec<Panel>, Vec<SustainedPanel>)> {
        let (mut panels, mut sustained) = (Vec::new(), Vec::new());
        for shelf in [Shelf::Small, Shelf::Large] {
            let on_shelf: Vec<_> = of(workloads, |w| w.shelf() == shelf);
            if on_shelf.is_empty() {
                continue;
            }
            let (keys, values) = match shelf {
                Shelf::Small => (self.keys, Values::new(SMALL_VALUE)),
                Shelf::Large => (LARGE_KEYS, Values::new(LARGE_VALUE)),
            };
            let mut progress = Progress { next_sequence: 1, next_id: keys };
            self.fill(shelf, keys, &values)?;
            for workload in of(&on_shelf, Workload::is_sustained) {
                sustained.push(self.sustained(workload, keys, &values)?);
            }
            let on_shelf = of(&on_shelf, |w| !w.is_sustained());
            for durability in [Durability::Process, Durability::Disk] {
                let selected = of(&on_shelf, |w| w.durability() == durability);
                if selected.is_empty() {
                    continue;
                }
                let mut peers = self.open(shelf, durability)?;
                for workload in selected {
                    panels.push(self.panel(workload, keys, &values, &mut peers, &mut progress)?);
                }
                close(peers)?;
            }
        }
        Ok((panels, sustained))
    }

    fn fill(&self, shelf: Shelf, keys: u64, values: &Values) -> Result<()> {
        let per_batch = match shelf {
            Shelf::Small => BATCH_LEN,
            Shelf::Large => LARGE_PER_BATCH,
        };
        let mut peers = self.open(shelf, Durability::Process)?;
        for (kind, peer) in &mut peers {
            eprintln!("preload {}: {keys} keys of {} bytes", kind.label(), values.len());
            preload(peer.as_mut(), NAMED, keys, per_batch, values)
                .with_context(|| format!("preload {}", kind.label()))?;
            quiet::wait_for_threads();
        }
        // A fresh opening: what a peer cached while it was filled is no part of the contest.
        close(peers)
    }

    fn open(&self, shelf: Shelf, durability: Durability) -> Result<Vec<(Kind, Box<dyn Peer>)>> {
        let opening = self.setup.opening(self.setup.directory, durability);
        Kind::on(shelf, self.setup.kv.is_some())
            .into_iter()
            .map(|kind| Ok((kind, kind.open(shelf, &opening)?)))
            .collect()
    }

    fn panel(
        &self,
        workload: Workload,
        keys: u64,
        values: &Values,
        peers: &mut [(Kind, Box<dyn Peer>)],
        progress: &mut Progress,
    ) -> Result<Panel> {
        let kinds: Vec<_> = peers.iter().map(|(kind, _)| *kind).collect();
        let contestants = contestants(workload, &kinds);
        let mut samples = vec![Vec::new(); contestants.len()];
        let work = if workload.writes() { BackgroundWork::Awaited } else { BackgroundWork::None };
        quiet::wait_for_threads_and_disk();
        for round in 0..=self.setup.rounds {
            // Round 0 warms up.
            let share = if round == 0 { WARM_UP } else { 1.0 };
            let operations = workload.operations(self.ops_scale * share);
            let first = (progress.next_sequence, progress.next_id);
            let draw = |access| {
                let seed = seed(workload, round, access);
                Slice::draw(workload, operations, keys, values, seed, first)
            };
            // kv's second way to get has keys of its own: the first must not warm a cache for it.
            let (copied, borrowed) = (draw(Access::Copied), draw(Access::Borrowed));
            let entries = (operations * workload.entries()) as u64;
            progress.next_sequence += entries;
            progress.next_id += entries;
            for step in 0..contestants.len() {
                let at = (round + step) % contestants.len();
                let contestant = contestants[at];
                let peer = peers[contestant.peer].1.as_mut();
                let slice = match contestant.access {
                    Access::Copied => &copied,
                    Access::Borrowed => &borrowed,
                };
                let sample = measure(entries, work, || slice.run(peer, contestant.access))
                    .and_then(|sample| slice.read_back(peer).map(|()| sample))
                    .with_context(|| format!("{} on {}", workload.id(), contestant.label))?;
                if round > 0 {
                    eprintln!(
                        "{} {round}/{}: {} {:.3} us",
                        workload.id(),
                        self.setup.rounds,
                        contestant.label,
                        sample.wall_us
                    );
                    samples[at].push(sample);
                }
            }
        }
        Ok(panel(workload, &contestants, &samples, self.ops_scale))
    }
}

fn panel(
    workload: Workload,
    contestants: &[Contestant],
    samples: &[Vec<Sample>],
    ops_scale: f64,
) -> Panel {
    let baseline = baseline(workload);
    let labels: Vec<_> = contestants.iter().map(|contestant| contestant.label).collect();
    let base = labels.iter().position(|label| *label == baseline);
    let base = base.expect("raw SQLite takes part in every workload");
    Panel {
        id: workload.id().to_owned(),
        title: workload.title().to_owned(),
        operations: workload.operations(ops_scale) * workload.entries(),
        baseline: baseline.to_owned(),
        bars: bars(&labels, samples, base),
    }
}

fn close(peers: Vec<(Kind, Box<dyn Peer>)>) -> Result<()> {
    for (kind, peer) in peers {
        peer.close().with_context(|| format!("close {}", kind.label()))?;
    }
    Ok(())
}

fn of(workloads: &[Workload], wanted: impl Fn(Workload) -> bool) -> Vec<Workload> {
    workloads.iter().copied().filter(|w| wanted(*w)).collect()
}

/// Returns the seed of a round: another one for each, the same in every run.
pub fn seed(workload: Workload, round: usize, access: Access) -> u64 {
    (workload as u64) << 32 | (access as u64) << 16 | round as u64
}
