//! The directory of plumego's `store/kv`: one file of JSON, `store.json`, which is replaced as a
//! whole with each write; or the files of [`kvengine`].
//!
//! ```text
//! {"entries": {KEY: {"value": BASE64, "expire_at": RFC 3339, ...}, ...}}
//! ```
//!
//! The expiry of an entry that never expires is the year 1.

use std::fmt;
use std::fs;
use std::io;
use std::path::Path;

use data_encoding::BASE64;
use serde_core::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::escape::escaped;
use crate::failure::{Failure, Result};
use crate::foreign::kvengine;
use crate::foreign::source::Source;
use crate::foreign::timestamp::Timestamp;
use crate::import_entry::ImportEntry;
use crate::json_fields::Fields;

/// The file of the present format.
const FILE: &str = "store.json";

/// The entries of a directory, which are all in memory, as plumego has them.
pub struct Directory {
    entries: Vec<ImportEntry>,
}

impl Directory {
    /// Reads the directory at `path`, or the file `store.json` itself. Fails if any part of it is
    /// not plumego's. A last record that a crash has cut is left out, with a note on standard
    /// error.
    pub fn open(path: &Path) -> Result<Directory> {
        let file = if path.is_dir() { path.join(FILE) } else { path.to_owned() };
        let name = escaped(file.as_os_str().as_encoded_bytes());
        let failed = |error: &dyn fmt::Display| Failure::other(format!("read {name}: {error}"));
        kv::check_unused(&file).map_err(|error| failed(&error))?;
        match fs::read(&file) {
            Ok(text) => Ok(Directory { entries: parse(&text).map_err(|error| failed(&error))? }),
            Err(error) if error.kind() == io::ErrorKind::NotFound && path.is_dir() => {
                let name = escaped(path.as_os_str().as_encoded_bytes());
                let read = kvengine::read(path);
                let state = read.map_err(|it| Failure::other(format!("read {name}: {it}")))?;
                let state = state.ok_or_else(|| failed(&error))?;
                if state.is_torn {
                    eprintln!("the log in {name} ends within a record, which is left out");
                }
                Ok(Directory { entries: state.entries.into_values().collect() })
            }
            Err(error) => Err(failed(&error)),
        }
    }
}

impl Source for Directory {
    fn count(&self) -> Result<u64> {
        Ok(self.entries.len() as u64)
    }

    fn each(&mut self, found: &mut dyn FnMut(ImportEntry) -> Result<()>) -> Result<()> {
        std::mem::take(&mut self.entries).into_iter().try_for_each(found)
    }
}

fn parse(text: &[u8]) -> Result<Vec<ImportEntry>, String> {
    let mut fields = Fields::parse(text)?;
    let Some(entries) = fields.take("entries") else {
        return Err("not a file of plumego: it has no field \"entries\"".to_owned());
    };
    if entries.get() == "null" {
        return Ok(Vec::new());
    }
    let entries: Entries<'_> = serde_json::from_str(entries.get())
        .map_err(|_| "not a file of plumego: \"entries\" is not an object".to_owned())?;
    entries.0.into_iter().map(|(key, json)| parse_entry(key, json)).collect()
}

fn parse_entry(key: String, json: &RawValue) -> Result<ImportEntry, String> {
    let named = |error: String| format!("key \"{}\": {error}", escaped(key.as_bytes()));
    // plumego refuses a file with such a key.
    if key.is_empty() || key.bytes().any(|byte| byte < 0x20 || byte == 0x7f) {
        return Err(named("it is empty or has a control character".to_owned()));
    }
    let mut fields = Fields::parse(json.get().as_bytes()).map_err(named)?;
    let value: Option<Option<String>> = fields.take_as("value", "a string").map_err(named)?;
    let value = BASE64
        .decode(value.flatten().unwrap_or_default().as_bytes())
        .map_err(|error| named(format!("field \"value\" is not base64: {error}")))?;
    let expire_at: Option<String> =
        fields.take_as("expire_at", "a time such as 2026-12-31T23:59:59Z").map_err(named)?;
    let expires_at = match expire_at {
        None => None,
        Some(text) => Timestamp::parse(&text)
            .ok_or_else(|| named(format!("field \"expire_at\" is not a time: {text:?}")))?
            .expiry(),
    };
    Ok(ImportEntry { group: Vec::new(), key: key.into_bytes(), value, expires_at })
}

/// The members of an object, in the order of the text.
struct Entries<'t>(Vec<(String, &'t RawValue)>);

impl<'de: 't, 't> Deserialize<'de> for Entries<'t> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(EntriesVisitor)
    }
}

struct EntriesVisitor;

impl<'de> Visitor<'de> for EntriesVisitor {
    type Value = Entries<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(Entries(entries))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_base64_and_the_year_1_is_no_expiry() {
        let text = r#"{"entries":{"a":{"value":"AP8=","expire_at":"0001-01-01T00:00:00Z","size":1},
            "\u003c\u00e9":{"value":null,"expire_at":"2026-11-29T10:39:34.1840001+02:00"},"n":{}}}"#;
        let entries = parse(text.as_bytes()).expect("a file of plumego");
        let of = |at: usize| {
            let it: &ImportEntry = &entries[at];
            (it.key.as_slice(), it.value.as_slice(), it.expires_at)
        };
        assert_eq!(of(0), (&b"a"[..], &b"\0\xff"[..], None));
        assert_eq!(of(1), ("<\u{e9}".as_bytes(), &b""[..], Some(1_795_941_574_185)));
        assert_eq!(of(2), (&b"n"[..], &b""[..], None));
        assert_eq!(entries.len(), 3);
        assert!(parse(b"{\"entries\":null}").expect("an empty file").is_empty());
    }

    #[test]
    fn another_text_is_refused_with_its_place() {
        for (text, expected) in [
            ("", "EOF"),
            ("{\"entries\":{\"k\":{}", "at column 18"),
            ("{}", "no field \"entries\""),
            ("{\"entries\":[]}", "\"entries\" is not an object"),
            ("{\"entries\":{\"k\":7}}", "key \"k\": "),
            ("{\"entries\":{\"\":{}}}", "key \"\": it is empty"),
            ("{\"entries\":{\"a\\n\":{}}}", "has a control character"),
            ("{\"entries\":{\"k\":{\"value\":7}}}", "field \"value\" is not a string"),
            ("{\"entries\":{\"k\":{\"value\":\"!\"}}}", "field \"value\" is not base64"),
            ("{\"entries\":{\"k\":{\"expire_at\":7}}}", "field \"expire_at\" is not a time"),
            ("{\"entries\":{\"k\":{\"expire_at\":\"soon\"}}}", "is not a time: \"soon\""),
        ] {
            let error = parse(text.as_bytes()).map(|it| it.len()).expect_err(text);
            assert!(error.contains(expected), "{text}: {error}");
        }
    }
}
