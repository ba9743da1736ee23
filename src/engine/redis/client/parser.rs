//! The replies of a server, in version 2 of the protocol of Redis: parsed as their bytes arrive,
//! and within limits.

use std::io::{self, BufRead, Read};

use crate::engine::redis::client::value::{ServerError, Value};
use crate::error::{Error, ErrorKind};

/// The most bytes of a reply, as it is kept in memory.
const REPLY_BYTES_MAX: u64 = 1 << 30;
/// The bytes that an element of a list takes beside its own.
const ELEMENT_BYTES: u64 = 64;
/// The most bytes of a line, which is a status, an error, a number or a length.
const LINE_BYTES_MAX: usize = 64 << 10;
/// The deepest nesting of lists.
const DEPTH_MAX: usize = 32;
/// The most elements for which room is made before they arrive.
const ROOM_MAX: usize = 1024;

/// The reason why there is no reply.
#[derive(Debug)]
pub(crate) enum ParseError {
    /// The connection failed, or does not wait and has no more bytes.
    Io(io::Error),
    /// The reply is over a limit.
    TooLarge(Error),
    /// The bytes are not those of a reply.
    Foreign,
}

impl From<io::Error> for ParseError {
    fn from(error: io::Error) -> Self {
        ParseError::Io(error)
    }
}

/// A parser, with the part of a reply that has arrived.
#[derive(Default)]
pub(crate) struct Parser {
    /// The begun line.
    line: Vec<u8>,
    /// The begun string, and the number of bytes that are missing, its end of line included.
    string: Option<(Vec<u8>, u64)>,
    /// The begun lists, the innermost last, each with the number of missing elements.
    lists: Vec<(Vec<Value>, usize)>,
    /// The bytes of the reply so far.
    bytes: u64,
}

impl Parser {
    /// Returns the next reply from `input`. After an error of `input` it may go on with the next
    /// call.
    pub(crate) fn parse(&mut self, input: &mut impl BufRead) -> Result<Value, ParseError> {
        loop {
            let value = match self.string.is_some() {
                true => Some(self.read_string(input)?),
                false => self.read_line(input)?,
            };
            if let Some(reply) = value.and_then(|value| self.add(value)) {
                self.bytes = 0;
                return Ok(reply);
            }
        }
    }

    /// Reads the rest of a line, and returns the value that it is; `None` if that begins with it.
    fn read_line(&mut self, input: &mut impl BufRead) -> Result<Option<Value>, ParseError> {
        let left = (LINE_BYTES_MAX + 1).saturating_sub(self.line.len());
        input.by_ref().take(left as u64).read_until(b'\n', &mut self.line)?;
        if self.line.last() != Some(&b'\n') {
            return Err(match self.line.len() > LINE_BYTES_MAX {
                true => too_large(format!("{LINE_BYTES_MAX} bytes of a line")),
                false => io::Error::from(io::ErrorKind::UnexpectedEof).into(),
            });
        }
        let line = std::mem::take(&mut self.line);
        let value = self.begin(&line)?;
        self.line = line;
        self.line.clear();
        Ok(value)
    }

    /// Returns the value that a line is; `None` if that begins with it.
    fn begin(&mut self, line: &[u8]) -> Result<Option<Value>, ParseError> {
        let Some((kind, text)) = line.strip_suffix(b"\r\n").and_then(<[u8]>::split_first) else {
            return Err(ParseError::Foreign);
        };
        let number = || -> Result<i64, ParseError> {
            let text = std::str::from_utf8(text).map_err(|_| ParseError::Foreign)?;
            text.parse().map_err(|_| ParseError::Foreign)
        };
        let len = || match number()? {
            -1 => Ok(None),
            len => u64::try_from(len).map(Some).map_err(|_| ParseError::Foreign),
        };
        self.charge(line.len() as u64)?;
        Ok(Some(match kind {
            b'+' if text == b"OK" => Value::Okay,
            b'+' => Value::SimpleString(String::from_utf8_lossy(text).into_owned()),
            b'-' => Value::ServerError(ServerError::of_line(&String::from_utf8_lossy(text))),
            b':' => Value::Int(number()?),
            b'$' => {
                let Some(len) = len()? else { return Ok(Some(Value::Nil)) };
                self.charge(len)?;
                self.string = Some((Vec::new(), len.saturating_add(2)));
                return Ok(None);
            }
            b'*' => {
                let Some(len) = len()? else { return Ok(Some(Value::Nil)) };
                self.charge(len.saturating_mul(ELEMENT_BYTES))?;
                if self.lists.len() >= DEPTH_MAX {
                    return Err(too_large(format!("{DEPTH_MAX} levels of lists")));
                }
                let len = len as usize;
                if len > 0 {
                    self.lists.push((Vec::with_capacity(len.min(ROOM_MAX)), len));
                    return Ok(None);
                }
                Value::Array(Vec::new())
            }
            _ => return Err(ParseError::Foreign),
        }))
    }

