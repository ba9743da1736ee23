//! A value on the command line, in a file, or on standard input.

use std::ffi::{OsStr, OsString};
use std::io::{self, IsTerminal, Read};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use clap::Args;

use crate::escape::escaped;
use crate::failure::{Failure, Result};
use crate::input::{self, InterruptibleInput};
use crate::session::Session;
use crate::units::bytes;
use crate::value_input::ValueInput;

/// The arguments that name a value.
#[derive(Debug, Args)]
pub struct ValueArgument {
    /// The value; @FILE reads a file, @- or - or no value reads standard input, byte for byte
    #[arg(allow_negative_numbers = true)]
    value: Option<OsString>,
    /// Store the argument as it is, also if it begins with @ or is -
    #[arg(long, requires = "value")]
    literal: bool,
}

/// The place of a value.
enum Place<'a> {
    /// The command line.
    Argument(&'a [u8]),
    /// A file; `None` is standard input.
    Input(Option<&'a OsStr>),
}

impl ValueArgument {
    /// Reads the value whole.
    pub fn read(&self, session: &Session) -> Result<Vec<u8>> {
        match self.place()? {
            Place::Argument(value) => Ok(value.to_vec()),
            Place::Input(file) => read_input(session, file),
        }
    }

    /// Reads the value if it is short.
    pub fn open(&self, session: &Session) -> Result<ValueInput> {
        match self.place()? {
            Place::Argument(value) => Ok(ValueInput::Whole(value.to_vec())),
            Place::Input(file) => ValueInput::open(session, file),
        }
    }

    fn place(&self) -> Result<Place<'_>> {
        let Some(value) = &self.value else {
            return match io::stdin().is_terminal() {
                true => Err(Failure::usage("no value is given; name one, or @FILE, or pipe it in")),
                false => Ok(Place::Input(None)),
            };
        };
        Ok(match bytes(value) {
            text if self.literal => Place::Argument(text),
            b"-" | b"@-" => Place::Input(None),
            [b'@', path @ ..] => Place::Input(Some(OsStr::from_bytes(path))),
            text => Place::Argument(text),
        })
    }
}

/// Reads a whole file; `None` or `-` is standard input.
pub fn read_input(session: &Session, file: Option<&OsStr>) -> Result<Vec<u8>> {
    match file.filter(|file| *file != "-") {
        Some(file) => {
            let name = escaped(bytes(file));
            let file = input::open_file(Path::new(file), &name)?;
            read_all(InterruptibleInput::of_file(file), &name)
        }
        None => {
            session.claim_input()?;
            read_all(InterruptibleInput::stdin()?, "standard input")
        }
    }
}

fn read_all(from: impl Read, name: &str) -> Result<Vec<u8>> {
    let mut value = Vec::new();
    // One byte over the limit is enough to refuse the value.
    from.take(kv::VALUE_LEN_MAX as u64 + 1)
        .read_to_end(&mut value)
        .map_err(|error| input::failed(name, error))?;
    match value.len() {
        0..=kv::VALUE_LEN_MAX => Ok(value),
        _ => {
            let limit = kv::VALUE_LEN_MAX;
            Err(Failure::other(format!("{name} is over the limit of {limit} bytes")))
        }
    }
}
