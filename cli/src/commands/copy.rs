//! `kv copy`: copies all live entries of a store into another, on any two engines.

use std::rc::Rc;

use clap::Args;
use indicatif::ProgressBar;
use kv::{Copied, CopyOptions, CopyProgress, ErrorKind, Existing, Group, Key, Store};

use crate::failure::{Failure, Result};
use crate::interrupt::Interrupt;
use crate::json_fields::Fields;
use crate::json_line::JsonLine;
use crate::outcome::Outcome;
use crate::progress;
use crate::session::Session;
use crate::store_arguments::{GroupArguments, StoreArguments};

/// Arguments of `kv copy`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  kv copy app.db redis://localhost:6379/0?prefix=myapp
  kv copy app.db other.db --into-empty
  kv copy app.db other.db --namespace tenant-a")]
pub struct Copy {
    /// Location of the store to read; --namespace narrows it
    from: String,
    /// Location of the store to write, which is created if it is missing
    to: String,
    /// Namespace of the target to write into
    #[arg(long, value_name = "NAME")]
    to_namespace: Option<String>,
    /// Keep entries that exist in the target
    #[arg(long, conflicts_with = "into_empty")]
    if_absent: bool,
    /// Only if the target is empty
    #[arg(long)]
    into_empty: bool,
    /// Resume after this position, which a stopped copy prints: {"group":"g","key":"k"}
    #[arg(long, value_name = "POSITION")]
    after: Option<String>,
}

/// The group and key of the last entry that the copy has dealt with.
type Position = (Vec<u8>, Vec<u8>);

impl Copy {
    /// Copies, and reports the number of entries on standard error.
    pub fn run(&self, session: &Session) -> Result<Outcome> {
        session.expect_no_store_options()?;
        let after = self.after.as_deref().map(parse_position).transpose()?;
        let (from, to) = self.open(session)?;
        let interrupt = Interrupt::install()?;
        let after = after.as_ref();
        let after = after.map(|(group, key)| Ok((Group::new(group)?, Key::new(key)?)));
        let options = CopyOptions {
            existing: self.existing(),
            after: after.transpose().map_err(position_error)?,
        };
        let bar = progress::bar("copying", 0, "keys");
        let mut last = None;
        let copied = kv::copy(&from, &to, &options, &mut |progress| {
            note(&bar, progress);
            let (group, key) = progress.position;
            last = Some((group.as_bytes().to_vec(), key.as_bytes().to_vec()));
            !interrupt.is_set()
        });
        bar.finish_and_clear();
        match copied {
            Ok(copied) => {
                eprintln!("{}", report(&copied));
                Ok(Outcome::Success)
            }
            Err(error) if error.kind() == ErrorKind::Cancelled && interrupt.is_set() => {
                Err(interrupt.failure("stopped").note(&resume_hint(last)))
            }
            Err(error) => Err(Failure::from(error).note(&resume_hint(last))),
        }
    }

    fn open(&self, session: &Session) -> Result<(Rc<Store>, Rc<Store>)> {
        let source = Session::new(
            StoreArguments::of_location(&self.from),
            session.group_arguments().clone(),
        );
        let target_group = GroupArguments { group: None, namespace: self.to_namespace.clone() };
        let target = Session::new(StoreArguments::of_location(&self.to), target_group);
        let from = match source.read() {
            // A shell has it open for writing already, so it exists.
            Err(Failure::Usage(_)) => source.create()?,
            read => read?,
        };
        match target.create() {
            Ok(to) => Ok((from, to)),
            // Two namespaces of one file: a process cannot have it open for reading only and for
            // writing at once. Reading it has shown that it exists.
            Err(Failure::Usage(_)) => {
                drop(from);
                let to = target.create()?;
                Ok((source.create()?, to))
            }
            Err(failure) => Err(failure),
        }
    }

    fn existing(&self) -> Existing {
        match (self.if_absent, self.into_empty) {
            (true, _) => Existing::Keep,
            (_, true) => Existing::Refuse,
            _ => Existing::Overwrite,
        }
    }
}

fn note(bar: &ProgressBar, progress: &CopyProgress<'_>) {
    let copied = progress.copied;
    bar.set_length(progress.total);
    bar.set_position(copied.entries + copied.skipped + copied.expired);
}

fn parse_position(text: &str) -> Result<Position> {
    let parse = || {
        let mut fields = Fields::parse(text.as_bytes())?;
        let group = fields.take_bytes("group")?.unwrap_or_default();
        let key = fields.need_bytes("key")?;
        fields.expect_end()?;
        Ok((group, key))
    };
    parse().map_err(|error: String| Failure::usage(format!("--after: {error}")))
}

fn position_error(error: kv::Error) -> Failure {
    Failure::from(error).context("--after")
}

fn resume_hint(last: Option<Position>) -> String {
    let Some((group, key)) = last else {
        return "nothing was copied".to_owned();
    };
    let mut line = Vec::new();
    JsonLine::begin(&mut line).bytes("group", &group).bytes("key", &key).end();
    let line = String::from_utf8_lossy(&line);
    format!("resume with --after {}", shell_words::quote(line.trim_end()))
}

fn report(copied: &Copied) -> String {
    let mut text = format!("copied {} keys", copied.entries);
    for (count, state) in [
        (copied.skipped, "existed already"),
        (copied.expired, "had expired"),
        (copied.missing, "were deleted meanwhile"),
    ] {
        if count > 0 {
            text.push_str(&format!(", {count} {state}"));
        }
    }
    text
}
