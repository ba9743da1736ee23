//! The changes of the logs, read in their order.

use std::sync::Arc;

use crate::call::CallContext;
use crate::engine::ChangeCursor;
use crate::engine::log::header::FileKind;
use crate::engine::log::reader::FileReader;
use crate::engine::log::record::{RecordHead, RecordKind};
use crate::engine::log::shared::Shared;
use crate::engine::log::step::{Step, Steps};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{Change, ChangeKind, Event, Group, Version};

/// Changes that are returned at a time, about.
const PAGE: usize = 256;

/// Returns the version after which the logs have every change.
pub(super) fn oldest(shared: &Shared) -> Result<Version> {
    let logs = shared.writing()?.logs.lock();
    Ok(logs.first().map_or(0, |log| log.since))
}

/// A position in the logs.
pub(super) struct LogCursor {
    shared: Arc<Shared>,
    call: CallContext,
    /// Changes up to this version are passed over.
    since: Version,
    until: Version,
    /// The number of the log that is read.
    number: u64,
    reader: Option<FileReader>,
    is_done: bool,
}

impl LogCursor {
    /// Returns the position after the version `since`; fails with [`ErrorKind::Compacted`] if
    /// changes after it are gone.
    pub(super) fn new(
        shared: &Arc<Shared>,
        call: &CallContext,
        since: Version,
        until: Version,
    ) -> Result<LogCursor> {
        let logs = shared.writing()?.logs.lock();
        let oldest = logs.first().map_or(0, |log| log.since);
        if since < oldest {
            let message = format!(
                "changes after version {since} were removed; the oldest that is left follows version \
                 {oldest}"
            );
            return Err(Error::new(ErrorKind::Compacted, message));
        }
        let log = logs.iter().rev().find(|log| log.since <= since);
        let number = log.or(logs.first()).map_or(0, |log| log.number);
        drop(logs);
        let (shared, call) = (shared.clone(), call.clone());
        Ok(LogCursor { shared, call, since, until, number, reader: None, is_done: false })
    }

    /// Returns the end of the records of the log that is read, and whether another log follows; or
    /// `None` if the log is gone.
    fn end(&self) -> Result<Option<(u64, bool)>> {
        let writing = self.shared.writing()?;
        let end = {
            let logs = writing.logs.lock();
            let Some(log) = logs.iter().find(|log| log.number == self.number) else {
                return Ok(None);
            };
            log.end
        };
        match end {
            Some(end) => Ok(Some((end, true))),
            None => {
                let session = writing.writer.lock(&self.call)?;
                // Another log may have been begun meanwhile.
                match session.log.number() == self.number {
                    true => Ok(Some((session.log.end(), false))),
                    false => Ok(Some((0, false))),
                }
            }
        }
    }

    /// Reads the changes of the next records; returns false at the end of the logs.
    fn read(&mut self, events: &mut Vec<Event>) -> Result<bool> {
        let Some((end, is_followed)) = self.end()? else {
            if self.reader.is_none() {
                let message = "the changes that follow were removed while they were read";
                return Err(Error::new(ErrorKind::Compacted, message));
            }
            // An open file stays readable; its end is that of its records.
            return self.read_file(u64::MAX, true, events);
        };
        self.read_file(end, is_followed, events)
    }

    fn read_file(&mut self, end: u64, is_followed: bool, events: &mut Vec<Event>) -> Result<bool> {
        let reader = match &mut self.reader {
            Some(reader) => reader,
            None => {
                let path = self.shared.folder.file(FileKind::Log, self.number);
                self.reader.insert(FileReader::open(&path, FileKind::Log, self.number)?)
            }
        };
        reader.extend_to(end)?;
        while reader.offset() < end && events.len() < PAGE {
            let Some(record) = reader.next()? else { break };
            if record.head.version <= self.since || record.head.kind != RecordKind::Steps {
                continue;
            }
            let head = record.head;
            if !add(record.steps, &head, self.since, self.until, events)? {
                self.is_done = true;
                return Ok(false);
            }
        }
        if !events.is_empty() {
            return Ok(true);
        }
        if is_followed {
            (self.number, self.reader) = (self.number + 1, None);
        }
        Ok(is_followed)
    }
}

/// Adds the changes of a record after `since`; returns false if one is after `until`.
fn add(
    steps: &[u8],
    head: &RecordHead,
    since: Version,
    until: Version,
    events: &mut Vec<Event>,
) -> Result<bool> {
    for step in Steps::new(steps) {
        let mut size = None;
        let (kind, group, key, value, version) = match step? {
            Step::Put { group, key, value, version, is_stream: true, .. } => {
                size = Some(value.len() as u64);
                (ChangeKind::Set, group, key, &b""[..], version)
            }
            Step::Put { group, key, value, version, .. } => {
                (ChangeKind::Set, group, key, value, version)
            }
            Step::Remove { group, key, change: Some((kind, version)) } => {
                (kind, group, key, &b""[..], version)
            }
            Step::RemovePrefix { group, change: Some((kind, version)), .. } => {
                (kind, group, &b""[..], &b""[..], version)
            }
            _ => continue,
        };
        if version > until {
            return Ok(false);
        }
        if version > since {
            let change = Change::new(kind, Group::new(group)?, key, value, version);
            let change = change.at_millis(head.time.as_millis());
            let change = match size {
                Some(size) => change.of_size(size),
                None => change,
            };
            events.push(Event::Change(Arc::new(change)));
        }
    }
    Ok(true)
}

impl ChangeCursor for LogCursor {
    fn next_changes(&mut self) -> Result<Vec<Event>> {
        let mut events = Vec::new();
        while !self.is_done && events.is_empty() {
            self.call.check()?;
            if !self.read(&mut events)? {
                break;
            }
        }
        if let Some(Event::Change(last)) = events.last() {
            self.since = last.version();
        }
        Ok(events)
    }
}
