//! The benchmarks of LevelDB's db_bench on kv and its peers.
//!
//! One benchmark follows the other as there; within each, one peer follows the other on the same
//! keys, in an order that rotates.

mod benchmark;
mod report;
mod text;
mod work;

pub use benchmark::Benchmark;
pub use report::{BenchmarkResult, DbBenchReport};

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};

use crate::contestant::{Kind, RAW_SQLITE};
use crate::dataset::Values;
use crate::keys::DIGITS;
use crate::report::Panel;
use crate::sample::{BackgroundWork, Sample, bars, measure};
use crate::setup::Setup;
use crate::stores::Stores;
use work::{Contents, Work};

/// Values of so many bytes fit into LMDB's map of 16 GiB, though random keys leave its pages half
/// empty.
const STORE_BYTES_MAX: u64 = 6_000_000_000;

pub struct DbBench<'a> {
    pub setup: Setup<'a>,
    pub num: u64,
    pub value_len: usize,
    pub compression_ratio: f64,
}

/// The rounds of one benchmark.
struct Rounds {
    /// Those of each peer, in the order of the kinds.
    samples: Vec<Vec<Sample>>,
    /// Of the last round; all rounds have the same operations.
    entries: u64,
    found: Option<u64>,
    /// Empty unless the benchmark fills a store.
    file_bytes: BTreeMap<String, u64>,
}

impl DbBench<'_> {
    /// Runs the selected benchmarks, and those that write before them, in rounds on fresh stores.
    pub fn run(&self, selected: &[Benchmark]) -> Result<Vec<BenchmarkResult>> {
        let values = self.num * self.value_len as u64;
        ensure!(
            values <= STORE_BYTES_MAX,
            "{values} bytes of values do not fit into LMDB's map: --num must be smaller"
        );
        let benchmarks = Benchmark::with_writes(selected);
        let peers = self.kinds(self.value_len).len();
        let rounds = || Rounds {
            samples: vec![Vec::new(); peers],
            entries: 0,
            found: None,
            file_bytes: BTreeMap::new(),
        };
        let mut all: Vec<_> = benchmarks.iter().map(|it| (*it, rounds())).collect();
        for round in 0..self.setup.rounds {
            self.round(round, &mut all)?;
        }
        let measured = all.into_iter().filter(|(benchmark, _)| selected.contains(benchmark));
        Ok(measured.map(|(benchmark, rounds)| self.result(benchmark, rounds)).collect())
    }

    fn round(&self, round: usize, all: &mut [(Benchmark, Rounds)]) -> Result<()> {
        let mut first = 0;
        // Each fill makes stores, which those behind it use.
        for group in all.chunk_by_mut(|_, (next, _)| next.filled_by() != *next) {
            let mut stores = self.open(group[0].0)?;
            let mut contents = Contents::default();
            for (number, (benchmark, rounds)) in group.iter_mut().enumerate() {
                let value_len = benchmark.value_len(self.value_len);
                let values = Values::compressible(value_len, self.compression_ratio);
                let work = Work::draw(*benchmark, self.num, &values, &mut contents);
                let turn = round + first + number;
                self.benchmark(*benchmark, (round, turn), &work, &mut stores, rounds)
                    .with_context(|| benchmark.id().to_owned())?;
            }
            first += group.len();
            group[0].1.file_bytes = stores.remove()?;
        }
        Ok(())
    }

    fn benchmark(
        &self,
        benchmark: Benchmark,
        (round, turn): (usize, usize),
        work: &Work,
        stores: &mut Stores,
        rounds: &mut Rounds,
    ) -> Result<()> {
        rounds.entries = work.entries();
        rounds.found = work.found();
        stores.each(turn, |at, kind, peer| {
            // Reads too can start a compaction.
            let sample = measure(work.entries(), BackgroundWork::Awaited, || work.run(peer))?;
            work.read_back(peer)?;
            let (id, peer, of, us) =
                (benchmark.id(), kind.peer(), self.setup.rounds, sample.wall_us);
            eprintln!("{id} {}/{of}: {peer} {us:.3} us", round + 1);
            rounds.samples[at].push(sample);
            Ok(())
        })
    }

    fn kinds(&self, value_len: usize) -> Vec<Kind> {
        Kind::for_values(DIGITS.len(), value_len, self.setup.kv.is_some())
    }

    fn open(&self, benchmark: Benchmark) -> Result<Stores> {
        let directory = self.setup.directory.join(benchmark.id());
        let opening = self.setup.opening(&directory, benchmark.durability());
        Stores::open(&self.kinds(benchmark.value_len(self.value_len)), &opening)
    }

    fn result(&self, benchmark: Benchmark, rounds: Rounds) -> BenchmarkResult {
        let value_len = benchmark.value_len(self.value_len);
        let labels: Vec<_> = self.kinds(value_len).into_iter().map(Kind::peer).collect();
        let base = labels.iter().position(|label| *label == RAW_SQLITE);
        let base = base.expect("raw SQLite takes part in every benchmark");
        BenchmarkResult {
            panel: Panel {
                id: benchmark.id().to_owned(),
                title: benchmark.title().to_owned(),
                operations: rounds.entries as usize,
                baseline: RAW_SQLITE.to_owned(),
                bars: bars(&labels, &rounds.samples, base),
            },
            value_bytes: value_len,
            found: rounds.found,
            file_bytes: rounds.file_bytes,
        }
    }
}
