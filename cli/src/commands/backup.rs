//! `kv backup` and `kv restore`: a store into a new file, and back.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use clap::{Args, ValueHint};
use indicatif::ProgressBar;
use kv::{BackupProgress, ErrorKind, Store, side_path};

use crate::escape::escaped;
use crate::failure::{Failure, Result};
use crate::interrupt::Interrupt;
use crate::outcome::Outcome;
use crate::progress;
use crate::session::{Session, for_reading};
use crate::store_arguments::StoreArguments;

/// Bytes of a page of the database.
const PAGE_LEN: u64 = 4096;

/// Arguments of `kv backup`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  kv backup backups/today.db
  kv check backups/today.db                   # verify it")]
pub struct Backup {
    /// The new file, or of a store with a log the new folder, which appears when it is complete
    #[arg(value_hint = ValueHint::FilePath)]
    file: PathBuf,
}

/// Arguments of `kv restore`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  kv restore backups/app.db
  kv restore backups/app.db --replace-damaged")]
pub struct Restore {
    /// The backup, whose contents replace all of the store; other processes may have it open
    #[arg(value_hint = ValueHint::FilePath)]
    file: PathBuf,
    /// Rename the store's file to PATH.damaged and begin a new one, if it cannot be read
    #[arg(long)]
    replace_damaged: bool,
}

impl Backup {
    /// Copies one snapshot; writers are not blocked.
    pub fn run(&self, session: &Session) -> Result<Outcome> {
        let store = session.read()?;
        let interrupt = Interrupt::install()?;
        let bar = progress::bar_of_bytes("backing up", 0);
        let copied = store.backup(&self.file, &mut |at| shown(&bar, at, &interrupt));
        bar.finish_and_clear();
        ended(copied, &interrupt, "stopped; no backup was written")
    }
}

impl Restore {
    /// Replaces the contents of the store in one step.
    pub fn run(&self, session: &Session) -> Result<Outcome> {
        // A backup that cannot be read leaves everything as it is.
        let arguments = StoreArguments::of_backup(&self.file)?;
        drop(Session::new(arguments, Default::default()).read()?);
        let store = self.open(session)?;
        let interrupt = Interrupt::install()?;
        let bar = progress::bar_of_bytes("restoring", 0);
        let restored = store.restore(&self.file, &mut |at| shown(&bar, at, &interrupt));
        bar.finish_and_clear();
        ended(restored, &interrupt, "stopped; the store is as it was")
    }

    /// Opens the store for writing; it is created if it is missing or set aside.
    fn open(&self, session: &Session) -> Result<Rc<Store>> {
        let name = session.store_arguments().store_name()?;
        match name.open(for_reading()).map(drop) {
            Err(error) if matches!(error.kind(), ErrorKind::Corrupt | ErrorKind::Format) => {
                let hint =
                    "the store cannot be read; --replace-damaged renames it and begins a new one";
                let Some(path) = name.path().filter(|_| self.replace_damaged) else {
                    return Err(Failure::from(error).note(hint));
                };
                let aside = set_aside(&path)
                    .map_err(|error| Failure::other(format!("rename the damaged file: {error}")))?;
                eprintln!("the damaged store is {}", escaped(aside.as_os_str().as_encoded_bytes()));
                session.create()
            }
            Err(error) if error.os_error() != 0 => session.create(),
            _ => session.change(),
        }
    }
}

/// Renames a database and its WAL, which belong together; returns the new path.
fn set_aside(path: &Path) -> io::Result<PathBuf> {
    let path = fs::canonicalize(path)?;
    let free = |aside: &PathBuf| !aside.exists();
    let mut names = (0..).map(|number: u32| match number {
        0 => side_path(&path, ".damaged"),
        _ => side_path(&path, &format!(".damaged-{number}")),
    });
    let aside = names.find(free).unwrap_or_else(|| side_path(&path, ".damaged"));
    fs::rename(&path, &aside)?;
    for ending in ["-wal", "-shm"] {
        match fs::rename(side_path(&path, ending), side_path(&aside, ending)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(aside)
}

/// Shows the progress; returns whether the work goes on.
fn shown(bar: &ProgressBar, at: BackupProgress, interrupt: &Interrupt) -> bool {
    bar.set_length(at.total * PAGE_LEN);
    bar.set_position(at.done * PAGE_LEN);
    !interrupt.is_set()
}

fn ended(result: kv::Result<()>, interrupt: &Interrupt, stopped: &str) -> Result<Outcome> {
    match result {
        Ok(()) => Ok(Outcome::Success),
        Err(error) if error.kind() == ErrorKind::Cancelled && interrupt.is_set() => {
            Err(interrupt.failure(stopped))
        }
        // An existing file is not wrong usage, so every error has exit status 3.
        Err(error) => Err(Failure::other(error.message())),
    }
}
