//! The files that stores of this process have open.
//!
//! POSIX drops all locks of a process on a file when any descriptor of that file is closed. So
//! nothing in this library may open a database file, or a file beside it, that SQLite has open:
//! whatever opens a file asks here first, by device and inode, without opening it.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parking_lot::Mutex;

use super::file_id::Identity;
use super::system::files::identity;
use super::system::paths::canonicalize;

/// The suffixes of the files beside a database: its log, the index of the log, its journal.
pub(crate) const WAL: &str = "-wal";
pub(crate) const SHM: &str = "-shm";
pub(crate) const JOURNAL: &str = "-journal";

/// The open stores.
static HELD: Mutex<Vec<Arc<Main>>> = Mutex::new(Vec::new());

#[derive(Debug)]
struct Main {
    path: PathBuf,
    /// The identity of the file when it was opened; it may have been renamed since.
    identity: Option<Identity>,
}

/// Says that this process has a database file open, until it is dropped.
#[derive(Debug)]
pub(crate) struct HeldFile(Arc<Main>);

impl HeldFile {
    /// Holds the database file at `path`, which is absolute, with the files beside it.
    pub(crate) fn new(path: &Path) -> HeldFile {
        let main = Arc::new(Main { path: path.to_owned(), identity: identity(path) });
        HELD.lock().push(main.clone());
        HeldFile(main)
    }
}

impl Drop for HeldFile {
    fn drop(&mut self) {
        HELD.lock().retain(|main| !Arc::ptr_eq(main, &self.0));
    }
}

/// How a file belongs to an open store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Held {
    /// It is the database file at this path.
    Main(PathBuf),
    /// It is a file beside it.
    Side(PathBuf),
}

/// Returns to which open store of this process the file at `path` belongs, which may be missing.
pub(crate) fn find_held(path: &Path) -> Option<Held> {
    find(&HELD.lock(), path)
}

/// Calls `open` unless the file at `path` belongs to an open store; then returns its path. No store
/// is opened meanwhile, so `open` may open and close the file.
pub(crate) fn with_free_file<R>(path: &Path, open: impl FnOnce() -> R) -> Result<R, PathBuf> {
    let held = HELD.lock();
    match find(&held, path) {
        None => Ok(open()),
        Some(Held::Main(owner) | Held::Side(owner)) => Err(owner),
    }
}

/// Returns the path of a file beside another, such as the log of a database: with `suffix` after
/// its name.
pub fn side_path(main: &Path, suffix: &str) -> PathBuf {
    let mut path = OsString::from(main);
    path.push(suffix);
    path.into()
}

fn find(held: &[Arc<Main>], path: &Path) -> Option<Held> {
    if held.is_empty() {
        return None;
    }
    let wanted = identity(path);
    let name = absolute(path);
    let is_same = |other: &Path| match wanted {
        Some(_) => identity(other) == wanted,
        None => name.as_deref() == Some(other),
    };
    held.iter().find_map(|main| {
        if (wanted.is_some() && main.identity == wanted) || is_same(&main.path) {
            return Some(Held::Main(main.path.clone()));
        }
        let mut sides = [WAL, SHM, JOURNAL].into_iter();
        let is_side = sides.any(|suffix| is_same(&side_path(&main.path, suffix)));
        is_side.then(|| Held::Side(main.path.clone()))
    })
}

/// Returns the path of a file that may be missing, in a folder that is there.
fn absolute(path: &Path) -> Option<PathBuf> {
    let folder = path.parent().filter(|it| !it.as_os_str().is_empty());
    let folder = canonicalize(folder.unwrap_or(Path::new("."))).ok()?;
    Some(folder.join(path.file_name()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn a_file_is_found_by_any_name_for_as_long_as_it_is_held() {
        let folder = tempfile::tempdir().expect("a folder");
        let folder = canonicalize(folder.path()).expect("a path");
        let (main, shm) = (folder.join("a.db"), folder.join("a.db-shm"));
        for file in [&main, &shm] {
            fs::write(file, "x").expect("a file");
        }
        let link = folder.join("link");
        fs::hard_link(&shm, &link).expect("a link");
        let held = HeldFile::new(&main);

        assert_eq!(find_held(&main), Some(Held::Main(main.clone())));
        assert_eq!(find_held(&link), Some(Held::Side(main.clone())));
        assert_eq!(find_held(&folder.join("a.db-journal")), Some(Held::Side(main.clone())));
        assert_eq!(find_held(&folder.join("b.db")), None);
        assert_eq!(with_free_file(&link, || ()), Err(main.clone()));
        let renamed = folder.join("renamed");
        fs::rename(&main, &renamed).expect("another name");
        assert_eq!(find_held(&renamed), Some(Held::Main(main.clone())));

        drop(held);
        assert_eq!(find_held(&link), None);
    }
}
