//! A file that appears under its name only when it is whole.

use std::fs::{self, File, Metadata};
use std::hash::{BuildHasher, RandomState};
use std::io;
use std::path::{Path, PathBuf};

use super::held::{JOURNAL, SHM, WAL, side_path};
use super::system::descriptors::OwnDescriptor;
use super::system::error_code;
use super::system::files::{identity, identity_of, private_options};
use super::system::paths::canonicalize;
use super::system::replace::{self, is_unsupported, kind_of, rename_to_new, take_over};

/// Symbolic links that are followed from one path, as many as the kernel follows.
const LINKS_MAX: usize = 40;

/// A file that is written under a name of its own, and that gets its path when it is whole.
///
/// Symbolic links at the path are followed. The name of the unfinished file is random, so writers
/// of one path do not meet, and one that a killed process has left does not matter. A file that
/// is not published is removed.
#[derive(Debug)]
pub struct WholeFile {
    /// The path without links.
    target: PathBuf,
    partial: PathBuf,
    /// Before the file, so that it is dropped before that is closed.
    _own: OwnDescriptor,
    file: File,
    /// The file that is replaced.
    old: Option<Metadata>,
    replaces: bool,
}

impl WholeFile {
    /// Begins a new file at `path`; fails if something is there.
    pub fn create(path: &Path) -> io::Result<WholeFile> {
        let (target, old) = find(path)?;
        match old {
            None => WholeFile::begin(target, None, false),
            Some(_) => Err(io::Error::from_raw_os_error(error_code::EXISTS)),
        }
    }

    /// Begins a file that replaces the one at `path`, if there is one, and keeps its mode. Only a
    /// regular file is replaced.
    pub fn replace(path: &Path) -> io::Result<WholeFile> {
        let (target, old) = find(path)?;
        WholeFile::begin(target, old, true)
    }

    /// Begins a file beside the one at `path` that is never published.
    pub(crate) fn scratch(path: &Path) -> io::Result<WholeFile> {
        WholeFile::begin(path.to_owned(), None, false)
    }

