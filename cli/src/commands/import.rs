//! `kv import`: keys from JSON lines, or from another system's database.

use std::path::PathBuf;

use clap::{Args, ValueEnum, ValueHint};
use indicatif::ProgressBar;
use kv::Store;

use crate::foreign;
use crate::input::Lines;
use crate::intake::{Intake, Record};
use crate::interrupt::Interrupt;
use crate::lines::Fields;
use crate::outcome::{Answer, Failure, Result};
use crate::progress;
use crate::session::Session;

/// Arguments of `kv import`.
#[derive(Debug, Args)]
pub struct Import {
    /// The file to read; - or nothing is standard input, for JSON lines
    #[arg(value_hint = ValueHint::FilePath)]
    file: Option<PathBuf>,
    /// What the file is
    #[arg(long, value_enum, default_value_t = Format::Lines, value_name = "FORMAT")]
    format: Format,
    /// Leave keys alone that are there already
    #[arg(long)]
    if_absent: bool,
    /// Go on with this line, the first being 1
    #[arg(long, value_name = "LINE", default_value_t = 1)]
    #[arg(value_parser = clap::value_parser!(u64).range(1..))]
    from_line: u64,
    /// Only look whether every line can be read
    #[arg(long)]
    dry_run: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// JSON lines, as export writes them
    Lines,
    /// A database of petrock's: the table kv_store
    Petrock,
    /// A database of go-store's: the table entries
    GoStore,
}

impl Import {
    /// Reads all of it and says on standard error how much that was.
    pub fn run(&self, session: &Session) -> Result<Answer> {
        match self.format {
            Format::Lines => self.import_lines(session),
            Format::Petrock | Format::GoStore => self.import_database(session),
        }
    }

    fn import_lines(&self, session: &Session) -> Result<Answer> {
        let interrupt = Interrupt::listen()?;
        let mut lines = Lines::open(session, self.file.as_deref(), &interrupt)?;
        let store = if self.dry_run { None } else { Some(session.create()?) };
        let mut intake = self.intake(session, store.as_deref())?;
        let bar = match lines.len() {
            Some(len) => progress::bar_of_bytes("importing", len),
            None => progress::count("importing", "bytes"),
        };
        let done = self.take_lines(&mut lines, &mut intake, &interrupt, &bar);
        bar.finish_and_clear();
        // What was read is written also when a line behind it is broken or Ctrl-C comes.
        intake.flush().and(done).map_err(|failure| failure.note(&intake.how_far()))?;
        intake.report();
        Ok(Answer::Yes)
    }

    fn take_lines(
        &self,
        lines: &mut Lines,
        intake: &mut Intake<'_>,
        interrupt: &Interrupt,
        bar: &ProgressBar,
    ) -> Result<()> {
        while let Some(len) = lines.advance().map_err(|failure| match interrupt.is_set() {
            true => interrupt.failure("stopped"),
            false => failure,
        })? {
            bar.inc(len);
            let number = lines.number();
            if number >= self.from_line && !lines.line().trim_ascii().is_empty() {
                let record = parse(lines.line()).and_then(|record| {
                    record.check().map_err(|error| error.to_string())?;
                    Ok(record)
                });
                let named = |why| Failure::other(format!("line {number}: {why}"));
                intake.take(record.map_err(named)?)?;
            }
            intake.note_line(number + 1);
            interrupt.check(|| "stopped".to_owned())?;
        }
        Ok(())
    }

    fn import_database(&self, session: &Session) -> Result<Answer> {
        let Some(path) = &self.file else {
            return Err(Failure::usage("a database is a file"));
        };
        if self.from_line != 1 {
            return Err(Failure::usage("--from-line is for JSON lines"));
        }
        let kind = match self.format {
            Format::Petrock => foreign::Kind::Petrock,
            _ => foreign::Kind::GoStore,
        };
        let mut source = foreign::Source::open(path, kind)?;
        let store = if self.dry_run { None } else { Some(session.create()?) };
        let mut intake = self.intake(session, store.as_deref())?;
        let interrupt = Interrupt::listen()?;
        let bar = progress::bar("importing", source.count()?, "keys");
        let done = source.each(&mut |record| {
            bar.inc(1);
            interrupt.check(|| "stopped".to_owned())?;
            record.check()?;
            intake.take(record)
        });
        bar.finish_and_clear();
        let ended = intake.flush().and(done);
        ended.map_err(|it| it.note(&format!("{} keys are imported", intake.written())))?;
        intake.report();
        Ok(Answer::Yes)
    }

    fn intake<'s>(&self, session: &Session, store: Option<&'s Store>) -> Result<Intake<'s>> {
        let group = session.scope().group.as_deref().map(|it| crate::units::bytes(it).to_vec());
        Ok(Intake::new(store, group, self.if_absent))
    }
}

/// Reads the line of a key.
fn parse(line: &[u8]) -> Result<Record, String> {
    let mut fields = Fields::parse(line)?;
    let record = Record {
        group: fields.take_bytes("group")?.unwrap_or_default(),
        key: fields.need_bytes("key")?,
        value: match fields.take("json") {
            Some(json) => json.get().as_bytes().to_vec(),
            None => fields.need_bytes("value")?,
        },
        expires_at: fields.take_as("expires_at", "a whole number of milliseconds")?,
    };
    fields.expect_end()?;
    Ok(record)
}
