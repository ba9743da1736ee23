//! Values of keys, printed in the format that is asked for.

use anstyle::{AnsiColor, Style};

use crate::columns;
use crate::escape::escaped;
use crate::failure::Result;
use crate::format::Format;
use crate::json;
use crate::json_line::JsonLine;
use crate::output::Output;
use crate::stored_value::StoredValue;

const TITLE: Style = AnsiColor::Blue.on_default().bold();

/// Writes what stands before the first value.
pub fn begin(out: &mut Output, format: Format) -> Result<()> {
    match format {
        Format::Table => columns::write_heading(out, &["key", "value"]),
        _ => Ok(()),
    }
}

/// Writes the line above one value of several.
pub fn write_title(out: &mut Output, key: &[u8]) -> Result<()> {
    out.begin_style(TITLE)?;
    out.text("==> ")?;
    out.name(key)?;
    out.text(" <==")?;
    out.end_style(TITLE)?;
    out.text("\n")
}

/// Writes the value of a key.
pub fn write(out: &mut Output, key: &[u8], value: &mut StoredValue, format: Format) -> Result<()> {
    match format {
        Format::Text => json::write_value(out, value),
        Format::Raw => out.value(value),
        Format::Table => {
            let info = value.info();
            columns::write(out, info.version, info.expires_at, info.size)?;
            out.text(&escaped(key))?;
            out.text("  ")?;
            value.each_text(|piece| out.text(&escaped(piece)))?;
            out.text("\n")
        }
        Format::Json => {
            let (info, mut line) = (value.info(), Vec::new());
            JsonLine::begin(&mut line)
                .bytes("key", key)
                .json("version", info.version)
                .maybe("expires_at", info.expires_at.map(|at| at.as_millis()))
                .json("size", info.size)
                .open("value");
            out.bytes(&line)?;
            json::write_bytes(out, value)?;
            out.text("}\n")
        }
    }
}
