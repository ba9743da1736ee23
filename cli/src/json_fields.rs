//! JSON lines, read: the fields of the object in a line.

use std::fmt;

use data_encoding::BASE64;
use serde_core::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// The result of reading a line; the error is a message.
pub type Result<T, E = String> = std::result::Result<T, E>;

/// The fields of a line that was read. A duplicate field is an error.
pub struct Fields<'l> {
    left: Vec<(String, &'l RawValue)>,
    /// The names that were asked for, with which an unknown one is compared.
    asked: Vec<String>,
}

impl<'l> Fields<'l> {
    /// Reads a line of a file with one object in each line.
    pub fn parse_line(line: &'l [u8]) -> Result<Fields<'l>> {
        Fields::parse(line).map_err(|why| format!("not a JSON object in one line: {why}"))
    }

    /// Reads an object.
    pub fn parse(line: &'l [u8]) -> Result<Fields<'l>> {
        let text = std::str::from_utf8(line).map_err(|_| "not UTF-8".to_owned())?;
        serde_json::from_str(text).map_err(|error| {
            // Each line is parsed as a text of its own, so its number is always 1.
            error.to_string().replace(" at line 1 column ", " at column ")
        })
    }

    /// Removes and returns a field, if the line has it.
    pub fn take(&mut self, name: &str) -> Option<&'l RawValue> {
        self.asked.push(name.to_owned());
        let at = self.left.iter().position(|(it, _)| it == name)?;
        Some(self.left.swap_remove(at).1)
    }

    /// Removes and returns a field of bytes, if the line has it.
    pub fn take_bytes(&mut self, name: &str) -> Result<Option<Vec<u8>>> {
        self.take(name).map(|json| parse_bytes(json).map_err(|why| named(name, why))).transpose()
    }

    /// Removes and returns a field of bytes; fails if the line does not have it.
    pub fn need_bytes(&mut self, name: &str) -> Result<Vec<u8>> {
        self.take_bytes(name)?.ok_or_else(|| format!("field {name:?} is missing"))
    }

    /// Removes and returns a field of bytes in base64, if the line has it.
    pub fn take_base64(&mut self, name: &str) -> Result<Option<Vec<u8>>> {
        let text: Option<String> = self.take_as(name, "a string")?;
        text.map(|text| decoded(&text).map_err(|why| named(name, why))).transpose()
    }

    /// Removes and returns a field of type `T`, if the line has it. A message calls the type
    /// `expected`.
    pub fn take_as<T: Deserialize<'l>>(&mut self, name: &str, expected: &str) -> Result<Option<T>> {
        let parse = |json: &'l RawValue| {
            serde_json::from_str(json.get())
                .map_err(|_| format!("field {name:?} is not {expected}"))
        };
        self.take(name).map(parse).transpose()
    }

    /// Fails if a field is left: its name is not known.
    pub fn expect_end(&self) -> Result<()> {
        let Some((name, _)) = self.left.first() else { return Ok(()) };
        let asked: Vec<&str> = self.asked.iter().map(String::as_str).collect();
        let near = kv::suggestion(name, &asked);
        Err(match near.is_empty() {
            false => format!("field {name:?} is unknown{near}"),
            true => format!("field {name:?} is unknown; known are {}", self.asked.join(", ")),
        })
    }
}

fn named(name: &str, why: String) -> String {
    format!("field {name:?}: {why}")
}

fn parse_bytes(json: &RawValue) -> Result<Vec<u8>> {
    if json.get().starts_with('"') {
        let text: String = serde_json::from_str(json.get()).map_err(|error| error.to_string())?;
        return Ok(text.into_bytes());
    }
    let expected = || "expected a string or {\"base64\": \"...\"}".to_owned();
    if !json.get().starts_with('{') {
        return Err(expected());
    }
    let mut fields = Fields::parse(json.get().as_bytes())?;
    let text: String = fields.take_as("base64", "a string")?.ok_or_else(expected)?;
    fields.expect_end()?;
    decoded(&text)
}

