//! `kv delete`, `kv delete-group` and `kv delete-prefix`.

use std::ffi::OsString;

use clap::Args;
use kv::{Commit, Condition, Group, Key, Op, Reply, Version};

use crate::failure::{Failure, Result};
use crate::outcome::Outcome;
use crate::output::print_line;
use crate::session::Session;
use crate::units::bytes;

/// Arguments of `kv delete`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  kv delete user:7 user:8                     # exit status 1 if one was missing
  kv list -0 --prefix tmp: | xargs -0 -r kv delete
  kv delete user:7 --if-version 1712345678901234")]
pub struct Delete {
    /// The keys
    #[arg(required = true, value_name = "KEY")]
    keys: Vec<OsString>,
    /// Only if the key is at this version
    #[arg(long, value_name = "VERSION", value_parser = clap::value_parser!(u64).range(1..))]
    if_version: Option<Version>,
}

/// Arguments of `kv delete-group`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  kv delete-group sessions
  kv delete-group ''                           # the default group")]
pub struct DeleteGroup {
    /// The group; the empty name is the default group
    name: OsString,
}

/// Arguments of `kv delete-prefix`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  kv delete-prefix tmp:
  kv delete-prefix user:7: --group sessions")]
pub struct DeletePrefix {
    /// Prefix of the keys, byte for byte
    prefix: OsString,
}

impl Delete {
    /// Deletes the keys, and reports those that were not found.
    pub fn run(&self, session: &Session) -> Result<Outcome> {
        let store = session.change()?;
        let condition = self.if_version.map_or(Condition::Any, Condition::Version);
        let group = session.group()?;
        let mut steps = Vec::with_capacity(self.keys.len());
        for key in &self.keys {
            steps.push(Op::Delete { group, key: Key::new(bytes(key))?, condition });
        }
        let (commit, replies) = store.commit(&steps)?;
        if let Commit::Refused { index, version } = commit {
            let key = self.keys.get(index).map_or(&b""[..], |key| bytes(key));
            return Err(Failure::conflict(key, version));
        }
        let missing = self.keys.iter().zip(replies).filter(|(_, it)| *it != Reply::Deleted(true));
        let failures = missing.map(|(key, _)| Failure::not_found(bytes(key)));
        let printed = failures.map(|failure| failure.print()).count();
        Ok(Outcome::from(printed == 0))
    }
}

impl DeleteGroup {
    /// Deletes the group and prints the number of its keys.
    pub fn run(&self, session: &Session) -> Result<Outcome> {
        let store = session.change()?;
        let count = store.delete_group(Group::new(bytes(&self.name))?)?;
        print_line(&count.to_string())
    }
}

impl DeletePrefix {
    /// Deletes the keys and prints their number.
    pub fn run(&self, session: &Session) -> Result<Outcome> {
        let store = session.change()?;
        let count = store.delete_prefix(session.group()?, bytes(&self.prefix))?;
        print_line(&count.to_string())
    }
}
