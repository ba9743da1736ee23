//! The command line: what stands in the help, the completions and the manual comes from here.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::builder::styling::{AnsiColor, Styles};
use clap::{Args, Parser, Subcommand, ValueHint};

use crate::commands;
use crate::outcome::{Answer, Result};
use crate::session::Session;

const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Yellow.on_default().bold())
    .usage(AnsiColor::Yellow.on_default().bold())
    .literal(AnsiColor::Green.on_default().bold())
    .placeholder(AnsiColor::Cyan.on_default());

const AFTER_HELP: &str = "\
Which store: --store, else --db-path, else --config with --service, else the variable KV_STORE, \
else app.db. Commands that only read never create one.

Exit status: 0 done, 1 not found or a condition does not hold, 2 wrong usage, 3 everything else.";

/// A key-value store: groups of keys, expiry, versions, watches, in one file.
#[derive(Debug, Parser)]
#[command(name = "kv", version, styles = STYLES, after_help = AFTER_HELP)]
#[command(subcommand_required = true, arg_required_else_help = true)]
pub struct CommandLine {
    /// Which store.
    #[command(flatten)]
    pub place: Place,
    /// Where in it.
    #[command(flatten)]
    pub scope: Scope,
    /// What to do there.
    #[command(subcommand)]
    pub command: Command,
}

/// A line of the shell, which has a store already.
#[derive(Debug, Parser)]
#[command(name = "kv", no_binary_name = true, disable_version_flag = true)]
#[command(styles = STYLES, subcommand_required = true)]
pub struct ShellLine {
    /// Where in the store.
    #[command(flatten)]
    pub scope: Scope,
    /// What to do there.
    #[command(subcommand)]
    pub command: Command,
}

/// Which store is meant.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Store")]
pub struct Place {
    /// Path to the SQLite database [default: app.db]
    #[arg(long, global = true, value_name = "PATH", value_hint = ValueHint::FilePath)]
    #[arg(conflicts_with_all = ["store", "config"])]
    pub db_path: Option<PathBuf>,
    /// Location of the store, such as sqlite:PATH?durability=full [variable: KV_STORE]
    #[arg(long, global = true, value_name = "LOCATION", conflicts_with = "config")]
    pub store: Option<String>,
    /// Services file that names the store
    #[arg(long, global = true, value_name = "FILE", value_hint = ValueHint::FilePath)]
    #[arg(requires = "service")]
    pub config: Option<PathBuf>,
    /// Service of that file
    #[arg(long, global = true, value_name = "NAME", requires = "config")]
    pub service: Option<String>,
    /// Create the store if it is missing, also to read it
    #[arg(long, global = true)]
    pub create: bool,
}

/// Where in the store a command works.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Store")]
pub struct Scope {
    /// Group of the keys; the default group has the empty name
    #[arg(short, long, global = true, value_name = "NAME")]
    pub group: Option<OsString>,
    /// Namespace to which everything is narrowed
    #[arg(short, long, global = true, value_name = "NAME")]
    pub namespace: Option<String>,
}

macro_rules! commands {
    ($($(#[$attribute:meta])* $name:ident($arguments:path),)*) => {
        /// What to do.
        #[derive(Debug, Subcommand)]
        pub enum Command {
            $($(#[$attribute])* $name($arguments),)*
        }

        impl Command {
            /// Does it.
            pub fn run(&self, session: &Session) -> Result<Answer> {
                match self {
                    $(Command::$name(arguments) => arguments.run(session),)*
                }
            }
        }
    };
}

commands! {
    /// Retrieve a value and display it as formatted JSON
    Get(commands::get::Get),
    /// Store a value
    Set(commands::set::Set),
    /// List keys that match a glob, in byte order
    List(commands::list::List),
    /// Delete keys, all or none
    #[command(visible_alias = "del")]
    Delete(commands::delete::Delete),
    /// Tell whether a key is there
    Exists(commands::exists::Exists),
    /// Retrieve a value and delete it in one step
    Take(commands::get::Take),
    /// Add to the integer under a key and print the sum
    Incr(commands::change::Incr),
    /// Append to a value and print its new length
    Append(commands::change::Append),
    /// Print how long a key has to live
    Ttl(commands::expire::Ttl),
    /// Let a key live for a while from now on
    Expire(commands::expire::Expire),
    /// Let a key live for ever
    Persist(commands::expire::Persist),
    /// List the groups that hold keys
    Groups(commands::groups::Groups),
    /// Count keys
    Count(commands::groups::Count),
    /// Delete a whole group and print how many keys it held
    DeleteGroup(commands::delete::DeleteGroup),
    /// Delete the keys that begin with a prefix and print how many there were
    DeletePrefix(commands::delete::DeletePrefix),
    /// Remove what has expired from the file, and print how much it was
    Purge(commands::expire::Purge),
    /// Print changes as they are made, by any process
    Watch(commands::watch::Watch),
    /// Apply the steps in a file of JSON lines, all or none
    Batch(commands::batch::Batch),
    /// Read keys from JSON lines, or from the database of petrock or go-store
    Import(commands::import::Import),
    /// Write keys as JSON lines
    Export(commands::export::Export),
    /// Copy everything from one store into another
    Copy(commands::copy::Copy),
    /// Copy the whole store into a new file while it is in use
    Backup(commands::care::Backup),
    /// Verify everything that is stored
    Check(commands::care::Check),
    /// Give unused space back to the file system
    Compact(commands::care::Compact),
    /// Print figures of the store
    Stats(commands::stats::Stats),
    /// Show or set what a namespace may hold
    Quota(commands::quota::Quota),
    /// Show or switch the log of changes, by which watches hear of other processes
    Changes(commands::changes::Changes),
    /// Look at the records of operations that run once
    Idempotency(commands::idempotency::Idempotency),
    /// Read commands from a prompt
    Shell(commands::shell::Shell),
    /// Print the completions for a shell: kv completions bash > /etc/bash_completion.d/kv
    Completions(commands::pages::Completions),
    /// Print the manual page, or write those of all commands into a directory
    Man(commands::pages::Man),
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_holds_together() {
        CommandLine::command().debug_assert();
        ShellLine::command().debug_assert();
    }
}
