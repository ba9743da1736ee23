//! The schema of a store: its tables and their format.

use rusqlite::params;
use rusqlite::types::Value;

use crate::engine::sqlite::file::connection::Connection;
use crate::engine::sqlite::file::statement::{self, Sql};
use crate::error::{Error, ErrorKind, Result};

/// The objects of every store, as SQLite's schema lists them.
const OBJECTS: &[&str] =
    &["index kv_expiry", "table kv_entries", "table kv_meta", "table kv_quotas", "table kv_values"];

/// The objects of optional features, each set complete or absent: the change log, the LRU order.
const OPTIONAL_OBJECTS: [&[&str]; 2] = [
    &[
        "table kv_changes",
        "trigger kv_changes_delete",
        "trigger kv_changes_insert",
        "trigger kv_changes_update",
    ],
    &["table kv_uses"],
];

/// The columns of the tables.
const COLUMNS: [(&str, &str); 6] = [
    ("kv_changes", "version,seq,type,grp,key,value"),
    ("kv_entries", "grp,key,version,expires_at,value"),
    ("kv_meta", "name,value"),
    ("kv_quotas", "namespace,max_keys,max_groups,max_bytes,keys,groups,bytes"),
    ("kv_uses", "used,grp,key"),
    ("kv_values", "id,value"),
];

/// Returns whether the file is a store of a known format. An empty file and an application's own
/// database are not. A file that uses our names in another way fails with [`ErrorKind::Format`].
pub(crate) fn is_store(connection: &Connection) -> Result<bool> {
    let objects: Vec<String> = connection.rows(statement::OUR_OBJECTS, |row| row.get(0))?;
    if objects.is_empty() {
        return Ok(false);
    }
    let has_meta = objects.iter().any(|object| object == "table kv_meta");
    let format = if has_meta { read_format(connection)? } else { None };
    if let Some(newer) = format.filter(|format| *format > statement::FORMAT) {
        let ours = statement::FORMAT;
        return Err(refusal(format!(
            "the store has format {newer}, this version knows formats up to {ours}; open it with a \
             newer version"
        )));
    }
    if !is_known(&objects) || format != Some(statement::FORMAT) {
        return Err(refusal(format!("{} are not those of a store", objects.join(", "))));
    }
    let has = |table: &str| objects.iter().any(|object| object.ends_with(table));
    for (table, expected) in COLUMNS.into_iter().filter(|(table, _)| has(table)) {
        if columns_of(connection, table)?.as_deref() != Some(expected) {
            return Err(refusal(format!("table {table} does not have the columns of a store")));
        }
    }
    Ok(true)
}

/// Returns whether these are all objects of a store, with each optional set complete or absent.
fn is_known(objects: &[String]) -> bool {
    let has = |object: &&str| objects.iter().any(|it| it == object);
    let optional = OPTIONAL_OBJECTS.iter().filter(|set| set.iter().any(&has));
    let expected: Vec<_> = [&OBJECTS].into_iter().chain(optional).copied().flatten().collect();
    objects.len() == expected.len() && expected.into_iter().all(has)
}

/// Creates the tables of a store, unless another process has created them meanwhile.
pub(crate) fn create(connection: &Connection) -> Result<()> {
    connection.execute_batch(Sql::BeginWrite.text())?;
    let created = is_store(connection).and_then(|exists| {
        if !exists {
            connection.execute_batch(statement::CREATE_TABLES)?;
        }
        connection.execute_batch(Sql::Commit.text())
    });
    if created.is_err() && !connection.is_autocommit() {
        connection.execute_batch(Sql::Rollback.text())?;
    }
    created
}

/// Returns a number from `kv_meta`.
pub(crate) fn read_meta(connection: &Connection, name: &str) -> Result<i64> {
    let missing = || Error::new(ErrorKind::Corrupt, format!("kv_meta does not have {name}"));
    find_meta(connection, name)?.ok_or_else(missing)
}

/// Returns a number from `kv_meta`, or `None` if it is not there.
pub(crate) fn find_meta(connection: &Connection, name: &str) -> Result<Option<i64>> {
    connection.find_row(statement::META, [name], |row| row.get(0))
}

/// Replaces a number in `kv_meta`.
pub(crate) fn write_meta(connection: &Connection, name: &str, value: i64) -> Result<()> {
    connection.execute(statement::SET_META, params![name, value]).map(drop)
}

fn read_format(connection: &Connection) -> Result<Option<i64>> {
    if columns_of(connection, "kv_meta")?.as_deref() != Some("name,value") {
        return Ok(None);
    }
    let format: Option<Value> =
        connection.find_row(statement::META, ["format"], |row| row.get(0))?;
    Ok(match format {
        Some(Value::Integer(format)) => Some(format),
        _ => None,
    })
}

fn columns_of(connection: &Connection, table: &str) -> Result<Option<String>> {
    connection.query_row(statement::COLUMNS, [table], |row| row.get(0))
}

fn refusal(message: String) -> Error {
    Error::new(ErrorKind::Format, message)
}
