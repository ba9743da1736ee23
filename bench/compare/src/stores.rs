//! One store of each peer, open beside each other.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::contestant::Kind;
use crate::files;
use crate::peer::{OpenOptions, Peer};
use crate::quiet;

pub struct Stores {
    directory: PathBuf,
    peers: Vec<(Kind, Box<dyn Peer>)>,
}

impl Stores {
    /// Opens the store of each kind in a directory of its own below that of `opening`.
    pub fn open(kinds: &[Kind], opening: &OpenOptions) -> Result<Self> {
        let open = |kind: &Kind| Ok((*kind, kind.open_below(&directory(*kind), opening)?));
        let peers = kinds.iter().map(open).collect::<Result<_>>()?;
        quiet::wait_for_threads_and_disk();
        Ok(Self { directory: opening.directory.to_owned(), peers })
    }

    /// Calls `visit` for each peer with its place among the kinds, in an order that rotates:
    /// `turn` is the place of the first one.
    pub fn each(
        &mut self,
        turn: usize,
        mut visit: impl FnMut(usize, Kind, &mut dyn Peer) -> Result<()>,
    ) -> Result<()> {
        let count = self.peers.len();
        for step in 0..count {
            let at = (turn + step) % count;
            let (kind, peer) = &mut self.peers[at];
            visit(at, *kind, peer.as_mut()).with_context(|| kind.peer().to_owned())?;
        }
        Ok(())
    }

    pub fn close(self) -> Result<()> {
        for (kind, peer) in self.peers {
            peer.close().with_context(|| format!("close {}", kind.peer()))?;
        }
        Ok(())
    }

    /// Closes the stores, removes their files and returns the length that these had, by the names
    /// of the peers.
    pub fn remove(self) -> Result<BTreeMap<String, u64>> {
        let kinds: Vec<_> = self.peers.iter().map(|(kind, _)| *kind).collect();
        let own = self.directory.clone();
        self.close()?;
        let size =
            |kind: Kind| Ok((kind.peer().to_owned(), files::size(&own.join(directory(kind)))?));
        let sizes = kinds.into_iter().map(size).collect::<Result<_>>()?;
        fs::remove_dir_all(own).context("remove the stores")?;
        Ok(sizes)
    }
}

fn directory(kind: Kind) -> String {
    format!("{kind:?}").to_lowercase()
}
