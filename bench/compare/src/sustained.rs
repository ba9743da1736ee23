//! Sustained loads: each peer does all its operations without a pause, on a copy of its preloaded
//! store, and each operation is timed. So the work that a peer has put off is in its own time.

use std::fs;

use anyhow::{Context, Result};

use crate::contest::{Contest, seed};
use crate::contestant::{Access, Kind, baseline};
use crate::dataset::Values;
use crate::files;
use crate::latency::Latencies;
use crate::quiet;
use crate::report::{SustainedBar, SustainedPanel, median};
use crate::slice::Slice;
use crate::workload::{Shelf, Workload};

/// Rounds of a sustained load, unless the run has fewer.
const ROUNDS_MAX: usize = 3;

/// The rounds of one peer.
#[derive(Default)]
struct Rounds {
    mean_us: Vec<f64>,
    cpu_us: Vec<f64>,
    latencies: Latencies,
}

impl Contest<'_> {
    /// Runs a sustained load in rounds, in each of them every peer, in an order that rotates.
    pub fn sustained(
        &self,
        workload: Workload,
        keys: u64,
        values: &Values,
    ) -> Result<SustainedPanel> {
        let kinds = Kind::on(Shelf::Small, self.setup.kv.is_some());
        let operations = workload.operations(self.ops_scale);
        let mut all: Vec<Rounds> = kinds.iter().map(|_| Rounds::default()).collect();
        let rounds = self.setup.rounds.min(ROUNDS_MAX);
        for round in 0..rounds {
            let seed = seed(workload, round, Access::Copied);
            let slice = Slice::draw(workload, operations, keys, values, seed, (1, keys));
            for step in 0..kinds.len() {
                let at = (round + step) % kinds.len();
                self.sustain(workload, kinds[at], &slice, operations, &mut all[at])
                    .with_context(|| format!("{} on {}", workload.id(), kinds[at].label()))?;
                eprintln!(
                    "{} {}/{rounds}: {} {:.3} us",
                    workload.id(),
                    round + 1,
                    kinds[at].label(),
                    all[at].mean_us[round]
                );
            }
        }
        Ok(panel(workload, operations, &kinds, all))
    }

    fn sustain(
        &self,
        workload: Workload,
        kind: Kind,
        slice: &Slice,
        operations: usize,
        rounds: &mut Rounds,
    ) -> Result<()> {
        let directory = self.setup.directory.join("sustained");
        files::copy(&self.setup.directory.join(kind.directory(Shelf::Small)), &directory)?;
        let mut peer = kind.open_in(&self.setup.opening(&directory, workload.durability()))?;
        quiet::wait_for_threads_and_disk();
        let cpu = quiet::cpu_time();
        let (wall, latencies) = slice.run_sustained(peer.as_mut())?;
        quiet::wait_for_threads();
        let cpu = quiet::cpu_time() - cpu;
        slice.read_back(peer.as_mut())?;
        peer.close()?;
        fs::remove_dir_all(&directory).context("remove a copy")?;
        rounds.mean_us.push(wall.as_secs_f64() * 1e6 / operations as f64);
        rounds.cpu_us.push(cpu.as_secs_f64() * 1e6 / operations as f64);
        rounds.latencies.append(latencies);
        Ok(())
    }
}

fn panel(
    workload: Workload,
    operations: usize,
    kinds: &[Kind],
    all: Vec<Rounds>,
) -> SustainedPanel {
    let baseline = baseline(workload);
    let base = kinds.iter().position(|kind| kind.label() == baseline);
    let base = base.map(|at| all[at].mean_us.clone()).unwrap_or_default();
    let rounds = base.len();
    let bars = kinds.iter().zip(all).map(|(kind, mut own)| {
        let ratios: Vec<_> = own.mean_us.iter().zip(&base).map(|(own, base)| own / base).collect();
        let percentiles = own.latencies.percentiles(&[0.5, 0.99, 0.999, 0.9999, 1.0]);
        SustainedBar {
            peer: kind.label().to_owned(),
            mean_us: median(&own.mean_us),
            p50_us: percentiles[0],
            p99_us: percentiles[1],
            p999_us: percentiles[2],
            p9999_us: percentiles[3],
            max_us: percentiles[4],
            ratio: median(&ratios),
            cpu_us: median(&own.cpu_us),
            rounds_us: own.mean_us,
        }
    });
    let bars = bars.collect();
    SustainedPanel {
        id: workload.id().to_owned(),
        title: workload.title().to_owned(),
        operations,
        rounds,
        baseline: baseline.to_owned(),
        bars,
    }
}
