//! The default group: string keys, which every client of Redis can read and write.

use std::io::Write;
use std::time::{Duration, Instant};

use redis::{Cmd, RedisWrite};

use crate::engine::redis::client::error::unexpected;
use crate::engine::redis::client::reply::{as_bytes, count_of};
use crate::engine::redis::client::value::Value;
use crate::engine::redis::context::{Context, flag, spell_values};
use crate::engine::redis::options::{SCAN_BYTES_MAX, SCAN_KEYS_MAX};
use crate::engine::redis::refusal::scan_refused;
use crate::engine::redis::scripts;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{Group, Key, Values};

/// The most keys that are read in one write to the nodes of a cluster.
const KEYS_AT_ONCE: usize = 100;
/// The pause before a read of a slot that is moved is repeated.
const PAUSE: Duration = Duration::from_millis(50);

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
        let reply = self.read_settled(slot, barrier.is_some(), &|| {
            self.server.run(slot, &scripts::SCAN_STRINGS, true, &fill)
        })?;
        let Value::Array(mut parts) = reply else { return Err(unexpected("that of a scan")) };
        match &mut parts[..] {
            [_, _, Value::Array(found)] => Ok(std::mem::take(found)),
            [_, keys, bytes] => Err(scan_refused(count_of(keys)?, count_of(bytes)?)),
            _ => Err(unexpected("that of a scan")),
        }
    }

    /// Runs a script that reads all keys of a slot. On a cluster it is repeated while the slot is
    /// moved, when a part of the keys is on another node, unless it must run only `once`.
    fn read_settled(
        &self,
        slot: u16,
        once: bool,
        run: &dyn Fn() -> Result<Value>,
    ) -> Result<Value> {
        if !self.server.is_cluster() {
            return run();
        }
        let begun = Instant::now();
        loop {
            let before = self.server.settled_master(slot)?;
            if let Some(before) = before {
                let reply = run()?;
                if self.server.settled_master(slot)? == Some(before) {
                    return Ok(reply);
                }
            }
            if once || begun.elapsed() + PAUSE >= self.server.call_timeout() {
                let message = "redis: the slot of the keys is being moved to another node; try \
                               again, or open with scans=live";
                return Err(Error::new(ErrorKind::Unavailable, message));
            }
            self.server.sleep(PAUSE)?;
        }
    }

    /// Reads the first of some string keys that a live scan has found, at least one and about
    /// `bytes_max` of values: values or versions, and expiries.
    pub(crate) fn read_strings(
        &self,
        keys: &[Vec<u8>],
        values: Values,
        bytes_max: u64,
    ) -> Result<Vec<Value>> {
        // A cluster redirects each key by itself, as those of one slot may be on two nodes.
        let (at_once, in_script) = match self.server.is_cluster() {
            true => (KEYS_AT_ONCE, 1),
            false => (keys.len(), keys.len().max(1)),
        };
        let fill = |keys: &&[Vec<u8>], command: &mut Cmd| {
            let names = keys.iter().filter_map(|key| Key::new(key).ok());
            self.append_string_keys(names, keys.len(), command);
            command.arg(spell_values(values)).arg(bytes_max);
        };
        let mut found = Vec::new();
        let mut bytes = 0;
        for keys in keys.chunks(at_once.max(1)) {
            let mut inputs = Vec::new();
            for keys in keys.chunks(in_script) {
                let first = keys.first().map_or(&b""[..], Vec::as_slice);
                inputs.push((self.slot(Group::DEFAULT, first)?, keys));
            }
            for reply in self.run_for_each(&inputs, &scripts::READ_STRINGS, &fill)? {
                let Value::Array(parts) = reply else { return Err(unexpected("entries")) };
                bytes += parts.iter().map(|it| as_bytes(it).map_or(0, <[u8]>::len)).sum::<usize>();
                found.extend(parts);
            }
            if bytes as u64 > bytes_max {
                break;
            }
        }
        match found.len() {
            0 | 1 => Err(unexpected("entries")),
            _ => Ok(found),
        }
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
