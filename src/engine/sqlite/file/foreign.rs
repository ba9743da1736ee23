//! Data of other systems that keep keys and values in SQLite. A store that began beside it without
//! a word would look as if the data were lost.

use std::path::Path;

use crate::engine::sqlite::file::connection::Connection;
use crate::engine::sqlite::file::options::SqliteOptions;
use crate::error::{Error, ErrorKind, Result};

/// Finds the tables of the systems, in the order of their names. A view or a virtual table is none:
/// to read one may run anything.
const TABLES: &str = "
    SELECT tables.name FROM sqlite_schema AS tables, pragma_table_info(tables.name) AS columns
    WHERE tables.type = 'table' AND tables.rootpage > 0
    AND tables.name IN ('entries', 'kv', 'kv_store')
    AND (tables.name, columns.name) IN (VALUES
        ('entries', 'group_name'), ('entries', 'entry_key'), ('entries', 'entry_value'),
        ('kv', 'grp'), ('kv', 'key'), ('kv', 'value'),
        ('kv_store', 'key'), ('kv_store', 'value'))
    GROUP BY tables.name HAVING count(*) = iif(tables.name = 'kv_store', 2, 3)
    ORDER BY 1";

/// The longest name of a file that the message shows within a command.
const NAME_LEN_MAX: usize = 24;

/// Fails with [`ErrorKind::Format`] if a table of petrock or go-store has a row, unless the options
/// ignore it. For a file that holds no store.
pub(super) fn check(connection: &Connection, options: &SqliteOptions) -> Result<()> {
    if options.ignore_foreign_data {
        return Ok(());
    }
    let tables: Vec<String> = connection.rows(TABLES, |row| row.get(0))?;
    for table in tables {
        let has_rows = format!("SELECT EXISTS (SELECT 1 FROM {table})");
        if connection.query_row(&has_rows, [], |row| row.get(0))? {
            return Err(refusal(&options.path, &table));
        }
    }
    Ok(())
}

fn refusal(path: &Path, table: &str) -> Error {
    let system = if table == "kv_store" { "petrock" } else { "go-store" };
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    let is_shown = (1..=NAME_LEN_MAX).contains(&name.len()) && name.bytes().all(is_plain);
    let file = if is_shown && !name.starts_with('-') { name } else { "FILE" };
    let message = format!(
        "the file holds data of {system} (table {table}) and no store: `kv import --format {system} \
         {file} --db-path {file}` imports it, foreign_data=ignore starts an empty store"
    );
    Error::new(ErrorKind::Format, message)
}
