//! `kv completions` and `kv man`: generated from the description of the command line.

use std::io;
use std::path::PathBuf;

use clap::{Args, Command, ValueHint};
use clap_complete::Shell;

use crate::escape::escaped;
use crate::failure::{Failure, Result};
use crate::outcome::Outcome;
use crate::output::Output;

/// Arguments of `kv completions`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  kv completions bash > kv.bash")]
pub struct Completions {
    /// Name of the shell
    shell: Shell,
}

/// Arguments of `kv man`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  kv man | man -l -
  kv man share/man/man1")]
pub struct Man {
    /// Directory for the pages of all commands: kv.1, kv-get.1 and so on
    #[arg(value_hint = ValueHint::DirPath)]
    directory: Option<PathBuf>,
}

impl Completions {
    /// Prints the script for `command`.
    pub fn run(&self, mut command: Command) -> Result<Outcome> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut command, "kv", &mut script);
        print(&script)
    }
}

impl Man {
    /// Prints the page of `command`, or writes the pages of it and of its subcommands.
    pub fn run(&self, command: Command) -> Result<Outcome> {
        let Some(directory) = &self.directory else {
            let mut page = Vec::new();
            clap_mangen::Man::new(command).render(&mut page)?;
            return print(&page);
        };
        let name = escaped(directory.as_os_str().as_encoded_bytes());
        let failed = |error: io::Error| Failure::other(format!("write into {name}: {error}"));
        clap_mangen::generate_to(command, directory).map_err(failed)?;
        Ok(Outcome::Success)
    }
}

fn print(text: &[u8]) -> Result<Outcome> {
    let mut out = Output::new();
    out.bytes(text)?;
    out.finish()?;
    Ok(Outcome::Success)
}
