//! The schema of a store: its tables and their format.

use rusqlite::params;
use rusqlite::types::Value;

use crate::engine::sqlite::file::attached;
use crate::engine::sqlite::file::connection::Connection;
use crate::engine::sqlite::file::format::Format;
use crate::engine::sqlite::file::tables;
use crate::error::{Error, ErrorKind, Result};

/// The objects of every store, as SQLite's schema lists them.
const OBJECTS: &[&str] =
    &["index kv_expiry", "table kv_entries", "table kv_meta", "table kv_quotas", "table kv_values"];

/// The objects of optional features, each set complete or absent: the change log, the LRU order,
/// the values in pieces, which a file of format 1 has not.
const OPTIONAL_OBJECTS: [&[&str]; 3] = [
    &[
        "table kv_changes",
        "trigger kv_changes_delete",
        "trigger kv_changes_insert",
        "trigger kv_changes_update",
    ],
    &["table kv_uses"],
    &["index kv_leases", "table kv_pieces", "table kv_streams"],
];

/// Returns the format of a store, or `None` for an empty file and an application's own database. A
/// file that uses our names in another way fails with [`ErrorKind::Format`], one with triggers of
/// other programs on our tables with [`ErrorKind::Corrupt`].
pub(crate) fn format_of(connection: &Connection) -> Result<Option<Format>> {
    let objects: Vec<String> = connection.rows(tables::OUR_OBJECTS, |row| row.get(0))?;
    if objects.is_empty() {
        return Ok(None);
    }
    let has_meta = objects.iter().any(|object| object == "table kv_meta");
    let number = if has_meta { find_format(connection)? } else { None };
    if let Some(newer) = number.filter(|number| *number > Format::NEWEST.number()) {
        let newest = Format::NEWEST.number();
        return Err(refusal(format!(
            "the store has format {newer}, this version knows formats up to {newest}; open it with \
             a newer version"
        )));
    }
    let Some(format) = number.and_then(Format::from_number).filter(|_| is_known(&objects)) else {
        return Err(refusal(format!("{} are not those of a store", objects.join(", "))));
    };
    let has = |table: &str| objects.iter().any(|object| object.ends_with(table));
    for (table, expected) in format.columns().into_iter().filter(|(table, _)| has(table)) {
        if columns_of(connection, table)?.as_deref() != Some(expected) {
            return Err(refusal(format!("table {table} does not have the columns of a store")));
        }
    }
    attached::check(connection, format)?;
    Ok(Some(format))
}

/// Returns whether these are all objects of a store, with each optional set complete or absent.
fn is_known(objects: &[String]) -> bool {
    let has = |object: &&str| objects.iter().any(|it| it == object);
    let optional = OPTIONAL_OBJECTS.iter().filter(|set| set.iter().any(&has));
    let expected: Vec<_> = [&OBJECTS].into_iter().chain(optional).copied().flatten().collect();
    objects.len() == expected.len() && expected.into_iter().all(has)
}

/// Creates the tables of a store, unless another process has created them meanwhile; returns their
/// format.
pub(crate) fn create(connection: &Connection) -> Result<Format> {
    in_transaction(connection, || match format_of(connection)? {
        Some(format) => Ok(format),
        None => {
            connection.execute_batch(tables::CREATE_TABLES)?;
            connection.execute_batch(tables::CREATE_STREAMS)?;
            Ok(Format::NEWEST)
        }
    })
}

/// Runs `work` in a write transaction, which is rolled back if `work` fails.
pub(crate) fn in_transaction<R>(
    connection: &Connection,
    work: impl FnOnce() -> Result<R>,
) -> Result<R> {
    connection.execute_batch("BEGIN IMMEDIATE")?;
    let done = work().and_then(|result| connection.execute_batch("COMMIT").map(|()| result));
    if done.is_err() && !connection.is_autocommit() {
        connection.execute_batch("ROLLBACK")?;
    }
    done
}

/// Creates the tables of values in pieces, unless the file has them.
pub(crate) fn add_streams(connection: &Connection) -> Result<()> {
    let has_streams = || connection.query_row(tables::HAS_STREAMS, [], |row| row.get::<_, bool>(0));
    if has_streams()? {
        return Ok(());
    }
    in_transaction(connection, || match has_streams()? {
        true => Ok(()),
        false => connection.execute_batch(tables::CREATE_STREAMS),
    })
}

/// Returns a number from `kv_meta`.
pub(crate) fn read_meta(connection: &Connection, name: &str) -> Result<i64> {
    let missing = || Error::new(ErrorKind::Corrupt, format!("kv_meta does not have {name}"));
    find_meta(connection, name)?.ok_or_else(missing)
}

/// Returns a number from `kv_meta`, or `None` if it is not there.
pub(crate) fn find_meta(connection: &Connection, name: &str) -> Result<Option<i64>> {
    connection.find_row(tables::META, [name], |row| row.get(0))
}

/// Returns whether the file has a change log.
pub(crate) fn has_change_log(connection: &Connection) -> Result<bool> {
    Ok(find_meta(connection, "changes")?.is_some_and(|it| it != 0))
}

/// Replaces a number in `kv_meta`.
pub(crate) fn write_meta(connection: &Connection, name: &str, value: i64) -> Result<()> {
    connection.execute(tables::SET_META, params![name, value]).map(drop)
}

/// Returns the format of a store.
pub(crate) fn read_format(connection: &Connection) -> Result<Format> {
    let number = read_meta(connection, "format")?;
    Format::from_number(number).ok_or_else(|| refusal(format!("the store has format {number}")))
}

fn find_format(connection: &Connection) -> Result<Option<i64>> {
    if columns_of(connection, "kv_meta")?.as_deref() != Some("name,value") {
        return Ok(None);
    }
    let format: Option<Value> = connection.find_row(tables::META, ["format"], |row| row.get(0))?;
    Ok(match format {
        Some(Value::Integer(format)) => Some(format),
        _ => None,
    })
}

fn columns_of(connection: &Connection, table: &str) -> Result<Option<String>> {
    connection.query_row(tables::COLUMNS, [table], |row| row.get(0))
}

/// Returns the error of a file without a store that is opened for reading.
pub(crate) fn no_store() -> Error {
    Error::new(ErrorKind::Format, "the file holds no store; open it for writing to create one")
}

fn refusal(message: String) -> Error {
    Error::new(ErrorKind::Format, message)
}
