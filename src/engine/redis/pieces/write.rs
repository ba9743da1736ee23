//! Values that are written in pieces, before their commit.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};

use parking_lot::Mutex;
use redis::{Cmd, Value, cmd};
use sha1::{Digest, Sha1};

use crate::call::CallContext;
use crate::engine::redis::RedisEngine;
use crate::engine::redis::client::error::unexpected;
use crate::engine::redis::client::reply::{checked, count_of, text};
use crate::engine::redis::client::slot::slot_of;
use crate::engine::redis::context::Context;
use crate::engine::redis::layout::Spread;
use crate::engine::redis::ops::{purge, steps};
use crate::engine::redis::pieces::keys::{PieceKeys, unwritten};
use crate::engine::redis::pieces::lease::{LEASE_MS, Lease};
use crate::engine::redis::row::version_in;
use crate::engine::redis::scripts;
use crate::engine::{Piece, Streams};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{
    Commit, Group, GroupRange, Key, Namespace, Op, PIECE_LEN, StreamId, VALUE_LEN_MAX, Version,
};

/// The streams that this process writes.
pub(crate) type Writing = Mutex<HashMap<StreamId, Stream>>;

/// A value that is being written.
pub(crate) struct Stream {
    keys: PieceKeys,
    lease: Lease,
    /// The hash of the bytes so far of a value of the default group, of which the version is made.
    hash: Option<Sha1>,
    /// The number of those bytes.
    hashed: u64,
    /// Whether a commit has failed, of which it may not be known whether it was made.
    was_tried: bool,
}

impl Streams for RedisEngine {
    fn begin_stream(&self, _: &CallContext, group: Group<'_>, key: Key<'_>) -> Result<StreamId> {
        self.context.check_write()?;
        // The keys of the standard library's hasher are its only random numbers.
        let id = StreamId(RandomState::new().hash_one(key.as_bytes()).max(1));
        let keys = self.context.piece_keys(group, key, id.0, 0)?;
        let lease = self.context.leases.hold(keys.clone())?;
        let hash = group.is_default().then(Sha1::new);
        let stream = Stream { keys, lease, hash, hashed: 0, was_tried: false };
        self.context.writing.lock().insert(id, stream);
        Ok(id)
    }

    fn append_piece(&self, call: &CallContext, piece: Piece<'_>) -> Result<()> {
        let context = self.context(call);
        context.check_write()?;
        context.check_stream_max(piece.group, piece.end())?;
        context.check_room(piece.group, piece.key, piece.end())?;
        let number = piece.at / PIECE_LEN as u64;
        let (name, slot) = {
            let mut writing = context.writing.lock();
            let stream = writing.get_mut(&piece.stream).ok_or_else(unwritten)?;
            stream.lease.extend(number + 1);
            stream.keys.count = stream.keys.count.map(|_| number + 1);
            (stream.keys.name(number), stream.keys.slot)
        };
        // Both may be done twice, also late: what they leave then expires.
        if piece.group.is_default() {
            let fill = |command: &mut Cmd| {
                command.arg(1).arg(&name).arg(piece.at).arg(piece.bytes).arg(LEASE_MS);
            };
            let run = context.server.run(slot, &scripts::APPEND_PIECE, true, &fill)?;
            if count_of(&run)? == 0 {
                return Err(unwritten());
            }
        } else {
            let mut set = cmd("SET");
            set.arg(&name).arg(piece.bytes).arg("PX").arg(LEASE_MS).arg("NX");
            checked(context.server.call_one(slot, &set)?)?;
        }
        if let Some(stream) = context.writing.lock().get_mut(&piece.stream)
            && let Some(hash) = &mut stream.hash
            && stream.hashed == piece.at
        {
            hash.update(piece.bytes);
            stream.hashed = piece.end();
        }
        Ok(())
    }

    fn discard_stream(&self, _: Group<'_>, _: Key<'_>, stream: StreamId) {
        let stream = self.context.writing.lock().remove(&stream);
        // A commit that may have been made keeps the pieces; otherwise they expire.
        if let Some(stream) = stream.filter(|it| !it.was_tried) {
            stream.keys.for_each(&self.context.server, |name| cmd("UNLINK").arg(name).clone());
        }
    }
}

impl Context {
    /// Returns the name of the key with a stream of the default group, and the version of its value.
    pub(crate) fn written(&self, stream: StreamId) -> Option<(Vec<u8>, Version)> {
        let writing = self.writing.lock();
        let stream = writing.get(&stream)?;
        let hash = stream.hash.clone()?;
        Some((stream.keys.name(0), version_in(hash.finalize().into())))
    }

    /// Notes the outcome of a commit of streams.
    pub(crate) fn note_commit<T>(&self, ops: &[Op<'_>], commit: &Result<(Commit, T)>) {
        for op in ops {
            let Op::SetStream { stream, .. } = op else { continue };
            let mut writing = self.writing.lock();
            match commit {
                Ok((Commit::Applied, _)) => drop(writing.remove(stream)),
                Ok((Commit::Refused { .. }, _)) => {}
                Err(_) => {
                    if let Some(stream) = writing.get_mut(stream) {
                        stream.was_tried = true;
                    }
                }
            }
        }
    }

    /// Fails if a value of `size` bytes is over the limits of a Redis.
    fn check_stream_max(&self, group: Group<'_>, size: u64) -> Result<()> {
        let message = if size > self.stream_max {
            format!("over the limit of {} bytes; raise the option stream_max", self.stream_max)
        } else if group.is_default() && size > VALUE_LEN_MAX as u64 {
            format!(
                "over the limit of {VALUE_LEN_MAX} bytes of the default group of a redis; a named \
                 group takes longer ones"
            )
        } else {
            return Ok(());
        };
        Err(Error::new(ErrorKind::TooLarge, format!("value of {size} bytes is {message}")))
    }

    /// Fails if a value of `size` bytes would exceed the quota of its namespace.
    fn check_room(&self, group: Group<'_>, key: Key<'_>, size: u64) -> Result<()> {
        let space = match (self.layout.spread(), Namespace::name_in(group)) {
            (Spread::Namespaces, Some(space)) => space,
            _ => return Ok(()),
        };
        loop {
            let fill = |command: &mut Cmd| {
                self.append_group(group, command);
                command.arg(space).arg(key.as_bytes()).arg(size);
            };
            let slot = self.slot(group, b"")?;
            let reply = self.server.run(slot, &scripts::ROOM, true, &fill)?;
            let Value::Array(parts) = reply else { return Err(unexpected("that of a quota")) };
            let mut parts = parts.into_iter();
            let (Some(unit), Some(limit)) = (parts.next(), parts.next()) else { return Ok(()) };
            // Expired entries make room, some at a time.
            let groups = [space, b":"].concat();
            let range = GroupRange::Prefix(&groups);
            if self.purge_bucket(slot_of(space), range, purge::STEP)? == 0 {
                return Err(steps::over_quota(space, &text(unit)?, &text(limit)?));
            }
        }
    }
}
