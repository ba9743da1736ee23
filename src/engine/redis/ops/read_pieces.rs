//! Values that are read in pieces.

use std::sync::Arc;

use redis::{Cmd, cmd};

use crate::call::CallContext;
use crate::engine::ValueReader;
use crate::engine::redis::client::error::unexpected;
use crate::engine::redis::client::reply::{as_bytes, bytes, checked, count_of, pair};
use crate::engine::redis::client::value::Value;
use crate::engine::redis::context::Context;
use crate::engine::redis::ops::get_many::string_expiry;
use crate::engine::redis::pieces::keys::PieceKeys;
use crate::engine::redis::pieces::lease::Lease;
use crate::engine::redis::row::{parse_version, version_of};
use crate::engine::redis::scripts;
use crate::engine::streams::copy_from;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{EntryInfo, Group, Key, PIECE_LEN, check_stream, check_whole, reserve};

/// The most pieces that are read in one write to the server.
const AT_ONCE: usize = 16;
/// How often the version of a long string is computed that another program changes meanwhile.
const ATTEMPTS: usize = 5;

/// A reader of a value.
pub(crate) struct RedisReader {
    context: Arc<Context>,
    source: Source,
    info: EntryInfo,
    /// The bytes that were read last, from an offset on.
    ahead: (u64, Vec<u8>),
    /// The offset behind the last read: one that begins there reads to the end of a piece.
    next: u64,
}

enum Source {
    /// Pieces, which are never changed.
    Pieces(PieceKeys, #[expect(dead_code, reason = "it is held")] Lease),
    /// A string key that other programs may change: its slot, its name and the stamp of its value.
    String(u16, Vec<u8>, Vec<u8>),
}

impl ValueReader for RedisReader {
    fn info(&self) -> EntryInfo {
        self.info
    }

    fn read(&mut self, call: &CallContext, offset: u64, buffer: &mut [u8]) -> Result<usize> {
        let context = self.context.bind(call);
        self.read_with(&context, offset, buffer)
    }
}

impl RedisReader {
    fn read_with(&mut self, context: &Context, offset: u64, buffer: &mut [u8]) -> Result<usize> {
        let end = self.info.size.min(offset.saturating_add(buffer.len() as u64));
        let is_next = offset == self.next;
        let mut at = offset;
        while at < end {
            let rest = buffer.get_mut((at - offset) as usize..).unwrap_or_default();
            let copied = copy_from(&self.ahead.1, at.wrapping_sub(self.ahead.0), rest);
            if copied > 0 {
                at += copied as u64;
                continue;
            }
            let ranges = self.ranges(at, end, is_next);
            for ((from, to), part) in ranges.iter().zip(self.fetch(context, &ranges)?) {
                if part.len() as u64 != to - from {
                    return Err(changed());
                }
                let rest = buffer.get_mut((at - offset) as usize..).unwrap_or_default();
                at += copy_from(&part, 0, rest) as u64;
                self.ahead = (*from, part);
            }
        }
        self.next = end;
        Ok(end.saturating_sub(offset) as usize)
    }

    /// Returns the next ranges that are read, none over two pieces: up to `end`, or to that of the
    /// last piece.
    fn ranges(&self, at: u64, end: u64, whole: bool) -> Vec<(u64, u64)> {
        let mut ranges = Vec::new();
        let mut from = at;
        while from < end && ranges.len() < AT_ONCE {
            let piece = (from / PIECE_LEN as u64 + 1) * PIECE_LEN as u64;
            let to = piece.min(if whole { self.info.size } else { end });
            ranges.push((from, to));
            from = to;
        }
        ranges
    }

