//! The figures of one run of the benchmarks.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::report::{Conditions, Panel};

#[derive(Serialize, Deserialize)]
pub struct DbBenchReport {
    #[serde(flatten)]
    pub conditions: Conditions,
    /// The number of keys that the benchmarks are about.
    pub entries: u64,
    pub key_bytes: usize,
    pub value_bytes: usize,
    /// The share of its length to which a value can be compressed.
    pub compression_ratio: f64,
    pub benchmarks: Vec<BenchmarkResult>,
}

#[derive(Serialize, Deserialize)]
pub struct BenchmarkResult {
    #[serde(flatten)]
    pub panel: Panel,
    pub value_bytes: usize,
    /// The number of gets that have found their key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub found: Option<u64>,
    /// Of a benchmark that fills stores: the length of each peer's files when these were closed.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub file_bytes: BTreeMap<String, u64>,
}
