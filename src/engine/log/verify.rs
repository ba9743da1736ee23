//! The check of a store with a log: every record of its files is read again.

use std::path::Path;

use crate::call::CallContext;
use crate::engine::log::folder::in_file;
use crate::engine::log::header::FileKind;
use crate::engine::log::reader::FileReader;
use crate::engine::log::record::RecordKind;
use crate::engine::log::shared::Shared;
use crate::engine::log::step::Steps;
use crate::error::{Error, ErrorKind, Result};
use crate::os::error_code::is_missing;

impl Shared {
    /// Compares the usage of namespaces with their entries, and reads all records of the files.
    pub(super) fn check(&self, call: &CallContext) -> Result<()> {
        self.store.rows().check_usage(call)?;
        let snapshot = self.folder.numbers(FileKind::Snapshot)?.last().copied();
        let files = snapshot.map(|number| (FileKind::Snapshot, number, None));
        for (kind, number, end) in files.into_iter().chain(self.log_ends(call)?) {
            let path = self.folder.file(kind, number);
            verify(call, &path, kind, number, end).map_err(|error| in_file(&path, error))?;
        }
        Ok(())
    }

    /// Returns the logs that are written or kept, with the ends of their records.
    fn log_ends(&self, call: &CallContext) -> Result<Vec<(FileKind, u64, Option<u64>)>> {
        let Some(writing) = &self.writing else { return Ok(Vec::new()) };
        let session = writing.writer.lock(call)?;
        let live = session.log.end();
        let logs = writing.logs.lock();
        Ok(logs.iter().map(|it| (FileKind::Log, it.number, it.end.or(Some(live)))).collect())
    }
}

/// Reads the records of a file; a snapshot has no `end`, but a last record.
fn verify(
    call: &CallContext,
    path: &Path,
    kind: FileKind,
    number: u64,
    end: Option<u64>,
) -> Result<()> {
    let mut reader = match FileReader::open(path, kind, number) {
        // A snapshot was made meanwhile.
        Err(error) if is_missing(error.os_error()) => return Ok(()),
        opened => opened?,
    };
    let mut last = None;
    while end.is_none_or(|end| reader.offset() < end) {
        call.check()?;
        let Some(record) = reader.next()? else { break };
        last = Some(record.head.kind);
        Steps::new(record.steps).try_for_each(|step| step.map(drop))?;
        if last == Some(RecordKind::End) {
            break;
        }
    }
    let is_whole = match end {
        Some(end) => reader.offset() >= end,
        None => last == Some(RecordKind::End),
    };
    if is_whole {
        return Ok(());
    }
    let message = format!("the record at byte {} is damaged; restore a backup", reader.offset());
    Err(Error::new(ErrorKind::Corrupt, message))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::UNBOUND;

    #[test]
    fn a_file_that_is_gone_was_replaced_by_a_snapshot() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("log-1");
        assert_eq!(verify(&UNBOUND, &path, FileKind::Log, 1, Some(100)), Ok(()));
    }
}
