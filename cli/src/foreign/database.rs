//! SQLite databases of other systems, which are only read.

use std::path::Path;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags, Row};

use crate::escape::escaped;
use crate::failure::{Failure, Result};
use crate::foreign::source::Source;
use crate::import_entry::ImportEntry;

/// The system whose tables a database has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Schema {
    /// petrock, a framework for Go: `kv_store (key, value)`, values in JSON.
    Petrock,
    /// go-store, a library for Go: `entries (group_name, entry_key, entry_value, expires_at)`; in
    /// older versions `kv (grp, key, value, expires_at)`. Early versions of both have no expiry.
    GoStore,
}

/// A database that is opened for reading only.
pub struct Database {
    connection: Connection,
    /// Queries whose columns are group, key, value and expiry.
    queries: Vec<String>,
    name: String,
}

impl Database {
    /// Opens the file; fails if it does not have the tables of `schema`.
    pub fn open(path: &Path, schema: Schema) -> Result<Database> {
        let name = escaped(path.as_os_str().as_encoded_bytes());
        kv::check_place(path).map_err(|error| Failure::other(format!("read {name}: {error}")))?;
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let opened = Connection::open_with_flags(path, flags)
            .and_then(|connection| Ok((queries(&connection, schema)?, connection)));
        let (queries, connection) =
            opened.map_err(|error| Failure::other(format!("read {name}: {error}")))?;
        if queries.is_empty() {
            let table = match schema {
                Schema::Petrock => "kv_store (key, value), the table of petrock",
                Schema::GoStore => {
                    "entries (group_name, entry_key, entry_value), the table of go-store"
                }
            };
            return Err(Failure::other(format!("{name} has no table {table}")));
        }
        Ok(Database { connection, queries, name })
    }

    fn failure(&self, error: &rusqlite::Error) -> Failure {
        Failure::other(format!("read {}: {error}", self.name))
    }
}

impl Source for Database {
    fn count(&self) -> Result<u64> {
        let mut sum = 0;
        for query in &self.queries {
            let count = format!("SELECT count(*) FROM ({query})");
            let rows = self.connection.query_row(&count, [], |row| row.get::<_, i64>(0));
            sum += rows.map_err(|error| self.failure(&error))? as u64;
        }
        Ok(sum)
    }

    /// Reads the rows from one snapshot.
    fn each(&mut self, found: &mut dyn FnMut(ImportEntry) -> Result<()>) -> Result<()> {
        let begin = self.connection.execute_batch("BEGIN");
        begin.map_err(|error| self.failure(&error))?;
        for query in &self.queries {
            let mut select =
                self.connection.prepare(query).map_err(|error| self.failure(&error))?;
            let mut rows = select.query([]).map_err(|error| self.failure(&error))?;
            while let Some(row) = rows.next().map_err(|error| self.failure(&error))? {
                found(entry(row).map_err(|error| self.failure(&error))?)?;
            }
        }
        Ok(())
    }
}

fn queries(connection: &Connection, schema: Schema) -> rusqlite::Result<Vec<String>> {
    let mut queries = Vec::new();
    match schema {
        Schema::Petrock => {
            if has(connection, "kv_store", &["key", "value"])? {
                queries.push("SELECT '', key, value, NULL FROM kv_store".to_owned());
            }
        }
        Schema::GoStore => {
            let expiry = |table: &str| -> rusqlite::Result<&str> {
                let has_expiry = has(connection, table, &["expires_at"])?;
                Ok(if has_expiry { "expires_at" } else { "NULL" })
            };
            let is_new = has(connection, "entries", &["group_name", "entry_key", "entry_value"])?;
            if has(connection, "kv", &["grp", "key", "value"])? {
                let expires_at = expiry("kv")?;
                // If both tables have a key, the entry is that of the newer table.
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

fn entry(row: &Row<'_>) -> rusqlite::Result<ImportEntry> {
    Ok(ImportEntry {
        group: bytes(row.get_ref(0)?),
        key: bytes(row.get_ref(1)?),
        value: bytes(row.get_ref(2)?),
        expires_at: row.get(3)?,
    })
}

/// Returns the bytes of a column; a number is converted to text.
fn bytes(value: ValueRef<'_>) -> Vec<u8> {
    match value {
        ValueRef::Null => Vec::new(),
        ValueRef::Integer(number) => number.to_string().into_bytes(),
        ValueRef::Real(number) => number.to_string().into_bytes(),
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => bytes.to_vec(),
    }
}
