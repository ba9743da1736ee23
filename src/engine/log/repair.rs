//! The repair of a store with a damaged log: it ends before the damage.

use std::fs::{self, OpenOptions};
use std::path::Path;

use crate::engine::log::folder::Folder;
use crate::engine::log::header::FileKind;
use crate::engine::log::recovery::Recovered;
use crate::error::Result;
use crate::model::Limits;
use crate::os;

/// The end of the name of a copy of a damaged file.
const DAMAGED: &str = ".damaged";

/// The outcome of a repair.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repair {
    /// The name of the damaged log.
    pub file: String,
    /// The byte at which its first damaged record begins: the store ends there.
    pub offset: u64,
    /// The bytes of logs behind it, which are in files beside with `.damaged` at the end.
    pub dropped: u64,
}

/// Ends the store with a log in the folder at `path` before its first damaged record, which
/// recovery refuses; returns `None` if there is none. The files from there on stay under other
/// names.
pub(crate) fn repair_log(path: &Path) -> Result<Option<Repair>> {
    let (folder, mut new) = Folder::open(path, false, false)?;
    let _lock = folder.lock(&mut new)?;
    new.keep();
    let mut recovered = Recovered::new(Limits::default());
    let (number, offset) = match (recovered.read_files(&folder), recovered.damage) {
        (Ok(()), _) => return Ok(None),
        (Err(_), Some(damage)) => damage,
        (Err(error), None) => return Err(error),
    };
    let mut repair = Repair { file: format!("log-{number}"), offset, dropped: 0 };
    // The last ones first: until the damaged one is cut, recovery refuses the rest.
    for later in folder.numbers(FileKind::Log)?.into_iter().rev().filter(|it| *it >= number) {
        let log = folder.file(FileKind::Log, later);
        let kept = os::side_path(&log, DAMAGED);
        let len = fs::metadata(&log)?.len();
        if later > number {
            fs::rename(&log, &kept)?;
            repair.dropped += len;
            continue;
        }
        fs::copy(&log, &kept)?;
        let file = OpenOptions::new().write(true).open(&log)?;
        file.set_len(offset)?;
        file.sync_all()?;
        repair.dropped += len.saturating_sub(offset);
    }
    os::sync_folder(&folder.file(FileKind::Log, number))?;
    Ok(Some(repair))
}
