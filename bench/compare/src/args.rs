//! The command line.

use std::path::PathBuf;

use clap::{ArgGroup, Args, Parser, Subcommand};

use crate::db_bench::Benchmark;
use crate::workload::Workload;

/// Where the library is when the benchmark runs in its own directory.
pub const DEFAULT_KV: &str = "../../target/release/libkv.so";

/// Rounds of the comparison, and of a run that fills stores in each round.
const ROUNDS: u16 = 5;
const FILL_ROUNDS: u16 = 3;

/// Compares kv with raw SQLite, LMDB, LevelDB and RocksDB, interleaved in one process run
#[derive(Parser)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Arguments {
    #[command(subcommand)]
    pub command: Option<Command>,
    #[command(flatten)]
    pub run: Run,
}

#[derive(Subcommand)]
pub enum Command {
    /// Draw the chart again from the JSON of an earlier run
    Redraw {
        /// The report that a run wrote with --json
        json: PathBuf,
        /// Where to write the chart
        svg: PathBuf,
    },
    /// Draw the chart of watches, quotas and a Redis, from what their benchmarks have just written
    Surcharges {
        /// The directory of watch.json, quota.json and redis.json
        results: PathBuf,
        /// Where to write the chart
        svg: PathBuf,
        /// The library that they have measured
        #[arg(long, value_name = "PATH", default_value = DEFAULT_KV)]
        kv: PathBuf,
    },
}

#[derive(Args)]
pub struct Run {
    #[command(flatten)]
    pub mode: Mode,
    /// Number of preloaded keys in the store of small values
    #[arg(long, default_value_t = 1_000_000, value_parser = clap::value_parser!(u64).range(1000..))]
    pub keys: u64,
    /// Number of measured rounds [default: 5; 3 with --db-bench and --sizes]
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..))]
    rounds: Option<u16>,
    /// Factor on the operations of every slice; 0.01 is a smoke test
    #[arg(long, default_value_t = 1.0)]
    pub ops_scale: f64,
    /// Cache of raw SQLite, LevelDB and RocksDB in MiB instead of each library's default
    #[arg(long)]
    pub cache_mib: Option<u32>,
    /// Only workloads whose id contains one of these (comma-separated); `=set` is the exact id
    #[arg(long, value_delimiter = ',')]
    pub only: Vec<String>,
    /// The shared library to measure; an explicit one that cannot be loaded is an error
    #[arg(long, value_name = "PATH")]
    pub kv: Option<PathBuf>,
    /// Directory for the stores [default: a temporary one beside the executable, removed at the
    /// end]
    #[arg(long)]
    pub dir: Option<PathBuf>,
    /// Write the report here
    #[arg(long)]
    pub json: Option<PathBuf>,
    /// Draw the chart here
    #[arg(long)]
    pub svg: Option<PathBuf>,
}

/// A run that is not the comparison, and its sizes.
#[derive(Args)]
#[group(skip)]
#[command(group = ArgGroup::new("other").args(["db_bench", "sizes"]))]
pub struct Mode {
    /// Run the benchmarks of LevelDB's db_bench instead
    #[arg(long, conflicts_with_all = ["keys", "ops_scale"])]
    pub db_bench: bool,
    /// Overwrite and read values of 10 bytes to 1 MB instead
    #[arg(long, conflicts_with_all = ["keys", "ops_scale", "only"])]
    pub sizes: bool,
    /// Number of keys; with --sizes, stores of 200 bytes for each of them
    #[arg(long, requires = "other", default_value_t = 1_000_000)]
    #[arg(value_parser = clap::value_parser!(u64).range(1000..))]
    pub num: u64,
    /// Length of the values in bytes
    #[arg(long, requires = "db_bench", conflicts_with = "sizes", default_value_t = 100)]
    #[arg(value_parser = clap::value_parser!(u32).range(10..=1_000_000))]
    pub value_size: u32,
    /// Share of its length to which a value can be compressed
    #[arg(long, requires = "other", default_value_t = 0.5, value_parser = ratio)]
    pub compression_ratio: f64,
}

