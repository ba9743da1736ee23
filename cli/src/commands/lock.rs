//! `kv lock`: locks with a lease, and programs that run while one is held.

use std::ffi::OsString;
use std::time::Duration;

use clap::{Args, Subcommand};
use kv::{Grant, Locks, Version};

use crate::escape::escaped;
use crate::failure::{Failure, Result};
use crate::figures::{self, Amount, figure};
use crate::format::{Format, FormatArgument};
use crate::locked_program::LockedProgram;
use crate::outcome::Outcome;
use crate::output::Output;
use crate::session::Session;
use crate::units::{self, bytes, now_ms};

/// Arguments of `kv lock`.
#[derive(Debug, Args)]
#[command(after_help = "\
A lock has one owner at a time among all processes with the same store, for a lease. The token of each
grant is higher than those of all earlier ones.

Examples:
  kv lock run nightly -- ./backup.sh          # renews the lease until the program ends
  kv lock run nightly --wait 10m -- ./backup.sh
  kv lock show nightly
  kv lock acquire deploy --lease 5m           # prints the version that releases it")]
pub struct Lock {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Run a program while the lock is held, and end with its exit status
    #[command(after_help = "\
The lease is renewed while the program runs, and the lock is released when it ends. The program finds
the token in KV_LOCK_TOKEN. If the lock is lost, the program is ended by SIGTERM.

Examples:
  kv lock run nightly -- ./backup.sh
  kv lock run nightly --wait 10m --lease 1m -- sh -c 'echo \"$KV_LOCK_TOKEN\"'")]
    Run {
        #[command(flatten)]
        request: Request,
        /// The program, and its arguments
        #[arg(required = true, last = true, value_name = "COMMAND")]
        program: Vec<OsString>,
    },
    /// Acquire the lock and print its token and the version that releases it
    #[command(after_help = "\
Examples:
  kv lock acquire deploy --lease 5m
  kv lock acquire build --wait 1m -o json")]
    Acquire {
        #[command(flatten)]
        request: Request,
        #[command(flatten)]
        format: FormatArgument,
    },
    /// Release the lock, if it is still that of the version
    #[command(after_help = "\
Examples:
  kv lock release deploy 1712345678901234")]
    Release {
        /// The name of the lock
        name: OsString,
        /// The version that acquire has printed
        version: Version,
    },
    /// Print the owner of the lock and the time until its lease ends
    #[command(after_help = "\
Examples:
  kv lock show nightly                        # exit status 1 if it is free")]
    Show {
        /// The name of the lock
        name: OsString,
        #[command(flatten)]
        format: FormatArgument,
    },
}

/// The lock to acquire.
#[derive(Debug, Args)]
struct Request {
    /// The name of the lock
    name: OsString,
    /// Time after which the lock is free again if it is not renewed
    #[arg(long, value_name = "DURATION", value_parser = units::ttl, default_value = "30s")]
    lease: i64,
    /// Time to wait for the lock if another owner holds it
    #[arg(long, value_name = "DURATION", value_parser = units::ttl, default_value = "0")]
    wait: i64,
    /// Description of the owner for others [default: host and process]
    #[arg(long, value_name = "TEXT")]
    owner: Option<OsString>,
}

impl Lock {
    /// Runs the action.
    pub fn run(&self, session: &Session) -> Result<Outcome> {
        match &self.action {
            Action::Run { request, program } => {
                let store = session.create()?;
                let grant = request.acquire(&Locks::new(&store))?;
                let name = bytes(&request.name);
                LockedProgram { store: &store, name, grant, lease_ms: request.lease }.run(program)
            }
            Action::Acquire { request, format } => {
                let store = session.create()?;
                let Grant { token, version } = request.acquire(&Locks::new(&store))?;
                let figures = [
                    figure("token", Amount::Count(token)),
                    figure("version", Amount::Count(version)),
                ];
                print(format.or(Format::Text), &figures)
            }
            Action::Release { name, version } => {
                let store = session.change()?;
                let grant = Grant { token: 0, version: *version };
                match Locks::new(&store).release(bytes(name), grant)? {
                    true => Ok(Outcome::Success),
                    false => Err(Failure::Negative(format!(
                        "lock {} is no longer that of version {version}",
                        escaped(bytes(name))
                    ))),
                }
            }
            Action::Show { name, format } => show(session, name, format.or(Format::Text)),
        }
    }
}

impl Request {
    fn acquire(&self, locks: &Locks<'_>) -> Result<Grant> {
        let owner = self.owner.as_ref().map(|it| bytes(it).to_vec());
        let owner = owner.unwrap_or_else(|| this_process().into_bytes());
        let wait = Duration::from_millis(self.wait.unsigned_abs());
        let name = bytes(&self.name);
        if let Some(grant) = locks.acquire(name, &owner, self.lease, wait)? {
            return Ok(grant);
        }
        let holder = match locks.get(name)? {
            Some(entry) => format!("is held by {}", escaped(&entry.value)),
            None => "was held until now".to_owned(),
        };
        let advice = match self.wait {
            0 => "--wait waits for it".to_owned(),
            wait => format!("waited for {}", units::short(wait)),
        };
        Err(Failure::Negative(format!("lock {} {holder}; {advice}", escaped(name))))
    }
}

/// Returns the name of the host and the number of this process.
fn this_process() -> String {
    let host = rustix::system::uname();
    format!("{}:{}", host.nodename().to_string_lossy(), std::process::id())
}

fn show(session: &Session, name: &OsString, format: Format) -> Result<Outcome> {
    let store = session.read()?;
    let Some(entry) = Locks::new(&store).get(bytes(name))? else {
        return Err(Failure::Negative(format!("lock {} is free", escaped(bytes(name)))));
    };
    let owner = escaped(&entry.value);
    let mut figures = vec![figure("owner", Amount::Word(owner))];
    if let Some(at) = entry.expires_at {
        let left = at.as_millis().saturating_sub(now_ms()).max(0);
        figures.push(figure("lease_left", Amount::Millis(left)));
    }
    figures.push(figure("version", Amount::Count(entry.version)));
    print(format, &figures)
}

fn print(format: Format, figures: &[figures::Figure]) -> Result<Outcome> {
    let mut out = Output::new();
    figures::print(&mut out, format, figures)?;
    out.finish()?;
    Ok(Outcome::Success)
}
