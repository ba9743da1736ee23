//! A value on the command line, in a file, or on standard input.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, IsTerminal, Read};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use clap::Args;

use crate::escape::escaped;
use crate::failure::{Failure, Result};
use crate::session::Session;
use crate::units::bytes;

/// The arguments that name a value.
#[derive(Debug, Args)]
pub struct ValueArgument {
    /// The value; @FILE reads a file, - or no value reads standard input, byte for byte
    #[arg(allow_negative_numbers = true)]
    value: Option<OsString>,
    /// Store the argument as it is, also if it begins with @ or is -
    #[arg(long, requires = "value")]
    literal: bool,
}

impl ValueArgument {
    /// Reads the value.
    pub fn read(&self, session: &Session) -> Result<Vec<u8>> {
        let Some(value) = &self.value else {
            if io::stdin().is_terminal() {
                return Err(Failure::usage("no value is given; name one, or @FILE, or pipe it in"));
            }
            return read_input(session, None);
        };
        match bytes(value) {
            text if self.literal => Ok(text.to_vec()),
            b"-" => read_input(session, None),
            [b'@', path @ ..] => read_file(path),
            text => Ok(text.to_vec()),
        }
    }
}

/// Reads a whole file; `None` or `-` is standard input.
pub fn read_input(session: &Session, file: Option<&OsStr>) -> Result<Vec<u8>> {
    match file.filter(|file| *file != "-") {
        Some(file) => read_file(bytes(file)),
        None => {
            session.claim_input()?;
            read_all(io::stdin().lock(), "standard input")
        }
    }
}

fn read_file(path: &[u8]) -> Result<Vec<u8>> {
    let name = escaped(path);
    let path = OsStr::from_bytes(path);
    kv::check_unused(Path::new(path))
        .map_err(|error| Failure::other(format!("read {name}: {error}")))?;
    let file = File::open(path).map_err(|error| Failure::other(format!("read {name}: {error}")))?;
    read_all(file, &name)
}

fn read_all(from: impl Read, name: &str) -> Result<Vec<u8>> {
    let mut value = Vec::new();
    // One byte over the limit is enough to refuse the value.
    from.take(kv::VALUE_LEN_MAX as u64 + 1)
        .read_to_end(&mut value)
        .map_err(|error| Failure::other(format!("read {name}: {error}")))?;
    match value.len() {
        0..=kv::VALUE_LEN_MAX => Ok(value),
        _ => {
            let limit = kv::VALUE_LEN_MAX;
            Err(Failure::other(format!("{name} is over the limit of {limit} bytes")))
        }
    }
}
