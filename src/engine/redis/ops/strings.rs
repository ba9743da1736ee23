//! The default group: string keys, which every client of Redis can read and write.

use std::io::Write;

use redis::{Cmd, RedisWrite, Value, cmd};

use crate::engine::redis::client::error::{unavailable, unexpected};
use crate::engine::redis::client::node::Node;
use crate::engine::redis::client::reply::{bytes, count_of};
use crate::engine::redis::context::{Context, flag, spell_values};
use crate::engine::redis::options::{SCAN_BYTES_MAX, SCAN_KEYS_MAX};
use crate::engine::redis::refusal::scan_refused;
use crate::engine::redis::scripts;
use crate::error::{ErrorKind, Result};
use crate::model::{Group, Key, Values};

/// The COUNT of a SCAN.
const PAGE: usize = 1_000;
/// The pages of a scan beyond the number of keys: the hash table of a server may be sparse, and
/// keys may be added meanwhile.
const PAGES_MORE: u64 = 10_000;

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

    /// Calls `take` with the string keys that begin with `prefix`, page by page, each key once on
    /// its node, until `take` returns false. Keys that are set or removed meanwhile may be missing.
    pub(crate) fn scan_strings(
        &self,
        prefix: &[u8],
        take: &mut dyn FnMut(Vec<Vec<u8>>) -> Result<bool>,
    ) -> Result<()> {
        for node in self.server.masters()? {
            let mut seen = std::collections::HashSet::new();
            let mut cursor = b"0".to_vec();
            let pages_max = self.pages_max(&node)?;
            let mut pages = 0;
            loop {
                pages += 1;
                if pages > pages_max {
                    let reason = format!("a scan has not ended after {pages_max} pages");
                    return Err(unavailable(node.address(), &reason));
                }
                let (next, names) = self.scan_page(&node, prefix, &cursor)?;
                let string_prefix = self.layout.string_prefix();
                let keys = names.into_iter().filter_map(|name| {
                    let key = name.strip_prefix(string_prefix)?.to_vec();
                    // Other programs may set keys that are too long to be those of entries.
                    let is_key = Key::new(&key).is_ok() && !self.layout.is_reserved(&key);
                    (is_key && seen.insert(key.clone())).then_some(key)
                });
                let keys: Vec<Vec<u8>> = keys.collect();
                if !keys.is_empty() && !take(keys)? {
                    return Ok(());
                }
                if next == b"0" {
                    break;
                }
                cursor = next;
            }
        }
        Ok(())
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

    fn scan_page(
        &self,
        node: &Node,
        prefix: &[u8],
        cursor: &[u8],
    ) -> Result<(Vec<u8>, Vec<Vec<u8>>)> {
        let pattern = beginning_with(&[self.layout.string_prefix(), prefix].concat());
        let mut scan = cmd("SCAN");
        scan.arg(cursor).arg("MATCH").arg(pattern).arg("COUNT").arg(PAGE).arg("TYPE").arg("string");
        let Value::Array(parts) = self.server.call_node(node, &scan)? else {
            return Err(unexpected("that of a scan"));
        };
        let mut parts = parts.into_iter();
        let (Some(next), Some(Value::Array(names))) = (parts.next(), parts.next()) else {
            return Err(unexpected("that of a scan"));
        };
        let names = names.into_iter().map(bytes).collect::<Result<_>>()?;
        Ok((bytes(next)?, names))
    }

    /// Reads all string keys that begin with `prefix` in one script: keys, values or versions,
    /// expiries.
    pub(crate) fn read_all_strings(
        &self,
        prefix: &[u8],
        values: Values,
        barrier: Option<&str>,
    ) -> Result<Vec<Value>> {
        self.check_string_scan()?;
        let slot = self.slot(Group::DEFAULT, prefix)?;
        let fill = |command: &mut Cmd| {
            // One key stands for all, because they are in one slot.
            command.arg(1).arg(self.layout.string_prefix());
            command.arg(self.layout.string_prefix()).arg(prefix).arg(spell_values(values));
            command.arg(SCAN_KEYS_MAX).arg(SCAN_BYTES_MAX);
            self.append_barrier(barrier, command);
        };
        let reply = self.server.run(slot, &scripts::SCAN_STRINGS, true, &fill)?;
        let Value::Array(mut parts) = reply else { return Err(unexpected("that of a scan")) };
        match &mut parts[..] {
            [_, _, Value::Array(found)] => Ok(std::mem::take(found)),
            [_, keys, bytes] => Err(scan_refused(count_of(keys)?, count_of(bytes)?)),
            _ => Err(unexpected("that of a scan")),
        }
    }

    /// Reads string keys that a live scan has found: values or versions, and expiries.
    pub(crate) fn read_strings(&self, keys: &[Vec<u8>], values: Values) -> Result<Vec<Value>> {
        let is_together = !self.server.is_cluster() || self.layout.is_one_slot();
        let mut found = Vec::new();
        for keys in keys.chunks(if is_together { keys.len().max(1) } else { 1 }) {
            let first = keys.first().map_or(&b""[..], Vec::as_slice);
            let slot = self.slot(Group::DEFAULT, first)?;
            let fill = |command: &mut Cmd| {
                let names = keys.iter().filter_map(|key| Key::new(key).ok());
                self.append_string_keys(names, keys.len(), command);
                command.arg(spell_values(values));
            };
            let reply = self.server.run(slot, &scripts::READ_STRINGS, true, &fill)?;
            let Value::Array(parts) = reply else { return Err(unexpected("entries")) };
            found.extend(parts);
        }
        Ok(found)
    }

    /// Appends `count`, the number of string keys, and their names.
    pub(crate) fn append_string_keys<'k>(
        &self,
        keys: impl Iterator<Item = Key<'k>>,
        count: usize,
        command: &mut Cmd,
    ) {
        command.arg(count);
        self.append_string_names(keys, command);
    }

    /// Appends the names of string keys.
    pub(crate) fn append_string_names<'k>(
        &self,
        keys: impl Iterator<Item = Key<'k>>,
        command: &mut Cmd,
    ) {
        let prefix = self.layout.string_prefix();
        for key in keys {
            let mut name = command.writer_for_next_arg();
            // A write into memory does not fail.
            drop(name.write_all(prefix).and_then(|()| name.write_all(key.as_bytes())));
        }
    }

    /// Appends the arguments of a barrier: channel, origin and whether this is a cluster; an empty
    /// channel without one.
    pub(crate) fn append_barrier(&self, barrier: Option<&str>, command: &mut Cmd) {
        let channel = if barrier.is_some() { self.listener.channel() } else { b"" };
        command.arg(channel).arg(barrier.unwrap_or_default()).arg(flag(self.server.is_cluster()));
    }

    /// Publishes a barrier message, which has an empty list of changes.
    pub(crate) fn send_barrier(&self, origin: &str) -> Result<()> {
        let fill = |command: &mut Cmd| {
            command.arg(0);
            self.append_barrier(Some(origin), command);
        };
        self.server.run(0, &scripts::BARRIER, true, &fill).map(drop)
    }
}

/// Returns a pattern of SCAN for all keys that begin with `bytes`.
fn beginning_with(bytes: &[u8]) -> Vec<u8> {
    let mut pattern = Vec::with_capacity(bytes.len() + 1);
    for byte in bytes {
        if b"*?[]\\".contains(byte) {
            pattern.push(b'\\');
        }
        pattern.push(*byte);
    }
    pattern.push(b'*');
    pattern
}
