//! Scans of the string keys of all nodes.
//!
//! SCAN names no key, so a server that has lost its slots does not redirect it, and a replica
//! replies as well. So each node reports its role and its slots before and after its keys were
//! scanned. The keys of a slot were all seen if the same master had it both times. The nodes of all
//! other slots are scanned again, by a renewed map.
//!
//! While a slot is moved, its keys go from the old owner to the new one. They were all seen when
//! the new owner was scanned after the old one: a key that had left the old owner before it was
//! scanned was on the new owner all the time.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::engine::redis::client::address::Address;
use crate::engine::redis::client::node::Node;
use crate::engine::redis::client::slot::{SLOTS, slot_of};
use crate::engine::redis::context::Context;
use crate::engine::redis::layout::escaped;
use crate::engine::redis::ops::progress::Progress;
use crate::error::{Error, ErrorKind, Result};
use crate::model::Key;

/// The pause before nodes are scanned again, at first and at most.
const PAUSE_MIN: Duration = Duration::from_millis(5);
const PAUSE_MAX: Duration = Duration::from_millis(200);

/// The outcome of the scan of one node, or of all.
enum Outcome {
    /// The caller wants no more keys, or there are none.
    Ended,
    /// Keys are left, of which some may be on the nodes to which slots are moved.
    Open(Vec<Address>),
}

impl Context {
    /// Counts the string keys.
    pub(crate) fn count_strings(&self) -> Result<u64> {
        let mut count = 0;
        self.scan_strings(b"", &mut |keys| {
            count += keys.len() as u64;
            Ok(true)
        })?;
        Ok(count)
    }

    /// Calls `take` with the string keys that begin with `prefix`, page by page, until it returns
    /// false. A key that exists during the whole scan is passed once, whichever node has it; other
    /// keys may be missing. Fails if a node or a slot stays unavailable for the call timeout.
    pub(crate) fn scan_strings(
        &self,
        prefix: &[u8],
        take: &mut dyn FnMut(Vec<Vec<u8>>) -> Result<bool>,
    ) -> Result<()> {
        let mut taken = Ok(());
        let mut wants_more = |keys: Vec<Vec<u8>>| {
            let more = if keys.is_empty() { Ok(true) } else { take(keys) };
            more.unwrap_or_else(|error| {
                taken = Err(error);
                false
            })
        };
        match self.server.is_cluster() {
            true => self.scan_cluster(prefix, &mut wants_more)?,
            false => {
                let mut seen = HashSet::new();
                let mut page = |mut keys: Vec<Vec<u8>>| {
                    keys.retain(|key| seen.insert(key.clone()));
                    wants_more(keys)
                };
                for (node, _) in self.server.members()? {
                    self.scan_node(&node, prefix, &mut page)?;
                }
            }
        }
        taken
    }

    /// Scans nodes until all slots are complete.
    fn scan_cluster(
        &self,
        prefix: &[u8],
        wants_more: &mut dyn FnMut(Vec<Vec<u8>>) -> bool,
    ) -> Result<()> {
        let mut progress = Progress::new();
        let (mut last_progress, mut pause) = (Instant::now(), PAUSE_MIN);
        loop {
            let before = progress.complete();
            let failure = match self.scan_round(prefix, &mut progress, wants_more) {
                Ok(Outcome::Ended) => return Ok(()),
                Ok(Outcome::Open(_)) => is_changing(&progress),
                Err(error) if error.kind() == ErrorKind::Unavailable => error,
                Err(error) => return Err(error),
            };
            if progress.complete() > before {
                (last_progress, pause) = (Instant::now(), PAUSE_MIN);
            }
            if last_progress.elapsed() + pause >= self.server.call_timeout() {
                return Err(failure);
            }
            self.server.sleep(pause)?;
            pause = (pause * 2).min(PAUSE_MAX);
        }
    }

    /// Scans each master of a renewed map that has slots which are not complete.
    fn scan_round(
        &self,
        prefix: &[u8],
        progress: &mut Progress,
        wants_more: &mut dyn FnMut(Vec<Vec<u8>>) -> bool,
    ) -> Result<Outcome> {
        let Some(map) = self.server.renewed_map()? else { return Ok(Outcome::Ended) };
        let mut nodes: Vec<Arc<Node>> = map.masters().to_vec();
        let (mut index, mut failure) = (0, None);
        while let Some(node) = nodes.get(index).cloned() {
            index += 1;
            match self.scan_master(&node, prefix, progress, wants_more) {
                Ok(Outcome::Ended) => return Ok(Outcome::Ended),
                Ok(Outcome::Open(targets)) => {
                    // A node that has no slot yet is not in the map.
                    for target in targets {
                        if nodes.iter().all(|it| *it.address() != target) {
                            nodes.push(self.server.node_at(&target));
                        }
                    }
                }
                // The other nodes are scanned meanwhile.
                Err(error) if error.kind() == ErrorKind::Unavailable => failure = Some(error),
                Err(error) => return Err(error),
            }
        }
        let is_served = |slot: &u16| map.master_of(*slot).is_some();
        let mut served = (0..SLOTS).filter(is_served);
        if served.all(|slot| progress.is_complete(slot)) {
            return Ok(Outcome::Ended);
        }
        failure.map_or(Ok(Outcome::Open(Vec::new())), Err)
    }

    /// Scans a node for the slots that are not complete, if it has any.
    fn scan_master(
        &self,
        node: &Node,
        prefix: &[u8],
        progress: &mut Progress,
        wants_more: &mut dyn FnMut(Vec<Vec<u8>>) -> bool,
    ) -> Result<Outcome> {
        let first = self.server.report(node)?;
        if first.is_master && progress.needs(&first) {
            let mut page = |mut keys: Vec<Vec<u8>>| {
                keys.retain(|key| {
                    let name = [self.layout.string_prefix(), key].concat();
                    progress.see(slot_of(&name), key, &first)
                });
                wants_more(keys)
            };
            if !self.scan_node(node, prefix, &mut page)? {
                return Ok(Outcome::Ended);
            }
            progress.finish(&first, &self.server.report(node)?);
        }
        Ok(Outcome::Open(first.targets))
    }

    /// Calls `page` with the string keys of one node until it returns false, and returns whether it
    /// did not. A key may come twice.
    fn scan_node(
        &self,
        node: &Node,
        prefix: &[u8],
        page: &mut dyn FnMut(Vec<Vec<u8>>) -> bool,
    ) -> Result<bool> {
        let beginning = [self.layout.string_prefix(), prefix].concat();
        let pattern = [&escaped(&beginning)[..], b"*"].concat();
        self.scan_pages(node, &pattern, "string", &mut |names| {
            let keys = names.into_iter().filter_map(|name| {
                let key = name.strip_prefix(self.layout.string_prefix())?;
                // Other programs may set keys that are too long to be those of entries.
                let is_key = Key::new(key).is_ok() && !self.layout.is_reserved(key);
                is_key.then(|| key.to_vec())
            });
            page(keys.collect())
        })
    }
}

/// Returns the error of a scan whose slots moved on for too long.
fn is_changing(progress: &Progress) -> Error {
    let left = usize::from(SLOTS) - progress.complete();
    let message = format!(
        "redis: the slots of the cluster were moved, or its masters replaced, during the scan, and \
         {left} slots are not complete; try again"
    );
    Error::new(ErrorKind::Unavailable, message)
}
