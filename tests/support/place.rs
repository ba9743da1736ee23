//! A directory for one test's files.

use std::path::{Path, PathBuf};

use tempfile::TempDir;

/// A directory of the test's own, removed with everything in it.
pub struct Place(TempDir);

impl Place {
    /// Returns one where files usually rest.
    pub fn on_disk() -> Place {
        Place(TempDir::new().expect("a temporary directory"))
    }

    /// Returns one in memory if the system offers that: for tests that write much and need no
    /// disk.
    pub fn in_memory() -> Place {
        match TempDir::new_in("/dev/shm") {
            Ok(directory) => Place(directory),
            Err(_) => Place::on_disk(),
        }
    }

    /// Returns the path of a file here.
    pub fn file(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Returns the directory.
    pub fn path(&self) -> &Path {
        self.0.path()
    }
}

/// Returns the location of the SQLite store at `path` with `options`.
pub fn sqlite(path: &Path, options: &str) -> String {
    format!("sqlite:{}?{options}", path.display())
}

/// Returns the location of the store with a log in the folder at `path` with `options`.
pub fn log(path: &Path, options: &str) -> String {
    format!("log:{}?{options}", path.display())
}
