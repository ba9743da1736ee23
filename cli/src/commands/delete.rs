//! `kv delete`, `kv delete-group` and `kv delete-prefix`.

use std::ffi::OsString;

use clap::Args;
use kv::{Commit, Condition, Group, Key, Op, Reply, Version};

use crate::commands::get::not_found;
use crate::commands::set::conflict;
use crate::outcome::{Answer, Result};
use crate::output::Output;
use crate::session::Session;
use crate::units::bytes;

/// Arguments of `kv delete`.
#[derive(Debug, Args)]
pub struct Delete {
    #[arg(required = true, value_name = "KEY")]
    keys: Vec<OsString>,
    /// Only if the key is at this version
    #[arg(long, value_name = "VERSION", value_parser = clap::value_parser!(u64).range(1..))]
    if_version: Option<Version>,
}

/// Arguments of `kv delete-group`.
#[derive(Debug, Args)]
pub struct DeleteGroup {
    /// The group; the empty name is the default group
    name: OsString,
}

/// Arguments of `kv delete-prefix`.
#[derive(Debug, Args)]
pub struct DeletePrefix {
    /// What the keys begin with, byte for byte
    prefix: OsString,
}

impl Delete {
    /// Deletes the keys, and says which were not there.
    pub fn run(&self, session: &Session) -> Result<Answer> {
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
            return Err(conflict(key, version));
        }
        let missing = self.keys.iter().zip(replies).filter(|(_, it)| *it != Reply::Deleted(true));
        let failures = missing.map(|(key, _)| not_found(bytes(key)));
        let printed = failures.map(|failure| failure.print()).count();
        Ok(Answer::from(printed == 0))
    }
}

impl DeleteGroup {
    /// Deletes the group.
    pub fn run(&self, session: &Session) -> Result<Answer> {
        let store = session.change()?;
        print_count(store.delete_group(Group::new(bytes(&self.name))?)?)
    }
}

impl DeletePrefix {
    /// Deletes the keys.
    pub fn run(&self, session: &Session) -> Result<Answer> {
        let store = session.change()?;
        print_count(store.delete_prefix(session.group()?, bytes(&self.prefix))?)
    }
}

/// Prints how many there were.
pub fn print_count(count: u64) -> Result<Answer> {
    let mut out = Output::new();
    out.line(&count.to_string())?;
    out.finish()?;
    Ok(Answer::Yes)
}
