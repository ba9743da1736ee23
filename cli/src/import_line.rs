//! The lines that an import reads.

use crate::import_entry::ImportEntry;
use crate::json_fields::{Fields, Result};

/// A line of an import.
pub enum ImportLine {
    /// An entry.
    Entry(ImportEntry),
    /// An entry without its value, whose bytes follow in lines of their own.
    Long(ImportEntry, u64),
    /// The number of a piece of a value, and its bytes.
    Piece(u64, Vec<u8>),
}

impl ImportLine {
    /// Parses a line.
    pub fn parse(line: &[u8]) -> Result<ImportLine> {
        let mut fields = Fields::parse_line(line)?;
        let whole = "a whole number";
        if let Some(number) = fields.take_as("piece", whole)? {
            let bytes = fields.take_base64("base64")?.ok_or("field \"base64\" is missing")?;
            fields.expect_end()?;
            return Ok(ImportLine::Piece(number, bytes));
        }
        let size = fields.take_as("size", whole)?;
        let value = match fields.take("json") {
            Some(json) => Some(json.get().as_bytes().to_vec()),
            None => fields.take_bytes("value")?,
        };
        let value = match (size, value) {
            (None, None) => return Err("field \"value\" is missing".to_owned()),
            (Some(_), Some(_)) => {
                return Err("field \"size\" is for a value in pieces; leave it out".to_owned());
            }
            (_, value) => value.unwrap_or_default(),
        };
        let entry = ImportEntry {
            group: fields.take_bytes("group")?.unwrap_or_default(),
            key: fields.need_bytes("key")?,
            value,
            expires_at: fields.take_as("expires_at", "a whole number of milliseconds")?,
        };
        fields.expect_end()?;
        entry.check().map_err(|failure| failure.to_string())?;
        Ok(match size {
            None => ImportLine::Entry(entry),
            Some(size) => ImportLine::Long(entry, size),
        })
    }
}
