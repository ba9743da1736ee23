//! What kv aims at, checked against one run.

use crate::report::{Bar, Panel, Target};

/// How the figure of a target comes about.
enum Figure {
    /// kv's ratio to the baseline of the workload.
    Ratio(&'static str),
    /// How often the throughput of the first workload goes into that of the second, both kv's.
    Gain(&'static str, &'static str),
}

#[rustfmt::skip]
const TARGETS: [(&str, Figure, f64); 7] = [
    ("get (kv_get_into) uniform, of raw SQLite", Figure::Ratio("get-uniform"), 0.9),
    ("set without fsync, 1 thread, of raw SQLite", Figure::Ratio("set"), 0.85),
    ("batch of 1000 per key, of raw SQLite", Figure::Ratio("batch"), 1.2),
    ("scan of 100 per entry, of raw SQLite", Figure::Ratio("scan"), 1.3),
    ("durable sets per second of 16 threads, of 1 thread's", Figure::Gain("set-fsync", "set-fsync-16"), 4.0),
    ("set of 100 KB, of a rowid table", Figure::Ratio("large-set"), 1.2),
    ("get of 100 KB, of a rowid table", Figure::Ratio("large-get"), 1.2),
];

/// Returns every target; one whose workload was left out, or without kv, is neither met nor missed.
pub fn check(panels: &[Panel]) -> Vec<Target> {
    let kv = |id: &str| -> Option<&Bar> { panels.iter().find(|p| p.id == id)?.bar("kv") };
    TARGETS
        .iter()
        .map(|(title, figure, limit)| {
            let (bound, measured) = match figure {
                Figure::Ratio(id) => ("at most", kv(id).map(|bar| bar.ratio)),
                Figure::Gain(one, many) => {
                    let pair = kv(one).zip(kv(many));
                    let gain = pair.map(|(one, many)| one.median_us / many.median_us);
                    ("at least", gain)
                }
            };
            let met = measured.map(|measured| match figure {
                Figure::Ratio(_) => measured <= *limit,
                Figure::Gain(..) => measured >= *limit,
            });
            Target {
                title: (*title).to_owned(),
                bound: bound.to_owned(),
                limit: *limit,
                measured,
                met,
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn panel(id: &str, ratio: f64, median_us: f64) -> Panel {
        let bar = Bar {
            peer: "kv".to_owned(),
            median_us,
            min_us: median_us,
            max_us: median_us,
            ratio,
            cpu_us: median_us,
            rounds_us: vec![median_us],
        };
        Panel {
            id: id.to_owned(),
            title: String::new(),
            operations: 1,
            baseline: "raw SQLite".to_owned(),
            bars: vec![bar],
        }
    }

    #[test]
    fn a_ratio_at_its_limit_is_met_and_a_missing_workload_is_neither() {
        let targets = check(&[panel("get-uniform", 0.9, 1.0), panel("set", 0.86, 1.0)]);
        let met: Vec<_> = targets.iter().map(|target| target.met).collect();
        assert_eq!(met[..3], [Some(true), Some(false), None]);
    }

    #[test]
    fn sixteen_threads_are_compared_with_one() {
        let targets = check(&[
            panel("set-fsync", 1.0, 100.0),
            panel("set-fsync-16", 1.0, 20.0),
        ]);
        let gain = targets.iter().find(|target| target.bound == "at least");
        assert_eq!(gain.and_then(|target| target.measured), Some(5.0));
    }
}
