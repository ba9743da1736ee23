//! The figures of a run over the sizes, and their tables.

use std::fmt::{self, Display, Formatter};

use serde::{Deserialize, Serialize};

use crate::markdown;
use crate::report::{Conditions, Panel};

#[derive(Serialize, Deserialize)]
pub struct SizesReport {
    #[serde(flatten)]
    pub conditions: Conditions,
    pub key_bytes: usize,
    /// The share of its length to which a value can be compressed.
    pub compression_ratio: f64,
    /// From the smallest to the largest.
    pub sizes: Vec<SizeResult>,
}

#[derive(Serialize, Deserialize)]
pub struct SizeResult {
    pub value_bytes: usize,
    /// The number of entries in each store, and of operations in each round.
    pub entries: u64,
    pub overwrite: Panel,
    pub readrandom: Panel,
}

impl SizesReport {
    pub fn overwrites(&self) -> impl Iterator<Item = &Panel> {
        self.sizes.iter().map(|size| &size.overwrite)
    }

    pub fn reads(&self) -> impl Iterator<Item = &Panel> {
        self.sizes.iter().map(|size| &size.readrandom)
    }

    /// Returns the sizes of the run in a few words.
    pub fn facts(&self) -> String {
        let most = self.sizes.iter().map(|size| size.entries).max().unwrap_or(0);
        let bytes = self.sizes.iter().map(|size| size.entries * size.value_bytes as u64).max();
        format!(
            "keys of {} bytes, at most {most} of them and {:.0} MB of values, which compress to {:.0}%",
            self.key_bytes,
            bytes.unwrap_or(0) as f64 / 1e6,
            100.0 * self.compression_ratio
        )
    }
}

impl Display for SizesReport {
    fn fmt(&self, f: &mut Formatter) -> fmt::Result {
        let panels: Vec<_> = self.overwrites().chain(self.reads()).collect();
        markdown::report(&panels, &self.conditions, &self.facts(), f)
    }
}
