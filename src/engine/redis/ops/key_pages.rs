//! The pages of a SCAN of one node.

use redis::cmd;

use crate::engine::redis::client::error::{unavailable, unexpected};
use crate::engine::redis::client::node::Node;
use crate::engine::redis::client::reply::{bytes, count_of};
use crate::engine::redis::client::value::Value;
use crate::engine::redis::context::Context;
use crate::error::{ErrorKind, Result};

/// The COUNT of a SCAN.
const PAGE: usize = 1_000;
/// The pages of a scan beyond the number of keys: the hash table of a server may be sparse, and
/// keys may be added meanwhile.
const PAGES_MORE: u64 = 10_000;

impl Context {
    /// Calls `page` with the names of the keys of a node that match a pattern and have a type,
    /// until it returns false, and returns whether it did not. A name may come twice.
    pub(super) fn scan_pages(
        &self,
        node: &Node,
        pattern: &[u8],
        kind: &str,
        page: &mut dyn FnMut(Vec<Vec<u8>>) -> bool,
    ) -> Result<bool> {
        let mut cursor = b"0".to_vec();
        let pages_max = self.pages_max(node)?;
        let mut pages = 0;
        loop {
            pages += 1;
            if pages > pages_max {
                let reason = format!("a scan has not ended after {pages_max} pages");
                return Err(unavailable(node.address(), &reason));
            }
            let mut scan = cmd("SCAN");
            scan.arg(&cursor).arg("MATCH").arg(pattern).arg("COUNT").arg(PAGE);
            scan.arg("TYPE").arg(kind);
            let Value::Array(parts) = self.server.call_node(node, &scan)? else {
                return Err(unexpected("that of a scan"));
            };
            let mut parts = parts.into_iter();
            let (Some(next), Some(Value::Array(names))) = (parts.next(), parts.next()) else {
                return Err(unexpected("that of a scan"));
            };
            if !page(names.into_iter().map(bytes).collect::<Result<_>>()?) {
                return Ok(false);
            }
            cursor = bytes(next)?;
            if cursor == b"0" {
                return Ok(true);
            }
        }
    }

    /// Returns the most pages of a scan of a node: there is no limit if the user may not ask for
    /// the number of keys.
    fn pages_max(&self, node: &Node) -> Result<u64> {
        match self.server.call_node(node, &cmd("DBSIZE")) {
            Ok(keys) => Ok(count_of(&keys)?.saturating_add(PAGES_MORE)),
            Err(error) if error.kind() == ErrorKind::Permission => Ok(u64::MAX),
            Err(error) => Err(error),
        }
    }
}
