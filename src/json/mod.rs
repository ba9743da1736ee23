//! JSON values: checked when they are written, read whole or in part, never changed.

mod walk;

use serde_json::value::RawValue;

use crate::engine::apply::name_step;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{Condition, Entry, Group, Key, Op, SetExpiry, Version};
use crate::store::Store;

/// The deepest nesting of arrays and objects, so that recursive readers can parse them.
pub const JSON_DEPTH_MAX: usize = 512;

/// Writes `value`, which has to be JSON (RFC 8259), under a key, with the default ttl of the store,
/// without an expiry if it has none; the bytes are stored as they are. Returns the version of the
/// entry.
///
/// Fails with [`ErrorKind::NotJson`] and the place if `value` is not JSON or not UTF-8, and with
/// [`ErrorKind::TooLarge`] if it is nested deeper than [`JSON_DEPTH_MAX`]. Nothing is written then.
pub fn set_json(store: &Store, group: Group<'_>, key: Key<'_>, value: &[u8]) -> Result<Version> {
    let (condition, expiry) = (Condition::Any, SetExpiry::Default);
    check_json(value)
        .map_err(|error| name_step(error, &[Op::Set { group, key, value, condition, expiry }]))?;
    store.set(group, key, value)
}

/// Returns the part of the JSON under a key at `path`, byte for byte as it was stored, or `None` if
/// the key is absent or expired or the path names nothing.
///
/// The path is a JSON pointer (RFC 6901): empty for the whole value, without the white space around
/// it, else `/name/0/...`, in which `~1` is a slash and `~0` a tilde. Of names that occur twice in
/// an object the last counts. The entry has the version and expiry of the whole value.
///
/// Fails with [`ErrorKind::Argument`] if the path is not a JSON pointer; errors about the value are
/// those of [`set_json`].
pub fn get_json(
    store: &Store,
    group: Group<'_>,
    key: Key<'_>,
    path: &str,
) -> Result<Option<Entry>> {
    let named = |error| name_step(error, &[Op::Get { group, key }]);
    let path = parse_path(path).map_err(named)?;
    let Some(entry) = store.get(group, key)? else {
        return Ok(None);
    };
    let Some(found) = find(&entry.value, &path).map_err(named)? else {
        return Ok(None);
    };
    Ok(Some(Entry { value: found.as_bytes().into(), ..entry }))
}

/// Returns the text of `bytes` without the white space around it, if it is JSON; fails as
/// [`set_json`] does.
pub fn check_json(bytes: &[u8]) -> Result<&str> {
    let text = std::str::from_utf8(bytes).map_err(|error| not_text(bytes, error.valid_up_to()))?;
    if text.starts_with('\u{feff}') {
        let message = "the value is not JSON: it begins with a byte order mark; leave that out";
        return Err(Error::new(ErrorKind::NotJson, message));
    }
    let json: &RawValue = serde_json::from_str(text).map_err(not_json)?;
    let depth = walk::depth(bytes);
    if depth > JSON_DEPTH_MAX {
        let message =
            format!("JSON with {depth} levels is over the limit of {JSON_DEPTH_MAX} levels");
        return Err(Error::new(ErrorKind::TooLarge, message));
    }
    Ok(json.get())
}

/// Returns the steps of a JSON pointer.
fn parse_path(path: &str) -> Result<Vec<String>> {
    let invalid = |what: &str| {
        let message = format!("path {path:?} is not a JSON pointer: {what}");
        Error::new(ErrorKind::Argument, message)
    };
    if path.is_empty() {
        return Ok(Vec::new());
    }
    let steps = path.strip_prefix('/').ok_or_else(|| invalid("it does not begin with a slash"))?;
    let has_bad_escape = steps.split('~').skip(1).any(|after| !after.starts_with(['0', '1']));
    if has_bad_escape {
        return Err(invalid("a ~ without 0 or 1 after it"));
    }
    // `~1` is replaced first, so that `~01` is `~1`.
    Ok(steps.split('/').map(|step| step.replace("~1", "/").replace("~0", "~")).collect())
}

/// Returns the part of the JSON that a path names, if it names one.
fn find<'j>(json: &'j [u8], path: &[String]) -> Result<Option<&'j str>> {
    let mut found = check_json(json)?;
    for step in path {
        match walk::child(found, step) {
            Some(next) => found = next,
            None => return Ok(None),
        }
    }
    Ok(Some(found))
}

/// Returns the error that the byte at `at` is not UTF-8, with its line and column counted as in
/// other errors.
fn not_text(bytes: &[u8], at: usize) -> Error {
    let before = bytes.get(..at).unwrap_or_default();
    let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
    let column = before.iter().rev().take_while(|byte| **byte != b'\n').count() + 1;
    let message = format!("the value is not JSON: not UTF-8 at line {line} column {column}");
    Error::new(ErrorKind::NotJson, message)
}

