//! Triggers and indexes on the tables of a store. Those of other programs are refused: the writes
//! of this library run no triggers, and an index could fail them.

use crate::engine::sqlite::changes::triggers::triggers;
use crate::engine::sqlite::file::connection::Connection;
use crate::engine::sqlite::file::format::Format;
use crate::engine::sqlite::file::tables;
use crate::error::{Error, ErrorKind, Result};
use crate::model::Quoted;

/// Fails with [`ErrorKind::Corrupt`] if a trigger on a table of the store is not one of the change
/// log in this format, or if an index of another program may refuse a row or runs functions. An
/// application's own tables in the same file may have any.
pub(crate) fn check(connection: &Connection, format: Format) -> Result<()> {
    let attached = connection.rows(tables::ATTACHED, |row| {
        Ok(Attached { kind: row.get(0)?, name: row.get(1)?, table: row.get(2)?, sql: row.get(3)? })
    })?;
    attached.iter().try_for_each(|attached| attached.check(format))
}

/// A trigger or an index on a table of the store.
struct Attached {
    kind: String,
    name: String,
    table: String,
    /// The statement that created it.
    sql: Option<String>,
}

impl Attached {
    fn check(&self, format: Format) -> Result<()> {
        let Attached { kind, name, table, sql } = self;
        let ours = triggers(format).into_iter();
        let ours = ours.filter(|_| kind == "trigger").find(|(ours, _)| ours == name);
        if let (Some((_, ours)), Some(sql)) = (ours, sql)
            && sql.split_whitespace().eq(ours.split_whitespace())
        {
            return Ok(());
        }
        let name = Quoted(name.as_bytes());
        let remedy = match ours {
            None => format!("remove it with DROP {} {name}", kind.to_uppercase()),
            Some(_) => "remove the triggers and the table kv_changes".to_owned(),
        };
        let effect = match &**kind {
            "trigger" => "would not run it",
            _ => "it could keep from writing",
        };
        let message = format!(
            "{kind} {name} on table {table} is not of this library, which {effect}; {remedy}, with \
             the sqlite3 shell"
        );
        Err(Error::new(ErrorKind::Corrupt, message))
    }
}
