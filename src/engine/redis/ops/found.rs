//! The entries that scripts find for scans.

use crate::engine::redis::client::error::unexpected;
use crate::engine::redis::client::reply::{as_bytes, bytes};
use crate::engine::redis::client::value::Value;
use crate::engine::redis::row::{parse_described, parse_expiry, version_of};
use crate::error::Result;
use crate::model::{Expiry, Values, Version};

/// An entry that was found.
pub(super) struct Found {
    pub key: Vec<u8>,
    pub value: Vec<u8>,
    pub value_size: u64,
    pub version: Version,
    pub expires_at: Option<Expiry>,
    /// Whether the script has left out the bytes: the value is longer than the scan returns it, or
    /// in pieces.
    pub is_left_out: bool,
}

impl Found {
    /// Returns the entry whose value, or the description of it, was read.
    pub(super) fn parse(
        key: Vec<u8>,
        value: Value,
        expiry: &Value,
        values: Values,
    ) -> Result<Found> {
        let expires_at = parse_expiry(as_bytes(expiry)?);
        let is_left_out = matches!(value, Value::Array(_));
        let value = match value {
            Value::Array(mut parts) => bytes(parts.pop().unwrap_or(Value::Nil))?,
            value => bytes(value)?,
        };
        if !is_left_out && matches!(values, Values::Bytes | Values::UpTo(_)) {
            let (version, value_size) = (version_of(&value), value.len() as u64);
            return Ok(Found { key, value, value_size, version, expires_at, is_left_out });
        }
        let described = parse_described(&value);
        let (version, value_size) = described.ok_or_else(|| unexpected("a version"))?;
        Ok(Found { key, value: Vec::new(), value_size, version, expires_at, is_left_out })
    }
}

/// Returns whether a script has returned the size of a value alone, whose version takes long.
pub(super) fn is_size(parts: &[Value]) -> bool {
    matches!(parts, [Value::BulkString(text)] if !text.contains(&b':'))
}