fn not_json(error: serde_json::Error) -> Error {
    Error::new(ErrorKind::NotJson, format!("the value is not JSON: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found<'j>(json: &'j str, path: &str) -> Option<&'j str> {
        find(json.as_bytes(), &parse_path(path).expect(path)).expect(json)
    }

    #[test]
    fn the_examples_of_rfc_6901_lead_where_they_should() {
        let json = r#"{"foo": ["bar", "baz"], "": 0, "a/b": 1, "c%d": 2, "e^f": 3, "g|h": 4,
            "i\\j": 5, "k\"l": 6, " ": 7, "m~n": 8}"#;
        let cases = [
            ("/foo", r#"["bar", "baz"]"#),
            ("/foo/0", r#""bar""#),
            ("/", "0"),
            ("/a~1b", "1"),
            ("/c%d", "2"),
            ("/e^f", "3"),
            ("/g|h", "4"),
            ("/i\\j", "5"),
            ("/k\"l", "6"),
            ("/ ", "7"),
            ("/m~0n", "8"),
        ];
        for (path, expected) in cases {
            assert_eq!(found(json, path), Some(expected), "{path}");
        }
        assert_eq!(found(json, ""), Some(json));
    }

    #[test]
    fn a_path_that_leads_nowhere_finds_nothing() {
        let json = r#"{"a": [10, {"b": null}], "s": "text"}"#;
        for path in [
            "/x",
            "/a/2",
            "/a/-",
            "/a/00",
            "/a/+1",
            "/a/",
            "/a/18446744073709551616",
            "/s/0",
            "//a",
        ] {
            assert_eq!(found(json, path), None, "{path}");
        }
        assert_eq!(found(json, "/a/1/b"), Some("null"));
        assert_eq!(found(r#"{"~1": 1}"#, "/~01"), Some("1"));
    }

    #[test]
    fn a_path_of_another_form_is_refused() {
        for path in ["a", "a/b", "/~", "/~2", "/a~", "/~~0", "$.a"] {
            assert_eq!(parse_path(path).expect_err(path).kind(), ErrorKind::Argument);
        }
    }

    #[test]
    fn names_are_compared_unescaped_and_the_last_of_two_counts() {
        assert_eq!(found(r#"{"\u0061\/b": 1}"#, "/a~1b"), Some("1"));
        assert_eq!(found(r#"{"a": 1, "a": 2}"#, "/a"), Some("2"));
    }

    #[test]
    fn numbers_are_the_text_they_were() {
        for number in ["9007199254740993", "-0", "1.0", "1e400", "0.1e-7", "123456789012345678901"]
        {
            let json = format!("{{\"n\": [{number}]}}");
            assert_eq!(found(&json, "/n/0"), Some(number));
            assert_eq!(check_json(number.as_bytes()), Ok(number));
        }
    }

    #[test]
    fn invalid_json_is_refused_with_its_place() {
        let cases = [
            ("", "line 1 column 0"),
            ("{\"a\": 1,\n \"b\": }", "line 2 column 7"),
            ("[1, 2", "line 1 column 5"),
            ("nul", "line 1 column 3"),
            ("1 2", "line 1 column 3"),
            ("[1,]", "line 1 column 4"),
            ("01", "line 1 column 2"),
            ("NaN", "line 1 column 1"),
            ("'a'", "line 1 column 1"),
            ("\"a\nb\"", "line 1 column 2"),
            ("\u{feff}1", "begins with a byte order mark"),
            ("\"\\x\"", "line 1 column 3"),
        ];
        for (text, place) in cases {
            let error = check_json(text.as_bytes()).expect_err(text);
            assert_eq!(error.kind(), ErrorKind::NotJson, "{text:?}");
            assert!(error.message().contains(place), "{text:?}: {error}");
        }
        let error = check_json(b"[\"\xFF\"]").expect_err("not UTF-8");
        assert_eq!(error.kind(), ErrorKind::NotJson);
        assert!(error.message().contains("line 1 column 3"), "{error}");
    }

    #[test]
    fn depth_is_that_of_brackets_outside_of_strings() {
        assert_eq!(walk::depth(br#"{"[[[": ["\"[", {"a": []}], "b": []}"#), 4);
        assert_eq!(walk::depth(b"1"), 0);
        let nested = |levels| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        assert!(check_json(nested(JSON_DEPTH_MAX).as_bytes()).is_ok());
        for levels in [JSON_DEPTH_MAX + 1, 1_000_000] {
            let error = check_json(nested(levels).as_bytes()).expect_err("too deep");
            assert_eq!(error.kind(), ErrorKind::TooLarge);
            assert!(error.message().contains(&levels.to_string()), "{error}");
        }
        let error = check_json("[".repeat(1_000_000).as_bytes()).expect_err("unfinished");
        assert_eq!(error.kind(), ErrorKind::NotJson);
    }
}
