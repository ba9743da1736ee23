//! The command line. The help, the completions and the manual pages are generated from it.

use clap::builder::styling::{AnsiColor, Styles};
use clap::{CommandFactory, Parser, Subcommand};

use crate::commands;
use crate::failure::{Failure, Result};
use crate::log_lines::LogArgument;
use crate::outcome::Outcome;
use crate::session::Session;
use crate::shell::Line;
use crate::store_arguments::{GroupArguments, StoreArguments};

const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Yellow.on_default().bold())
    .usage(AnsiColor::Yellow.on_default().bold())
    .literal(AnsiColor::Green.on_default().bold())
    .placeholder(AnsiColor::Cyan.on_default());

const AFTER_HELP: &str = "\
The store is named by --store, --db-path, or --config with --service; without these options by the \
variable KV_STORE; without it, it is the file app.db. Commands that only read create no store without --create.

Exit status: 0 done, 1 not found or a condition does not hold, 2 wrong usage, 3 any other error.";

/// A key-value store in a file or a Redis: groups of keys, expiry, versions, watches.
#[derive(Debug, Parser)]
#[command(name = "kv", version, styles = STYLES, after_help = AFTER_HELP)]
#[command(subcommand_required = true, arg_required_else_help = true)]
pub struct CommandLine {
    /// The options that name the store.
    #[command(flatten)]
    pub store: StoreArguments,
    /// The options that name the group and the namespace.
    #[command(flatten)]
    pub group: GroupArguments,
    /// The option of the log.
    #[command(flatten)]
    pub log: LogArgument,
    /// The command.
    #[command(subcommand)]
    pub command: Command,
}

/// A line of the shell, which has a store already.
#[derive(Debug, Parser)]
#[command(name = "kv", no_binary_name = true, disable_version_flag = true)]
#[command(styles = STYLES, subcommand_required = true)]
pub struct ShellLine {
    /// The options that name the group and the namespace.
    #[command(flatten)]
    pub group: GroupArguments,
    /// The command.
    #[command(subcommand)]
    pub command: Command,
}

impl Line for ShellLine {
    fn group_arguments(&self) -> &GroupArguments {
        &self.group
    }

    fn run(&self, session: &Session) -> Result<Outcome> {
        match self.command {
            Command::Shell(_) => Err(Failure::usage("this is the shell already")),
            _ => self.command.run(session),
        }
    }
}

/// A command with its arguments.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Retrieve values and display them as formatted JSON
    Get(commands::get::Get),
    /// Store a value
    Set(commands::set::Set),
    /// List keys that match a glob, in byte order
    List(commands::list::List),
    /// Delete keys, all or none
    #[command(visible_alias = "del")]
    Delete(commands::delete::Delete),
    /// Print whether a key exists
    Exists(commands::exists::Exists),
    /// Retrieve a value and delete it in one step
    Take(commands::get::Take),
    /// Add to the integer of a key and print the sum
    Incr(commands::change::Incr),
    /// Append to a value and print its new length
    Append(commands::change::Append),
    /// Print the time until a key expires
    Ttl(commands::expire::Ttl),
    /// Set the time until a key expires, from now
    Expire(commands::expire::Expire),
    /// Remove the expiry of a key
    Persist(commands::expire::Persist),
    /// List the groups
    Groups(commands::groups::Groups),
    /// Count keys
    Count(commands::groups::Count),
    /// Delete a whole group and print the number of its keys
    DeleteGroup(commands::delete::DeleteGroup),
    /// Delete the keys that begin with a prefix and print their number
    DeletePrefix(commands::delete::DeletePrefix),
    /// Remove expired entries from storage and print their number
    Purge(commands::expire::Purge),
    /// Print changes as they are committed, by any process
    Watch(commands::watch::Watch),
    /// Show groups, entries and changes on the whole screen
    Browse(commands::browse::Browse),
    /// Apply the steps in a file of JSON lines, all or none
    Batch(commands::batch::Batch),
    /// Import keys from JSON lines, or from a database of petrock or go-store
    Import(commands::import::Import),
    /// Export keys as JSON lines
    Export(commands::export::Export),
    /// Copy all live entries of a store into another
    Copy(commands::copy::Copy),
    /// Copy the whole store into a new file while it is in use
    Backup(commands::backup::Backup),
    /// Replace everything in the store by a backup, while it is in use
    Restore(commands::backup::Restore),
    /// Write what can be read of a damaged file into a new store
    Recover(commands::recover::Recover),
    /// Verify the stored data, or those of a backup
    Check(commands::maintenance::Check),
    /// Return unused space to the file system
    Compact(commands::maintenance::Compact),
    /// Print figures of the store
    Stats(commands::stats::Stats),
    /// Show or set the quota of a namespace
    Quota(commands::quota::Quota),
    /// Show or switch the change log, by which watches receive the changes of other processes
    Changes(commands::changes::Changes),
    /// Show or remove idempotency records
    Idempotency(commands::idempotency::Idempotency),
    /// Run a program while a lock is held; acquire, show and release locks
    Lock(commands::lock::Lock),
    /// Print a template with the values of a group in place of its variables
    Render(commands::render::Render),
    /// Read commands from a prompt
    Shell(commands::shell::Shell),
    /// Print the options of stores, in locations and services files
    Options(commands::options::Options),
    /// Print the completions for a shell: kv completions bash > /etc/bash_completion.d/kv
    Completions(commands::pages::Completions),
    /// Print the manual page, or write the pages of all commands into a directory
    Man(commands::pages::Man),
}

impl Command {
    /// Runs the command.
    pub fn run(&self, session: &Session) -> Result<Outcome> {
        match self {
            Command::Get(it) => it.run(session),
            Command::Set(it) => it.run(session),
            Command::List(it) => it.run(session),
            Command::Delete(it) => it.run(session),
            Command::Exists(it) => it.run(session),
            Command::Take(it) => it.run(session),
            Command::Incr(it) => it.run(session),
            Command::Append(it) => it.run(session),
            Command::Ttl(it) => it.run(session),
            Command::Expire(it) => it.run(session),
            Command::Persist(it) => it.run(session),
            Command::Groups(it) => it.run(session),
            Command::Count(it) => it.run(session),
            Command::DeleteGroup(it) => it.run(session),
            Command::DeletePrefix(it) => it.run(session),
            Command::Purge(it) => it.run(session),
            Command::Watch(it) => it.run(session),
            Command::Browse(it) => it.run(session),
            Command::Batch(it) => it.run(session),
            Command::Import(it) => it.run(session),
            Command::Export(it) => it.run(session),
            Command::Copy(it) => it.run(session),
            Command::Backup(it) => it.run(session),
            Command::Restore(it) => it.run(session),
            Command::Recover(it) => it.run(session),
            Command::Check(it) => it.run(session),
            Command::Compact(it) => it.run(session),
            Command::Stats(it) => it.run(session),
            Command::Quota(it) => it.run(session),
            Command::Changes(it) => it.run(session),
            Command::Idempotency(it) => it.run(session),
            Command::Lock(it) => it.run(session),
            Command::Render(it) => it.run(session),
            Command::Options(it) => it.run(),
            // These three need the list of commands, which is above them.
            Command::Shell(it) => it.run::<ShellLine>(session),
            Command::Completions(it) => it.run(CommandLine::command()),
            Command::Man(it) => it.run(CommandLine::command()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        CommandLine::command().debug_assert();
        ShellLine::command().debug_assert();
    }
}
