//! Values that are written and read in pieces.

use std::sync::Arc;

use crate::engine::{Engine, Piece, ValueReader, capability};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{
    Commit, Condition, Durability, Group, Key, Op, PIECE_LEN, Reply, SetExpiry, StreamId,
    check_stream, reserve,
};
use crate::store::store::Store;
use crate::store::write::{Put, unexpected};

/// The rules of a write: its condition, its expiry and its durability.
#[derive(Debug, Clone, Copy, Default)]
#[expect(missing_docs, reason = "the fields are the vocabulary itself")]
pub struct WriteRules {
    pub condition: Condition,
    pub expiry: SetExpiry,
    /// That of the store, if there is none.
    pub durability: Option<Durability>,
}

/// A value that is being written in pieces. Nothing of it is seen before the commit; without one
/// it is discarded.
///
/// A value of at most one piece is an ordinary set. A longer one is a stream of the engine.
pub struct ValueWriter {
    engine: Arc<dyn Engine>,
    group: Box<[u8]>,
    key: Box<[u8]>,
    rules: WriteRules,
    /// The bytes behind those of the stream.
    piece: Vec<u8>,
    /// The stream in the engine, and its size.
    stream: Option<(StreamId, u64)>,
    /// Why a write has failed.
    failed: Option<Error>,
}

impl Store {
    /// Begins to write the value of a key in pieces. The rules hold when it is committed.
    pub fn write_value(
        &self,
        group: Group<'_>,
        key: Key<'_>,
        rules: WriteRules,
    ) -> Result<ValueWriter> {
        capability::streams(self.open_engine()?)?.check_writes(rules.durability)?;
        rules.expiry.validate()?;
        Ok(ValueWriter {
            engine: self.engine.clone(),
            group: group.as_bytes().into(),
            key: key.as_bytes().into(),
            rules,
            piece: Vec::new(),
            stream: None,
            failed: None,
        })
    }

    /// Returns a reader of the value under a key, or `None` if it is absent or expired.
    pub fn read_value(
        &self,
        group: Group<'_>,
        key: Key<'_>,
    ) -> Result<Option<Box<dyn ValueReader>>> {
        self.open_engine()?.open_value(&self.call, group, key)
    }
}

impl ValueWriter {
    /// Returns the number of bytes that were written.
    pub fn size(&self) -> u64 {
        self.stream.map_or(0, |(_, size)| size) + self.piece.len() as u64
    }

    /// Appends bytes to the value. After an error the value cannot be committed.
    pub fn write(&mut self, store: &Store, bytes: &[u8]) -> Result<()> {
        if let Some(failed) = &self.failed {
            return Err(failed.clone());
        }
        let written = self.append(store, bytes);
        written.inspect_err(|error| self.failed = Some(error.clone()))
    }

    fn append(&mut self, store: &Store, mut bytes: &[u8]) -> Result<()> {
        store.open_engine()?;
        if self.stream.is_some_and(|(_, size)| size % PIECE_LEN as u64 != 0) {
            let message = "the value is complete; commit it again or end the writer";
            return Err(Error::new(ErrorKind::Argument, message));
        }
        check_stream(self.size().saturating_add(bytes.len() as u64))?;
        while !bytes.is_empty() {
            if self.piece.len() == PIECE_LEN {
                self.flush(store)?;
            }
            let len = bytes.len().min(PIECE_LEN - self.piece.len());
            let (head, rest) = bytes.split_at_checked(len).unwrap_or_default();
            reserve(&mut self.piece, len)?;
            self.piece.extend_from_slice(head);
            bytes = rest;
        }
        Ok(())
    }

    /// Writes the value if the condition holds. Afterwards the writer is done. After an error the
    /// value can be committed again, unless a write has failed.
    pub fn commit(&mut self, store: &Store) -> Result<Put> {
        if let Some(failed) = &self.failed {
            return Err(failed.clone());
        }
        let WriteRules { condition, expiry, durability } = self.rules;
        if self.stream.is_none() {
            let (group, key) = (Group::new(&self.group)?, Key::new(&self.key)?);
            return store.put_durably(durability, group, key, &self.piece, condition, expiry);
        }
        if !self.piece.is_empty() {
            self.flush(store)?;
        }
        let Some((stream, size)) = self.stream else { return Err(unexpected(Reply::None)) };
        let (group, key) = (Group::new(&self.group)?, Key::new(&self.key)?);
        let set = Op::SetStream { group, key, stream, size, condition, expiry };
        match store.commit_durably(durability, &[set])? {
            (Commit::Refused { version, .. }, _) => Ok(Put::Conflict(version)),
            (Commit::Applied, replies) => match &replies[..] {
                [Reply::Written { version }] => {
                    self.stream = None;
                    Ok(Put::Written(*version))
                }
                _ => Err(unexpected(replies.into_iter().next().unwrap_or_default())),
            },
        }
    }

    /// Appends the piece to the stream, which begins with the first.
    fn flush(&mut self, store: &Store) -> Result<()> {
        let engine = store.open_engine()?;
        let streams = capability::streams(engine)?;
        let (group, key) = (Group::new(&self.group)?, Key::new(&self.key)?);
        let (stream, at) = match self.stream {
            Some(stream) => stream,
            None => {
                let stream = (streams.begin_stream(store.call(), group, key)?, 0);
                self.stream = Some(stream);
                stream
            }
        };
        let piece = Piece { group, key, stream, at, bytes: &self.piece };
        streams.append_piece(store.call(), piece)?;
        self.stream = Some((stream, piece.end()));
        self.piece.clear();
        Ok(())
    }
}

impl Drop for ValueWriter {
    fn drop(&mut self) {
        let Some((stream, _)) = self.stream else { return };
        if let (Ok(group), Ok(key), Some(streams)) =
            (Group::new(&self.group), Key::new(&self.key), self.engine.streams())
        {
            streams.discard_stream(group, key, stream);
        }
    }
}
