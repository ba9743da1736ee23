//! `kv browse`: a full-screen view of a store.

use std::ffi::OsString;
use std::time::Duration;

use clap::Args;
use kv::{Group, Key};

use crate::browse::{self, Options};
use crate::failure::Result;
use crate::outcome::Outcome;
use crate::session::Session;
use crate::units::{self, bytes};

/// Arguments of `kv browse`.
#[derive(Debug, Args)]
#[command(after_help = "\
Keys: arrows or h j k l move, Tab changes the pane, / filters, Enter opens, ? lists all keys, q quits.
Changes of other processes are shown as they come if the change log is on: kv changes on

Examples:
  kv browse
  kv browse sessions --prefix ada:
  kv browse --store redis://localhost:6379/0")]
pub struct Browse {
    /// The group that is opened, as --group names it [default: the first]
    #[arg(value_name = "GROUP", conflicts_with = "group")]
    name: Option<OsString>,
    /// Only keys of it that begin with this, byte for byte; Esc shows all
    #[arg(short, long, value_name = "PREFIX", default_value = "", hide_default_value = true)]
    prefix: OsString,
    /// Time between two looks for changes, if the change log is off
    #[arg(long, value_name = "DURATION", value_parser = units::ttl, default_value = "1s")]
    interval: i64,
}

impl Browse {
    /// Shows the store until a key ends the view.
    pub fn run(&self, session: &Session) -> Result<Outcome> {
        let named = self.name.as_ref().or(session.group_arguments().group.as_ref());
        let group = named.map(|name| Group::new(bytes(name))).transpose()?;
        let prefix = Key::new(bytes(&self.prefix))?;
        browse::run(
            session,
            &Options {
                group: group.as_ref().map(|group| group.as_bytes()),
                prefix: prefix.as_bytes(),
                interval: Duration::from_millis(self.interval.max(INTERVAL_MS_MIN) as u64),
            },
        )
    }
}

/// The shortest interval: a shorter one would only be work.
const INTERVAL_MS_MIN: i64 = 50;
