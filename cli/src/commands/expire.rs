//! `kv ttl`, `kv expire`, `kv persist` and `kv purge`: the expiry of keys.

use std::ffi::OsString;

use clap::Args;
use kv::{ExpireOutcome, ExpiryRule, Key};

use crate::escape::escaped;
use crate::failure::{Failure, Result};
use crate::outcome::Outcome;
use crate::output::print_line;
use crate::session::Session;
use crate::units::{self, bytes};

/// Arguments of `kv ttl`.
#[derive(Debug, Args)]
pub struct Ttl {
    /// The key
    key: OsString,
}

/// Arguments of `kv expire`.
#[derive(Debug, Args)]
pub struct Expire {
    /// The key
    key: OsString,
    /// Time until the key expires: 500ms, 90s, 5m, 12h, 7d; 0 for never
    #[arg(value_parser = units::ttl)]
    ttl: i64,
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
pub struct Persist {
    /// The key
    key: OsString,
}

/// Arguments of `kv purge`.
#[derive(Debug, Args)]
pub struct Purge {}

impl Ttl {
    /// Prints the milliseconds with their unit, or `never`.
    pub fn run(&self, session: &Session) -> Result<Outcome> {
        let store = session.read()?;
        let text = match store.ttl(session.group()?, Key::new(bytes(&self.key))?)? {
            None => return Err(Failure::not_found(bytes(&self.key))),
            Some(kv::Ttl::Never) => "never".to_owned(),
            Some(kv::Ttl::Millis(millis)) => format!("{millis}ms"),
        };
        print_line(&text)
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
        match session.change()?.expire(session.group()?, key, self.ttl, rule)? {
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
