//! `kv import`: imports entries from JSON lines, or from the data of another system.

use std::fs;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum, ValueHint};
use indicatif::ProgressBar;
use kv::{OpenOptions, Store};

use crate::failure::{Failure, Result};
use crate::foreign::{self, System};
use crate::import_line::ImportLine;
use crate::importer::Importer;
use crate::interrupt::Interrupt;
use crate::line_reader::LineReader;
use crate::outcome::Outcome;
use crate::progress;
use crate::session::Session;
use crate::units::bytes;

/// Arguments of `kv import`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  kv import backup.jsonl
  kv import backup.jsonl --if-absent          # what exists stays
  jq -c '.[]' array.json | kv import          # from a JSON array
  kv import --format petrock old.db --db-path app.db")]
pub struct Import {
    /// The file or directory to read; - or no file is standard input, for JSON lines
    #[arg(value_hint = ValueHint::FilePath)]
    file: Option<PathBuf>,
    /// Format of the file
    #[arg(long, value_enum, default_value_t = Format::Lines, value_name = "FORMAT")]
    format: Format,
    /// Keep entries that exist in the store
    #[arg(long)]
    if_absent: bool,
    /// Begin with this line; the first is 1
    #[arg(long, value_name = "LINE", default_value_t = 1)]
    #[arg(value_parser = clap::value_parser!(u64).range(1..))]
    from_line: u64,
    /// Read all entries and write none
    #[arg(long)]
    dry_run: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// JSON lines, as kv export writes them
    Lines,
    /// A database of petrock: the table kv_store
    Petrock,
    /// A database of go-store: the tables entries and kv
    GoStore,
    /// A directory of plumego: the file store.json, or store.wal and a snapshot
    Plumego,
}

impl Import {
    /// Imports the file, and reports the number of entries on standard error.
    pub fn run(&self, session: &Session) -> Result<Outcome> {
        match self.format {
            Format::Lines => self.import_lines(session),
            Format::Petrock => self.import_foreign(session, System::Petrock),
            Format::GoStore => self.import_foreign(session, System::GoStore),
            Format::Plumego => self.import_foreign(session, System::Plumego),
        }
    }

    fn import_lines(&self, session: &Session) -> Result<Outcome> {
        LineReader::expect_file(self.file.as_deref())?;
        // The store is opened before the lines, so that a file of the store itself is noticed.
        let store = if self.dry_run { None } else { Some(session.create()?) };
        let interrupt = Interrupt::install()?;
        let mut lines = LineReader::open(session, self.file.as_deref())?;
        let mut importer = self.importer(session, store.as_deref())?;
        let bar = match lines.len() {
            Some(len) => progress::bar_of_bytes("importing", len),
            None => progress::count("importing", "bytes"),
        };
        let done = self.add_lines(&mut lines, &mut importer, &interrupt, &bar);
        bar.finish_and_clear();
        // The lines that were read are also written after a malformed line.
        importer.flush().and(done).map_err(|failure| failure.note(&importer.resume_hint()))?;
        importer.report();
        Ok(Outcome::Success)
    }

    fn add_lines(
        &self,
        lines: &mut LineReader,
        importer: &mut Importer<'_>,
        interrupt: &Interrupt,
        bar: &ProgressBar,
    ) -> Result<()> {
        while let Some(len) = lines.advance().map_err(|failure| match interrupt.is_set() {
            true => interrupt.failure("stopped"),
            false => failure,
        })? {
            bar.inc(len);
            let number = lines.number();
            if number == 1 {
                expect_lines(lines.line())?;
            }
            if number >= self.from_line && !lines.line().trim_ascii().is_empty() {
                add_line(importer, lines.line(), number)?;
            }
            importer.set_next_line(number + 1);
            interrupt.check(|| "stopped".to_owned())?;
        }
        importer.expect_whole().map_err(|failure| of_line(failure, lines.number()))
    }

    fn import_foreign(&self, session: &Session, system: System) -> Result<Outcome> {
        let Some(path) = &self.file else {
            let message = match system {
                System::Plumego => "no data is given; name its directory",
                System::Petrock | System::GoStore => "no database is given; name its file",
            };
            return Err(Failure::usage(message));
        };
        if self.from_line != 1 {
            return Err(Failure::usage("--from-line is for JSON lines; leave it out"));
        }
        let mut source = foreign::open(path, system)?;
        let ignore_foreign_data = may_be_store(path, session)?;
        let opening = OpenOptions { ignore_foreign_data, ..OpenOptions::default() };
        let store = if self.dry_run { None } else { Some(session.create_with(opening)?) };
        let mut importer = self.importer(session, store.as_deref())?;
        let interrupt = Interrupt::install()?;
        let bar = progress::bar("importing", source.count()?, "keys");
        let done = source.each(&mut |entry| {
            bar.inc(1);
            interrupt.check(|| "stopped".to_owned())?;
            entry.check()?;
            importer.add(entry)
        });
        bar.finish_and_clear();
        let ended = importer.flush().and(done);
        ended.map_err(|it| it.note(&format!("{} keys were imported", importer.written())))?;
        importer.report();
        Ok(Outcome::Success)
    }

    fn importer<'s>(&self, session: &Session, store: Option<&'s Store>) -> Result<Importer<'s>> {
        let group = session.group_arguments().group.as_deref().map(|it| bytes(it).to_vec());
        Ok(Importer::new(store, group, self.if_absent))
    }
}

/// Returns whether the imported file may be the one that the store is in. Of a service it is not
/// known.
fn may_be_store(path: &Path, session: &Session) -> Result<bool> {
    let file = session.store_arguments().store_name()?.path();
    let place_of = |path: &Path| fs::canonicalize(path).ok();
    Ok(file.is_none_or(|file| place_of(&file) == place_of(path)))
}

/// Fails if the first line shows that the file does not have one JSON object in each line.
fn expect_lines(first: &[u8]) -> Result<()> {
    match first.trim_ascii().first() {
        Some(b'[') => Err(Failure::other(
            "the file is a JSON array, and import reads one object in each line; \
             jq -c '.[]' FILE | kv import converts it",
        )),
        _ => Ok(()),
    }
}

/// Parses a line and adds it.
fn add_line(importer: &mut Importer<'_>, line: &[u8], number: u64) -> Result<()> {
    let named = |failure| of_line(failure, number);
    match ImportLine::parse(line).map_err(|error| named(Failure::other(error)))? {
        ImportLine::Piece(piece, bytes) => importer.add_piece(piece, &bytes).map_err(named),
        ImportLine::Entry(entry) => {
            importer.expect_whole().map_err(named)?;
            importer.add(entry)
        }
        ImportLine::Long(entry, size) => {
            importer.expect_whole().map_err(named)?;
            importer.begin_long(entry, size, number).map_err(named)
        }
    }
}

fn of_line(failure: Failure, number: u64) -> Failure {
    failure.context(format_args!("line {number}"))
}
