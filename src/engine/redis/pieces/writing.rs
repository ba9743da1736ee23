//! The values that this process writes in pieces.

use std::collections::HashMap;

use parking_lot::Mutex;
use sha1::{Digest, Sha1};

use crate::engine::redis::pieces::keys::{PieceKeys, unwritten};
use crate::engine::redis::pieces::lease::Lease;
use crate::engine::redis::row::{PARTED_LEN, hash_text, version_in, version_of};
use crate::error::{ErrorKind, Result};
use crate::model::{Commit, Op, PIECE_LEN, StreamId, Version};

/// The values that are being written.
#[derive(Default)]
pub(crate) struct Writing(Mutex<HashMap<StreamId, Stream>>);

struct Stream {
    keys: PieceKeys,
    lease: Lease,
    /// The hashes of a value of the default group, of which its version is made.
    hash: Option<Hashes>,
    /// Whether a commit has failed, of which it may not be known whether it was made.
    was_tried: bool,
}

/// The hashes of the bytes so far.
#[derive(Default)]
struct Hashes {
    len: u64,
    /// Of all bytes, while these are few.
    whole: Sha1,
    /// Of each piece.
    pieces: String,
}

impl Writing {
    /// Adds a stream that has no pieces yet.
    pub(crate) fn begin(&self, id: StreamId, keys: PieceKeys, lease: Lease) {
        let hash = keys.count.is_none().then(Hashes::default);
        self.0.lock().insert(id, Stream { keys, lease, hash, was_tried: false });
    }

    /// Returns the slot and the name of the key for the piece that begins at an offset.
    pub(crate) fn key_for(&self, id: StreamId, at: u64) -> Result<(u16, Vec<u8>)> {
        let mut writing = self.0.lock();
        let stream = writing.get_mut(&id).ok_or_else(unwritten)?;
        let number = at / PIECE_LEN as u64;
        stream.keys.count = stream.keys.count.map(|_| number + 1);
        stream.lease.extend(number + 1);
        Ok((stream.keys.slot, stream.keys.name(number)))
    }

    /// Notes the bytes of a piece that was appended at an offset.
    pub(crate) fn note(&self, id: StreamId, at: u64, bytes: &[u8]) {
        if let Some(Stream { hash: Some(hash), .. }) = self.0.lock().get_mut(&id)
            && hash.len == at
        {
            hash.len += bytes.len() as u64;
            hash.pieces += &hash_text(bytes);
            if hash.len <= PARTED_LEN as u64 {
                hash.whole.update(bytes);
            }
        }
    }

    /// Returns the name of the key with a stream of the default group, and the version of its
    /// value.
    pub(crate) fn string(&self, id: StreamId) -> Option<(Vec<u8>, Version)> {
        let writing = self.0.lock();
        let stream = writing.get(&id)?;
        let hash = stream.hash.as_ref()?;
        let version = match hash.len <= PARTED_LEN as u64 {
            true => version_in(hash.whole.clone().finalize().into()),
            false => version_of(hash.pieces.as_bytes()),
        };
        Some((stream.keys.name(0), version))
    }

    /// Notes the outcome of a commit.
    pub(crate) fn note_commit<T>(&self, ops: &[Op<'_>], commit: &Result<(Commit, T)>) {
        for stream in ops.iter().filter_map(Op::stream) {
            let mut writing = self.0.lock();
            match commit {
                Ok((Commit::Applied, _)) => drop(writing.remove(&stream)),
                Ok((Commit::Refused { .. }, _)) => {}
                // Nothing was written.
                Err(error) if error.kind() == ErrorKind::Quota => {}
                Err(_) => {
                    if let Some(stream) = writing.get_mut(&stream) {
                        stream.was_tried = true;
                    }
                }
            }
        }
    }

    /// Ends a stream that was not committed, and returns its keys if they can be removed at once.
    pub(crate) fn end(&self, id: StreamId) -> Option<PieceKeys> {
        // A commit that may have been made keeps the pieces; otherwise they expire.
        self.0.lock().remove(&id).filter(|it| !it.was_tried).map(|it| it.keys)
    }
}
