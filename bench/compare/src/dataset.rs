//! Values: the same in every run, and recognisable when read back.

use anyhow::{Result, ensure};

/// The bytes at a value's start that say whose it is and which write it came from.
const STAMP_LEN: usize = 16;
/// How many different tails incompressible values have; few enough that making a small one misses
/// no cache.
const PLACES: usize = 1 << 16;
/// The same for compressible values: so many that those of one block have different tails, which
/// no compressor can then shrink further.
const COMPRESSIBLE_PLACES: usize = 10_000;
/// Each piece of a compressible value holds random bytes and then their repetition.
const PIECE_LEN: usize = 100;
/// Makes the second half of a stamp from the first; any odd number with mixed bits does.
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

/// SplitMix64: a fixed seed gives the same sequence in every run and on every machine.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mix(self.0)
    }

    /// Returns a number below `limit`, which is not 0.
    pub fn below(&mut self, limit: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(limit)) >> 64) as u64
    }

    fn bytes(&mut self) -> impl Iterator<Item = u8> {
        std::iter::repeat_with(|| self.next().to_le_bytes()).flatten()
    }
}

fn mix(mut bits: u64) -> u64 {
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

/// Makes values of one length: a stamp, then a piece of the pool.
///
/// A value differs from the one it replaces in every page it covers, because SQLite leaves a page
/// alone when an overwrite does not change it, and such a benchmark would measure nothing.
///
/// The stamp is a number drawn for the write, and the key's number hidden by it: so it does not
/// compress either, and the key can be recognised without knowledge of the write. A value that is
/// shorter has as much of the stamp as it has room for.
pub struct Values {
    len: usize,
    pool: Vec<u8>,
    /// The tails start at this many places, at multiples of `step` in the pool.
    places: usize,
    step: usize,
    /// The bytes after which a compressible value repeats itself.
    period: Option<usize>,
}

impl Values {
    /// Makes values that no compressor shrinks.
    pub fn new(len: usize) -> Self {
        let pool = Random::new(7).bytes().take(len + PLACES).collect();
        Self { len, pool, places: PLACES, step: 1, period: None }
    }

    /// Makes values that compress to `ratio` of their length, and no further; those shorter than
    /// a piece compress less.
    pub fn compressible(len: usize, ratio: f64) -> Self {
        let period = (PIECE_LEN as f64 * ratio).round() as usize;
        if period >= PIECE_LEN {
            return Self::new(len);
        }
        let period = period.max(STAMP_LEN);
        let mut random = Random::new(7);
        let mut pool = Vec::new();
        while pool.len() < len + COMPRESSIBLE_PLACES * PIECE_LEN {
            let piece: Vec<_> = random.bytes().take(period).collect();
            pool.extend(piece.iter().cycle().take(PIECE_LEN));
        }
        let (places, step) = (COMPRESSIBLE_PLACES, PIECE_LEN);
        Self { len, pool, places, step, period: Some(period) }
    }

    pub fn len(&self) -> usize {
        self.len
    }

    /// Writes into `value` what write number `sequence` stores under key `id`.
    pub fn fill(&self, id: u64, sequence: u64, value: &mut [u8]) {
        let drawn = mix(id ^ mix(sequence));
        let start = drawn as usize % self.places * self.step;
        value.copy_from_slice(&self.pool[start..start + self.len]);
        let stamp = stamp(id, drawn);
        let stamped = self.len.min(STAMP_LEN);
        value[..stamped].copy_from_slice(&stamp[..stamped]);
        // The first piece repeats the stamp as it repeats its other bytes.
        if let Some(period) = self.period
            && self.len > period
        {
            for at in period..self.len.min(PIECE_LEN) {
                value[at] = value[at - period];
            }
        }
    }

    /// Fails unless `value` has the right length and belongs to key `id`; cheap enough to be timed.
    pub fn check(&self, id: u64, value: &[u8]) -> Result<()> {
        ensure!(
            value.len() == self.len && is_of_key(id, value),
            "read a wrong value of {} bytes for key {id}",
            value.len()
        );
        Ok(())
    }

    /// Fails unless `value` is, byte for byte, what write number `sequence` stored under key `id`.
    pub fn check_write(&self, id: u64, sequence: u64, value: &[u8]) -> Result<()> {
        self.check(id, value)?;
        let mut expected = vec![0; self.len];
        self.fill(id, sequence, &mut expected);
        let stamp_len = self.len.min(STAMP_LEN);
        ensure!(value[..stamp_len] == expected[..stamp_len], "the last write of key {id} is lost");
        ensure!(value == expected, "the value of key {id} is damaged");
        Ok(())
    }
}

fn stamp(id: u64, drawn: u64) -> [u8; STAMP_LEN] {
    let mut stamp = [0; STAMP_LEN];
    stamp[..8].copy_from_slice(&drawn.to_le_bytes());
    stamp[8..].copy_from_slice(&(id ^ drawn.wrapping_mul(SPREAD)).to_le_bytes());
    stamp
}

/// Compares as much of the key's number as the value has room for.
fn is_of_key(id: u64, value: &[u8]) -> bool {
    let Some((drawn, rest)) = value.split_first_chunk() else { return true };
    let hidden = (id ^ u64::from_le_bytes(*drawn).wrapping_mul(SPREAD)).to_le_bytes();
    match rest.first_chunk::<8>() {
        Some(own) => *own == hidden,
        None => hidden.starts_with(rest),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(values: &Values, id: u64, sequence: u64) -> Vec<u8> {
        let mut value = vec![0; values.len()];
        values.fill(id, sequence, &mut value);
        value
    }

    #[test]
    fn a_value_is_recognised_and_an_older_one_is_not() {
        for values in [Values::new(100), Values::compressible(100, 0.5), Values::new(10)] {
            let mut written = value(&values, 5, 2);
            assert!(values.check_write(5, 2, &written).is_ok());
            assert!(values.check_write(5, 1, &written).is_err());
            assert!(values.check(6, &written).is_err());
            assert!(values.check(5, &written[1..]).is_err());
            *written.last_mut().unwrap() ^= 1;
            assert!(values.check_write(5, 2, &written).is_err());
        }
    }

    #[test]
    fn a_compressible_value_repeats_itself_within_each_piece() {
        let values = Values::compressible(1000, 0.5);
        for piece in value(&values, 5, 2).chunks(PIECE_LEN) {
            assert_eq!(piece[..50], piece[50..]);
        }
        let short = Values::compressible(60, 0.5);
        assert_eq!(value(&short, 5, 2)[..10], value(&short, 5, 2)[50..]);
        assert_eq!(value(&Values::compressible(10, 0.5), 5, 2).len(), 10);
    }

    #[test]
    fn values_of_ratio_1_do_not_repeat_themselves() {
        let values = Values::compressible(100, 1.0);
        let value = value(&values, 5, 2);
        assert_ne!(value[..50], value[50..]);
    }

    #[test]
    fn a_write_changes_the_stamp_and_the_rest() {
        let values = Values::compressible(100_000, 0.5);
        let (old, new) = (value(&values, 5, 1), value(&values, 5, 2));
        let same = old.iter().zip(&new).filter(|(old, new)| old == new).count();
        assert!(same < 100_000 / 100, "{same} bytes are the same");
    }
}
