//! The benchmarks, under the names that they have in LevelDB's db_bench.

use crate::peer::Durability;

/// Keys in each batch of fillbatch, unless their values have more than [`BATCH_BYTES_MAX`].
const BATCH_LEN: usize = 1000;
const BATCH_BYTES_MAX: usize = 64_000_000;
/// The length of the values of fill100K.
const LARGE_VALUE: usize = 100_000;
/// The share of the operations of benchmarks whose operations are slow.
const FEW: u64 = 1000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Benchmark {
    FillSeq,
    FillBatch,
    FillSync,
    FillRandom,
    Overwrite,
    ReadRandom,
    ReadMissing,
    ReadHot,
    ReadSeq,
    ReadReverse,
    Fill100K,
    Read100K,
}

impl Benchmark {
    /// In the order of a run: each fill makes a fresh store, which those behind it use.
    pub const ALL: [Self; 12] = [
        Self::FillSeq,
        Self::FillBatch,
        Self::FillSync,
        Self::FillRandom,
        Self::Overwrite,
        Self::ReadRandom,
        Self::ReadMissing,
        Self::ReadHot,
        Self::ReadSeq,
        Self::ReadReverse,
        Self::Fill100K,
        Self::Read100K,
    ];

    /// Returns the selected benchmarks, in the order of a run, with those that write into their
    /// stores before them.
    pub fn with_writes(selected: &[Self]) -> Vec<Self> {
        let is_before = |it: &Self, one: &Self| {
            it.writes() && it.filled_by() == one.filled_by() && (*it as usize) < *one as usize
        };
        let is_needed = |it: &Self| selected.iter().any(|one| one == it || is_before(it, one));
        Self::ALL.into_iter().filter(is_needed).collect()
    }

    pub fn id(self) -> &'static str {
        match self {
            Self::FillSeq => "fillseq",
            Self::FillBatch => "fillbatch",
            Self::FillSync => "fillsync",
            Self::FillRandom => "fillrandom",
            Self::Overwrite => "overwrite",
            Self::ReadRandom => "readrandom",
            Self::ReadMissing => "readmissing",
            Self::ReadHot => "readhot",
            Self::ReadSeq => "readseq",
            Self::ReadReverse => "readreverse",
            Self::Fill100K => "fill100K",
            Self::Read100K => "read100K",
        }
    }

    /// Returns the name with an explanation.
    pub fn title(self) -> &'static str {
        match self {
            Self::FillSeq => "fillseq: new keys in ascending order",
            Self::FillBatch => "fillbatch: new keys in batches of 1000, per key",
            Self::FillSync => "fillsync: random keys, fsync each",
            Self::FillRandom => "fillrandom: random keys into an empty store",
            Self::Overwrite => "overwrite: random keys into the full store",
            Self::ReadRandom => "readrandom: get of random keys",
            Self::ReadMissing => "readmissing: get of absent keys",
            Self::ReadHot => "readhot: get from 1% of the keys",
            Self::ReadSeq => "readseq: scan of all entries, per entry",
            Self::ReadReverse => "readreverse: scan from the last entry, per entry",
            Self::Fill100K => "fill100K: set of 100 KB",
            Self::Read100K => "read100K: get of 100 KB",
        }
    }

    /// Returns the benchmark that fills the store of this one: itself, if it makes a fresh store.
    pub fn filled_by(self) -> Self {
        match self {
            Self::Overwrite
            | Self::ReadRandom
            | Self::ReadMissing
            | Self::ReadHot
            | Self::ReadSeq
            | Self::ReadReverse => Self::FillRandom,
            Self::Read100K => Self::Fill100K,
            fill => fill,
        }
    }

    fn writes(self) -> bool {
        self.filled_by() == self || self == Self::Overwrite
    }

    pub fn durability(self) -> Durability {
        match self {
            Self::FillSync => Durability::Disk,
            _ => Durability::Process,
        }
    }

    /// Returns the number of operations if `num` keys are asked for.
    pub fn operations(self, num: u64) -> u64 {
        match self {
            Self::FillSync | Self::Fill100K | Self::Read100K => (num / FEW).max(1),
            _ => num,
        }
    }

    /// Returns the length of the values if one is asked for.
    pub fn value_len(self, value_len: usize) -> usize {
        match self.filled_by() {
            Self::Fill100K => LARGE_VALUE,
            _ => value_len,
        }
    }
}

/// Returns the number of keys in each batch of fillbatch.
pub fn batch_len(value_len: usize) -> usize {
    (BATCH_BYTES_MAX / value_len).clamp(1, BATCH_LEN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_benchmark_comes_behind_the_fill_of_its_store() {
        let all = Benchmark::ALL;
        for (at, benchmark) in all.into_iter().enumerate() {
            let mut fills = all[..=at].iter().filter(|it| it.filled_by() == **it);
            assert_eq!(fills.next_back(), Some(&benchmark.filled_by()), "{}", benchmark.id());
        }
    }

    #[test]
    fn a_selected_benchmark_brings_the_writes_before_it() {
        use Benchmark::*;
        let run = Benchmark::with_writes(&[Read100K, ReadSeq]);
        assert_eq!(run, [FillRandom, Overwrite, ReadSeq, Fill100K, Read100K]);
        assert_eq!(
            Benchmark::with_writes(&[FillSync, Overwrite]),
            [FillSync, FillRandom, Overwrite]
        );
        assert_eq!(Benchmark::with_writes(&Benchmark::ALL), Benchmark::ALL);
    }

    #[test]
    fn slow_operations_are_few_and_never_none() {
        assert_eq!(Benchmark::FillSync.operations(1_000_000), 1000);
        assert_eq!(Benchmark::Fill100K.operations(10), 1);
        assert_eq!(Benchmark::FillSeq.operations(10), 10);
    }

    #[test]
    fn a_title_begins_with_the_name() {
        for benchmark in Benchmark::ALL {
            assert!(benchmark.title().starts_with(&format!("{}: ", benchmark.id())));
        }
    }

    #[test]
    fn a_batch_of_large_values_is_shorter() {
        assert_eq!(batch_len(100), 1000);
        assert_eq!(batch_len(1_000_000), 64);
    }
}
