//! Options of an opening that override those of the location.

use std::sync::Arc;

use crate::clock::SystemClock;
use crate::config::location::Location;
use crate::config::open::open_parsed;
use crate::config::services;
use crate::engine::sqlite::LogOptions;
use crate::error::{Error, ErrorKind, Result};
use crate::store::Store;

/// An opening that overrides options of a location of any kind; for tools whose locations are
/// written by their users. By default it overrides nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct OpenOptions {
    /// Whether a missing file is not created: the opening then fails with the system's "no such
    /// file". Has no effect on a store in memory, which is always new, or in a Redis, which always
    /// exists.
    pub existing: bool,
    /// Whether the store is opened for reading only: then nothing is created and no file changed,
    /// and a file that is not a store is [`ErrorKind::Format`]. Has no effect on a store in memory
    /// or in a Redis.
    pub read_only: bool,
    /// Whether a store begins in a file with data of another system, as with the option
    /// `foreign_data=ignore`.
    pub ignore_foreign_data: bool,
    /// The options of the change log; [`ErrorKind::Unsupported`] if any is set and the store is not
    /// a file.
    pub changes: LogOptions,
}

impl OpenOptions {
    /// Opens the store at `location`; see [`open`](crate::open).
    pub fn open(&self, location: &str) -> Result<Store> {
        open_parsed(self.of(Location::parse(location)?)?, Arc::new(SystemClock))
    }

    /// Opens a store of a services file; see [`open_config`](crate::open_config).
    pub fn open_config(&self, path: &str, service: &str) -> Result<Store> {
        let found = services::find(path, service)?;
        self.of(found.location)
            .and_then(|location| open_parsed(location, Arc::new(SystemClock)))
            .map_err(|error| error.context(found.origin))
    }

    /// Returns the location with the overridden options.
    fn of(&self, location: Location) -> Result<Location> {
        match location {
            Location::Sqlite(mut options) => {
                options.create &= !self.existing;
                options.read_only |= self.read_only;
                options.ignore_foreign_data |= self.ignore_foreign_data;
                options.log.enabled = self.changes.enabled.or(options.log.enabled);
                options.log.keep = self.changes.keep.or(options.log.keep);
                options.log.keep_for = self.changes.keep_for.or(options.log.keep_for);
                // A reader does not change the options that are stored in the file.
                if self.read_only && self.changes.is_empty() {
                    options.log = LogOptions::default();
                    options.cache.limits = Default::default();
                }
                Ok(Location::Sqlite(options))
            }
            Location::Log(mut options) => {
                options.create &= !self.existing;
                options.read_only |= self.read_only;
                options.changes = self.changes.enabled.unwrap_or(options.changes);
                options.changes_keep = self.changes.keep.unwrap_or(options.changes_keep);
                Ok(Location::Log(options))
            }
            _ if !self.changes.is_empty() => Err(Error::new(
                ErrorKind::Unsupported,
                "only a SQLite file has a log of changes that can be switched",
            )),
            other => Ok(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Group, Key};

    const READ: OpenOptions = OpenOptions {
        existing: true,
        read_only: true,
        ignore_foreign_data: false,
        changes: LogOptions { enabled: None, keep: None, keep_for: None },
    };

    fn file() -> (tempfile::TempDir, String) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.db").display().to_string();
        (folder, path)
    }

    fn refusal(opened: Result<Store>) -> Error {
        opened.map(drop).expect_err("refused")
    }

    #[test]
    fn a_missing_file_stays_missing() {
        let (_folder, path) = file();
        for location in [path.clone(), format!("sqlite:{path}?create=on")] {
            for opening in [READ, OpenOptions { existing: true, ..OpenOptions::default() }] {
                let error = refusal(opening.open(&location));
                assert_eq!((error.kind(), error.os_error()), (ErrorKind::Io, 2), "{error}");
                assert!(!std::path::Path::new(&path).exists());
            }
        }
        assert!(OpenOptions::default().open(&path).is_ok());
        assert!(READ.open(&path).is_ok());
    }

    #[test]
    fn an_opening_for_reading_changes_nothing_and_does_not_apply_the_options_of_the_file() {
        let (_folder, path) = file();
        drop(crate::config::open(&path).expect("a new file"));
        let location = format!("sqlite:{path}?changes=on&max_entries=1");

        let store = READ.open(&location).expect("opened for reading");

        let (group, key) = (Group::DEFAULT, Key::new(b"k").expect("short"));
        let error = store.set(group, key, b"v").expect_err("reading only");
        assert_eq!(error.kind(), ErrorKind::ReadOnly);
        assert_eq!(store.stats().expect("figures").max_entries, 0);
        assert!(store.oldest_change().is_err());
    }

    #[test]
    fn a_log_is_switched_in_a_file_and_refused_elsewhere() {
        let (_folder, path) = file();
        let on = LogOptions { enabled: Some(true), ..LogOptions::default() };
        let opening = OpenOptions { changes: on, ..OpenOptions::default() };

        assert!(opening.open(&path).expect("a file").oldest_change().is_ok());
        let error = refusal(opening.open("memory:"));
        assert_eq!(error.kind(), ErrorKind::Unsupported);
    }

    #[test]
    fn a_service_is_opened_like_a_location() {
        let (folder, path) = file();
        let services = folder.path().join("services.yaml");
        let text =
            format!("services:\n  a:\n    type: kvstore_sqlite\n    config:\n      path: {path}\n");
        std::fs::write(&services, text).expect("written");
        let services = services.display().to_string();

        let error = refusal(READ.open_config(&services, "a"));

        assert_eq!(error.os_error(), 2, "{error}");
        assert!(OpenOptions::default().open_config(&services, "a").is_ok());
        assert!(READ.open_config(&services, "a").is_ok());
    }
}
