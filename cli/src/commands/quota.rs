//! `kv quota`: the quota of a namespace.

use clap::{Args, Subcommand};
use kv::{Namespace, Quota as Limits, QuotaState};

use crate::failure::{Failure, Result};
use crate::outcome::Outcome;
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
    /// Print the usage and the quota of a namespace
    Show {
        /// The namespace
        name: String,
    },
    /// Set the quota of a namespace, for every process; a limit that is left out is unchanged
    Set {
        /// The namespace
        name: String,
        /// Largest number of live keys; 0 for no limit
        #[arg(long, value_name = "COUNT")]
        max_keys: Option<u64>,
        /// Largest number of groups; 0 for no limit
        #[arg(long, value_name = "COUNT")]
        max_groups: Option<u64>,
        /// Largest size of groups, keys and values, such as 64MiB; 0 for no limit
        #[arg(long, value_name = "SIZE", value_parser = units::size)]
        max_bytes: Option<u64>,
    },
}

impl Quota {
    /// Shows or sets the quota.
    pub fn run(&self, session: &Session) -> Result<Outcome> {
        if session.group_arguments().namespace.is_some() {
            return Err(Failure::usage(
                "the namespace is an argument of this command; leave out --namespace",
            ));
        }
        match &self.action {
            Action::Show { name } => {
                let name = Namespace::new(name.as_bytes())?;
                let store = session.read()?;
                let state = store.quota(&name)?;
                if state.quota.is_unlimited() {
                    return Err(Failure::Negative(format!("namespace {name:?} has no quota")));
                }
                print(&state)
            }
            Action::Set { name, max_keys, max_groups, max_bytes } => {
                let name = Namespace::new(name.as_bytes())?;
                if max_keys.or(*max_groups).or(*max_bytes).is_none() {
                    return Err(Failure::usage(
                        "no limit is given; name --max-keys, --max-groups or --max-bytes",
                    ));
                }
                let store = session.create()?;
                let before = store.quota(&name)?.quota;
                let quota = Limits {
                    max_keys: max_keys.unwrap_or(before.max_keys),
                    max_groups: max_groups.unwrap_or(before.max_groups),
                    max_bytes: max_bytes.unwrap_or(before.max_bytes),
                };
                store.set_quota(&name, quota)?;
                Ok(Outcome::Success)
            }
        }
    }
}

fn print(state: &QuotaState) -> Result<Outcome> {
    let (usage, limits) = (state.usage, state.quota);
    let rows = [
        ("keys", usage.keys, limits.max_keys),
        ("groups", usage.groups, limits.max_groups),
        ("bytes", usage.bytes, limits.max_bytes),
    ];
    let mut out = Output::new();
    for (unit, used, limit) in rows {
        let limit = if limit == 0 { "any number".to_owned() } else { limit.to_string() };
        out.line(&format!("{unit:<8}{used} of {limit}"))?;
    }
    out.finish()?;
    Ok(Outcome::Success)
}
