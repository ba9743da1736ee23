//! `kv get` and `kv take`: read one value.

use std::ffi::OsString;

use clap::{Args, ValueEnum};
use kv::{Entry, Key};

use crate::escape::escaped;
use crate::failure::{Failure, Result};
use crate::json;
use crate::outcome::Outcome;
use crate::output::Output;
use crate::session::Session;
use crate::units::{bytes, remaining};

/// Arguments of `kv get`.
#[derive(Debug, Args)]
pub struct Get {
    /// The key
    key: OsString,
    #[command(flatten)]
    print: PrintOptions,
}

/// Arguments of `kv take`.
#[derive(Debug, Args)]
pub struct Take {
    /// The key
    key: OsString,
    #[command(flatten)]
    print: PrintOptions,
}

/// The options for printing a value.
#[derive(Debug, Args)]
struct PrintOptions {
    /// The bytes as they are stored; the same as --output raw
    #[arg(long, conflicts_with = "output")]
    raw: bool,
    /// Format of the value
    #[arg(short, long, value_enum, default_value_t = Format::Json, value_name = "FORMAT")]
    output: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// JSON in indented lines; a value that is not JSON as a JSON string
    Json,
    /// The bytes as they are stored
    Raw,
    /// The value with its version, ttl and size
    Table,
}

impl Get {
    /// Prints the value.
    pub fn run(&self, session: &Session) -> Result<Outcome> {
        let store = session.read()?;
        let entry = store.get(session.group()?, Key::new(bytes(&self.key))?);
        let key = escaped(bytes(&self.key));
        let failed = || format!("failed to get value for key '{key}'");
        match entry.map_err(|error| Failure::from(error).context(failed()))? {
            Some(entry) => self.print.print(bytes(&self.key), &entry),
            None => Err(Failure::Negative(format!("key not found: {key}")).context(failed())),
        }
    }
}

impl Take {
    /// Deletes the value and prints it.
    pub fn run(&self, session: &Session) -> Result<Outcome> {
        let store = session.change()?;
        match store.take(session.group()?, Key::new(bytes(&self.key))?)? {
            Some(entry) => self.print.print(bytes(&self.key), &entry),
            None => Err(Failure::not_found(bytes(&self.key))),
        }
    }
}

impl PrintOptions {
    fn print(&self, key: &[u8], entry: &Entry) -> Result<Outcome> {
        let mut out = Output::new();
        match self.output {
            _ if self.raw => out.value(&entry.value)?,
            Format::Json => json::write_value(&mut out, &entry.value)?,
            Format::Raw => out.value(&entry.value)?,
            Format::Table => {
                out.line(&format!("key      {}", escaped(key)))?;
                out.line(&format!("version  {}", entry.version))?;
                out.line(&format!("ttl      {}", remaining(entry.expires_at)))?;
                out.line(&format!("size     {}", entry.value.len()))?;
                out.line(&format!("value    {}", escaped(&entry.value)))?;
            }
        }
        out.finish()?;
        Ok(Outcome::Success)
    }
}
