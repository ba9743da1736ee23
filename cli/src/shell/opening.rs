//! The store of a shell: opened, created if that is wanted, and named.

use std::io::{BufRead, BufReader};

use crate::escape::{escaped, escaped_text};
use crate::failure::{Failure, Result};
use crate::input::{self, InterruptibleInput};
use crate::session::Session;
use crate::store_arguments::{GroupArguments, StoreArguments, StoreName};

/// Opens a store and keeps it open. A missing one is created with `--create`, or if `asks` and the
/// answer is yes.
pub fn open(arguments: StoreArguments, asks: bool) -> Result<Session> {
    let session = Session::new(arguments, GroupArguments::default());
    let is_missing = !session.store_arguments().create && session.is_missing();
    let store = match is_missing {
        false => match session.change() {
            // The store of the shell is opened again: it is open for writing already, so it exists.
            Err(Failure::Usage(_)) => session.create()?,
            opened => opened?,
        },
        true if asks => {
            let name = session.store_arguments().store_name()?.display_name();
            let question = format!("{} does not exist. Create it? [y/N] ", escaped_text(&name));
            if !is_yes(&question)? {
                return Err(Failure::Negative("no store was created".to_owned()));
            }
            session.create()?
        }
        true => session.change().map_err(|failure| failure.note("--create creates it"))?,
    };
    session.keep(store);
    Ok(session)
}

fn is_yes(question: &str) -> Result<bool> {
    eprint!("{question}");
    let mut answer = String::new();
    // A terminal returns a line at a time, so nothing behind the answer is read.
    let read = BufReader::new(InterruptibleInput::stdin()?).read_line(&mut answer);
    read.map_err(|error| input::failed("the answer", error))?;
    Ok(["y", "yes"].contains(&answer.trim().to_lowercase().as_str()))
}

/// Returns a short name of a store, without the password of a location.
pub fn short_name(name: &StoreName) -> String {
    if let Some(path) = name.path() {
        let file = path.file_name().unwrap_or(path.as_os_str());
        return escaped(file.as_encoded_bytes());
    }
    match name {
        StoreName::Service { name, .. } => escaped_text(name),
        StoreName::Location(location) => {
            let location = location.split('?').next().unwrap_or_default();
            let (scheme, rest) = location.split_once(':').unwrap_or((location, ""));
            let (before, place) = match rest.strip_prefix("//") {
                Some(authority) => {
                    ("//", authority.rsplit_once('@').map_or(authority, |(_, host)| host))
                }
                None => ("", rest.rsplit_once('/').map_or(rest, |(_, file)| file)),
            };
            escaped_text(&format!("{scheme}:{before}{place}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_name_has_no_folder_and_no_password() {
        for (location, expected) in [
            ("app.db", "app.db"),
            ("/var/lib/app.db", "app.db"),
            ("sqlite:/var/lib/app.db?durability=full", "app.db"),
            ("log:data/app", "log:app"),
            ("memory:", "memory:"),
            ("redis://:correct-horse@host:6379/0?prefix=x", "redis://host:6379/0"),
            ("rediss://user:a@b@host/1", "rediss://host/1"),
            ("redis://host?password=correct-horse", "redis://host"),
        ] {
            let name = StoreName::Location(location.to_owned());
            assert_eq!(short_name(&name), expected, "{location}");
        }
    }
}
