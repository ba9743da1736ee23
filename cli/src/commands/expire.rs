//! `kv ttl`, `kv expire`, `kv persist` and `kv purge`: when keys die.

use std::ffi::OsString;

use clap::Args;
use kv::{ExpireOutcome, ExpiryRule, Key};

use crate::commands::delete::print_count;
use crate::commands::get::not_found;
use crate::outcome::{Answer, Failure, Result};
use crate::output::Output;
use crate::session::Session;
use crate::shown::shown;
use crate::units::{self, bytes};

/// Arguments of `kv ttl`.
#[derive(Debug, Args)]
pub struct Ttl {
    key: OsString,
}

/// Arguments of `kv expire`.
#[derive(Debug, Args)]
pub struct Expire {
    key: OsString,
    /// How long from now: 500ms, 90s, 5m, 12h, 7d; 0 for ever
    #[arg(value_parser = units::ttl)]
    ttl: i64,
    /// Only if it has no expiry
    #[arg(long)]
    nx: bool,
    /// Only if it has an expiry
    #[arg(long, conflicts_with = "nx")]
    xx: bool,
    /// Only if this is later
    #[arg(long, conflicts_with = "nx")]
    gt: bool,
    /// Only if this is earlier
    #[arg(long, conflicts_with_all = ["nx", "gt"])]
    lt: bool,
}

/// Arguments of `kv persist`.
#[derive(Debug, Args)]
pub struct Persist {
    key: OsString,
}

/// Arguments of `kv purge`.
#[derive(Debug, Args)]
pub struct Purge {}

impl Ttl {
    /// Prints the milliseconds with their unit, or `never`.
    pub fn run(&self, session: &Session) -> Result<Answer> {
        let store = session.read()?;
        let text = match store.ttl(session.group()?, Key::new(bytes(&self.key))?)? {
            None => return Err(not_found(bytes(&self.key))),
            Some(kv::Ttl::Never) => "never".to_owned(),
            Some(kv::Ttl::Millis(millis)) => format!("{millis}ms"),
        };
        let mut out = Output::new();
        out.line(&text)?;
        out.finish()?;
        Ok(Answer::Yes)
    }
}

impl Expire {
    /// Replaces the expiry.
    pub fn run(&self, session: &Session) -> Result<Answer> {
        let flags = [
            (self.nx, ExpiryRule::NX),
            (self.xx, ExpiryRule::XX),
            (self.gt, ExpiryRule::GT),
            (self.lt, ExpiryRule::LT),
        ];
        let flags = flags.iter().filter(|(is_set, _)| *is_set).map(|(_, flag)| flag).sum();
        let (key, rule) = (Key::new(bytes(&self.key))?, ExpiryRule::new(flags)?);
        match session.change()?.expire(session.group()?, key, self.ttl, rule)? {
            ExpireOutcome::Set => Ok(Answer::Yes),
            ExpireOutcome::NotFound => Err(not_found(bytes(&self.key))),
            ExpireOutcome::Refused => {
                let key = shown(bytes(&self.key));
                Err(Failure::No(format!("condition failed: the expiry stays: {key}")))
            }
        }
    }
}

impl Persist {
    /// Removes the expiry.
    pub fn run(&self, session: &Session) -> Result<Answer> {
        let store = session.change()?;
        match store.persist(session.group()?, Key::new(bytes(&self.key))?)? {
            true => Ok(Answer::Yes),
            false => Err(not_found(bytes(&self.key))),
        }
    }
}

impl Purge {
    /// Prints how many expired keys were removed.
    pub fn run(&self, session: &Session) -> Result<Answer> {
        print_count(session.change()?.purge_expired()?)
    }
}
