//! The lines of entries in an export.

use std::io::Write;

use kv::{Group, Key, PIECE_LEN, ScanEntry, Store};

use crate::failure::Result;
use crate::json_line::JsonLine;
use crate::stored_value::StoredValue;

/// Bytes of the smallest value that follows its entry in lines of its own.
pub const LONG_VALUE_MIN: u64 = (1 << 20) + 1;

/// Writes the lines of the entries of a store, without the versions, which belong to the store.
pub struct EntryLines<'s> {
    store: &'s Store,
    buffer: Vec<u8>,
}

impl<'s> EntryLines<'s> {
    /// Returns the lines of entries of `store`, from which long values are read.
    pub fn new(store: &'s Store) -> EntryLines<'s> {
        EntryLines { store, buffer: Vec::new() }
    }

    /// Writes the lines of an entry; returns false if a long one was deleted since it was found,
    /// as a Redis allows.
    pub fn write(&mut self, out: &mut impl Write, entry: &ScanEntry<'_>) -> Result<bool> {
        if entry.value.len() as u64 != entry.value_size {
            return self.write_long(out, entry);
        }
        self.buffer.clear();
        begin(&mut self.buffer, entry)
            .bytes("value", entry.value)
            .maybe("expires_at", entry.expires_at.map(|at| at.as_millis()))
            .end();
        out.write_all(&self.buffer)?;
        Ok(true)
    }

    /// Writes a line with the size of the value, and one for each of its pieces.
    fn write_long(&mut self, out: &mut impl Write, entry: &ScanEntry<'_>) -> Result<bool> {
        let (group, key) = (Group::new(entry.group)?, Key::new(entry.key)?);
        let Some(reader) = self.store.read_value(group, key)? else { return Ok(false) };
        // Those of the value that is read.
        let info = reader.info();
        self.buffer.clear();
        begin(&mut self.buffer, entry)
            .json("size", info.size)
            .maybe("expires_at", info.expires_at.map(|at| at.as_millis()))
            .end();
        out.write_all(&self.buffer)?;
        let mut number = 0_u64;
        StoredValue::new(reader).each(|pieces| {
            for piece in pieces.chunks(PIECE_LEN) {
                number += 1;
                self.buffer.clear();
                let line = JsonLine::begin(&mut self.buffer).json("piece", number);
                line.base64("base64", piece).end();
                out.write_all(&self.buffer)?;
            }
            Ok(())
        })?;
        Ok(true)
    }
}

fn begin<'b>(buffer: &'b mut Vec<u8>, entry: &ScanEntry<'_>) -> JsonLine<'b> {
    let line = JsonLine::begin(buffer);
    let line = if entry.group.is_empty() { line } else { line.bytes("group", entry.group) };
    line.bytes("key", entry.key)
}
