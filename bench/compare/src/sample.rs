//! The times of slices, and the bars that they make.

use std::time::Duration;

use anyhow::Result;

use crate::quiet;
use crate::report::{Bar, median};

/// The time of one slice, per entry.
#[derive(Clone, Copy)]
pub struct Sample {
    pub wall_us: f64,
    pub cpu_us: f64,
}

/// The background work that a slice may leave: flushes, compactions, checkpoints, dirty pages.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum BackgroundWork {
    None,
    /// It belongs to the slice's CPU time, though not to its latency.
    Awaited,
}

/// Runs a slice of so many entries, and waits for the background work that it leaves.
pub fn measure(
    entries: u64,
    background_work: BackgroundWork,
    run: impl FnOnce() -> Result<Duration>,
) -> Result<Sample> {
    let cpu = quiet::cpu_time();
    let wall = run()?;
    if background_work == BackgroundWork::Awaited {
        quiet::wait_for_threads_and_disk();
    }
    let cpu = quiet::cpu_time() - cpu;
    let per_entry = |time: Duration| time.as_secs_f64() * 1e6 / entries as f64;
    Ok(Sample { wall_us: per_entry(wall), cpu_us: per_entry(cpu) })
}

/// Returns a bar for each label, from its rounds in `samples`; `base` is the place of the label
/// that ratios refer to.
pub fn bars(labels: &[&str], samples: &[Vec<Sample>], base: usize) -> Vec<Bar> {
    let bars = labels.iter().zip(samples).map(|(label, own)| {
        let walls: Vec<_> = own.iter().map(|sample| sample.wall_us).collect();
        let cpus: Vec<_> = own.iter().map(|sample| sample.cpu_us).collect();
        // Round by round: the two figures of a ratio were taken within seconds of each other.
        let rounds = own.iter().zip(&samples[base]);
        let ratios: Vec<_> = rounds.map(|(own, base)| own.wall_us / base.wall_us).collect();
        Bar {
            peer: (*label).to_owned(),
            median_us: median(&walls),
            min_us: walls.iter().copied().fold(f64::INFINITY, f64::min),
            max_us: walls.iter().copied().fold(0.0, f64::max),
            cpu_us: median(&cpus),
            ratio: median(&ratios),
            rounds_us: walls,
        }
    });
    bars.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rounds(walls: &[f64]) -> Vec<Sample> {
        walls.iter().map(|us| Sample { wall_us: *us, cpu_us: 2.0 * us }).collect()
    }

    #[test]
    fn a_ratio_is_the_median_of_the_rounds_ratios() {
        let samples = [rounds(&[1.0, 9.0, 2.0]), rounds(&[2.0, 3.0, 2.0])];
        let bars = bars(&["kv", "raw SQLite"], &samples, 1);
        assert_eq!((bars[0].median_us, bars[0].min_us, bars[0].max_us), (2.0, 1.0, 9.0));
        assert_eq!((bars[0].ratio, bars[1].ratio), (1.0, 1.0));
        assert_eq!(bars[0].cpu_us, 4.0);
    }
}
