//! The lines of the events of a watch, in the format that is asked for.

use anstyle::{AnsiColor, Style};
use kv::{Change, ChangeKind, Event};

use crate::escape::escaped;
use crate::failure::Result;
use crate::figures::Amount;
use crate::format::Format;
use crate::json_line::JsonLine;
use crate::moment;
use crate::output::Output;

const TIME: Style = AnsiColor::Cyan.on_default();
const HEADING: Style = AnsiColor::Yellow.on_default().bold();
/// The width of a time of day.
const TIME_WIDTH: usize = "00:00:00.000".len();
/// Characters of a value that a line for people shows.
const VALUE_SHOWN_MAX: usize = 60;

/// Writes a line for each event.
pub struct EventLines {
    format: Format,
    buffer: Vec<u8>,
}

impl EventLines {
    /// Writes what stands before the first event.
    pub fn begin(out: &mut Output, format: Format) -> Result<EventLines> {
        if format == Format::Table {
            let columns = behind_time("type", "version", "group key value");
            out.styled(HEADING, &format!("{:<TIME_WIDTH$}{columns}", "time"))?;
            out.text("\n")?;
        }
        Ok(EventLines { format, buffer: Vec::new() })
    }

    /// Writes the line of an event.
    pub fn write(&mut self, out: &mut Output, event: &Event) -> Result<()> {
        match (self.format, event) {
            (Format::Json, _) => {
                self.buffer.clear();
                write_json(&mut self.buffer, event);
                out.bytes(&self.buffer)
            }
            // Of each change its key.
            (Format::Raw, Event::Change(change)) => {
                out.bytes(change.key())?;
                out.text("\n")
            }
            (Format::Raw, _) => Ok(()),
            (Format::Text | Format::Table, _) => {
                let (time, name, version, what) = described(event);
                out.styled(TIME, &time)?;
                out.line(&behind_time(name, &version.to_string(), &what))
            }
        }
    }
}

/// Returns the columns behind the time.
fn behind_time(name: &str, version: &str, what: &str) -> String {
    format!("  {name:<12}  {version:>16}  {what}")
}

/// Returns the time, the type, the version, and what has changed, for people.
fn described(event: &Event) -> (String, &'static str, u64, String) {
    let blank = " ".repeat(TIME_WIDTH);
    match event {
        Event::Synced { version } => (blank, "synced", *version, String::new()),
        Event::Lagged { lost, since } => {
            (blank, "lagged", *since, format!("{lost} changes were lost"))
        }
        Event::Change(change) => {
            let time = moment::time_of_day(change.time_ms());
            (time, name(change.kind()), change.version(), words(change))
        }
    }
}

/// Returns the group and key of a change, and the beginning of its value.
fn words(change: &Change) -> String {
    let group = match change.group() {
        [] => String::new(),
        group => escaped(group) + " ",
    };
    let key = match change.kind() {
        ChangeKind::DeleteGroup => String::new(),
        _ => escaped(change.key()),
    };
    let value = match change.kind() {
        ChangeKind::Set if change.is_large() => {
            format!(" = ({})", Amount::Bytes(change.size()).with_unit())
        }
        ChangeKind::Set => format!(" = {}", shortened(change.value())),
        _ => String::new(),
    };
    group + &key + &value
}

/// Returns the beginning of a value in one line, and its size if it is longer.
fn shortened(value: &[u8]) -> String {
    let head = value.get(..4 * VALUE_SHOWN_MAX).unwrap_or(value);
    let text = escaped(head);
    match text.char_indices().nth(VALUE_SHOWN_MAX) {
        Some((at, _)) => {
            let size = Amount::Bytes(value.len() as u64).with_unit();
            format!("{}... ({size})", text.get(..at).unwrap_or_default())
        }
        None => text,
    }
}

fn name(kind: ChangeKind) -> &'static str {
    match kind {
        ChangeKind::Set => "set",
        ChangeKind::Delete => "delete",
        ChangeKind::DeleteGroup => "delete_group",
        ChangeKind::Expire => "expire",
    }
}

/// Appends the line of an event as JSON.
fn write_json(buffer: &mut Vec<u8>, event: &Event) {
    let line = JsonLine::begin(buffer);
    match event {
        Event::Change(change) => write_change(line, change),
        Event::Synced { version } => {
            line.json("type", "\"synced\"").json("version", version).end();
        }
        Event::Lagged { lost, since } => {
            line.json("type", "\"lagged\"").json("lost", lost).json("version", since).end();
        }
    }
}

fn write_change(line: JsonLine<'_>, change: &Change) {
    let mut line =
        line.bytes("type", name(change.kind()).as_bytes()).bytes("group", change.group());
    if change.kind() != ChangeKind::DeleteGroup {
        line = line.bytes("key", change.key());
    }
    if change.kind() == ChangeKind::Set {
        // The bytes of a value that was written in pieces are not in its change.
        line = match change.is_large() {
            true => line.json("size", change.size()),
            false => line.bytes("value", change.value()),
        };
    }
    line.json("version", change.version()).json("time", change.time_ms()).end();
}