    fn fetch(&self, context: &Context, ranges: &[(u64, u64)]) -> Result<Vec<Vec<u8>>> {
        match &self.source {
            Source::Pieces(keys, _) => {
                let len = PIECE_LEN as u64;
                let command_of = |(from, to): &(u64, u64)| {
                    let mut get = cmd("GETRANGE");
                    get.arg(keys.name(from / len)).arg(from % len).arg((to - 1) % len);
                    (keys.slot, get)
                };
                let commands: Vec<_> = ranges.iter().map(command_of).collect();
                let replies = context.server.call_many(&commands)?.into_iter();
                replies.map(|it| bytes(checked(it)?)).collect()
            }
            Source::String(slot, name, stamp) => {
                let inputs: Vec<_> = ranges.iter().map(|range| (*slot, *range)).collect();
                let fill = |(from, to): &(u64, u64), command: &mut Cmd| {
                    command.arg(1).arg(name).arg(from).arg(to - 1);
                };
                let replies = context.run_for_each(&inputs, &scripts::READ_STRING, &fill)?;
                let part_of = |reply| match reply {
                    Value::Array(parts) => match <[Value; 2]>::try_from(parts) {
                        Ok([now, _]) if as_bytes(&now)? != stamp => Err(changed()),
                        Ok([_, part]) => bytes(part),
                        Err(_) => Err(unexpected("a part of a value")),
                    },
                    _ => Err(unexpected("a part of a value")),
                };
                replies.into_iter().map(part_of).collect()
            }
        }
    }
}

impl Context {
    /// Returns a reader of a value in pieces of a named group.
    pub(crate) fn read_pieces(
        &self,
        group: Group<'_>,
        key: Key<'_>,
        info: EntryInfo,
    ) -> Result<RedisReader> {
        check_stream(info.size)?;
        let keys = self.piece_keys(group, key, info.version, info.size)?;
        let lease = self.leases.hold(keys.clone())?;
        Ok(self.reader(Source::Pieces(keys, lease), info))
    }

    /// Returns a reader of a string key, or `None` if it is absent. The server computes the
    /// version, that of a long value in several steps.
    pub(crate) fn read_string(&self, key: Key<'_>) -> Result<Option<RedisReader>> {
        let (slot, name) = (self.slot(Group::DEFAULT, key.as_bytes())?, key.as_bytes());
        let name = self.layout.string_key(name)?;
        let run = |arguments: &[u64]| {
            let fill = |command: &mut Cmd| {
                command.arg(1).arg(&name).arg(arguments);
            };
            match self.server.run(slot, &scripts::READ_STRING, true, &fill)? {
                Value::Array(parts) => Ok(parts),
                _ => Err(unexpected("a string key")),
            }
        };
        'again: for _ in 0..ATTEMPTS {
            let parts = run(&[])?;
            let [stamp, version, size, expiry] = &parts[..] else { return Ok(None) };
            let (size, stamp) = (count_of(size)?, as_bytes(stamp)?);
            check_stream(size)?;
            let version = match as_bytes(version)? {
                [] => {
                    let mut hashes = Vec::new();
                    for from in (0..size).step_by(AT_ONCE * PIECE_LEN) {
                        let to = size.min(from + (AT_ONCE * PIECE_LEN) as u64);
                        let (now, part) = pair(run(&[from, to - 1, 1])?)?;
                        if as_bytes(&now)? != stamp {
                            continue 'again;
                        }
                        hashes.extend(bytes(part)?);
                    }
                    version_of(&hashes)
                }
                version => parse_version(version).ok_or_else(|| unexpected("a version"))?,
            };
            let info = EntryInfo { size, version, expires_at: string_expiry(expiry)? };
            let source = Source::String(slot, name.clone(), stamp.to_vec());
            return Ok(Some(self.reader(source, info)));
        }
        Err(changed())
    }

    /// Returns the size, version and expiry of a string key, or `None` if it is absent.
    pub(crate) fn long_string_info(&self, key: Key<'_>) -> Result<Option<EntryInfo>> {
        Ok(self.read_string(key)?.map(|it| it.info))
    }

    fn reader(&self, source: Source, info: EntryInfo) -> RedisReader {
        let context =
            Arc::new(Context { server: self.server.clone(), shared: self.shared.clone() });
        RedisReader { context, source, info, ahead: (0, Vec::new()), next: 0 }
    }

    /// Reads a value in pieces of a named group as a whole.
    pub(crate) fn whole(&self, group: Group<'_>, key: Key<'_>, info: EntryInfo) -> Result<Vec<u8>> {
        check_whole(info.size)?;
        let mut value = Vec::new();
        reserve(&mut value, info.size as usize)?;
        value.resize(info.size as usize, 0);
        self.read_pieces(group, key, info)?.read_with(self, 0, &mut value)?;
        Ok(value)
    }
}

/// Returns the error of a reader whose value is not there any more.
fn changed() -> Error {
    let message = "the value was changed or removed while it was read: in the default group, or by \
                   another program, or the process stood still for a minute; open it again";
    Error::new(ErrorKind::Compacted, message)
}
