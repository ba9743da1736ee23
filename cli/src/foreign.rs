//! Databases of other systems, read as they lie there.

use std::path::Path;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags, Row};

use crate::intake::Record;
use crate::outcome::{Failure, Result};
use crate::shown::shown;

/// Whose database it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// petrock: `kv_store (key, value)`, values in JSON.
    Petrock,
    /// go-store: `entries (group_name, entry_key, entry_value, expires_at)`, and before that had a
    /// name of its own, `kv (grp, key, value, expires_at)`; either without expiry at first.
    GoStore,
}

/// A database that is only read.
pub struct Source {
    connection: Connection,
    /// Queries for group, key, value and expiry, and what they read from.
    queries: Vec<String>,
    name: String,
}

impl Source {
    /// Opens the file, which has to hold the tables of `kind`.
    pub fn open(path: &Path, kind: Kind) -> Result<Source> {
        let name = shown(path.as_os_str().as_encoded_bytes());
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let opened = Connection::open_with_flags(path, flags)
            .and_then(|connection| Ok((queries(&connection, kind)?, connection)));
        let (queries, connection) =
            opened.map_err(|error| Failure::other(format!("read {name}: {error}")))?;
        if queries.is_empty() {
            let wanted = match kind {
                Kind::Petrock => "no table kv_store (key, value) as petrock has it",
                Kind::GoStore => {
                    "no table entries (group_name, entry_key, entry_value) as go-store has it"
                }
            };
            return Err(Failure::other(format!("{name} holds {wanted}")));
        }
        Ok(Source { connection, queries, name })
    }

    /// Returns how many rows there are.
    pub fn count(&self) -> Result<u64> {
        let mut sum = 0;
        for query in &self.queries {
            let count = format!("SELECT count(*) FROM ({query})");
            let rows = self.connection.query_row(&count, [], |row| row.get::<_, i64>(0));
            sum += rows.map_err(|error| self.failure(&error))? as u64;
        }
        Ok(sum)
    }

    /// Hands over every row, from one snapshot.
    pub fn each(&mut self, found: &mut dyn FnMut(Record) -> Result<()>) -> Result<()> {
        let begin = self.connection.execute_batch("BEGIN");
        begin.map_err(|error| self.failure(&error))?;
        for query in &self.queries {
            let mut select =
                self.connection.prepare(query).map_err(|error| self.failure(&error))?;
            let mut rows = select.query([]).map_err(|error| self.failure(&error))?;
            while let Some(row) = rows.next().map_err(|error| self.failure(&error))? {
                found(record(row).map_err(|error| self.failure(&error))?)?;
            }
        }
        Ok(())
    }

    fn failure(&self, error: &rusqlite::Error) -> Failure {
        Failure::other(format!("read {}: {error}", self.name))
    }
}

fn queries(connection: &Connection, kind: Kind) -> rusqlite::Result<Vec<String>> {
    let mut queries = Vec::new();
    match kind {
        Kind::Petrock => {
            if has(connection, "kv_store", &["key", "value"])? {
                queries.push("SELECT '', key, value, NULL FROM kv_store".to_owned());
            }
        }
        Kind::GoStore => {
            let expiry = |table: &str| -> rusqlite::Result<&str> {
                let has_expiry = has(connection, table, &["expires_at"])?;
                Ok(if has_expiry { "expires_at" } else { "NULL" })
            };
            let is_new = has(connection, "entries", &["group_name", "entry_key", "entry_value"])?;
            if has(connection, "kv", &["grp", "key", "value"])? {
                let expires_at = expiry("kv")?;
                // What stands in both tables counts as the new one has it.
                let unless = match is_new {
                    true => {
                        " WHERE NOT EXISTS (SELECT 1 FROM entries \
                         WHERE group_name = kv.grp AND entry_key = kv.key)"
                    }
                    false => "",
                };
                queries.push(format!("SELECT grp, key, value, {expires_at} FROM kv{unless}"));
            }
            if is_new {
                let expires_at = expiry("entries")?;
                queries.push(format!(
                    "SELECT group_name, entry_key, entry_value, {expires_at} FROM entries"
                ));
            }
        }
    }
    Ok(queries)
}

fn has(connection: &Connection, table: &str, columns: &[&str]) -> rusqlite::Result<bool> {
    let mut select = connection.prepare("SELECT name FROM pragma_table_info(?1)")?;
    let names = select.query_map([table], |row| row.get(0))?;
    let names: Vec<String> = names.collect::<Result<_, _>>()?;
    Ok(columns.iter().all(|column| names.iter().any(|name| name == column)))
}

fn record(row: &Row<'_>) -> rusqlite::Result<Record> {
    Ok(Record {
        group: bytes(row.get_ref(0)?),
        key: bytes(row.get_ref(1)?),
        value: bytes(row.get_ref(2)?),
        expires_at: row.get(3)?,
    })
}

/// Returns a column's bytes, those of its text if it is a number.
fn bytes(value: ValueRef<'_>) -> Vec<u8> {
    match value {
        ValueRef::Null => Vec::new(),
        ValueRef::Integer(number) => number.to_string().into_bytes(),
        ValueRef::Real(number) => number.to_string().into_bytes(),
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => bytes.to_vec(),
    }
}
