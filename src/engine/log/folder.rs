//! The folder of a store: its files by kind and number, and the lock of the process that has it
//! open.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use crate::engine::log::header::{FileKind, salt};
use crate::engine::poison::Poison;
use crate::error::{Error, ErrorKind, Result};
use crate::model::Quoted;
use crate::os::{self, FileAt};

/// The name of the file that is locked.
const LOCK: &str = "LOCK";

/// The end of the name of a file that is not whole yet.
const PARTIAL: &str = ".tmp";

/// How long a store that this process is closing is waited for.
const CLOSING_MAX: Duration = Duration::from_secs(10);
const CLOSING_STEP: Duration = Duration::from_millis(5);

/// The folder of a store.
#[derive(Debug, Clone)]
pub(super) struct Folder {
    path: PathBuf,
}

/// The right to write into a folder, which ends with the process at the latest.
#[derive(Debug)]
pub(super) struct FolderLock {
    _file: File,
}

/// A folder that an opening has created, or has found empty: it is again as it was if that fails.
#[derive(Debug)]
pub(super) struct NewStore {
    folder: Folder,
    is_created: bool,
    is_empty: bool,
}

impl NewStore {
    /// Leaves what the opening has made.
    pub(super) fn keep(mut self) {
        (self.is_created, self.is_empty) = (false, false);
    }
}

impl Drop for NewStore {
    fn drop(&mut self) {
        // A file that cannot be removed any more is a store without entries.
        if self.is_empty {
            let _ = self.folder.remove(FileKind::Log, 1);
            let _ = fs::remove_file(self.folder.path.join(LOCK));
        }
        if self.is_created {
            let _ = fs::remove_dir(&self.folder.path);
        }
    }
}

