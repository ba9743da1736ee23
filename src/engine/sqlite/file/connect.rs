//! Connections to a file.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use crate::engine::sqlite::file::options::SqliteOptions;
use crate::engine::sqlite::file::schema;
use crate::engine::sqlite::native::{WalIndex, set_busy_timeout};
use crate::error::{Error, ErrorKind, Result};
use crate::os;

/// Statements a connection keeps prepared; more than there are.
const STATEMENT_CACHE_LEN: usize = 64;

/// Bytes of the smallest database: one page of the smallest size.
const FILE_LEN_MIN: u64 = 512;

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
        // SQLite takes a file of one byte for an empty one, and would write over it.
        if (1..FILE_LEN_MIN).contains(&metadata.len()) {
            return Err(Error::new(ErrorKind::Format, "the file is too short for a database"));
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
    let adopted = adopt(&connection, options);
    // A log without frames has nothing to be moved, and closing it clears it away.
    let log_is_empty = WalIndex::of(&connection).is_none_or(|log| log.header().frames() == 0);
    if adopted.is_ok() || log_is_empty {
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)?;
    }
    adopted?;
    configure(&connection, options)?;
    Ok(connection)
}

fn adopt(connection: &Connection, options: &SqliteOptions) -> Result<()> {
    match (schema::is_store(connection)?, options.read_only) {
        (true, true) => Ok(()),
        (false, true) => Err(Error::new(ErrorKind::Format, "the file holds no store")),
        (is_store, false) => {
            enter_wal_mode(connection, options.busy_timeout)?;
            if is_store { Ok(()) } else { schema::create(connection) }
        }
    }
}

fn bare(options: &SqliteOptions) -> Result<Connection> {
    let access = match options.read_only {
        true => OpenFlags::SQLITE_OPEN_READ_ONLY,
        false => OpenFlags::SQLITE_OPEN_READ_WRITE,
    };
    // Each connection is used by one thread at a time, so SQLite need not lock it as well.
    let flags = access | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(&options.path, flags)
        .map_err(|error| os::check_access(&options.path).err().map_or(error.into(), Error::from))?;
    set_busy_timeout(&connection, options.busy_timeout)?;
    connection.set_prepared_statement_cache_capacity(STATEMENT_CACHE_LEN);
    Ok(connection)
}

fn configure(connection: &Connection, options: &SqliteOptions) -> Result<()> {
    connection.execute_batch(options.durability.pragma())?;
    connection.execute_batch(&format!(
        "PRAGMA temp_store = MEMORY;
         PRAGMA mmap_size = 0;
         PRAGMA wal_autocheckpoint = 0;
         PRAGMA journal_size_limit = {};
         PRAGMA trusted_schema = OFF;",
        options.wal_limit,
    ))?;
    Ok(())
}

fn enter_wal_mode(connection: &Connection, timeout: Duration) -> Result<()> {
    // SQLite's busy handler does not cover this change, so two first openers have to take queue.
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

/// Answers whether the SQLite linked may corrupt a log when one connection checkpoints while
/// another writes (its releases before 3.51.3, but for 3.50.7 and 3.44.6 on their branches).
pub fn checkpoints_need_the_writer() -> bool {
    let number = rusqlite::version_number();
    let fixed_branches = [(3_044_006, 3_045_000), (3_050_007, 3_051_000)];
    let fixed = number >= 3_051_003
        || fixed_branches.iter().any(|&(from, to)| (from..to).contains(&number));
    !fixed
}
