//! `kv completions` and `kv man`: what is made of the command line's description.

use std::io;
use std::path::PathBuf;

use clap::{Args, CommandFactory, ValueHint};
use clap_complete::Shell;

use crate::arguments::CommandLine;
use crate::outcome::{Answer, Failure, Result};
use crate::output::Output;
use crate::session::Session;
use crate::shown::shown;

/// Arguments of `kv completions`.
#[derive(Debug, Args)]
pub struct Completions {
    /// The shell
    shell: Shell,
}

/// Arguments of `kv man`.
#[derive(Debug, Args)]
pub struct Man {
    /// A directory for the pages of all commands: kv.1, kv-get.1 and so on
    #[arg(value_hint = ValueHint::DirPath)]
    directory: Option<PathBuf>,
}

impl Completions {
    /// Prints the script.
    pub fn run(&self, _: &Session) -> Result<Answer> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut CommandLine::command(), "kv", &mut script);
        print(&script)
    }
}

impl Man {
    /// Prints the page, or writes all.
    pub fn run(&self, _: &Session) -> Result<Answer> {
        let command = CommandLine::command();
        let Some(directory) = &self.directory else {
            let mut page = Vec::new();
            clap_mangen::Man::new(command).render(&mut page)?;
            return print(&page);
        };
        let name = shown(directory.as_os_str().as_encoded_bytes());
        let failed = |error: io::Error| Failure::other(format!("write into {name}: {error}"));
        clap_mangen::generate_to(command, directory).map_err(failed)?;
        Ok(Answer::Yes)
    }
}

fn print(text: &[u8]) -> Result<Answer> {
    let mut out = Output::new();
    out.bytes(text)?;
    out.finish()?;
    Ok(Answer::Yes)
}
