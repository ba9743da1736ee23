//! `kv quota`: the quota of a namespace.

use clap::{Args, Subcommand};
use kv::{Namespace, Quota as Limits, QuotaState};

use crate::failure::{Failure, Result};
use crate::figures::{self, Amount, figure};
use crate::format::{Format, FormatArgument};
use crate::outcome::Outcome;
use crate::output::Output;
use crate::session::Session;
use crate::units;

/// Arguments of `kv quota`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  kv quota set tenant-a --max-keys 10000 --max-bytes 64MiB
  kv quota show tenant-a
  kv quota set tenant-a --max-keys 0          # no limit of keys any more")]
pub struct Quota {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Print the usage and the quota of a namespace
    #[command(after_help = "\
Examples:
  kv quota show tenant-a
  kv quota show tenant-a -o json")]
    Show {
        /// The namespace
        name: String,
        #[command(flatten)]
        format: FormatArgument,
    },
    /// Set the quota of a namespace, for every process; a limit that is left out is unchanged
    #[command(after_help = "\
Examples:
  kv quota set tenant-a --max-keys 10000 --max-bytes 64MiB")]
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
            Action::Show { name, format } => {
                let name = Namespace::new(name.as_bytes())?;
                let store = session.read()?;
                let state = store.quota(&name)?;
                if state.quota.is_unlimited() {
                    return Err(Failure::Negative(format!(
                        "namespace {name:?} has no quota; 'kv quota set' sets one"
                    )));
                }
                print(&state, format.or(Format::Text))
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

fn print(state: &QuotaState, format: Format) -> Result<Outcome> {
    let (usage, limits) = (state.usage, state.quota);
    let figures = [
        figure("keys", Amount::Count(usage.keys)),
        figure("max_keys", Amount::Count(limits.max_keys)),
        figure("groups", Amount::Count(usage.groups)),
        figure("max_groups", Amount::Count(limits.max_groups)),
        figure("bytes", Amount::Bytes(usage.bytes)),
        figure("max_bytes", Amount::Bytes(limits.max_bytes)),
    ];
    let mut out = Output::new();
    if format == Format::Text {
        for pair in figures.chunks(2) {
            let [used, limit] = pair else { continue };
            let most = match limit.amount {
                Amount::Count(0) | Amount::Bytes(0) => "any number".to_owned(),
                _ => limit.amount.shown(&out),
            };
            out.line(&format!("{:<8}{} of {most}", used.name, used.amount.shown(&out)))?;
        }
    } else {
        figures::print(&mut out, format, &figures)?;
    }
    out.finish()?;
    Ok(Outcome::Success)
}
