//! `kv quota`: what a namespace may hold.

use clap::{Args, Subcommand};
use kv::{Namespace, Quota as Limits, QuotaState};

use crate::outcome::{Answer, Failure, Result};
use crate::output::Output;
use crate::session::Session;
use crate::units;

/// Arguments of `kv quota`.
#[derive(Debug, Args)]
pub struct Quota {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Print what a namespace holds and may hold
    Show {
        /// The namespace
        name: String,
    },
    /// Set what a namespace may hold, for every process; what is not named stays
    Set {
        /// The namespace
        name: String,
        /// Live keys; 0 for any number
        #[arg(long, value_name = "COUNT")]
        max_keys: Option<u64>,
        /// Groups with a live key; 0 for any number
        #[arg(long, value_name = "COUNT")]
        max_groups: Option<u64>,
        /// Bytes of groups, keys and values, such as 64MiB; 0 for any number
        #[arg(long, value_name = "SIZE", value_parser = units::size)]
        max_bytes: Option<u64>,
    },
}

impl Quota {
    /// Shows or sets it.
    pub fn run(&self, session: &Session) -> Result<Answer> {
        if session.scope().namespace.is_some() {
            return Err(Failure::usage("quota names its namespace itself, without --namespace"));
        }
        match &self.action {
            Action::Show { name } => {
                let name = Namespace::new(name.as_bytes())?;
                let store = session.read()?;
                let account = store.quota(&name)?;
                if account.quota.is_unlimited() {
                    return Err(Failure::No(format!("namespace {name:?} has no quota")));
                }
                print(&account)
            }
            Action::Set { name, max_keys, max_groups, max_bytes } => {
                let name = Namespace::new(name.as_bytes())?;
                if max_keys.or(*max_groups).or(*max_bytes).is_none() {
                    return Err(Failure::usage("no limit is given"));
                }
                let store = session.create()?;
                let before = store.quota(&name)?.quota;
                let quota = Limits {
                    max_keys: max_keys.unwrap_or(before.max_keys),
                    max_groups: max_groups.unwrap_or(before.max_groups),
                    max_bytes: max_bytes.unwrap_or(before.max_bytes),
                };
                store.set_quota(&name, quota)?;
                Ok(Answer::Yes)
            }
        }
    }
}

fn print(account: &QuotaState) -> Result<Answer> {
    let (used, limits) = (account.usage, account.quota);
    let rows = [
        ("keys", used.keys, limits.max_keys),
        ("groups", used.groups, limits.max_groups),
        ("bytes", used.bytes, limits.max_bytes),
    ];
    let mut out = Output::new();
    for (what, used, limit) in rows {
        let limit = if limit == 0 { "any number".to_owned() } else { limit.to_string() };
        out.line(&format!("{what:<8}{used} of {limit}"))?;
    }
    out.finish()?;
    Ok(Answer::Yes)
}
