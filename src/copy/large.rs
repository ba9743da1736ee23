//! Large values of a copy, which are written in pieces.

use crate::copy::entries::{is_expired, reading, writing};
use crate::copy::options::{Copied, Existing};
use crate::engine::Cursor;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{
    Condition, Expiry, Group, Key, PIECE_LEN, Quoted, ScanEntry, SetExpiry, Version, reserve,
};
use crate::store::{Put, Store, WriteRules};

/// The longest value that is copied in a batch.
pub(super) const BATCHED_MAX: u64 = 1 << 20;

/// An entry whose value was left out of the scan.
pub(super) struct LargeEntry {
    group: Vec<u8>,
    key: Vec<u8>,
    size: u64,
    expires_at: Option<Expiry>,
    /// Its version in the source.
    pub(super) version: Version,
}

impl LargeEntry {
    /// Returns the entry, if its value was left out.
    pub(super) fn of(entry: &ScanEntry<'_>) -> Option<LargeEntry> {
        (entry.value_size > BATCHED_MAX && entry.value.is_empty()).then(|| LargeEntry {
            group: entry.group.to_vec(),
            key: entry.key.to_vec(),
            size: entry.value_size,
            expires_at: entry.expires_at,
            version: entry.version,
        })
    }

    /// Returns group and key.
    pub(super) fn position(&self) -> Result<(Group<'_>, Key<'_>)> {
        Ok((Group::new(&self.group)?, Key::new(&self.key)?))
    }

    /// Returns the error of a value that ends before its size.
    fn cut_short(&self, end: u64) -> Error {
        let (key, size) = (Quoted(&self.key), self.size);
        let message = format!("the value of key {key} has {size} bytes, and ends after {end}");
        Error::new(ErrorKind::Corrupt, message)
    }

    /// Copies the entry, at which `cursor` is; returns the counts.
    pub(super) fn copy(
        &self,
        cursor: &mut dyn Cursor,
        (from, to): (&Store, &Store),
        existing: Existing,
    ) -> Result<Copied> {
        let (group, key) = self.position()?;
        let condition = match existing {
            Existing::Keep => Condition::Absent,
            Existing::Overwrite | Existing::Refuse => Condition::Any,
        };
        let skipped = Copied { skipped: 1, ..Copied::default() };
        let expired = Copied { expired: 1, ..Copied::default() };
        if is_expired(self.expires_at, to)? {
            return Ok(expired);
        }
        if existing == Existing::Keep && to.exists(group, key).map_err(writing)? {
            return Ok(skipped);
        }
        // An entry that never expires must not get the target's default ttl.
        let expiry = self.expires_at.map_or(SetExpiry::Never, SetExpiry::At);
        let rules = WriteRules { condition, expiry, durability: None };
        let mut writer = to.write_value(group, key, rules).map_err(writing)?;
        let written = match cursor.value_at(0) {
            Err(error) if error.kind() == ErrorKind::Unsupported => {
                // An entry that a live scan has found may be gone.
                let Some(mut reader) = from.read_value(group, key).map_err(reading)? else {
                    return Ok(Copied::default());
                };
                let mut piece = Vec::new();
                reserve(&mut piece, PIECE_LEN)?;
                piece.resize(PIECE_LEN, 0);
                loop {
                    let offset = writer.size();
                    let len = reader.read(from.call(), offset, &mut piece).map_err(reading)?;
                    match piece.get(..len) {
                        Some(piece) if len > 0 => writer.write(to, piece).map_err(writing)?,
                        _ => break offset,
                    }
                }
            }
            _ => loop {
                match cursor.value_at(writer.size()).map_err(reading)? {
                    [] if writer.size() == self.size => break self.size,
                    [] => return Err(reading(self.cut_short(writer.size()))),
                    piece => writer.write(to, piece).map_err(writing)?,
                }
            },
        };
        match writer.commit(to).map_err(writing)? {
            Put::Conflict(_) => Ok(skipped),
            Put::Written(_) => {
                let bytes = (self.group.len() + self.key.len()) as u64 + written;
                Ok(Copied { entries: 1, bytes, ..Copied::default() })
            }
        }
    }
}