    /// Reads the rest of the begun string, and returns it.
    fn read_string(&mut self, input: &mut impl BufRead) -> Result<Value, ParseError> {
        let Some((bytes, missing)) = &mut self.string else { return Ok(Value::Nil) };
        let before = bytes.len() as u64;
        let read = input.by_ref().take(*missing).read_to_end(bytes);
        *missing -= bytes.len() as u64 - before;
        read?;
        if *missing > 0 {
            return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
        }
        let Some((mut bytes, _)) = self.string.take() else { return Ok(Value::Nil) };
        if !bytes.ends_with(b"\r\n") {
            return Err(ParseError::Foreign);
        }
        bytes.truncate(bytes.len() - 2);
        Ok(Value::BulkString(bytes))
    }

    /// Adds a value to the innermost list. Returns the reply if that is complete.
    fn add(&mut self, mut value: Value) -> Option<Value> {
        while let Some((mut elements, missing)) = self.lists.pop() {
            elements.push(value);
            if missing > 1 {
                self.lists.push((elements, missing - 1));
                return None;
            }
            value = Value::Array(elements);
        }
        Some(value)
    }

    fn charge(&mut self, bytes: u64) -> Result<(), ParseError> {
        self.bytes = self.bytes.saturating_add(bytes);
        match self.bytes > REPLY_BYTES_MAX {
            true => Err(too_large(format!("{REPLY_BYTES_MAX} bytes"))),
            false => Ok(()),
        }
    }
}

fn too_large(limit: String) -> ParseError {
    let message =
        format!("a reply is over the limit of {limit}: read fewer or smaller values at a time");
    ParseError::TooLarge(Error::new(ErrorKind::TooLarge, message))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::BufReader;

    /// Bytes that arrive one by one, with a moment without any in between.
    struct Slow<'b>(&'b [u8], bool);

    impl Read for Slow<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.1 = !self.1;
            if self.1 {
                return Err(io::ErrorKind::WouldBlock.into());
            }
            let len = self.0.len().min(1).min(buffer.len());
            let (head, rest) = self.0.split_at(len);
            buffer[..len].copy_from_slice(head);
            self.0 = rest;
            Ok(len)
        }
    }

    fn parse(mut bytes: &[u8]) -> Result<Value, ParseError> {
        Parser::default().parse(&mut bytes)
    }

    #[test]
    fn each_reply_is_parsed_at_once_or_byte_by_byte() {
        let string = |text: &[u8]| Value::BulkString(text.to_vec());
        for (bytes, value) in [
            (&b"+OK\r\n"[..], Value::Okay),
            (b"+PONG\r\n", Value::SimpleString("PONG".to_owned())),
            (b":-12\r\n", Value::Int(-12)),
            (b"$-1\r\n", Value::Nil),
            (b"*-1\r\n", Value::Nil),
            (b"$0\r\n\r\n", string(b"")),
            (b"$4\r\na\r\n\0\r\n", string(b"a\r\n\0")),
            (b"*0\r\n", Value::Array(Vec::new())),
            (
                b"*3\r\n*1\r\n*0\r\n$1\r\nx\r\n*2\r\n:1\r\n+OK\r\n",
                Value::Array(vec![
                    Value::Array(vec![Value::Array(Vec::new())]),
                    string(b"x"),
                    Value::Array(vec![Value::Int(1), Value::Okay]),
                ]),
            ),
        ] {
            assert_eq!(parse(bytes).expect("a reply"), value);
            let (mut slow, mut parser) = (BufReader::new(Slow(bytes, false)), Parser::default());
            let reply = loop {
                match parser.parse(&mut slow) {
                    Err(ParseError::Io(error)) if error.kind() == io::ErrorKind::WouldBlock => {}
                    other => break other,
                }
            };
            assert_eq!(reply.expect("a reply"), value);
            for end in 0..bytes.len() {
                let cut = parse(&bytes[..end]);
                assert!(matches!(cut, Err(ParseError::Io(_))), "{end}: {cut:?}");
            }
        }
    }

    #[test]
    fn an_error_of_the_server_is_a_reply() {
        let Value::ServerError(error) = parse(b"-MOVED 7 a:1\r\n").expect("a reply") else {
            panic!("no error");
        };
        assert_eq!((error.code(), error.details()), ("MOVED", Some("7 a:1")));
        assert!(matches!(parse(b"-ERR \xFF\r\n"), Ok(Value::ServerError(_))));
    }

    #[test]
    fn replies_have_limits_and_a_form() {
        let line = [&b"+"[..], &b"x".repeat(LINE_BYTES_MAX)].concat();
        let many = format!("*{}\r\n", REPLY_BYTES_MAX / ELEMENT_BYTES + 1).into_bytes();
        let large = format!("*2\r\n$1\r\nx\r\n${REPLY_BYTES_MAX}\r\n").into_bytes();
        for bytes in [line, many, large, b"*1\r\n".repeat(DEPTH_MAX + 1)] {
            assert!(matches!(parse(&bytes), Err(ParseError::TooLarge(_))));
        }
        for foreign in
            [&b"HTTP/1.1 400\r\n"[..], b"\r\n", b"+x\n", b"$-2\r\n", b":\r\n", b"$1\r\nxyz"]
        {
            assert!(matches!(parse(foreign), Err(ParseError::Foreign)), "{foreign:?}");
        }
    }
}
