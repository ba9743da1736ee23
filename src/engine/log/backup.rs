//! Backups, which are stores with a log like any other, and restoring from one.

use std::fs;
use std::path::{Path, PathBuf};

use crate::call::CallContext;
use crate::engine::log::LogEngine;
use crate::engine::log::folder::Folder;
use crate::engine::log::header::salt;
use crate::engine::log::recovery::Recovered;
use crate::engine::poison::Poison;
use crate::engine::{BackupProgress, BackupSource};
use crate::error::{Error, ErrorKind, Result};
use crate::model::Quoted;
use crate::os;

/// The bytes that count as a page of a backup.
const PAGE: u64 = 4096;

impl BackupSource for LogEngine {
    fn backup(
        &self,
        call: &CallContext,
        path: &Path,
        progress: &mut dyn FnMut(BackupProgress) -> bool,
    ) -> Result<()> {
        let copied = Partial::create(path).and_then(|partial| {
            let moment = self.shared.moment(call)?;
            let total = moment.bytes().div_ceil(PAGE);
            let mut goes_on = |bytes: u64| {
                call.check()?;
                continued(progress(BackupProgress { done: (bytes / PAGE).min(total), total }))
            };
            // A backup syncs files of its own, whose failures concern no store.
            moment.write(&Folder::at(partial.path()), &Poison::default(), &mut goes_on)?;
            partial.publish()
        });
        copied.map_err(|error| error.context(format_args!("backup to {}", quoted(path))))
    }

    fn restore(
        &self,
        call: &CallContext,
        path: &Path,
        progress: &mut dyn FnMut(BackupProgress) -> bool,
    ) -> Result<()> {
        let read = || {
            self.shared.writing()?;
            self.shared.store.poison.check()?;
            let path = os::canonicalize(path)?;
            if path == *self.shared.folder.path() {
                return Err(Error::new(ErrorKind::Argument, "the backup is the store itself"));
            }
            let folder = Folder::at(&path);
            if !folder.has_store()? {
                let message = "the folder has no store with a log";
                return Err(Error::new(ErrorKind::Format, message));
            }
            Recovered::read(&folder, self.shared.store.limits)
        };
        let restored = read().and_then(|backup| {
            let total = backup.rows.entries().bytes().div_ceil(PAGE);
            continued(progress(BackupProgress { done: total, total }))?;
            self.shared.replace(call, backup)
        });
        restored.map_err(|error| error.context(format_args!("restore from {}", quoted(path))))
    }
}

/// Fails if the progress function has returned false.
fn continued(goes_on: bool) -> Result<()> {
    match goes_on {
        true => Ok(()),
        false => Err(Error::new(ErrorKind::Cancelled, "its progress function has ended it")),
    }
}

fn quoted(path: &Path) -> Quoted<'_> {
    Quoted(path.as_os_str().as_encoded_bytes())
}

/// A folder that is not whole yet; removed if it is not published.
struct Partial {
    path: PathBuf,
    target: PathBuf,
}

impl Partial {
    fn create(target: &Path) -> Result<Partial> {
        if fs::symlink_metadata(target).is_ok() {
            let message = "there is something already; remove it or name another folder";
            return Err(
                Error::new(ErrorKind::Argument, message).with_os_error(os::error_code::EXISTS)
            );
        }
        let path = os::side_path(target, &format!("-{:016x}.tmp", salt()));
        os::create_private_folder(&path)?;
        Ok(Partial { path, target: target.to_owned() })
    }

    fn path(&self) -> &Path {
        &self.path
    }

    /// Gives the folder its name. After success it survives a loss of power.
    fn publish(self) -> Result<()> {
        fs::rename(&self.path, &self.target)?;
        os::sync_folder(&self.target)?;
        Ok(())
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        // Once it has its name there is none.
        let _ = fs::remove_dir_all(&self.path);
    }
}