fn decoded(base64: &str) -> Result<Vec<u8>> {
    BASE64.decode(base64.as_bytes()).map_err(|error| format!("invalid base64: {error}"))
}

impl<'de: 'l, 'l> Deserialize<'de> for Fields<'l> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(FieldsVisitor)
    }
}

struct FieldsVisitor;

impl<'de> Visitor<'de> for FieldsVisitor {
    type Value = Fields<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut fields: Vec<(String, &'de RawValue)> = Vec::with_capacity(4);
        while let Some((name, value)) = map.next_entry::<String, &'de RawValue>()? {
            if fields.iter().any(|(it, _)| *it == name) {
                let message = format!("field {name:?} is a duplicate");
                return Err(serde_core::de::Error::custom(message));
            }
            fields.push((name, value));
        }
        Ok(Fields { left: fields, asked: Vec::new() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json_line::push_bytes;

    fn written(bytes: &[u8]) -> String {
        let mut buffer = Vec::new();
        push_bytes(&mut buffer, bytes);
        String::from_utf8(buffer).expect("JSON is text")
    }

    fn error_of(line: &str) -> String {
        let parsed = Fields::parse(line.as_bytes()).and_then(|mut it| it.need_bytes("key"));
        parsed.expect_err(line)
    }

    #[test]
    fn all_bytes_are_read_as_they_were_written() {
        let all: Vec<u8> = (0..=255).collect();
        for bytes in [
            &b""[..],
            b"plain",
            "\u{9b}\u{202e}\x7f\u{e4}\0\n\"\\\u{1f600}".as_bytes(),
            b"\xff",
            &all,
        ] {
            let line = format!("{{\"key\":{}}}", written(bytes));
            let mut fields = Fields::parse(line.as_bytes()).expect("a line");
            assert_eq!(fields.need_bytes("key").expect("bytes"), bytes);
            assert_eq!(fields.expect_end(), Ok(()));
        }
        assert_eq!(
            written("\x7f\u{9b}\u{202e}\u{e4}".as_bytes()),
            "\"\\u007f\\u009b\\u202e\u{e4}\""
        );
        assert_eq!(written(b"a\"\n"), r#""a\"\n""#);
        assert_eq!(written(b"\xff\0"), r#"{"base64":"/wA="}"#);
    }

    #[test]
    fn the_message_about_a_malformed_line_names_the_error() {
        let cases = [
            ("", "EOF"),
            ("[]", "expected an object"),
            ("{\"key\":\"a\"", "at column 10"),
            ("{} x", "trailing"),
            ("{\"key\":\"a\",\"key\":\"b\"}", "\"key\" is a duplicate"),
            ("{\"value\":\"a\"}", "\"key\" is missing"),
            ("{\"key\":1}", "expected a string"),
            ("{\"key\":{\"base64\":\"*\"}}", "invalid base64"),
            ("{\"key\":{\"base64\":\"YQ\"}}", "invalid base64"),
            ("{\"key\":{\"hex\":\"00\"}}", "expected a string"),
            ("{\"key\":{\"base64\":\"YQ==\",\"x\":1}}", "\"x\" is unknown"),
            ("{\"key\":\"\\ud800\"}", "hex escape"),
        ];
        for (line, expected) in cases {
            let message = error_of(line);
            assert!(message.contains(expected), "{line}: {message}");
        }
        assert!(Fields::parse(b"{\"key\":\"\xff\"}").is_err());
    }

    #[test]
    fn numbers_keep_their_range() {
        let line = br#"{"a":9007199254740993,"b":18446744073709551615,"c":1.5}"#;
        let mut fields = Fields::parse(line).expect("a line");
        assert_eq!(fields.take_as::<i64>("a", "a number"), Ok(Some(9_007_199_254_740_993)));
        assert_eq!(fields.take_as::<u64>("b", "a number"), Ok(Some(u64::MAX)));
        assert!(fields.take_as::<i64>("c", "a number").is_err());
        assert_eq!(fields.take_as::<i64>("d", "a number"), Ok(None));
    }
}
