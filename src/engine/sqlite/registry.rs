//! One engine for each file in a process, however often it is opened.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Weak};

use parking_lot::Mutex;

use crate::clock::Clock;
use crate::engine::sqlite::connect::{FileId, ensure_file};
use crate::engine::sqlite::{SqliteEngine, SqliteOptions};
use crate::error::{Error, Result};
use crate::model::Quoted;

static OPEN: LazyLock<Mutex<HashMap<FileId, Weak<SqliteEngine>>>> = LazyLock::new(Mutex::default);

/// Opens the file that `options` name, or returns the engine that has it open already.
///
/// Options that differ from those of the open engine are refused.
pub fn open(options: SqliteOptions, clock: Arc<dyn Clock>) -> Result<Arc<SqliteEngine>> {
    let path = options.path.clone();
    open_path(options, clock).map_err(|error| {
        error.context(format_args!("open {}", Quoted(path.as_os_str().as_encoded_bytes())))
    })
}

fn open_path(mut options: SqliteOptions, clock: Arc<dyn Clock>) -> Result<Arc<SqliteEngine>> {
    // The whole opening is locked: two threads that open one new file must end up with one engine.
    let mut open = OPEN.lock();
    ensure_file(&options)?;
    let file = FileId::of(&options.path)?;
    if let Some(engine) = open.get(&file).and_then(Weak::upgrade) {
        engine.options.check_shared(&options)?;
        return Ok(engine);
    }
    // Readers open the file later, when the working directory may be another.
    options.path = options.path.canonicalize().map_err(Error::from)?;
    let engine = Arc::new(SqliteEngine::new(options, clock)?);
    open.retain(|_, engine| engine.strong_count() > 0);
    open.insert(file, Arc::downgrade(&engine));
    Ok(engine)
}
