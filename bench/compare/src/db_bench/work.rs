//! The operations of one benchmark, drawn before the clock starts and the same for each peer.

use std::time::{Duration, Instant};

use anyhow::{Result, anyhow, ensure};

use super::benchmark::{Benchmark, batch_len};
use crate::contestant::Access;
use crate::dataset::{Random, Values};
use crate::keys::{ABSENT, DIGITS, Keys};
use crate::peer::{Direction, Peer};
use crate::slice::Slice;
use crate::workload::Action;

/// The benchmark readhot reads one key of so many.
const HOT_SHARE: u64 = 100;

/// The numbers of the keys that a store holds, ascending.
#[derive(Default)]
pub struct Contents(Vec<u64>);

pub enum Work<'a> {
    Write(Slice<'a>),
    Get(Gets<'a>),
    Scan(Scan<'a>),
}

/// Gets of keys, of which some are absent.
pub struct Gets<'a> {
    ids: Vec<u64>,
    keys: Keys,
    values: &'a Values,
    found: u64,
}

/// A scan of a whole store.
pub struct Scan<'a> {
    direction: Direction,
    /// The numbers of the keys in the order of the scan.
    ids: Vec<u64>,
    values: &'a Values,
}

impl Contents {
    pub fn len(&self) -> u64 {
        self.0.len() as u64
    }

    fn add(&mut self, ids: &[u64]) {
        self.0.extend_from_slice(ids);
        self.0.sort_unstable();
        self.0.dedup();
    }

    fn has(&self, id: u64) -> bool {
        self.0.binary_search(&id).is_ok()
    }
}

impl<'a> Work<'a> {
    /// Draws a benchmark over `num` keys, for stores with these contents, and adds to these the
    /// keys that it writes.
    pub fn draw(
        benchmark: Benchmark,
        num: u64,
        values: &'a Values,
        contents: &mut Contents,
    ) -> Self {
        let operations = benchmark.operations(num);
        let mut random = Random::new(benchmark as u64);
        let mut below = |limit: u64| (0..operations).map(|_| random.below(limit)).collect();
        // Write numbers of its own, so that no value repeats an older one.
        let first_sequence = (benchmark as u64) << 32;
        let single = Action::Set { threads: 1 };
        let mut write = |action, ids: Vec<u64>| {
            contents.add(&ids);
            Self::Write(Slice::new(action, DIGITS, ids, values, first_sequence))
        };
        match benchmark {
            Benchmark::FillSeq => write(single, (0..num).collect()),
            Benchmark::FillBatch => {
                write(Action::Batch { len: batch_len(values.len()) }, (0..num).collect())
            }
            Benchmark::FillSync
            | Benchmark::FillRandom
            | Benchmark::Overwrite
            | Benchmark::Fill100K => write(single, below(num)),
            Benchmark::ReadRandom => Self::gets(below(num), values, contents),
            Benchmark::ReadHot => Self::gets(below(num.div_ceil(HOT_SHARE)), values, contents),
            Benchmark::ReadMissing => {
                let ids = below(num);
                Self::Get(Gets { keys: Keys::new(ABSENT, &ids), ids, values, found: 0 })
            }
            Benchmark::Read100K => {
                let places: Vec<u64> = below(contents.len());
                let ids = places.into_iter().map(|place| contents.0[place as usize]).collect();
                Self::gets(ids, values, contents)
            }
            Benchmark::ReadSeq => {
                let ids = contents.0.clone();
                Self::Scan(Scan { direction: Direction::Ascending, ids, values })
            }
            Benchmark::ReadReverse => {
                let ids = contents.0.iter().rev().copied().collect();
                Self::Scan(Scan { direction: Direction::Descending, ids, values })
            }
        }
    }

    fn gets(ids: Vec<u64>, values: &'a Values, contents: &Contents) -> Self {
        let found = ids.iter().filter(|id| contents.has(**id)).count() as u64;
        Self::Get(Gets { keys: Keys::new(DIGITS, &ids), ids, values, found })
    }

