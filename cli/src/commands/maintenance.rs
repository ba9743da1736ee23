//! `kv backup`, `kv check` and `kv compact`: maintenance of a store.

use std::path::PathBuf;

use clap::{Args, ValueHint};
use kv::ErrorKind;

use crate::failure::{Failure, Result};
use crate::interrupt::Interrupt;
use crate::outcome::Outcome;
use crate::output::print_line;
use crate::progress;
use crate::session::Session;
use crate::units::short_size;

/// Bytes of a page of the database.
const PAGE_LEN: u64 = 4096;

/// Arguments of `kv backup`.
#[derive(Debug, Args)]
pub struct Backup {
    /// The new file, which appears when it is complete
    #[arg(value_hint = ValueHint::FilePath)]
    file: PathBuf,
}

/// Arguments of `kv check`.
#[derive(Debug, Args)]
pub struct Check {}

/// Arguments of `kv compact`.
#[derive(Debug, Args)]
pub struct Compact {}

impl Backup {
    /// Copies one snapshot; writers are not blocked.
    pub fn run(&self, session: &Session) -> Result<Outcome> {
        let interrupt = Interrupt::install()?;
        let store = session.read()?;
        let bar = progress::bar_of_bytes("backing up", 0);
        let copied = store.backup(&self.file, &mut |progress| {
            bar.set_length(progress.total * PAGE_LEN);
            bar.set_position(progress.done * PAGE_LEN);
            !interrupt.is_set()
        });
        bar.finish_and_clear();
        match copied {
            Ok(()) => Ok(Outcome::Success),
            Err(error) if error.kind() == ErrorKind::Cancelled && interrupt.is_set() => {
                Err(interrupt.failure("stopped; no backup was written"))
            }
            // An existing file is not wrong usage, so every error has exit status 3.
            Err(error) => Err(Failure::other(error.message())),
        }
    }
}

impl Check {
    /// Prints `ok`, or fails with the damage that was found.
    pub fn run(&self, session: &Session) -> Result<Outcome> {
        let store = session.read()?;
        let bar = progress::wait("checking");
        let checked = store.check();
        bar.finish_and_clear();
        checked?;
        print_line("ok")
    }
}

impl Compact {
    /// Prints the size of the file before and after. Ctrl-C leaves the file unchanged.
    pub fn run(&self, session: &Session) -> Result<Outcome> {
        let store = session.change()?;
        let before = store.stats()?.file_bytes;
        let bar = progress::wait("compacting");
        let compacted = store.compact();
        bar.finish_and_clear();
        compacted.map_err(Failure::from)?;
        let after = store.stats()?.file_bytes;
        print_line(&format!("{} before, {} after", short_size(before), short_size(after)))
    }
}
