//! The open engines of the process: one for each file, for each folder with a log, for each name
//! of a store in memory, and for each set of Redis options.

use std::collections::BTreeMap;
use std::sync::{Arc, Weak};

use parking_lot::Mutex;

use crate::clock::Clock;
use crate::engine::log::{LogEngine, LogEngineOptions};
use crate::engine::memory::{MemoryEngine, MemoryOptions};
use crate::engine::redis::{RedisEngine, RedisOptions};
use crate::engine::sqlite::{FileId, SqliteEngine, SqliteOptions, ensure_file, write_denial};
use crate::error::{Error, ErrorKind, Result};
use crate::model::Quoted;
use crate::os::{self, Identity};
use crate::watch::Hub;

/// An engine and its hub.
pub(super) type Watched<E> = (Arc<E>, Arc<Hub>);

/// The open files. A tree, because tools that look for lost memory do not find the entries of a
/// hash table.
static OPEN: Mutex<BTreeMap<FileId, OpenEngine<SqliteOptions, SqliteEngine>>> =
    Mutex::new(BTreeMap::new());

/// The open stores with a log, by the identities of their folders.
static OPEN_LOGS: Mutex<BTreeMap<Identity, OpenEngine<LogEngineOptions, LogEngine>>> =
    Mutex::new(BTreeMap::new());

/// The open stores in memory that have a name.
static OPEN_MEMORY: Mutex<BTreeMap<String, OpenEngine<MemoryOptions, MemoryEngine>>> =
    Mutex::new(BTreeMap::new());

/// The open stores in a Redis.
static OPEN_REDIS: Mutex<Vec<OpenEngine<RedisOptions, RedisEngine>>> = Mutex::new(Vec::new());

/// The record of an engine, which keeps it no longer than its stores do.
struct OpenEngine<O, E> {
    options: O,
    engine: Weak<E>,
    hub: Weak<Hub>,
}

impl<O, E> OpenEngine<O, E> {
    fn new(options: O, (engine, hub): &Watched<E>) -> Self {
        OpenEngine { options, engine: Arc::downgrade(engine), hub: Arc::downgrade(hub) }
    }

    /// Returns the engine, if it is still open.
    fn get(&self) -> Option<Watched<E>> {
        Some((self.engine.upgrade()?, self.hub.upgrade()?))
    }

    fn is_open(&self) -> bool {
        self.engine.strong_count() > 0
    }
}

/// Opens the file that `options` name, or returns the engine that has it open already.
///
/// Options that differ from those of the open engine are refused, except those of the change log
/// and the limits: these are stored in the file, and are changed.
pub(super) fn open(options: SqliteOptions, clock: Arc<dyn Clock>) -> Result<Watched<SqliteEngine>> {
    let path = options.path.clone();
    open_path(options, clock).map_err(|error| {
        error.context(format_args!("open {}", Quoted(path.as_os_str().as_encoded_bytes())))
    })
}

fn open_path(mut options: SqliteOptions, clock: Arc<dyn Clock>) -> Result<Watched<SqliteEngine>> {
    // The lock is held for the whole opening: two threads that open one file must share one
    // engine.
    let mut open = OPEN.lock();
    let created = ensure_file(&options)?;
    let file = FileId::of(&options.path)?;
    if let Some(denial) = write_denial(&options.path) {
        options.read_only = true;
        options.write_denial = denial.raw_os_error().unwrap_or(0);
    }
    if let Some(record) = open.get(&file)
        && let Some((engine, hub)) = record.get()
    {
        record.options.check_shared(&options)?;
        engine.configure_log(options.log)?;
        engine.configure_limits(options.cache.limits)?;
        return Ok((engine, hub));
    }
    // Read connections open the file later, when the working directory may be another.
    options.path = os::canonicalize(&options.path).map_err(Error::from)?;
    let hub = Arc::new(Hub::of(options.store_name(), options.max_memory.events()));
    let engine = Arc::new(SqliteEngine::open(options.clone(), clock, hub.clone())?);
    if FileId::of(&options.path)? != file {
        let message = "the database file was replaced while it was opened; open it again";
        return Err(Error::new(ErrorKind::Io, message));
    }
    if let Some(created) = created {
        created.keep();
    }
    open.retain(|_, record| record.is_open());
    let opened = (engine, hub);
    open.insert(file, OpenEngine::new(options, &opened));
    Ok(opened)
}

