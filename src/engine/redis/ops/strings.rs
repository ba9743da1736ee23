//! The default group: string keys, which every client of Redis can read and write.

use std::io::Write;

use redis::{Cmd, RedisWrite, Value};

use crate::engine::redis::client::error::unexpected;
use crate::engine::redis::client::reply::count_of;
use crate::engine::redis::context::{Context, flag, spell_values};
use crate::engine::redis::options::{SCAN_BYTES_MAX, SCAN_KEYS_MAX};
use crate::engine::redis::refusal::scan_refused;
use crate::engine::redis::scripts;
use crate::error::Result;
use crate::model::{Group, Key, Values};

impl Context {
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
