//! Connections to a file, and what makes a file ours.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, OptionalExtension, params};

use crate::engine::sqlite::options::{Durability, SqliteOptions};
use crate::engine::sqlite::statement::{self, Sql};
use crate::error::{Error, ErrorKind, Result};
use crate::os;

/// Statements a connection keeps prepared; more than there are.
const STATEMENT_CACHE_LEN: usize = 64;

/// Which file a path led to: device and inode.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FileId(u64, u64);

impl FileId {
    /// Returns the identity of the file at `path`.
    pub fn of(path: &Path) -> Result<FileId> {
        let metadata = fs::metadata(path)?;
        if !metadata.is_file() {
            return Err(Error::new(ErrorKind::Argument, "not a regular file"));
        }
        Ok(FileId(metadata.dev(), metadata.ino()))
    }
}

/// Creates the file if it is missing and may be created: empty and private to its owner.
pub fn ensure_file(options: &SqliteOptions) -> Result<()> {
    if options.path.try_exists()? {
        return Ok(());
    }
    if !options.create || options.read_only {
        let error = std::io::Error::from_raw_os_error(libc::ENOENT);
        return Err(Error::from(error));
    }
    if let (true, Some(parent)) = (options.create_dirs, options.path.parent()) {
        fs::create_dir_all(parent)?;
    }
    // Only ever a new file: closing a descriptor of one that SQLite has open would drop its locks.
    match os::create_private(&options.path) {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        created => Ok(created.map(drop)?),
    }
}

/// Returns a connection to a file that is ours.
pub fn connect(options: &SqliteOptions) -> Result<Connection> {
    let connection = bare(options)?;
    configure(&connection, options)?;
    Ok(connection)
}

/// Verifies that the file is a store or can become one, makes it one if it can, and returns a
/// connection. A file that is refused is left as it is.
pub fn connect_first(options: &SqliteOptions) -> Result<Connection> {
    let connection = bare(options)?;
    // Until we know whose file it is, not even its log may be moved into it when we close.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    let is_ours = inspect(&connection)?;
    if !is_ours {
        if options.read_only {
            return Err(Error::new(ErrorKind::Format, "the file holds no store"));
        }
        enter_wal_mode(&connection, options.busy_timeout)?;
        create_tables(&connection)?;
    } else if !options.read_only {
        enter_wal_mode(&connection, options.busy_timeout)?;
    }
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)?;
    configure(&connection, options)?;
    Ok(connection)
}

fn bare(options: &SqliteOptions) -> Result<Connection> {
    let access = match options.read_only {
        true => OpenFlags::SQLITE_OPEN_READ_ONLY,
        false => OpenFlags::SQLITE_OPEN_READ_WRITE,
    };
    // Each connection is used by one thread at a time, so SQLite need not lock it as well.
    let flags = access | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(&options.path, flags)?;
    connection.busy_timeout(options.busy_timeout)?;
    connection.set_prepared_statement_cache_capacity(STATEMENT_CACHE_LEN);
    Ok(connection)
}

fn configure(connection: &Connection, options: &SqliteOptions) -> Result<()> {
    let synchronous = match options.durability {
        Durability::Normal => "NORMAL",
        Durability::Full => "FULL",
    };
    connection.execute_batch(&format!(
        "PRAGMA synchronous = {synchronous};
         PRAGMA temp_store = MEMORY;
         PRAGMA mmap_size = 0;
         PRAGMA wal_autocheckpoint = 0;
         PRAGMA journal_size_limit = {};
         PRAGMA trusted_schema = OFF;",
        options.wal_limit,
    ))?;
    Ok(())
}

/// Answers whether the file is a store of a format we know; a new or an application's own file is
/// not yet, anything else is refused.
fn inspect(connection: &Connection) -> Result<bool> {
    let mut tables = connection.prepare(statement::OUR_TABLES)?;
    let tables: Vec<String> = tables.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    if tables.is_empty() {
        return Ok(false);
    }
    let format = match tables.iter().any(|name| name == "kv_meta") {
        true => connection
            .query_row(statement::META, ["format"], |row| row.get::<_, i64>(0))
            .optional()?,
        false => None,
    };
    match format {
        Some(statement::FORMAT) => {}
        Some(newer) if newer > statement::FORMAT => {
            let ours = statement::FORMAT;
            let message =
                format!("the store has format {newer}, this version knows formats up to {ours}");
            return Err(Error::new(ErrorKind::Format, message));
        }
        _ => {
            let message = format!("tables {} are not those of a store", tables.join(", "));
            return Err(Error::new(ErrorKind::Format, message));
        }
    }
    for (table, expected) in [
        ("kv_entries", "grp,key,version,expires_at,value"),
        ("kv_values", "id,value"),
        ("kv_meta", "name,value"),
    ] {
        let columns: Option<String> =
            connection.query_row(statement::COLUMNS, [table], |row| row.get(0))?;
        if columns.as_deref() != Some(expected) {
            let message = format!("table {table} does not have the columns of a store");
            return Err(Error::new(ErrorKind::Format, message));
        }
    }
    Ok(true)
}

fn enter_wal_mode(connection: &Connection, timeout: Duration) -> Result<()> {
    // SQLite's busy handler does not cover this change, so two first openers have to take turns.
    let deadline = Instant::now() + timeout;
    loop {
        let mode = connection
            .query_row("PRAGMA journal_mode = WAL", [], |row| row.get::<_, String>(0))
            .map_err(Error::from);
        match mode {
            Ok(mode) if mode == "wal" => return Ok(()),
            Ok(mode) => {
                let message = format!("the file's journal mode stays {mode}; a store needs wal");
                return Err(Error::new(ErrorKind::Unsupported, message));
            }
            Err(error) if error.kind() == ErrorKind::Busy && Instant::now() < deadline => {
                thread::sleep(Duration::from_millis(1));
            }
            Err(error) => return Err(error),
        }
    }
}

fn create_tables(connection: &Connection) -> Result<()> {
    connection.execute_batch(Sql::BeginWrite.text())?;
    let made = inspect(connection).and_then(|another_was_faster| {
        if !another_was_faster {
            connection.execute_batch(statement::CREATE_TABLES)?;
        }
        Ok(connection.execute_batch(Sql::Commit.text())?)
    });
    if made.is_err() && !connection.is_autocommit() {
        connection.execute_batch(Sql::Rollback.text())?;
    }
    made
}

/// Returns a number from `kv_meta`.
pub fn read_meta(connection: &Connection, name: &str) -> Result<i64> {
    Ok(connection.prepare_cached(statement::META)?.query_row([name], |row| row.get(0))?)
}

/// Replaces a number in `kv_meta`.
pub fn write_meta(connection: &Connection, name: &str, value: i64) -> Result<()> {
    connection.prepare_cached(statement::SET_META)?.execute(params![name, value])?;
    Ok(())
}

/// Answers whether the SQLite linked may corrupt a log when one connection checkpoints while
/// another writes (its releases before 3.51.3, but for 3.50.7 and 3.44.6 on their branches).
pub fn checkpoints_need_the_writer() -> bool {
    let number = rusqlite::version_number();
    let fixed_branches = [(3_044_006, 3_045_000), (3_050_007, 3_051_000)];
    let fixed = number >= 3_051_003
        || fixed_branches.iter().any(|&(from, to)| (from..to).contains(&number));
    !fixed
}
