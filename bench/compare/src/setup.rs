//! The setup of a run, of whatever kind.

use std::path::Path;

use crate::peer::{Durability, OpenOptions};
use crate::peers::kv_abi::Abi;

#[derive(Clone, Copy)]
pub struct Setup<'a> {
    /// Where the stores are.
    pub directory: &'a Path,
    /// `None` if kv takes no part.
    pub kv: Option<&'static Abi>,
    /// The measured rounds.
    pub rounds: usize,
    /// None: every library keeps the cache size it comes with.
    pub cache_mib: Option<u32>,
}

impl Setup<'_> {
    /// Returns how the stores in a directory are opened.
    pub fn opening<'d>(&self, directory: &'d Path, durability: Durability) -> OpenOptions<'d> {
        OpenOptions { directory, durability, cache_mib: self.cache_mib, kv: self.kv }
    }
}