impl Run {
    /// Returns the workloads that `--only` leaves.
    pub fn workloads(&self) -> Vec<Workload> {
        self.selected(Workload::ALL, Workload::id)
    }

    /// Returns the benchmarks of db_bench that `--only` leaves.
    pub fn benchmarks(&self) -> Vec<Benchmark> {
        self.selected(Benchmark::ALL, Benchmark::id)
    }

    pub fn rounds(&self) -> usize {
        let default = if self.mode.db_bench || self.mode.sizes { FILL_ROUNDS } else { ROUNDS };
        usize::from(self.rounds.unwrap_or(default))
    }

    fn selected<T: Copy, const N: usize>(
        &self,
        all: [T; N],
        id: impl Fn(T) -> &'static str,
    ) -> Vec<T> {
        let is_wanted = |one: &T| {
            self.only.is_empty()
                || self.only.iter().any(|only| match only.strip_prefix('=') {
                    Some(exact) => id(*one) == exact,
                    None => id(*one).contains(only.as_str()),
                })
        };
        all.into_iter().filter(is_wanted).collect()
    }
}

/// A value repeats itself after 20 bytes or more, so that its stamp has room.
fn ratio(text: &str) -> Result<f64, String> {
    let ratio = text.parse().map_err(|error| format!("{error}"))?;
    if (0.2..=1.0).contains(&ratio) { Ok(ratio) } else { Err("not from 0.2 to 1".to_owned()) }
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, Parser};

    use super::*;

    fn parse(arguments: &[&str]) -> Result<Run, clap::Error> {
        Arguments::try_parse_from([&["compare"], arguments].concat()).map(|it| it.run)
    }

    fn ids(arguments: &[&str]) -> Vec<&'static str> {
        parse(arguments).unwrap().workloads().into_iter().map(Workload::id).collect()
    }

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn only_filters_by_part_or_by_exact_id() {
        assert_eq!(ids(&[]).len(), Workload::ALL.len());
        assert_eq!(ids(&["--only", "=set,scan"]), ["scan", "set"]);
        assert_eq!(ids(&["--only", "large"]), ["large-set", "large-get"]);
        let run = parse(&["--db-bench", "--only", "100K,=fillseq"]).unwrap();
        let expected = [Benchmark::FillSeq, Benchmark::Fill100K, Benchmark::Read100K];
        assert_eq!(run.benchmarks(), expected);
    }

    #[test]
    fn another_run_has_its_sizes_and_rounds() {
        let run = parse(&["--db-bench"]).unwrap();
        assert_eq!((run.mode.num, run.mode.value_size, run.rounds()), (1_000_000, 100, 3));
        assert_eq!(run.mode.compression_ratio, 0.5);
        let run = parse(&["--db-bench", "--num", "20000", "--value-size", "10", "--rounds", "1"]);
        let run = run.unwrap();
        assert_eq!((run.mode.num, run.mode.value_size, run.rounds()), (20_000, 10, 1));
        let run = parse(&["--sizes", "--num", "20000", "--compression-ratio", "1"]).unwrap();
        assert_eq!((run.mode.num, run.mode.compression_ratio, run.rounds()), (20_000, 1.0, 3));
        assert_eq!(parse(&[]).unwrap().rounds(), 5);
    }

    #[test]
    fn sizes_of_another_run_and_impossible_ones_are_refused() {
        let refused: [&[&str]; 11] = [
            &["--num", "20000"],
            &["--value-size", "10"],
            &["--db-bench", "--sizes"],
            &["--sizes", "--value-size", "10"],
            &["--sizes", "--only", "set"],
            &["--sizes", "--ops-scale", "0.1"],
            &["--db-bench", "--keys", "20000"],
            &["--db-bench", "--value-size", "9"],
            &["--db-bench", "--value-size", "1000001"],
            &["--db-bench", "--compression-ratio", "0.1"],
            &["--db-bench", "--compression-ratio", "x"],
        ];
        for arguments in refused {
            assert!(parse(arguments).is_err(), "{arguments:?}");
        }
    }
}
