//! `kv recover`: what can be read of a damaged file, into a new store.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use clap::{Args, ValueHint};
use kv::{WholeFile, side_path};

use crate::damaged::{Damaged, LongValue};
use crate::escape::escaped;
use crate::failure::{Failure, Result};
use crate::import_entry::ImportEntry;
use crate::importer::Importer;
use crate::interrupt::Interrupt;
use crate::outcome::Outcome;
use crate::session::Session;
use crate::store_arguments::StoreArguments;

/// Arguments of `kv recover`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  kv recover damaged.db rescued.db")]
pub struct Recover {
    /// The damaged file, which is only read
    #[arg(value_hint = ValueHint::FilePath)]
    damaged: PathBuf,
    /// The new store, which must not exist
    #[arg(value_hint = ValueHint::FilePath)]
    new: PathBuf,
}

impl Recover {
    /// Writes the entries, and reports on standard error how many there are and what is lost.
    pub fn run(&self, session: &Session) -> Result<Outcome> {
        session.expect_no_store_options()?;
        let interrupt = Interrupt::install()?;
        if fs::symlink_metadata(&self.new).is_ok() {
            let name = escaped(self.new.as_os_str().as_encoded_bytes());
            return Err(Failure::other(format!("{name} exists already; name another file")));
        }
        let name = escaped(self.damaged.as_os_str().as_encoded_bytes());
        let failed = |error: io::Error| Failure::other(format!("read {name}: {error}"));
        let copy = copy(&self.damaged, &self.new).map_err(failed)?;
        let mut damaged = File::open(copy.path()).and_then(Damaged::new).map_err(failed)?;
        let target = Session::new(StoreArguments::of_file(self.new.clone()), Default::default());
        let store = target.create()?;
        let mut importer = Importer::new(Some(&store), None, false);
        let (mut refused, mut lost_values) = (0, 0);
        damaged.entries(|entry, long| {
            interrupt.check(|| "stopped; the new store lacks entries".to_owned())?;
            match (entry.check(), long) {
                (Ok(()), None) => importer.add(entry)?,
                (Ok(()), Some(value)) => {
                    let is_whole = add_long(&mut importer, entry, &value)?;
                    lost_values += u64::from(!is_whole);
                }
                (Err(_), _) => refused += 1,
            }
            Ok::<_, Failure>(())
        })?;
        importer.flush()?;
        importer.report();
        let (lost, pages) = (&damaged.lost, damaged.page_count());
        for (count, what) in [
            (lost.pages, format!("of {pages} pages cannot be read")),
            (lost.cells + refused, "rows cannot be read".to_owned()),
            (lost.values + lost_values, "keys have lost their value".to_owned()),
        ] {
            if count > 0 {
                eprintln!("lost: {count} {what}");
            }
        }
        Ok(Outcome::Success)
    }
}

/// Adds an entry with its value in pieces; returns whether all of them can be read.
fn add_long(
    importer: &mut Importer<'_>,
    entry: ImportEntry,
    value: &LongValue<'_>,
) -> Result<bool> {
    importer.begin_long(entry, value.size(), 0)?;
    for (number, piece) in (1..).zip(value.pieces()) {
        let Some(piece) = piece else {
            importer.discard_long();
            return Ok(false);
        };
        importer.add_piece(number, &piece)?;
    }
    Ok(true)
}

/// Copies the damaged file beside the new store, and moves its WAL into the copy as far as SQLite
/// can read it.
fn copy(damaged: &Path, new: &Path) -> io::Result<WholeFile> {
    let copy = WholeFile::create(&side_path(new, ".copy"))?;
    io::copy(&mut File::open(damaged)?, &mut copy.file())?;
    let log = side_path(damaged, "-wal");
    if log.exists() {
        fs::copy(log, side_path(copy.path(), "-wal"))?;
        let moved = rusqlite::Connection::open(copy.path()).and_then(|connection| {
            connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, i64>(0))
        });
        if let Err(error) = moved {
            eprintln!("lost: the log beside the file cannot be read: {error}");
        }
    }
    Ok(copy)
}
