//! Writes of values in pieces, before their commit.

use std::hash::{BuildHasher, RandomState};

use redis::{Cmd, cmd};

use crate::call::CallContext;
use crate::engine::redis::RedisEngine;
use crate::engine::redis::client::error::unexpected;
use crate::engine::redis::client::reply::{checked, count_of, text};
use crate::engine::redis::client::slot::slot_of;
use crate::engine::redis::client::value::Value;
use crate::engine::redis::context::Context;
use crate::engine::redis::layout::Spread;
use crate::engine::redis::ops::{purge, steps};
use crate::engine::redis::pieces::keys::unwritten;
use crate::engine::redis::pieces::lease::LEASE_MS;
use crate::engine::redis::refusal::not_durable;
use crate::engine::redis::scripts;
use crate::engine::{Piece, Streams};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{Durability, Group, GroupRange, Key, Namespace, StreamId, VALUE_LEN_MAX};

impl Streams for RedisEngine {
    fn check_writes(&self, durability: Option<Durability>) -> Result<()> {
        match durability {
            Some(Durability::Full) => Err(not_durable()),
            _ => self.context.check_write(),
        }
    }

    fn begin_stream(&self, _: &CallContext, group: Group<'_>, key: Key<'_>) -> Result<StreamId> {
        self.context.check_write()?;
        // The keys of the standard library's hasher are its only random numbers.
        let id = StreamId(RandomState::new().hash_one(key.as_bytes()).max(1));
        let keys = self.context.piece_keys(group, key, id.0, 0)?;
        let lease = self.context.leases.hold(keys.clone())?;
        self.context.writing.begin(id, keys, lease);
        Ok(id)
    }

    fn append_piece(&self, call: &CallContext, piece: Piece<'_>) -> Result<()> {
        let context = self.context(call);
        context.check_write()?;
        context.check_stream_max(piece.group, piece.end())?;
        context.check_room(piece.group, piece.key, piece.end())?;
        let (slot, name) = context.writing.key_for(piece.stream, piece.at)?;
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
        context.writing.note(piece.stream, piece.at, piece.bytes);
        Ok(())
    }

    fn discard_stream(&self, _: Group<'_>, _: Key<'_>, stream: StreamId) {
        if let Some(keys) = self.context.writing.end(stream) {
            let mut pages = keys.pages(|name| cmd("UNLINK").arg(name).clone());
            // A server that does not reply lets them expire.
            drop(pages.try_for_each(|page| self.context.server.call_many(&page).map(drop)));
        }
    }
}

impl Context {
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