impl Folder {
    /// Returns the folder at `path`, which is created if it is missing and `create` is true, with
    /// those above it if `create_dirs` is.
    pub(super) fn open(path: &Path, create: bool, create_dirs: bool) -> Result<(Folder, NewStore)> {
        let is_created = match fs::metadata(path) {
            Ok(found) if found.is_dir() => false,
            Ok(_) => {
                let message = "it is no folder; a store with a log is a folder of its own";
                return Err(Error::new(ErrorKind::Format, message));
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound && create => {
                if let (true, Some(parent)) = (create_dirs, path.parent()) {
                    os::create_folders(parent)?;
                }
                match os::create_private_folder(path) {
                    Err(error) if error.kind() == io::ErrorKind::AlreadyExists => false,
                    created => created.map(|()| true)?,
                }
            }
            Err(error) => return Err(error.into()),
        };
        let folder = Folder { path: os::canonicalize(path)? };
        let new = NewStore { folder: folder.clone(), is_created, is_empty: false };
        if is_created {
            os::sync_folder(&folder.path)?;
        }
        Ok((folder, new))
    }

    /// Returns the folder at `path`, which is there.
    pub(super) fn at(path: &Path) -> Folder {
        Folder { path: path.to_owned() }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Returns whether there is a log or a snapshot.
    pub(super) fn has_store(&self) -> Result<bool> {
        let (logs, snapshots) = (self.numbers(FileKind::Log)?, self.numbers(FileKind::Snapshot)?);
        Ok(!logs.is_empty() || !snapshots.is_empty())
    }

    /// Takes the lock, and notes whether the folder has no store yet; fails with
    /// [`ErrorKind::Busy`] and the id of its holder if another process has it.
    pub(super) fn lock(&self, new: &mut NewStore) -> Result<FolderLock> {
        let path = self.path.join(LOCK);
        let mut options = os::private_options();
        let mut file = options.read(true).write(true).create(true).truncate(false).open(path)?;
        let deadline = Instant::now() + CLOSING_MAX;
        loop {
            if os::try_lock(&file)? {
                break;
            }
            let holder = read_holder(&mut file);
            // Another thread may be closing the store at this moment.
            let is_own = holder.as_deref() == Some(&*std::process::id().to_string());
            if !is_own || Instant::now() >= deadline {
                return Err(held(holder));
            }
            thread::sleep(CLOSING_STEP);
        }
        new.is_empty = !self.has_store()?;
        file.set_len(0)?;
        file.write_all(format!("{}\n", std::process::id()).as_bytes())?;
        Ok(FolderLock { _file: file })
    }

    /// Returns the numbers of the whole files of a kind, in order.
    pub(super) fn numbers(&self, kind: FileKind) -> Result<Vec<u64>> {
        let mut numbers = Vec::new();
        for entry in fs::read_dir(&self.path)? {
            let name = entry?.file_name();
            let number = name.to_str().and_then(|it| it.strip_prefix(kind.prefix()));
            // A number has no other form, so that no two names have one.
            let parsed = number.and_then(|it| it.parse::<u64>().ok());
            numbers.extend(parsed.filter(|it| number == Some(&it.to_string())));
        }
        numbers.sort_unstable();
        Ok(numbers)
    }

    /// Returns the path of a file.
    pub(super) fn file(&self, kind: FileKind, number: u64) -> PathBuf {
        self.path.join(format!("{}{number}", kind.prefix()))
    }

    /// Creates a file under a name that readers pass over, and that no earlier file had.
    pub(super) fn create(&self, kind: FileKind, number: u64) -> Result<NewFile> {
        let target = self.file(kind, number);
        loop {
            let partial = os::side_path(&target, &format!("-{:016x}{PARTIAL}", salt()));
            let mut options = os::private_options();
            options.read(true).write(true).create_new(true);
            match options.open(&partial) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                opened => return Ok(NewFile { file: Some(opened?), partial, target }),
            }
        }
    }

    /// Removes a file, if it is there.
    pub(super) fn remove(&self, kind: FileKind, number: u64) -> Result<()> {
        match fs::remove_file(self.file(kind, number)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        }
    }

    /// Removes the files that killed processes have left unfinished.
    pub(super) fn remove_partial(&self) -> Result<()> {
        for entry in fs::read_dir(&self.path)? {
            let name = entry?.file_name();
            let is_ours = name.to_str().is_some_and(|it| {
                let of = |kind: FileKind| it.starts_with(kind.prefix());
                it.ends_with(PARTIAL) && (of(FileKind::Log) || of(FileKind::Snapshot))
            });
            if is_ours {
                fs::remove_file(self.path.join(name))?;
            }
        }
        Ok(())
    }
}

/// A file that is not whole yet; removed if it is not published.
pub(super) struct NewFile {
    /// `None` once it was published.
    file: Option<File>,
    partial: PathBuf,
    target: PathBuf,
}

impl NewFile {
    pub(super) fn file(&self) -> io::Result<&File> {
        self.file.as_ref().ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    /// Syncs the file, and gives it its name, in the place of one that has it. Then both survive a
    /// loss of power. An fsync that fails poisons the store.
    pub(super) fn publish(mut self, poison: &Poison) -> Result<File> {
        self.file()?.sync_all().inspect_err(|error| poison.set(error))?;
        fs::rename(&self.partial, &self.target)?;
        let file = self.file.take();
        os::sync_folder(&self.target).inspect_err(|error| poison.set(error))?;
        Ok(file.ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))?)
    }
}

impl Drop for NewFile {
    fn drop(&mut self) {
        if self.file.is_some() {
            // It is removed by the next opening otherwise.
            let _ = fs::remove_file(&self.partial);
        }
    }
}

/// Returns the id of the process that has the lock, as it has written it.
fn read_holder(file: &mut File) -> Option<String> {
    let (mut text, at) = ([0; 32], 0);
    let len = file.read_at(&mut text, at).ok()?;
    let text = std::str::from_utf8(text.get(..len)?).ok()?.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// Returns the error of a folder that another process has open.
fn held(holder: Option<String>) -> Error {
    let holder = holder.map_or("another process".to_owned(), |id| format!("process {id}"));
    let message = format!(
        "{holder} has the store open, and a store with a log is one process's; close it there, or \
         open it with read_only=on"
    );
    Error::new(ErrorKind::Busy, message)
}

/// Returns `error` with the name of the file that it is about.
pub(super) fn in_file(path: &Path, error: Error) -> Error {
    let name = path.file_name().unwrap_or(path.as_os_str());
    error.context(Quoted(name.as_encoded_bytes()))
}