/// Opens the folder that `options` name, or returns the engine that has it open already. Options
/// that differ from those of the open engine are refused.
pub(super) fn open_log(
    options: LogEngineOptions,
    clock: Arc<dyn Clock>,
) -> Result<Watched<LogEngine>> {
    let path = options.path.clone();
    open_folder(options, clock).map_err(|error| {
        error.context(format_args!("open {}", Quoted(path.as_os_str().as_encoded_bytes())))
    })
}

fn open_folder(options: LogEngineOptions, clock: Arc<dyn Clock>) -> Result<Watched<LogEngine>> {
    // The lock is held for the whole opening: two threads that open one folder share one engine.
    let mut open = OPEN_LOGS.lock();
    let found = os::identity(&options.path).and_then(|it| open.get(&it));
    if let Some(record) = found
        && let Some(opened) = record.get()
    {
        record.options.check_shared(&options)?;
        return Ok(opened);
    }
    let hub = Arc::new(Hub::of(options.store_name(), options.max_memory.events()));
    let engine = Arc::new(LogEngine::open(options.clone(), clock, hub.clone())?);
    open.retain(|_, record| record.is_open());
    let opened = (engine, hub);
    if let Some(identity) = os::identity(&options.path) {
        open.insert(identity, OpenEngine::new(options, &opened));
    }
    Ok(opened)
}

/// Returns the open store in memory that is called `name`, or a new one. It lasts until its last
/// handle is closed. Options that differ from those of the open engine are refused.
pub(super) fn open_memory(
    name: &str,
    options: MemoryOptions,
    clock: Arc<dyn Clock>,
) -> Result<Watched<MemoryEngine>> {
    let mut open = OPEN_MEMORY.lock();
    if let Some(record) = open.get(name)
        && let Some(opened) = record.get()
    {
        record.options.check_shared(&options)?;
        return Ok(opened);
    }
    let opened = create_memory(format!("memory:{name}"), options, clock)?;
    open.retain(|_, record| record.is_open());
    open.insert(name.to_owned(), OpenEngine::new(options, &opened));
    Ok(opened)
}

/// Returns a new store in memory, which no other opening leads to.
pub(super) fn new_memory(
    options: MemoryOptions,
    clock: Arc<dyn Clock>,
) -> Result<Watched<MemoryEngine>> {
    create_memory("memory:".to_owned(), options, clock)
}

fn create_memory(
    name: String,
    options: MemoryOptions,
    clock: Arc<dyn Clock>,
) -> Result<Watched<MemoryEngine>> {
    let hub = Arc::new(Hub::of(name.clone(), options.max_memory.events()));
    let engine = Arc::new(MemoryEngine::named(&name, options, clock, hub.clone())?);
    Ok((engine, hub))
}

/// Opens a store in a Redis, or returns the engine that was opened with exactly these options.
///
/// Engines with other options have connections of their own, and receive the changes of each other
/// as those of other processes.
pub(super) fn open_redis(options: &RedisOptions) -> Result<Watched<RedisEngine>> {
    let find = || {
        let open = OPEN_REDIS.lock();
        open.iter().find(|record| record.options == *options)?.get()
    };
    if let Some(found) = find() {
        return Ok(found);
    }
    // No lock is held during the wait for a server: two concurrent openings return two engines.
    let hub = Arc::new(Hub::of(options.store_name(), u64::MAX));
    let engine = Arc::new(RedisEngine::open(options, hub.clone())?);
    let mut open = OPEN_REDIS.lock();
    open.retain(|record| record.is_open() && record.options != *options);
    let opened = (engine, hub);
    open.push(OpenEngine::new(options.clone(), &opened));
    Ok(opened)
}

/// Releases the records of stores that are closed, for a program that looks for lost memory. An
/// opening does the same, so one that is under way is not waited for.
pub fn release_closed() {
    release(&OPEN);
    release(&OPEN_LOGS);
    release(&OPEN_MEMORY);
    if let Some(mut open) = OPEN_REDIS.try_lock() {
        open.retain(OpenEngine::is_open);
        if open.is_empty() {
            *open = Vec::new();
        }
    }
}

fn release<K: Ord, O, E>(open: &Mutex<BTreeMap<K, OpenEngine<O, E>>>) {
    if let Some(mut open) = open.try_lock() {
        open.retain(|_, record| record.is_open());
        if open.is_empty() {
            *open = BTreeMap::new();
        }
    }
}
