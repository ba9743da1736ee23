//! Overwrites and gets of values from 10 bytes to 1 MB.
//!
//! The stores of each size hold about the same number of bytes, at most [`BYTES_PER_NUM`] for each
//! key that the run asks for. In each round, each peer in turn overwrites and reads as many random
//! keys as it holds.

mod report;

pub use report::{SizeResult, SizesReport};

use anyhow::{Context, Result};

use crate::contestant::{Access, Kind, RAW_SQLITE};
use crate::dataset::{Random, Values};
use crate::keys::DIGITS;
use crate::peer::{Durability, OpenOptions};
use crate::quiet;
use crate::report::Panel;
use crate::sample::{BackgroundWork, Sample, bars, measure};
use crate::setup::Setup;
use crate::slice::{Slice, preload};
use crate::stores::Stores;
use crate::workload::Action;

/// The lengths of the values, in bytes.
pub const SIZES: [usize; 6] = [10, 100, 1000, 10_000, 100_000, 1_000_000];
/// 1,000,000 keys stand for stores of 200 MB.
const BYTES_PER_NUM: u64 = 200;
/// A transaction of the preload has at most so many keys and about so many bytes.
const BATCH_LEN: usize = 1000;
const BATCH_BYTES: usize = 4_000_000;
/// A discarded slice of one in so many operations warms each peer up.
const WARM_UP: u64 = 10;

pub struct Sizes<'a> {
    pub setup: Setup<'a>,
    pub num: u64,
    pub compression_ratio: f64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Operation {
    Overwrite,
    ReadRandom,
}

impl Operation {
    const ALL: [Self; 2] = [Self::Overwrite, Self::ReadRandom];

    fn id(self) -> &'static str {
        match self {
            Self::Overwrite => "overwrite",
            Self::ReadRandom => "readrandom",
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::Overwrite => "set",
            Self::ReadRandom => "get",
        }
    }

    fn action(self) -> Action {
        match self {
            Self::Overwrite => Action::Set { threads: 1 },
            Self::ReadRandom => Action::Get,
        }
    }
}

impl Sizes<'_> {
    /// Runs all sizes, from the smallest to the largest.
    pub fn run(&self) -> Result<Vec<SizeResult>> {
        let size = |size: usize| self.size(size).with_context(|| size_label(size));
        SIZES.into_iter().map(size).collect()
    }

    fn size(&self, value_len: usize) -> Result<SizeResult> {
        let entries = entries(self.num, value_len);
        let values = Values::compressible(value_len, self.compression_ratio);
        let kinds = Kind::for_values(DIGITS.len(), value_len, self.setup.kv.is_some());
        let directory = self.setup.directory.join(value_len.to_string());
        let opening = self.setup.opening(&directory, Durability::Process);
        fill(&kinds, &opening, entries, &values)?;
        // A fresh opening: what a peer cached while it was filled is not measured.
        let mut stores = Stores::open(&kinds, &opening)?;
        let mut samples = Operation::ALL.map(|_| vec![Vec::new(); kinds.len()]);
        for round in 0..=self.setup.rounds {
            for (operation, samples) in Operation::ALL.into_iter().zip(&mut samples) {
                self.round(operation, round, entries, &values, &mut stores, samples)?;
            }
        }
        stores.remove()?;
        let [overwrite, readrandom] = samples;
        Ok(SizeResult {
            value_bytes: value_len,
            entries,
            overwrite: panel(Operation::Overwrite, value_len, entries, &kinds, &overwrite),
            readrandom: panel(Operation::ReadRandom, value_len, entries, &kinds, &readrandom),
        })
    }

    /// Runs one round on each peer; round 0 warms up.
    fn round(
        &self,
        operation: Operation,
        round: usize,
        entries: u64,
        values: &Values,
        stores: &mut Stores,
        samples: &mut [Vec<Sample>],
    ) -> Result<()> {
        let operations = if round == 0 { entries.div_ceil(WARM_UP) } else { entries };
        let mut random = Random::new((operation as u64) << 32 | round as u64);
        let ids = (0..operations).map(|_| random.below(entries)).collect();
        // Write numbers of its own for each round; those of the preload are 0.
        let first_sequence = 1 + entries * round as u64;
        let slice = Slice::new(operation.action(), DIGITS, ids, values, first_sequence);
        stores.each(round, |at, kind, peer| {
            let run = || slice.run(peer, Access::Copied);
            let sample = measure(operations, BackgroundWork::Awaited, run)?;
            slice.read_back(peer)?;
            if round > 0 {
                let (size, id) = (size_label(values.len()), operation.id());
                let (of, peer, us) = (self.setup.rounds, kind.peer(), sample.wall_us);
                eprintln!("{id} {size} {round}/{of}: {peer} {us:.3} us");
                samples[at].push(sample);
            }
            Ok(())
        })
    }
}

fn fill(kinds: &[Kind], opening: &OpenOptions, entries: u64, values: &Values) -> Result<()> {
    let per_batch = (BATCH_BYTES / values.len()).clamp(1, BATCH_LEN);
    let mut stores = Stores::open(kinds, opening)?;
    stores.each(0, |_, kind, peer| {
        eprintln!("preload {}: {entries} keys of {} bytes", kind.peer(), values.len());
        preload(peer, DIGITS, entries, per_batch, values)?;
        quiet::wait_for_threads();
        Ok(())
    })?;
    stores.close()
}

fn panel(
    operation: Operation,
    value_len: usize,
    entries: u64,
    kinds: &[Kind],
    samples: &[Vec<Sample>],
) -> Panel {
    let labels: Vec<_> = kinds.iter().map(|kind| kind.peer()).collect();
    let base = labels.iter().position(|label| *label == RAW_SQLITE);
    let base = base.expect("raw SQLite takes part in every size");
    Panel {
        id: format!("{}-{value_len}", operation.id()),
        title: format!("{} of {}", operation.title(), size_label(value_len)),
        operations: entries as usize,
        baseline: RAW_SQLITE.to_owned(),
        bars: bars(&labels, samples, base),
    }
}

/// Returns the number of entries in the stores of a size.
fn entries(num: u64, value_len: usize) -> u64 {
    (num * BYTES_PER_NUM / value_len as u64).clamp(1, num)
}

/// Writes a size in the unit that it deserves; a kilobyte has 1000 bytes.
pub fn size_label(bytes: usize) -> String {
    match bytes {
        0..1000 => format!("{bytes} B"),
        1000..1_000_000 => format!("{} KB", bytes / 1000),
        _ => format!("{} MB", bytes / 1_000_000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stores_of_all_sizes_hold_at_most_the_same_number_of_bytes() {
        let all = SIZES.map(|size| entries(1_000_000, size));
        assert_eq!(all, [1_000_000, 1_000_000, 200_000, 20_000, 2000, 200]);
        assert_eq!(SIZES.map(|size| entries(1000, size)), [1000, 1000, 200, 20, 2, 1]);
    }

    #[test]
    fn sizes_have_the_unit_that_they_deserve() {
        let labels = SIZES.map(size_label);
        assert_eq!(labels, ["10 B", "100 B", "1 KB", "10 KB", "100 KB", "1 MB"]);
    }
}
