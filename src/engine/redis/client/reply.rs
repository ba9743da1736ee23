//! Conversions of the replies of a server.

use redis::ServerErrorKind;

use crate::clock::Timestamp;
use crate::engine::redis::client::error::{from_server, unexpected};
use crate::engine::redis::client::value::Value;
use crate::error::Result;

/// Returns the reply, or the error that it is.
pub(crate) fn checked(reply: Value) -> Result<Value> {
    match reply {
        Value::ServerError(error) => Err(from_server(&error)),
        other => Ok(other),
    }
}

/// Returns whether a reply is an error of this kind.
pub(crate) fn is_error(reply: &Value, kind: ServerErrorKind) -> bool {
    matches!(reply, Value::ServerError(error) if error.kind() == Some(kind))
}

/// Returns the bytes of a reply.
pub(crate) fn bytes(value: Value) -> Result<Vec<u8>> {
    match value {
        Value::BulkString(bytes) => Ok(bytes),
        Value::SimpleString(text) => Ok(text.into_bytes()),
        _ => Err(unexpected("a string")),
    }
}

/// Returns the bytes of a reply, borrowed from it.
pub(crate) fn as_bytes(value: &Value) -> Result<&[u8]> {
    match value {
        Value::BulkString(bytes) => Ok(bytes),
        _ => Err(unexpected("a string")),
    }
}

/// Returns the integer of a reply.
pub(crate) fn integer(value: &Value) -> Result<i64> {
    match value {
        Value::Int(number) => Ok(*number),
        _ => Err(unexpected("an integer")),
    }
}

/// Returns the text of a reply.
pub(crate) fn text(value: Value) -> Result<String> {
    String::from_utf8(bytes(value)?).map_err(|_| unexpected("a text"))
}

/// Returns the integer of a reply as a count; 0 if it is negative.
pub(crate) fn count_of(value: &Value) -> Result<u64> {
    Ok(integer(value)?.max(0) as u64)
}

/// Returns the number in the text of a reply, or 0 if the reply is no text.
pub(crate) fn number(value: &Value) -> Result<u64> {
    let Value::BulkString(text) = value else { return Ok(0) };
    let number = std::str::from_utf8(text).ok().and_then(|it| it.parse().ok());
    number.ok_or_else(|| unexpected("a number"))
}

/// Returns the two replies of a list; fails if it has another length.
pub(crate) fn pair(replies: Vec<Value>) -> Result<(Value, Value)> {
    <[Value; 2]>::try_from(replies).map(Into::into).map_err(|_| unexpected("a pair"))
}

/// Returns the time in a reply to the command TIME.
pub(crate) fn time_of(reply: &Value) -> Result<Timestamp> {
    let Value::Array(parts) = reply else { return Err(unexpected("a time")) };
    let [seconds, micros] = &parts[..] else { return Err(unexpected("a time")) };
    let micros = number(seconds)? * 1_000_000 + number(micros)?;
    Ok(Timestamp::from_micros(micros as i64))
}
