//! `kv backup`, `kv check` and `kv compact`: what an operator asks of a store.

use std::path::PathBuf;

use clap::{Args, ValueHint};
use kv::ErrorKind;

use crate::interrupt::Interrupt;
use crate::outcome::{Answer, Failure, Result};
use crate::output::Output;
use crate::progress;
use crate::session::Session;
use crate::units::short_size;

/// Bytes of a page of the database.
const PAGE_LEN: u64 = 4096;

/// Arguments of `kv backup`.
#[derive(Debug, Args)]
pub struct Backup {
    /// The new file, which appears when it is whole
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
    /// Copies one snapshot; writers go on meanwhile.
    pub fn run(&self, session: &Session) -> Result<Answer> {
        let interrupt = Interrupt::listen()?;
        let store = session.read()?;
        let bar = progress::bar_of_bytes("backing up", 0);
        let copied = store.backup(&self.file, &mut |progress| {
            bar.set_length(progress.total * PAGE_LEN);
            bar.set_position(progress.done * PAGE_LEN);
            !interrupt.is_set()
        });
        bar.finish_and_clear();
        match copied {
            Ok(()) => Ok(Answer::Yes),
            Err(error) if error.kind() == ErrorKind::Cancelled && interrupt.is_set() => {
                Err(interrupt.failure("stopped; there is no backup"))
            }
            // That the file is there already is nothing that a look at the help would mend.
            Err(error) => Err(Failure::other(error.message())),
        }
    }
}

impl Check {
    /// Prints `ok`, or fails with what is wrong.
    pub fn run(&self, session: &Session) -> Result<Answer> {
        let store = session.read()?;
        let bar = progress::wait("checking");
        let checked = store.check();
        bar.finish_and_clear();
        checked?;
        print("ok")
    }
}

impl Compact {
    /// Prints the sizes of the file before and after. Ctrl-C leaves the file as it was.
    pub fn run(&self, session: &Session) -> Result<Answer> {
        let store = session.change()?;
        let before = store.stats()?.file_bytes;
        let bar = progress::wait("compacting");
        let compacted = store.compact();
        bar.finish_and_clear();
        compacted.map_err(Failure::from)?;
        let after = store.stats()?.file_bytes;
        print(&format!("{} before, {} after", short_size(before), short_size(after)))
    }
}

fn print(line: &str) -> Result<Answer> {
    let mut out = Output::new();
    out.line(line)?;
    out.finish()?;
    Ok(Answer::Yes)
}
