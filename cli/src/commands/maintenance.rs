//! `kv check` and `kv compact`: maintenance of a store.

use std::path::PathBuf;

use clap::{Args, ValueHint};
use kv::Repair;

use crate::failure::{Failure, Result};
use crate::outcome::Outcome;
use crate::output::{Output, print_line};
use crate::progress;
use crate::session::Session;
use crate::store_arguments::{StoreArguments, StoreName};
use crate::units::short_size;

/// Arguments of `kv check`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  kv check
  kv check backups/app.db                    # a backup, before it is needed")]
pub struct Check {
    /// A backup or another file to verify in place of the store; nothing is written to it
    #[arg(value_hint = ValueHint::FilePath)]
    file: Option<PathBuf>,
    /// End a store with a log before its first damaged record; what follows stays beside, in files
    /// with .damaged at the end of their names
    #[arg(long, conflicts_with = "file")]
    repair: bool,
}

/// Arguments of `kv compact`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  kv compact")]
pub struct Compact {}

impl Check {
    /// Prints `ok`, or fails with the damage that was found.
    pub fn run(&self, session: &Session) -> Result<Outcome> {
        if self.repair {
            repair(session)?;
        }
        let store = match &self.file {
            None => session.read()?,
            Some(file) => {
                session.expect_no_store_options()?;
                let arguments = StoreArguments::of_backup(file)?;
                Session::new(arguments, session.group_arguments().clone()).read()?
            }
        };
        let bar = progress::wait("checking");
        let checked = store.check();
        bar.finish_and_clear();
        checked?;
        print_line("ok")
    }
}

/// Repairs the store of the session, and reports on standard error what is lost.
fn repair(session: &Session) -> Result<()> {
    let StoreName::Location(location) = session.store_arguments().store_name()? else {
        return Err(Failure::other("name the store by its location to repair it".to_owned()));
    };
    if let Some(Repair { file, offset, dropped }) = kv::repair(&location)? {
        eprintln!(
            "{file} was damaged at byte {offset}; {} from there on are in files beside it that end \
             with .damaged",
            short_size(dropped)
        );
    }
    Ok(())
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
        let mut out = Output::new();
        let [before, after] = [before, after].map(|size| match out.is_terminal() {
            true => short_size(size),
            false => format!("{size} bytes"),
        });
        out.line(&format!("{before} before, {after} after"))?;
        out.finish()?;
        Ok(Outcome::Success)
    }
}
