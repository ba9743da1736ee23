//! Connections to a database file.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::OpenFlags;

use crate::call::CallContext;
use crate::engine::poison::Poison;
use crate::engine::sqlite::file::access;
use crate::engine::sqlite::file::alone::Alone;
use crate::engine::sqlite::file::connection::Connection;
use crate::engine::sqlite::file::foreign;
use crate::engine::sqlite::file::format::Format;
use crate::engine::sqlite::file::free_space;
use crate::engine::sqlite::file::inspect;
use crate::engine::sqlite::file::options::{SqliteOptions, WRITERS_WAIT_AT, pragma_of};
use crate::engine::sqlite::file::outsiders;
use crate::engine::sqlite::file::recovery::end_recovered_wal;
use crate::engine::sqlite::file::schema;
use crate::engine::sqlite::file::upgrade::upgrade;
use crate::engine::sqlite::native::{Binding, forget_errno, open_failure, set_busy_timeout};
use crate::error::{Error, ErrorKind, Result};
use crate::os::{self, Identity};

/// Capacity of the cache of prepared statements of a connection; more than there are statements.
const STATEMENT_CACHE_LEN: usize = 64;

/// Bytes of the smallest database, which is one page of the smallest size.
const FILE_LEN_MIN: u64 = 512;

/// The identity of a database file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct FileId(Identity);

impl FileId {
    /// Returns the identity of the file at `path`.
    pub(crate) fn of(path: &Path) -> Result<FileId> {
        let (metadata, identity) = os::look(path)?;
        if !metadata.is_file() {
            return Err(Error::new(ErrorKind::Argument, "not a regular file"));
        }
        // SQLite treats a file of one byte as empty and would overwrite it.
        if (1..FILE_LEN_MIN).contains(&metadata.len()) {
            return Err(Error::new(ErrorKind::Format, "the file is too short for a database"));
        }
        Ok(FileId(identity))
    }
}

/// Returns a connection to a file that [`connect_first`] has accepted, opened for `call`, with the
/// format of the file. It has SQLite's locks, also if it is for reading only, and has read from its
/// database, so that SQLite has opened the WAL and mapped its index.
pub(crate) fn connect(
    options: &SqliteOptions,
    poison: &Arc<Poison>,
    call: &CallContext,
) -> Result<(Connection, Format)> {
    connect_to(options, None, poison, call)
}

/// Returns the same for reading; of a file that is only read and alone, a connection without locks,
/// with the state to be checked around each read.
pub(crate) fn connect_reading(
    options: &SqliteOptions,
    poison: &Arc<Poison>,
    call: &CallContext,
) -> Result<(Connection, Format, Option<Alone>)> {
    let alone = if options.read_only { Alone::of(&options.path)? } else { None };
    let (connection, format) = connect_to(options, alone.as_ref(), poison, call)?;
    Ok((connection, format, alone))
}

fn connect_to(
    options: &SqliteOptions,
    alone: Option<&Alone>,
    poison: &Arc<Poison>,
    call: &CallContext,
) -> Result<(Connection, Format)> {
    outsiders::check_again(&options.path)?;
    let connection = bare(options, alone, poison)?;
    let bind = || Binding::new(connection.raw(), call, options.busy_timeout);
    let binding = call.is_bound().then(bind).transpose();
    let binding = binding.map_err(|error| connection.explain(error))?;
    let begun = begin(&connection, options).map_err(|error| call.explain(error));
    drop(binding);
    begun.map(|format| (connection, format))
}

/// Makes the first read of a connection: that of the format.
fn begin(connection: &Connection, options: &SqliteOptions) -> Result<Format> {
    // The first statement that reads opens the WAL.
    forget_errno();
    configure(connection, options)?;
    let format = schema::read_format(connection)?;
    access::check_log(connection, options, open_failure())?;
    Ok(format)
}

/// Returns a connection to a file and its format, after making a store of it if it is empty or an
/// application's own database. A file that is refused is not changed.
///
/// A file of format 1 is upgraded if no other connection has it open.
pub(crate) fn connect_first(
    options: &SqliteOptions,
    poison: &Arc<Poison>,
) -> Result<(Connection, Format)> {
    outsiders::check(&options.path)?;
    inspect::check_left_over(options, poison)?;
    let (mut connection, mut format) = connect_and_adopt(options, poison)?;
    if format != Format::NEWEST && !options.read_only {
        drop(connection);
        upgrade(&bare(options, None, poison)?)?;
        (connection, format) = connect_and_adopt(options, poison)?;
    }
    if format == Format::Two && !options.read_only {
        schema::add_streams(&connection)?;
    }
    configure(&connection, options)?;
    Ok((connection, format))
}

