//! `kv ttl`, `kv expire`, `kv persist` and `kv purge`: the expiry of keys.

use std::ffi::OsString;

use clap::Args;
use kv::{ExpireOutcome, ExpiryRule, Key, SetExpiry};

use crate::escape::escaped;
use crate::failure::{Failure, Result};
use crate::figures::{self, Amount, figure};
use crate::format::{Format, FormatArgument};
use crate::json_line::JsonLine;
use crate::moment;
use crate::outcome::Outcome;
use crate::output::{Output, print_line};
use crate::session::Session;
use crate::units::{self, bytes};

/// Arguments of `kv ttl`.
#[derive(Debug, Args)]
#[command(after_help = "\
On a terminal it prints the time in its two greatest units, elsewhere in milliseconds.

Examples:
  kv ttl session:1
  kv ttl session:1 -o json                    # with the moment of the expiry")]
pub struct Ttl {
    /// The key
    key: OsString,
    #[command(flatten)]
    format: FormatArgument,
}

/// Arguments of `kv expire`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  kv expire session:1 30m
  kv expire report --at '2026-12-24 18:00'    # local time, without an offset
  kv expire session:1 1h30m --gt              # only if that is later
  kv expire session:1 0                       # never; so does kv persist")]
pub struct Expire {
    /// The key
    key: OsString,
    /// Time until the key expires: 500ms, 1.5s, 5m, 1h30m, 7d, 2w; 0 for never
    #[arg(value_parser = units::ttl, required_unless_present = "at", conflicts_with = "at")]
    ttl: Option<i64>,
    /// Moment at which the key expires: 2026-12-24, '2026-12-24 18:00', 2026-12-24T18:00:00Z, or
    /// milliseconds since 1970
    #[arg(long, value_name = "MOMENT", value_parser = moment::parse)]
    at: Option<i64>,
    /// Only if the key has no expiry
    #[arg(long)]
    nx: bool,
    /// Only if the key has an expiry
    #[arg(long, conflicts_with = "nx")]
    xx: bool,
    /// Only if the new expiry is later
    #[arg(long, conflicts_with = "nx")]
    gt: bool,
    /// Only if the new expiry is earlier
    #[arg(long, conflicts_with_all = ["nx", "gt"])]
    lt: bool,
}

/// Arguments of `kv persist`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  kv persist session:1")]
pub struct Persist {
    /// The key
    key: OsString,
}

/// Arguments of `kv purge`.
#[derive(Debug, Args)]
#[command(after_help = "\
Reads never return an expired entry; the purge gives back its room. Stores that are open for writing
purge by themselves, every purge_interval.

Examples:
  kv purge")]
pub struct Purge {}

impl Ttl {
    /// Prints the time, or `never`.
    pub fn run(&self, session: &Session) -> Result<Outcome> {
        let store = session.read()?;
        let info = store.info(session.group()?, Key::new(bytes(&self.key))?)?;
        let info = info.ok_or_else(|| Failure::not_found(bytes(&self.key)))?;
        let expiry = info.expires_at.map(|at| at.as_millis());
        let left = expiry.map(|at| at.saturating_sub(units::now_ms()).max(0));
        let ttl = left.map_or(Amount::Word("never".to_owned()), Amount::Millis);
        let mut out = Output::new();
        match self.format.or(Format::Text) {
            Format::Text => out.line(&ttl.shown(&out))?,
            Format::Raw => out.line(&ttl.exact())?,
            Format::Table => {
                let mut figures = vec![figure("ttl", ttl)];
                figures.extend(expiry.map(|at| figure("expires_at", Amount::Moment(at))));
                figures::print(&mut out, Format::Table, &figures)?;
            }
            Format::Json => {
                let mut line = Vec::new();
                JsonLine::begin(&mut line)
                    .bytes("key", bytes(&self.key))
                    .maybe("ttl_ms", left)
                    .maybe("expires_at", expiry)
                    .end();
                out.bytes(&line)?;
            }
        }
        out.finish()?;
        Ok(Outcome::Success)
    }
}

impl Expire {
    /// Replaces the expiry.
    pub fn run(&self, session: &Session) -> Result<Outcome> {
        let flags = [
            (self.nx, ExpiryRule::NX),
            (self.xx, ExpiryRule::XX),
            (self.gt, ExpiryRule::GT),
            (self.lt, ExpiryRule::LT),
        ];
        let flags = flags.iter().filter(|(is_set, _)| *is_set).map(|(_, flag)| flag).sum();
        let (key, rule) = (Key::new(bytes(&self.key))?, ExpiryRule::new(flags)?);
        let expiry = match self.at {
            Some(at) => SetExpiry::from_expires_at(at),
            None => SetExpiry::from_ttl(self.ttl.unwrap_or_default())?,
        };
        match session.change()?.set_expiry(session.group()?, key, expiry, rule)? {
            ExpireOutcome::Set => Ok(Outcome::Success),
            ExpireOutcome::NotFound => Err(Failure::not_found(bytes(&self.key))),
            ExpireOutcome::Refused => {
                let key = escaped(bytes(&self.key));
                Err(Failure::Negative(format!("condition failed: the expiry is unchanged: {key}")))
            }
        }
    }
}

impl Persist {
    /// Removes the expiry.
    pub fn run(&self, session: &Session) -> Result<Outcome> {
        let store = session.change()?;
        match store.persist(session.group()?, Key::new(bytes(&self.key))?)? {
            true => Ok(Outcome::Success),
            false => Err(Failure::not_found(bytes(&self.key))),
        }
    }
}

impl Purge {
    /// Prints the number of expired entries that were removed.
    pub fn run(&self, session: &Session) -> Result<Outcome> {
        print_line(&session.change()?.purge_expired()?.to_string())
    }
}
