//! `kv changes`: the log by which watches hear of other processes.

use clap::{Args, Subcommand};
use kv::{ErrorKind, LogOptions, OpenOptions};
use std::time::Duration;

use crate::outcome::{Answer, Result};
use crate::output::Output;
use crate::session::Session;
use crate::units;

/// Arguments of `kv changes`.
#[derive(Debug, Args)]
pub struct Changes {
    #[command(subcommand)]
    action: Option<Action>,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Keep a log from now on, for every process
    On {
        /// How many changes to keep; 0 for all
        #[arg(long, value_name = "COUNT")]
        keep: Option<u64>,
        /// For how long to keep them; 0 for ever
        #[arg(long, value_name = "DURATION", value_parser = units::ttl)]
        keep_for: Option<i64>,
    },
    /// Keep no log any more, and remove the one there is
    Off,
}

impl Changes {
    /// Switches it, or prints `off`, or `on` and the version after which the log has all changes.
    pub fn run(&self, session: &Session) -> Result<Answer> {
        let changes = match &self.action {
            None => return show(session),
            Some(Action::Off) => LogOptions { enabled: Some(false), ..LogOptions::default() },
            Some(Action::On { keep, keep_for }) => LogOptions {
                enabled: Some(true),
                keep: *keep,
                keep_for: keep_for.map(|millis| Duration::from_millis(millis as u64)),
            },
        };
        // Only a missing log is worth a new file.
        let is_off = changes.enabled == Some(false);
        if is_off {
            session.change()?;
        }
        session.create_with(OpenOptions { changes, ..OpenOptions::default() })?;
        Ok(Answer::Yes)
    }
}

fn show(session: &Session) -> Result<Answer> {
    let store = session.read()?;
    let text = match store.oldest_change() {
        Ok(version) => format!("on, after version {version}"),
        Err(error) if error.kind() == ErrorKind::Unsupported => "off".to_owned(),
        Err(error) => return Err(error.into()),
    };
    let mut out = Output::new();
    out.line(&text)?;
    out.finish()?;
    Ok(Answer::Yes)
}
