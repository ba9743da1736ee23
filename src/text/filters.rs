//! The filters and tests of a template. The output of each is at most a small multiple of its
//! input.

use minijinja::{Environment, Error, ErrorKind, Value, filters, tests};

/// The most parts into which one value may be split.
const PARTS_MAX: usize = 100_000;

type Result<T> = std::result::Result<T, Error>;

/// Adds all filters and tests to `environment`.
pub(super) fn add(environment: &mut Environment<'_>) {
    environment.add_filter("default", filters::default);
    environment.add_filter("escape", escape);
    environment.add_filter("int", int);
    environment.add_filter("length", filters::length);
    environment.add_filter("lines", lines);
    environment.add_filter("lower", lower);
    environment.add_filter("split", split);
    environment.add_filter("tojson", tojson);
    environment.add_filter("trim", trim);
    environment.add_filter("upper", upper);
    environment.add_test("defined", tests::is_defined);
    environment.add_test("endingwith", is_endingwith);
    environment.add_test("startingwith", is_startingwith);
    environment.add_test("undefined", tests::is_undefined);
}

/// Returns a text with the special characters of HTML escaped.
fn escape(value: &Value) -> Result<String> {
    let text = text(value)?;
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    Ok(escaped)
}

fn int(value: &Value) -> Result<i64> {
    text(value)?.trim().parse().map_err(|_| unfit("a value is not a 64-bit integer"))
}

fn lines(value: &Value) -> Result<Vec<Value>> {
    parts(text(value)?.lines())
}

fn lower(value: &Value) -> Result<String> {
    Ok(text(value)?.to_lowercase())
}

fn split(value: &Value, separator: &Value) -> Result<Vec<Value>> {
    match text(separator)? {
        "" => Err(unfit("the separator is empty")),
        separator => parts(text(value)?.split(separator)),
    }
}

/// Returns a text as a JSON string, with its quotes.
fn tojson(value: &Value) -> Result<String> {
    serde_json::to_string(text(value)?).map_err(|error| unfit(error.to_string()))
}

fn trim(value: &Value) -> Result<String> {
    Ok(text(value)?.trim().to_owned())
}

fn upper(value: &Value) -> Result<String> {
    Ok(text(value)?.to_uppercase())
}

fn is_startingwith(value: &Value, start: &Value) -> Result<bool> {
    Ok(text(value)?.starts_with(text(start)?))
}

fn is_endingwith(value: &Value, end: &Value) -> Result<bool> {
    Ok(text(value)?.ends_with(text(end)?))
}

/// Returns the text of a value that a filter or test receives; fails if it is not a text.
fn text(value: &Value) -> Result<&str> {
    match value.as_str() {
        Some(text) => Ok(text),
        None if value.is_undefined() => Err(ErrorKind::UndefinedError.into()),
        None => Err(unfit(format!("a {} is not a text", value.kind()))),
    }
}

/// Returns pieces of a text as a list.
fn parts<'t>(parts: impl Iterator<Item = &'t str>) -> Result<Vec<Value>> {
    let parts: Vec<Value> = parts.take(PARTS_MAX + 1).map(Value::from).collect();
    if parts.len() > PARTS_MAX {
        let detail = format!("a value has more than {PARTS_MAX} parts");
        return Err(Error::new(ErrorKind::OutOfFuel, detail));
    }
    Ok(parts)
}

fn unfit(detail: impl Into<String>) -> Error {
    Error::new(ErrorKind::InvalidOperation, detail.into())
}
