//! `kv get` and `kv take`: one value.

use std::ffi::OsString;

use clap::{Args, ValueEnum};
use kv::{Entry, Key};

use crate::json;
use crate::outcome::{Answer, Failure, Result};
use crate::output::Output;
use crate::session::Session;
use crate::shown::shown;
use crate::units::{bytes, remaining};

/// Arguments of `kv get`.
#[derive(Debug, Args)]
pub struct Get {
    key: OsString,
    #[command(flatten)]
    view: View,
}

/// Arguments of `kv take`.
#[derive(Debug, Args)]
pub struct Take {
    key: OsString,
    #[command(flatten)]
    view: View,
}

/// How a value is shown.
#[derive(Debug, Args)]
struct View {
    /// The bytes as they are stored; the same as --output raw
    #[arg(long, conflicts_with = "output")]
    raw: bool,
    /// How to show the value
    #[arg(short, long, value_enum, default_value_t = Format::Json, value_name = "FORMAT")]
    output: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// JSON in indented lines; what is no JSON as a string of it
    Json,
    /// The bytes as they are stored
    Raw,
    /// With version, time to live and size
    Table,
}

impl Get {
    /// Prints the value.
    pub fn run(&self, session: &Session) -> Result<Answer> {
        let store = session.read()?;
        let entry = store.get(session.group()?, Key::new(bytes(&self.key))?);
        let key = shown(bytes(&self.key));
        let failed = || format!("failed to get value for key '{key}'");
        match entry.map_err(|error| Failure::from(error).context(failed()))? {
            Some(entry) => self.view.print(bytes(&self.key), &entry),
            None => Err(Failure::No(format!("key not found: {key}")).context(failed())),
        }
    }
}

impl Take {
    /// Deletes the value and prints it.
    pub fn run(&self, session: &Session) -> Result<Answer> {
        let store = session.change()?;
        match store.take(session.group()?, Key::new(bytes(&self.key))?)? {
            Some(entry) => self.view.print(bytes(&self.key), &entry),
            None => Err(not_found(bytes(&self.key))),
        }
    }
}

/// Returns the failure of a command that needs a key that is not there.
pub fn not_found(key: &[u8]) -> Failure {
    Failure::No(format!("key not found: {}", shown(key)))
}

impl View {
    fn print(&self, key: &[u8], entry: &Entry) -> Result<Answer> {
        let mut out = Output::new();
        match self.output {
            _ if self.raw => out.value(&entry.value)?,
            Format::Json => json::write_value(&mut out, &entry.value)?,
            Format::Raw => out.value(&entry.value)?,
            Format::Table => {
                out.line(&format!("key      {}", shown(key)))?;
                out.line(&format!("version  {}", entry.version))?;
                out.line(&format!("ttl      {}", remaining(entry.expires_at)))?;
                out.line(&format!("size     {}", entry.value.len()))?;
                out.line(&format!("value    {}", shown(&entry.value)))?;
            }
        }
        out.finish()?;
        Ok(Answer::Yes)
    }
}