    /// Returns the number of gets that find their key.
    pub fn found(&self) -> Option<u64> {
        match self {
            Self::Get(gets) => Some(gets.found),
            Self::Write(_) | Self::Scan(_) => None,
        }
    }

    /// Returns the number of entries that the time is divided by.
    pub fn entries(&self) -> u64 {
        match self {
            Self::Write(slice) => slice.len(),
            Self::Get(gets) => gets.ids.len() as u64,
            Self::Scan(scan) => scan.ids.len() as u64,
        }
    }

    /// Runs the operations and returns their time.
    pub fn run(&self, peer: &mut dyn Peer) -> Result<Duration> {
        match self {
            Self::Write(slice) => slice.run(peer, Access::Copied),
            Self::Get(gets) => gets.run(peer),
            Self::Scan(scan) => scan.run(peer),
        }
    }

    /// Fails unless the peer has kept the last writes, byte for byte.
    pub fn read_back(&self, peer: &mut dyn Peer) -> Result<()> {
        match self {
            Self::Write(slice) => slice.read_back(peer),
            Self::Get(_) | Self::Scan(_) => Ok(()),
        }
    }
}

impl Gets<'_> {
    fn run(&self, peer: &mut dyn Peer) -> Result<Duration> {
        let mut value = Vec::with_capacity(self.values.len());
        let mut found = 0;
        let start = Instant::now();
        for (id, key) in self.ids.iter().zip(self.keys.iter()) {
            if peer.get(key, &mut value)? {
                self.values.check(*id, &value)?;
                found += 1;
            }
        }
        let time = start.elapsed();
        ensure!(found == self.found, "{found} keys were found instead of {}", self.found);
        Ok(time)
    }
}

impl Scan<'_> {
    fn run(&self, peer: &mut dyn Peer) -> Result<Duration> {
        // Below the first key, and above the last one.
        let from: &[u8] = match self.direction {
            Direction::Ascending => b"!",
            Direction::Descending => b"~",
        };
        let mut ids = self.ids.iter();
        let mut checked = Ok(());
        let start = Instant::now();
        let count = peer.scan(self.direction, from, self.ids.len() + 1, &mut |key, value| {
            // The last digit touches the key; the stamp in the value proves the order.
            match ids.next() {
                Some(id) if key.last() == Some(&(b'0' + (id % 10) as u8)) => {
                    if checked.is_ok() {
                        checked = self.values.check(*id, value);
                    }
                }
                _ => checked = Err(anyhow!("a wrong key came with {} left", ids.len())),
            }
        })?;
        let time = start.elapsed();
        checked?;
        ensure!(count == self.ids.len(), "a scan ended after {count} entries");
        Ok(time)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(benchmark: Benchmark, contents: &mut Contents, values: &Values) -> Option<u64> {
        Work::draw(benchmark, 1000, values, contents).found()
    }

    #[test]
    fn the_keys_that_a_get_finds_are_those_that_were_written() {
        let values = Values::new(100);
        let mut contents = Contents::default();
        assert_eq!(found(Benchmark::ReadRandom, &mut contents, &values), Some(0));
        assert_eq!(found(Benchmark::FillRandom, &mut contents, &values), None);
        let filled = contents.len();
        // 1 - 1/e of the keys, and after another pass 1 - 1/e^2.
        assert!((600..660).contains(&filled), "{filled}");
        found(Benchmark::Overwrite, &mut contents, &values);
        assert!((840..890).contains(&contents.len()), "{}", contents.len());
        let read = found(Benchmark::ReadRandom, &mut contents, &values).unwrap();
        assert!((820..910).contains(&read), "{read}");
        assert_eq!(found(Benchmark::ReadMissing, &mut contents, &values), Some(0));
    }

    #[test]
    fn a_scan_has_an_entry_for_each_key() {
        let values = Values::new(100);
        let mut contents = Contents::default();
        found(Benchmark::FillRandom, &mut contents, &values);
        let filled = contents.len();
        for benchmark in [Benchmark::ReadSeq, Benchmark::ReadReverse] {
            assert_eq!(Work::draw(benchmark, 1000, &values, &mut contents).entries(), filled);
        }
    }
}