fn connect_and_adopt(
    options: &SqliteOptions,
    poison: &Arc<Poison>,
) -> Result<(Connection, Format)> {
    let alone = if options.read_only { Alone::of(&options.path)? } else { None };
    let connection = bare(options, alone.as_ref(), poison)?;
    // Until the file is known to be a store, closing it must not even checkpoint its WAL.
    connection.checkpoint_on_close(false)?;
    forget_errno();
    let adopted = adopt(&connection, options);
    let cause = open_failure();
    // An empty WAL, which this connection has created, has nothing to checkpoint, and the close
    // removes it. A refused file with a WAL of its own was mostly noticed before.
    let wal = fs::metadata(os::side_path(&options.path, os::WAL));
    let wal_is_empty = wal.is_ok_and(|wal| wal.len() == 0);
    if adopted.is_ok() || wal_is_empty {
        connection.checkpoint_on_close(true)?;
    }
    if adopted.is_ok() && !options.read_only && !wal_is_empty {
        end_recovered_wal(&connection, options.busy_timeout)?;
    }
    if adopted.as_ref().err().is_none_or(|error| error.kind() == ErrorKind::ReadOnly) {
        access::check_log(&connection, options, cause)?;
    }
    let needs_index = options.read_only && alone.is_none();
    let format = adopted.map_err(|error| match error.kind() {
        ErrorKind::Io | ErrorKind::ReadOnly | ErrorKind::Permission if needs_index => error
            .context(
                "the log beside the file needs its index, which cannot be created here; copy both \
                 files to a folder that can be written, and open the store there",
            ),
        _ => connection.with_denial(error),
    })?;
    Ok((connection, format))
}

/// Makes a store of the file if it is none, and returns its format. A file with data of another
/// system is refused.
fn adopt(connection: &Connection, options: &SqliteOptions) -> Result<Format> {
    let format = schema::format_of(connection)?;
    if format.is_none() {
        foreign::check(connection, options)?;
    }
    match (format, options.read_only) {
        (Some(format), true) => Ok(format),
        (None, true) if options.write_denial != 0 => {
            let denial = std::io::Error::from_raw_os_error(options.write_denial);
            Err(Error::from(denial).context("the file holds no store, and none can be created"))
        }
        (None, true) => Err(schema::no_store()),
        (format, false) => {
            if format.is_none() {
                free_space::keep_pointer_maps(connection)?;
            }
            enter_wal_mode(connection, options.busy_timeout)?;
            match format {
                Some(format) => Ok(format),
                None => schema::create(connection),
            }
        }
    }
}

fn bare(
    options: &SqliteOptions,
    alone: Option<&Alone>,
    poison: &Arc<Poison>,
) -> Result<Connection> {
    let access = match options.read_only {
        true => OpenFlags::SQLITE_OPEN_READ_ONLY,
        false => OpenFlags::SQLITE_OPEN_READ_WRITE,
    };
    // One thread at a time uses a connection, so SQLite need not lock it as well.
    let flags = access | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let (connection, cause) = match alone {
        Some(alone) => {
            let flags = flags | OpenFlags::SQLITE_OPEN_URI;
            Connection::open(Path::new(&alone.uri()), flags, poison)?
        }
        None => Connection::open(&options.path, flags, poison)?,
    };
    if !options.read_only {
        access::check_file(&connection, &options.path, cause)?;
    }
    let timed = set_busy_timeout(connection.raw(), options.busy_timeout);
    timed.map_err(|error| connection.explain(error))?;
    connection.raw().set_prepared_statement_cache_capacity(STATEMENT_CACHE_LEN);
    Ok(connection)
}

/// The connections that a store in use keeps: 16 for reading, one to write, one for checkpoints.
const CONNECTIONS: u64 = 18;

fn configure(connection: &Connection, options: &SqliteOptions) -> Result<()> {
    // To cut the log while its pages are being written back takes a writer up to 20 ms. So a log is
    // cut only above the length that it has during a checkpoint under load.
    let kept = options.wal_limit.saturating_mul(WRITERS_WAIT_AT.into());
    connection.execute_batch(pragma_of(options.durability))?;
    // An fsync of macOS leaves the data in the disk's own memory.
    if cfg!(target_vendor = "apple") {
        connection.execute_batch("PRAGMA fullfsync = ON; PRAGMA checkpoint_fullfsync = ON;")?;
    }
    connection.execute_batch(&format!(
        "PRAGMA temp_store = MEMORY;
         PRAGMA mmap_size = 0;
         PRAGMA wal_autocheckpoint = 0;
         PRAGMA journal_size_limit = {};
         PRAGMA trusted_schema = OFF;",
        i64::try_from(kept).unwrap_or(i64::MAX),
    ))?;
    if let Some(bytes) = options.max_memory.page_cache(CONNECTIONS) {
        // A negative number is one of KiB.
        let pages = format!("PRAGMA cache_size = -{}", (bytes / 1024).max(1));
        connection.execute_batch(&pages)?;
    }
    Ok(())
}

fn enter_wal_mode(connection: &Connection, timeout: Duration) -> Result<()> {
    // SQLite's busy handler does not cover this change, so two first openers retry here.
    let deadline = Instant::now() + timeout;
    loop {
        let mode =
            connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get::<_, String>(0));
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

/// Returns whether the linked SQLite may corrupt the WAL when one connection checkpoints while
/// another writes: releases before 3.51.3, except 3.50.7 and 3.44.6 on their branches.
pub(crate) fn checkpoints_need_the_writer() -> bool {
    let number = rusqlite::version_number();
    let fixed_branches = [(3_044_006, 3_045_000), (3_050_007, 3_051_000)];
    let fixed = number >= 3_051_003
        || fixed_branches.iter().any(|&(from, to)| (from..to).contains(&number));
    !fixed
}
