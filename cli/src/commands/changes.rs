//! `kv changes`: the change log, by which watches receive the changes of other processes.

use std::time::Duration;

use clap::{Args, Subcommand};
use kv::{ErrorKind, LogOptions, OpenOptions};

use crate::failure::Result;
use crate::figures::{self, Amount, figure};
use crate::format::{Format, FormatArgument};
use crate::outcome::Outcome;
use crate::output::{Output, print_line};
use crate::session::Session;
use crate::units;

/// Arguments of `kv changes`.
#[derive(Debug, Args)]
#[command(after_help = "\
Without a command it prints off, or on and the version after which the log has every change.

Examples:
  kv changes on --keep 100000 --keep-for 7d
  kv changes
  kv changes off")]
#[command(args_conflicts_with_subcommands = true)]
pub struct Changes {
    #[command(flatten)]
    format: FormatArgument,
    #[command(subcommand)]
    action: Option<Action>,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Switch the change log on, for every process
    #[command(after_help = "\
Examples:
  kv changes on
  kv changes on --keep 100000 --keep-for 7d")]
    On {
        /// Number of changes to keep; 0 for all
        #[arg(long, value_name = "COUNT")]
        keep: Option<u64>,
        /// Time to keep a change; 0 for ever
        #[arg(long, value_name = "DURATION", value_parser = units::ttl)]
        keep_for: Option<i64>,
    },
    /// Switch the change log off and remove its changes
    #[command(after_help = "\
Examples:
  kv changes off")]
    Off,
}

impl Changes {
    /// Switches the log; or prints `off`, or `on` and the version after which it has all changes.
    pub fn run(&self, session: &Session) -> Result<Outcome> {
        let changes = match &self.action {
            None => return show(session, self.format.or(Format::Text)),
            Some(Action::Off) => LogOptions { enabled: Some(false), ..LogOptions::default() },
            Some(Action::On { keep, keep_for }) => LogOptions {
                enabled: Some(true),
                keep: *keep,
                keep_for: keep_for.map(|millis| Duration::from_millis(millis as u64)),
            },
        };
        // Switching the log off does not create a store.
        let is_off = changes.enabled == Some(false);
        if is_off {
            session.change()?;
        }
        session.create_with(OpenOptions { changes, ..OpenOptions::default() })?;
        Ok(Outcome::Success)
    }
}

fn show(session: &Session, format: Format) -> Result<Outcome> {
    let store = session.read()?;
    let oldest = match store.oldest_change() {
        Ok(version) => Some(version),
        Err(error) if error.kind() == ErrorKind::Unsupported => None,
        Err(error) => return Err(error.into()),
    };
    if format == Format::Text {
        return print_line(&match oldest {
            Some(version) => format!("on, after version {version}"),
            None => "off".to_owned(),
        });
    }
    let state = if oldest.is_some() { "on" } else { "off" };
    let mut figures = vec![figure("changes", Amount::Word(state.to_owned()))];
    figures.extend(oldest.map(|version| figure("after_version", Amount::Count(version))));
    let mut out = Output::new();
    figures::print(&mut out, format, &figures)?;
    out.finish()?;
    Ok(Outcome::Success)
}
