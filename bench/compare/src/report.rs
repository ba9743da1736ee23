//! The figures of one run, as they are written to JSON and drawn from it.

use serde::{Deserialize, Serialize};

/// The comparison.
#[derive(Serialize, Deserialize)]
pub struct Report {
    #[serde(flatten)]
    pub conditions: Conditions,
    pub keys: u64,
    pub ops_scale: f64,
    pub panels: Vec<Panel>,
    /// The loads without a pause.
    #[serde(default)]
    pub sustained: Vec<SustainedPanel>,
}

/// How and where a run was made, in each kind of report.
#[derive(Serialize, Deserialize)]
pub struct Conditions {
    /// How to repeat the run.
    pub command: String,
    pub machine: Machine,
    pub libraries: Vec<Library>,
    pub rounds: usize,
    /// None: every library kept the cache size it comes with.
    pub cache_mib: Option<u32>,
}

#[derive(Serialize, Deserialize)]
pub struct Machine {
    pub cpu: String,
    pub cores: usize,
    pub memory_gib: u64,
    pub kernel: String,
    pub filesystem: String,
}

#[derive(Serialize, Deserialize)]
pub struct Library {
    pub name: String,
    pub version: String,
    /// The settings that decide what its writes survive.
    pub settings: String,
}

/// One workload.
#[derive(Serialize, Deserialize)]
pub struct Panel {
    pub id: String,
    pub title: String,
    /// Operations, keys or entries in each slice; the times are per one of them.
    pub operations: usize,
    /// The bar that ratios refer to.
    pub baseline: String,
    pub bars: Vec<Bar>,
}

/// One peer in one workload.
#[derive(Serialize, Deserialize)]
pub struct Bar {
    pub peer: String,
    pub median_us: f64,
    pub min_us: f64,
    pub max_us: f64,
    /// The median of the rounds' ratios to the baseline; not the ratio of the medians.
    pub ratio: f64,
    /// CPU time of the whole process, background threads included.
    pub cpu_us: f64,
    pub rounds_us: Vec<f64>,
}

/// One sustained load.
#[derive(Serialize, Deserialize)]
pub struct SustainedPanel {
    pub id: String,
    pub title: String,
    /// Operations in each round.
    pub operations: usize,
    pub rounds: usize,
    /// The bar that ratios refer to.
    pub baseline: String,
    pub bars: Vec<SustainedBar>,
}

/// One peer under one sustained load, in microseconds per operation.
#[derive(Serialize, Deserialize)]
pub struct SustainedBar {
    pub peer: String,
    /// The median of the rounds' means.
    pub mean_us: f64,
    pub p50_us: f64,
    pub p99_us: f64,
    pub p999_us: f64,
    pub p9999_us: f64,
    /// The slowest operation of all rounds.
    pub max_us: f64,
    /// The median of the rounds' ratios of the mean to that of the baseline.
    pub ratio: f64,
    /// CPU time of the whole process, background threads included, until these rest.
    pub cpu_us: f64,
    pub rounds_us: Vec<f64>,
}

impl Panel {
    pub fn bar(&self, peer: &str) -> Option<&Bar> {
        self.bars.iter().find(|bar| bar.peer == peer)
    }
}

/// Returns the middle of the samples, or NaN if there are none.
pub fn median(samples: &[f64]) -> f64 {
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => f64::NAN,
        len if len % 2 == 1 => sorted[middle],
        _ => (sorted[middle - 1] + sorted[middle]) / 2.0,
    }
}

/// Writes a time with as many digits as it deserves: 0.052, 1.53, 82.4, 157.
pub fn digits(number: f64) -> String {
    match number {
        n if n < 0.1 => format!("{n:.3}"),
        n if n < 10.0 => format!("{n:.2}"),
        n if n < 100.0 => format!("{n:.1}"),
        n => format!("{n:.0}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle_or_between_the_two_middles() {
        assert_eq!(median(&[3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]), 2.5);
        assert!(median(&[]).is_nan());
    }

    #[test]
    fn digits_follow_the_size() {
        let shown: Vec<_> = [0.052, 1.529, 82.41, 157.4].map(digits).into();
        assert_eq!(shown, ["0.052", "1.53", "82.4", "157"]);
    }
}
