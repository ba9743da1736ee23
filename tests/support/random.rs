//! Random numbers that come again when asked for by their seed.

use std::ops::Range;

/// SplitMix64: small, and good enough to pick test data.
pub struct Random(u64);

impl Random {
    /// Returns the numbers of the seed in `KV_SEED`, else of `default`, and prints how to have
    /// them again. The test runner shows it when the test fails.
    pub fn announced(test: &str, default: u64) -> Random {
        let seed = std::env::var("KV_SEED")
            .ok()
            .map_or(default, |seed| seed.parse().expect("KV_SEED is a number"));
        println!("seed {seed}; replay: KV_SEED={seed} cargo test --test suite {test}");
        Random(seed)
    }

    /// Returns the numbers of `seed`.
    pub fn of(seed: u64) -> Random {
        Random(seed)
    }

    /// Returns 64 random bits.
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        bits ^ (bits >> 31)
    }

    /// Returns a number of `range`.
    pub fn within(&mut self, range: Range<usize>) -> usize {
        let len = (range.end - range.start) as u64;
        range.start + (self.next() % len) as usize
    }

    /// Returns true once in `times`.
    pub fn one_in(&mut self, times: usize) -> bool {
        self.within(0..times) == 0
    }

    /// Returns one of `choices`.
    pub fn pick<'c, T>(&mut self, choices: &'c [T]) -> &'c T {
        &choices[self.within(0..choices.len())]
    }

    /// Returns as many bytes of `alphabet` as `len` allows.
    pub fn bytes(&mut self, alphabet: &[u8], len: Range<usize>) -> Vec<u8> {
        let len = self.within(len);
        (0..len).map(|_| *self.pick(alphabet)).collect()
    }
}
