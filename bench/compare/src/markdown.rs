//! Reports as Markdown, for the terminal and for a README.

use std::fmt::{self, Display, Formatter};

use crate::report::{Conditions, Panel, Report, digits};

/// The order of the columns; a peer that took no part has none.
const COLUMNS: [&str; 8] = [
    "kv",
    "kv, kv_get",
    "kv, log",
    "raw SQLite",
    "raw SQLite, rowid",
    "LMDB",
    "LevelDB",
    "RocksDB",
];

impl Display for Report {
    fn fmt(&self, f: &mut Formatter) -> fmt::Result {
        let panels: Vec<_> = self.panels.iter().collect();
        summary(&panels, f)?;
        writeln!(
            f,
            "Medians of {} interleaved rounds. A ratio is the median of the rounds' ratios; that of 100 KB values is to the rowid table.\n",
            self.conditions.rounds
        )?;
        sustained(self, f)?;
        details(self.panels.iter(), f)?;
        let facts = format!(
            "{} keys of 17 bytes, values of 100 bytes; 500 keys with 100,000 bytes; operations scaled by {}",
            self.keys, self.ops_scale
        );
        conditions(&self.conditions, &facts, f)
    }
}

/// Writes a report that has panels and nothing else: its tables, and its conditions with the facts
/// of its kind.
pub fn report(
    panels: &[&Panel],
    conditions: &Conditions,
    facts: &str,
    f: &mut Formatter,
) -> fmt::Result {
    summary(panels, f)?;
    writeln!(
        f,
        "Medians of {} interleaved rounds. A ratio is the median of the rounds' ratios.\n",
        conditions.rounds
    )?;
    details(panels.iter().copied(), f)?;
    self::conditions(conditions, facts, f)
}

/// Writes the table of all panels: a row for each, and a column for each peer.
fn summary(panels: &[&Panel], f: &mut Formatter) -> fmt::Result {
    let taking_part = |peer: &&str| panels.iter().any(|panel| panel.bar(peer).is_some());
    let columns: Vec<_> = COLUMNS.into_iter().filter(taking_part).collect();
    writeln!(f, "### Microseconds per operation, and the ratio to raw SQLite\n")?;
    writeln!(f, "| | {} |", columns.join(" | "))?;
    writeln!(f, "|---|{}", "---:|".repeat(columns.len()))?;
    for panel in panels {
        write!(f, "| {} |", panel.title)?;
        for column in &columns {
            match panel.bar(column) {
                Some(bar) if bar.peer == panel.baseline => {
                    write!(f, " {} |", digits(bar.median_us))?;
                }
                Some(bar) => write!(f, " {} ({:.2}x) |", digits(bar.median_us), bar.ratio)?,
                None => write!(f, " |")?,
            }
        }
        writeln!(f)?;
    }
    writeln!(f)
}

fn sustained(report: &Report, f: &mut Formatter) -> fmt::Result {
    if report.sustained.is_empty() {
        return Ok(());
    }
    writeln!(f, "### Sustained load, microseconds per operation\n")?;
    writeln!(f, "| load | peer | mean | ratio | p50 | p99 | p99.9 | p99.99 | max | CPU |")?;
    writeln!(f, "|---|---|{}", "---:|".repeat(8))?;
    for panel in &report.sustained {
        for bar in &panel.bars {
            write!(f, "| {} | {} | {} ", panel.title, bar.peer, digits(bar.mean_us))?;
            write!(f, "| {:.2}x ", bar.ratio)?;
            let times = [bar.p50_us, bar.p99_us, bar.p999_us, bar.p9999_us, bar.max_us, bar.cpu_us];
            for time in times {
                write!(f, "| {} ", digits(time))?;
            }
            writeln!(f, "|")?;
        }
    }
    let sizes = report.sustained.iter().map(|panel| {
        format!("{} of {} operations for {}", panel.rounds, panel.operations, panel.id)
    });
    writeln!(
        f,
        "\nEach load runs without a pause on a fresh copy of the store; rounds: {}.\n",
        sizes.collect::<Vec<_>>().join(", ")
    )
}

/// Writes the table with the spread of each bar.
fn details<'a>(panels: impl Iterator<Item = &'a Panel>, f: &mut Formatter) -> fmt::Result {
    writeln!(f, "### Spread and CPU time, microseconds\n")?;
    writeln!(f, "| workload | peer | median | min .. max | ratio | CPU, background included |")?;
    writeln!(f, "|---|---|---:|---:|---:|---:|")?;
    for panel in panels {
        for bar in &panel.bars {
            writeln!(
                f,
                "| {} | {} | {} | {} .. {} | {:.2}x | {} |",
                panel.id,
                bar.peer,
                digits(bar.median_us),
                digits(bar.min_us),
                digits(bar.max_us),
                bar.ratio,
                digits(bar.cpu_us)
            )?;
        }
    }
    writeln!(f)
}

/// Writes the conditions of a run, with the facts of its kind.
fn conditions(conditions: &Conditions, facts: &str, f: &mut Formatter) -> fmt::Result {
    let machine = &conditions.machine;
    writeln!(f, "### Conditions\n")?;
    writeln!(
        f,
        "- {} cores ({}), {} GiB, Linux {}, {}",
        machine.cores, machine.cpu, machine.memory_gib, machine.kernel, machine.filesystem
    )?;
    for library in &conditions.libraries {
        writeln!(f, "- {} {}: {}", library.name, library.version, library.settings)?;
    }
    let cache = conditions.cache_mib.map_or_else(
        || "each library's default cache".to_owned(),
        |mib| format!("a cache of {mib} MiB for raw SQLite, LevelDB and RocksDB"),
    );
    writeln!(f, "- {facts}; {cache}")?;
    writeln!(f, "- to repeat: `{}`", conditions.command)
}
