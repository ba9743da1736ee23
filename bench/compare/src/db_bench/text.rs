//! A report in the lines of db_bench, and as tables.

use std::fmt::{self, Display, Formatter};

use super::report::{BenchmarkResult, DbBenchReport};
use crate::markdown;
use crate::report::Panel;

/// The megabyte of db_bench.
const MB: f64 = 1_048_576.0;

impl Display for DbBenchReport {
    fn fmt(&self, f: &mut Formatter) -> fmt::Result {
        for peer in self.peers() {
            self.write_header(peer, f)?;
            for benchmark in &self.benchmarks {
                if let Some(bar) = benchmark.panel.bar(peer) {
                    let extra = self.extra(benchmark, bar.median_us);
                    writeln!(f, "{}", line(&benchmark.panel.id, bar.median_us, &extra))?;
                }
            }
            writeln!(f)?;
        }
        let panels: Vec<_> = self.panels().collect();
        markdown::report(&panels, &self.conditions, &self.facts(), f)
    }
}

impl DbBenchReport {
    pub fn panels(&self) -> impl Iterator<Item = &Panel> {
        self.benchmarks.iter().map(|benchmark| &benchmark.panel)
    }

    /// Returns the sizes of the run in a few words.
    pub fn facts(&self) -> String {
        format!(
            "{} keys of {} bytes, values of {} bytes that compress to {:.0}%",
            self.entries,
            self.key_bytes,
            self.value_bytes,
            100.0 * self.compression_ratio
        )
    }

    fn peers(&self) -> impl Iterator<Item = &str> {
        let bars = self.benchmarks.first().map(|it| it.panel.bars.as_slice()).unwrap_or_default();
        bars.iter().map(|bar| bar.peer.as_str())
    }

    /// Writes the lines above those of the benchmarks.
    fn write_header(&self, peer: &str, f: &mut Formatter) -> fmt::Result {
        let machine = &self.conditions.machine;
        let library = self.conditions.libraries.iter().find(|library| library.name == peer);
        let version = library.map_or("unknown", |library| library.version.as_str());
        let mut write = |name: &str, text: String| writeln!(f, "{:<11} {text}", format!("{name}:"));
        write(peer, format!("version {version}"))?;
        write("CPU", format!("{} * {}", machine.cores, machine.cpu))?;
        write("Keys", format!("{} bytes each", self.key_bytes))?;
        let compressed = (self.value_bytes as f64 * self.compression_ratio).round();
        let values = self.value_bytes;
        write("Values", format!("{values} bytes each ({compressed} bytes after compression)"))?;
        write("Entries", self.entries.to_string())?;
        let raw = self.entries as f64 * (self.key_bytes + self.value_bytes) as f64;
        write("RawSize", format!("{:.1} MB", raw / MB))?;
        let full = self.benchmarks.iter().filter(|it| it.panel.operations as u64 == self.entries);
        let size = full.filter_map(|it| Some((&it.panel.id, it.file_bytes.get(peer)?))).next();
        if let Some((benchmark, bytes)) = size {
            write("FileSize", format!("{:.1} MB ({benchmark}, closed)", *bytes as f64 / MB))?;
        }
        writeln!(f, "{}", "-".repeat(48))
    }

    /// Returns the end of a benchmark's line: a rate, unless the operations are gets of values of
    /// the common length, and a note.
    fn extra(&self, benchmark: &BenchmarkResult, micros: f64) -> String {
        let mut parts = Vec::new();
        if benchmark.found.is_none() || benchmark.value_bytes != self.value_bytes {
            parts.push(rate(self.key_bytes + benchmark.value_bytes, micros));
        }
        let operations = benchmark.panel.operations as u64;
        match benchmark.found {
            Some(found) => parts.push(format!("({found} of {operations} found)")),
            None if operations < self.entries && !benchmark.file_bytes.is_empty() => {
                parts.push(format!("({operations} ops)"));
            }
            None => {}
        }
        parts.join(" ")
    }
}

fn rate(bytes: usize, micros: f64) -> String {
    format!("{:6.1} MB/s", bytes as f64 / MB / (micros / 1e6))
}

/// Returns the line of a benchmark.
fn line(name: &str, micros: f64, extra: &str) -> String {
    format!("{name:<12} : {micros:11.3} micros/op; {extra}").trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_those_of_db_bench() {
        assert_eq!(
            line("fillseq", 1.765, &rate(116, 1.765)),
            "fillseq      :       1.765 micros/op;   62.7 MB/s"
        );
        assert_eq!(
            line("readrandom", 77.688, "(864322 of 1000000 found)"),
            "readrandom   :      77.688 micros/op; (864322 of 1000000 found)"
        );
        assert_eq!(line("compact", 211.0, ""), "compact      :     211.000 micros/op;");
    }

    /// A run with a benchmark of each kind of line.
    fn report() -> DbBenchReport {
        let benchmark = |id: &str, operations: u64, us: f64| {
            serde_json::json!({
                "id": id, "title": id, "operations": operations, "baseline": "kv",
                "bars": [{
                    "peer": "kv", "median_us": us, "min_us": us, "max_us": us, "ratio": 1.0,
                    "cpu_us": us, "rounds_us": [us]
                }],
                "value_bytes": if id.ends_with("100K") { 100_000 } else { 100 },
                "found": id.starts_with("readr").then_some(864_322),
                "file_bytes": if id.starts_with("fill") { serde_json::json!({"kv": 65_955_430}) }
                              else { serde_json::json!({}) },
            })
        };
        let report = serde_json::json!({
            "command": "compare", "rounds": 1, "cache_mib": null,
            "machine": {
                "cpu": "CPU", "cores": 2, "memory_gib": 8, "kernel": "6", "filesystem": "ext4"
            },
            "libraries": [{"name": "kv", "version": "0.1.0", "settings": ""}],
            "entries": 1_000_000, "key_bytes": 16, "value_bytes": 100, "compression_ratio": 0.5,
            "benchmarks": [
                benchmark("fillseq", 1_000_000, 1.765),
                benchmark("fillsync", 1000, 268.409),
                benchmark("readrandom", 1_000_000, 77.688),
                benchmark("readseq", 864_000, 0.476),
                benchmark("fill100K", 1000, 307.030),
            ]
        });
        serde_json::from_value(report).unwrap()
    }

    #[test]
    fn a_peer_has_a_header_and_a_line_for_each_benchmark() {
        let text = report().to_string();
        let (first, _) = text.split_once("\n\n").unwrap();
        let expected = "\
kv:         version 0.1.0
CPU:        2 * CPU
Keys:       16 bytes each
Values:     100 bytes each (50 bytes after compression)
Entries:    1000000
RawSize:    110.6 MB
FileSize:   62.9 MB (fillseq, closed)
------------------------------------------------
fillseq      :       1.765 micros/op;   62.7 MB/s
fillsync     :     268.409 micros/op;    0.4 MB/s (1000 ops)
readrandom   :      77.688 micros/op; (864322 of 1000000 found)
readseq      :       0.476 micros/op;  232.4 MB/s
fill100K     :     307.030 micros/op;  310.7 MB/s (1000 ops)";
        assert_eq!(first, expected);
    }

    #[test]
    fn a_report_is_the_same_when_it_is_read_again() {
        let json = serde_json::to_string(&report()).unwrap();
        let again: DbBenchReport = serde_json::from_str(&json).unwrap();
        assert_eq!(again.to_string(), report().to_string());
    }
}
