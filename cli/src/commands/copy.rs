//! `kv copy`: everything from one store into another, whatever kinds they are.

use std::rc::Rc;

use clap::Args;
use indicatif::ProgressBar;
use kv::{Copied, CopyOptions, CopyProgress, ErrorKind, Existing, Group, Key, Store};

use crate::arguments::{Place, Scope};
use crate::interrupt::Interrupt;
use crate::lines::{Fields, Line};
use crate::outcome::{Answer, Failure, Result};
use crate::progress;
use crate::session::Session;

/// Arguments of `kv copy`.
#[derive(Debug, Args)]
pub struct Copy {
    /// Location of the store to read; --namespace narrows it
    from: String,
    /// Location of the store to write, which is created if it is missing
    to: String,
    /// Namespace of the target to write into
    #[arg(long, value_name = "NAME")]
    to_namespace: Option<String>,
    /// Leave keys alone that are there already
    #[arg(long, conflicts_with = "into_empty")]
    if_absent: bool,
    /// Only if the target holds nothing
    #[arg(long)]
    into_empty: bool,
    /// Go on behind this key, as a copy that was stopped has named it: {"group":"g","key":"k"}
    #[arg(long, value_name = "POSITION")]
    after: Option<String>,
}

/// The last key that was dealt with.
type Position = (Vec<u8>, Vec<u8>);

impl Copy {
    /// Copies, and says on standard error how much that was.
    pub fn run(&self, session: &Session) -> Result<Answer> {
        session.expect_no_place()?;
        let after = self.after.as_deref().map(parse_position).transpose()?;
        let interrupt = Interrupt::listen()?;
        let (from, to) = self.open(session)?;
        let after = after.as_ref();
        let after = after.map(|(group, key)| Ok((Group::new(group)?, Key::new(key)?)));
        let options =
            CopyOptions { existing: self.existing(), after: after.transpose().map_err(position)? };
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
                Ok(Answer::Yes)
            }
            Err(error) if error.kind() == ErrorKind::Cancelled && interrupt.is_set() => {
                Err(interrupt.failure("stopped").note(&how_far(last)))
            }
            Err(error) => Err(Failure::from(error).note(&how_far(last))),
        }
    }

    fn open(&self, session: &Session) -> Result<(Rc<Store>, Rc<Store>)> {
        let source = Session::new(place(&self.from), session.scope().clone());
        let scope = Scope { group: None, namespace: self.to_namespace.clone() };
        let target = Session::new(place(&self.to), scope);
        let from = source.read()?;
        match target.create() {
            Ok(to) => Ok((from, to)),
            // Two namespaces of one file, which cannot be open for reading only and for writing. It
            // is there, as has been seen.
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

fn place(location: &str) -> Place {
    Place { store: Some(location.to_owned()), ..Place::default() }
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
    parse().map_err(|why: String| Failure::usage(format!("--after: {why}")))
}

fn position(error: kv::Error) -> Failure {
    Failure::from(error).context("--after")
}

fn how_far(last: Option<Position>) -> String {
    let Some((group, key)) = last else {
        return "nothing is copied".to_owned();
    };
    let mut line = Vec::new();
    Line::begin(&mut line).bytes("group", &group).bytes("key", &key).end();
    let line = String::from_utf8_lossy(&line);
    format!("--after {} goes on", shell_words::quote(line.trim_end()))
}

fn report(copied: &Copied) -> String {
    let mut text = format!("copied {} keys", copied.entries);
    for (count, what) in [
        (copied.skipped, "are there already"),
        (copied.expired, "have expired"),
        (copied.missing, "are gone again"),
    ] {
        if count > 0 {
            text.push_str(&format!(", {count} {what}"));
        }
    }
    text
}
