//! Keys and values: the same in every run, and recognisable when read back.

use anyhow::{Result, ensure};

pub const KEY_LEN: usize = 17;
pub type Key = [u8; KEY_LEN];

/// The bytes at a value's start that say whose it is and which write it came from.
const STAMP_LEN: usize = 16;
/// How many different tails there are; few enough that making a small value misses no cache.
const START_PLACES: usize = 1 << 16;

/// Returns the key numbered `id`: `key` and 14 digits, so that byte order is numeric order.
pub fn key(id: u64) -> Key {
    let mut key = *b"key00000000000000";
    let mut rest = id;
    for digit in key[3..].iter_mut().rev() {
        *digit = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
    key
}

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
}

fn mix(mut bits: u64) -> u64 {
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

/// Makes values of one length: stamp, then bytes that no compressor shrinks.
///
/// A value differs from the one it replaces in every page it covers, because SQLite leaves a page
/// alone when an overwrite does not change it, and such a benchmark would measure nothing.
pub struct Values {
    len: usize,
    pool: Vec<u8>,
}

impl Values {
    pub fn new(len: usize) -> Self {
        assert!(len >= STAMP_LEN, "a value must hold its stamp");
        let mut random = Random::new(7);
        let pool = std::iter::repeat_with(|| random.next().to_le_bytes())
            .flatten()
            .take(len + START_PLACES)
            .collect();
        Self { len, pool }
    }

    pub fn len(&self) -> usize {
        self.len
    }

    /// Writes into `value` what write number `sequence` stores under key `id`.
    pub fn fill(&self, id: u64, sequence: u64, value: &mut [u8]) {
        value[..8].copy_from_slice(&id.to_le_bytes());
        value[8..STAMP_LEN].copy_from_slice(&sequence.to_le_bytes());
        value[STAMP_LEN..].copy_from_slice(self.tail(id, sequence));
    }

    /// Fails unless `value` has the right length and belongs to key `id`; cheap enough to be timed.
    pub fn check(&self, id: u64, value: &[u8]) -> Result<()> {
        ensure!(
            value.len() == self.len && value[..8] == id.to_le_bytes(),
            "read a wrong value of {} bytes for key {id}",
            value.len()
        );
        Ok(())
    }

    /// Fails unless `value` is, byte for byte, what write number `sequence` stored under key `id`.
    pub fn check_write(&self, id: u64, sequence: u64, value: &[u8]) -> Result<()> {
        self.check(id, value)?;
        ensure!(
            value[8..STAMP_LEN] == sequence.to_le_bytes(),
            "the last write of key {id} is lost"
        );
        ensure!(value[STAMP_LEN..] == *self.tail(id, sequence), "the value of key {id} is damaged");
        Ok(())
    }

    fn tail(&self, id: u64, sequence: u64) -> &[u8] {
        let len = self.len - STAMP_LEN;
        let start = mix(id ^ mix(sequence)) as usize % START_PLACES;
        &self.pool[start..start + len]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_sort_as_their_numbers() {
        assert_eq!(&key(42), b"key00000000000042");
        assert!(key(9) < key(10) && key(999_999) < key(1_000_000));
    }

    #[test]
    fn a_value_is_recognised_and_an_older_one_is_not() {
        let values = Values::new(100);
        let mut value = vec![0; 100];
        values.fill(5, 2, &mut value);
        assert!(values.check_write(5, 2, &value).is_ok());
        assert!(values.check_write(5, 1, &value).is_err());
        assert!(values.check(6, &value).is_err());
        assert!(values.check(5, &value[..99]).is_err());
    }
}
