//! A store with a log, for the tests of its files.

use std::fs;
use std::path::{Path, PathBuf};

use kv::{GroupRange, Store};

use crate::support::{Place, key, log, no_group};

/// A folder of the test's own, in which stores with a log are.
pub struct Folder(Place);

impl Folder {
    pub fn new() -> Folder {
        Folder(Place::in_memory())
    }

    /// Returns the path of a store.
    pub fn path(&self, name: &str) -> PathBuf {
        self.0.file(name)
    }

    /// Opens a store; without snapshots of its own accord.
    pub fn open(&self, name: &str) -> Store {
        self.open_with(name, "").expect("a store")
    }

    pub fn open_with(&self, name: &str, options: &str) -> kv::Result<Store> {
        kv::open(&log(&self.path(name), &format!("purge_interval=0&{options}")))
    }

    /// Copies the files of a store as they are.
    pub fn copy(&self, from: &str, to: &str) -> PathBuf {
        let to = self.path(to);
        let _ = fs::remove_dir_all(&to);
        fs::create_dir(&to).expect("a folder of our own");
        for name in names(&self.path(from)) {
            fs::copy(self.path(from).join(&name), to.join(&name)).expect("a file of our own");
        }
        to
    }
}

/// Returns the names of the files of a store, in order.
pub fn names(path: &Path) -> Vec<String> {
    let files = fs::read_dir(path).expect("a folder of our own");
    let name = |file: std::io::Result<fs::DirEntry>| {
        file.expect("a file").file_name().into_string().expect("UTF-8")
    };
    let mut names: Vec<_> = files.map(name).collect();
    names.sort();
    names
}

pub fn set(store: &Store, name: &str, value: &[u8]) {
    store.set(no_group(), key(name.as_bytes()), value).expect("set");
}

/// Returns all entries, each as a text.
pub fn contents(store: &Store) -> Vec<String> {
    let mut cursor = store.entries(GroupRange::Prefix(b""), None).expect("a cursor");
    let mut entries = Vec::new();
    while let Some(entry) = cursor.next().expect("an entry or the end") {
        entries.push(format!("{entry:?}"));
    }
    entries
}