    fn begin(target: PathBuf, old: Option<Metadata>, replaces: bool) -> io::Result<WholeFile> {
        loop {
            let partial = format!(".kv-partial-{:016x}", RandomState::new().hash_one(0));
            let partial = folder_of(&target).join(partial);
            match create_private(&partial) {
                Ok(file) => {
                    let _own = OwnDescriptor::new(&file);
                    return Ok(WholeFile { target, partial, _own, file, old, replaces });
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Returns the unfinished file.
    pub fn file(&self) -> &File {
        &self.file
    }

    /// Returns the path of the unfinished file.
    pub fn path(&self) -> &Path {
        &self.partial
    }

    /// Gives the file its path. After an error the path is as it was; after success the file
    /// survives a loss of power, where the file system can promise that.
    pub fn publish(self) -> io::Result<()> {
        if let Some(old) = &self.old {
            take_over(&self.file, old)?;
        }
        self.file.sync_all()?;
        if self.replaces {
            // Something else may stand there by now.
            find(&self.target)?;
            fs::rename(&self.partial, &self.target)?;
            // The file is whole and under its name, so this cannot be called a failure any more.
            let _ = sync_folder(&self.target);
            return Ok(());
        }
        Claim::ALL
            .into_iter()
            .find_map(|claim| match claim.take(&self.partial, &self.target) {
                Err(error) if is_unsupported(&error) && claim != Claim::Empty => None,
                taken => Some(taken),
            })
            .unwrap_or(Ok(()))?;
        sync_folder(&self.target).inspect_err(|_| {
            let there = identity(&self.target);
            if there.is_some() && there == identity_of(&self.file).ok() {
                let _ = fs::remove_file(&self.target);
            }
        })
    }
}

impl Drop for WholeFile {
    fn drop(&mut self) {
        // After a rename there is none.
        let _ = fs::remove_file(&self.partial);
        // SQLite leaves its journal after some failures.
        for suffix in [JOURNAL, WAL, SHM] {
            let _ = fs::remove_file(side_path(&self.partial, suffix));
        }
    }
}

/// Creates a file that only its owner may read and write; fails if it exists.
pub(crate) fn create_private(path: &Path) -> io::Result<File> {
    private_options().write(true).create_new(true).open(path)
}

/// Creates a folder and those above it that are missing; each survives a loss of power.
pub(crate) fn create_folders(path: &Path) -> io::Result<()> {
    if path.as_os_str().is_empty() || path.is_dir() {
        return Ok(());
    }
    path.parent().map_or(Ok(()), create_folders)?;
    match fs::create_dir(path) {
        // Another process has created it meanwhile.
        Err(_) if path.is_dir() => Ok(()),
        created => created,
    }?;
    sync_folder(path)
}

/// A way of taking a name that must be free, from the best to the one that works everywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Claim {
    /// A rename that replaces nothing, which not every file system has.
    Rename,
    /// A hard link, which vfat, SMB and many file systems in user space refuse.
    Link,
    /// An empty file, which is replaced at once.
    Empty,
}

impl Claim {
    const ALL: [Claim; 3] = [Claim::Rename, Claim::Link, Claim::Empty];

    fn take(self, partial: &Path, target: &Path) -> io::Result<()> {
        match self {
            Claim::Rename => rename_to_new(partial, target),
            Claim::Link => fs::hard_link(partial, target),
            Claim::Empty => {
                create_private(target)?;
                fs::rename(partial, target).inspect_err(|_| {
                    let _ = fs::remove_file(target);
                })
            }
        }
    }
}

/// Returns the path without links, and the regular file there if there is one. Fails if something
/// else is there.
fn find(path: &Path) -> io::Result<(PathBuf, Option<Metadata>)> {
    match fs::metadata(path) {
        Ok(metadata) if metadata.is_file() => Ok((canonicalize(path)?, Some(metadata))),
        Ok(metadata) => {
            let message = format!("it is a {}, not a regular file", kind_of(&metadata));
            Err(io::Error::new(io::ErrorKind::InvalidInput, message))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok((follow(path)?, None)),
        Err(error) => Err(error),
    }
}

/// Returns the path to which links lead from `path`, where nothing needs to be.
pub(crate) fn follow(path: &Path) -> io::Result<PathBuf> {
    let mut path = path.to_owned();
    for _ in 0..LINKS_MAX {
        match fs::read_link(&path) {
            Ok(next) => path = folder_of(&path).join(next),
            // No link, or nothing at all.
            Err(_) => return Ok(path),
        }
    }
    Err(io::Error::from_raw_os_error(error_code::TOO_MANY_LINKS))
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|it| !it.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Makes the name of a new file survive a loss of power, where the file system can.
pub(crate) fn sync_folder(path: &Path) -> io::Result<()> {
    replace::sync_folder(folder_of(path))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn begun(file: io::Result<WholeFile>, text: &str) -> WholeFile {
        let file = file.expect("begun");
        file.file().write_all(text.as_bytes()).expect("written");
        file
    }

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).expect("a folder").flatten();
        let mut names: Vec<_> =
            entries.map(|it| it.file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    #[test]
    fn each_way_of_taking_a_name_takes_only_a_free_one() {
        for claim in Claim::ALL {
            let folder = tempfile::tempdir().expect("a folder");
            let path = folder.path().join("file");
            let first = begun(WholeFile::create(&path), "first");
            let second = begun(WholeFile::create(&path), "second");
            claim.take(first.path(), &path).expect("the name is free");
            let taken = claim.take(second.path(), &path).expect_err("the name is taken");
            assert_eq!(taken.kind(), io::ErrorKind::AlreadyExists, "{claim:?}");
            drop((second, first));
            assert_eq!(fs::read_to_string(&path).expect("a file"), "first", "{claim:?}");
            assert_eq!(names(folder.path()), ["file"], "{claim:?}");
        }
    }

    #[test]
    fn of_two_at_once_one_is_published_and_the_other_removes_only_its_own() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("file");
        let first = begun(WholeFile::create(&path), "first");
        let second = begun(WholeFile::create(&path), "second");
        first.publish().expect("published");
        let taken = second.publish().expect_err("taken");
        assert_eq!(taken.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read_to_string(&path).expect("a file"), "first");
        assert_eq!(names(folder.path()), ["file"]);
    }

    #[cfg(unix)]
    #[test]
    fn links_are_followed_and_the_mode_of_a_replaced_file_is_kept() {
        use std::fs::Permissions;
        use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| folder.path().join(name);
        fs::create_dir(at("data")).expect("a folder");
        symlink("data/file", at("second")).expect("a link");
        symlink("second", at("first")).expect("a link");
        begun(WholeFile::create(&at("first")), "new").publish().expect("published");
        assert_eq!(fs::read_to_string(at("data/file")).expect("a file"), "new");
        fs::set_permissions(at("data/file"), Permissions::from_mode(0o640)).expect("a mode");
        begun(WholeFile::replace(&at("first")), "newer").publish().expect("published");
        assert_eq!(fs::read_to_string(at("data/file")).expect("a file"), "newer");
        let mode = fs::metadata(at("data/file")).expect("a file").mode();
        assert_eq!(mode & 0o7777, 0o640);
        assert!(fs::symlink_metadata(at("first")).expect("a link").is_symlink());
        symlink("loop", at("loop")).expect("a link");
        assert!(WholeFile::create(&at("loop")).is_err());
    }

    #[test]
    fn only_regular_files_are_replaced() {
        let folder = tempfile::tempdir().expect("a folder");
        let refusal = |path| WholeFile::replace(path).expect_err("refused").to_string();
        assert_eq!(refusal(folder.path()), "it is a folder, not a regular file");
        if cfg!(unix) {
            let device = Path::new("/dev/null");
            assert_eq!(refusal(device), "it is a device, not a regular file");
        }
        assert!(names(folder.path()).is_empty());
    }
}
