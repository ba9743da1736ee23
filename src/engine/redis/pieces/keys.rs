//! The keys of the pieces of a value.

use redis::Cmd;

use crate::engine::redis::client::server::Server;
use crate::engine::redis::client::slot::slot_of;
use crate::engine::redis::context::Context;
use crate::engine::redis::row::version_text;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{Group, Key, PIECE_LEN, Version};

/// The most keys that are sent in one write.
const PAGE: u64 = 1_000;

/// The keys of the pieces of a value.
#[derive(Debug, Clone)]
pub(crate) struct PieceKeys {
    pub slot: u16,
    base: Vec<u8>,
    /// Their number; `None` of the one key in the default group.
    pub count: Option<u64>,
}

impl PieceKeys {
    /// Returns the key with this number, from 0 on.
    pub(crate) fn name(&self, number: u64) -> Vec<u8> {
        match self.count {
            Some(_) => [&self.base[..], format!(":{number}").as_bytes()].concat(),
            None => self.base.clone(),
        }
    }

    /// Sends a command for each key, and passes over those that fail.
    pub(crate) fn for_each(&self, server: &Server, command: impl Fn(&[u8]) -> Cmd) {
        let count = self.count.unwrap_or(1);
        for first in (0..count).step_by(PAGE as usize) {
            let page = first..count.min(first + PAGE);
            let commands: Vec<_> =
                page.map(|number| (self.slot, command(&self.name(number)))).collect();
            // A server that does not reply is not asked for the others.
            if server.call_many(&commands).is_err() {
                return;
            }
        }
    }
}

impl Context {
    /// Returns the keys of the pieces of a value of `size` bytes with this version, which is the
    /// number of its stream.
    pub(crate) fn piece_keys(
        &self,
        group: Group<'_>,
        key: Key<'_>,
        version: Version,
        size: u64,
    ) -> Result<PieceKeys> {
        let count = (!group.is_default()).then(|| size.div_ceil(PIECE_LEN as u64));
        let bucket = match count {
            Some(_) => self.layout.bucket_of(group),
            None => slot_of(&self.layout.string_key(key.as_bytes())?),
        };
        let name = format!("p:{}", version_text(version));
        let base = [&self.layout.bucket(bucket)[..], name.as_bytes()].concat();
        Ok(PieceKeys { slot: self.bucket_slot(bucket), base, count })
    }
}

/// Returns the error of a value that is written of which a piece is gone.
pub(crate) fn unwritten() -> Error {
    let message = "the pieces of the value are gone: the process stood still for a minute, or the \
                   server has lost them; write the value again";
    Error::new(ErrorKind::Closed, message)
}
