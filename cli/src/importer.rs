//! Writes many entries in batches, each of which is atomic.

use std::collections::HashSet;

use kv::{Commit, ErrorKind, Group, Key, Store, WriteRules};

use crate::failure::{Failure, Result};
use crate::import_entry::{ImportEntry, condition};
use crate::long_import::LongImport;

/// Entries of one batch.
const BATCH_LEN: usize = 1_000;
/// Bytes of the groups, keys and values of one batch.
const BATCH_BYTES: usize = 1 << 20;

/// Collects entries, and writes them in batches.
pub struct Importer<'s> {
    /// `None` for a dry run, which writes nothing.
    store: Option<&'s Store>,
    /// The group of all entries, in place of their own.
    group: Option<Vec<u8>>,
    if_absent: bool,
    batch: Vec<ImportEntry>,
    batch_bytes: usize,
    /// A value of which not all pieces were added.
    long: Option<LongImport<'s>>,
    /// The line after the last one that was added.
    next_line: u64,
    /// The line after the last one that was written.
    next_unwritten_line: u64,
    /// Whether a batch has failed.
    has_failed: bool,
    written: u64,
    expired: u64,
    skipped: u64,
}

impl<'s> Importer<'s> {
    /// Returns an importer without entries.
    pub fn new(store: Option<&'s Store>, group: Option<Vec<u8>>, if_absent: bool) -> Self {
        Importer {
            store,
            group,
            if_absent,
            batch: Vec::new(),
            batch_bytes: 0,
            long: None,
            next_line: 1,
            next_unwritten_line: 1,
            has_failed: false,
            written: 0,
            expired: 0,
            skipped: 0,
        }
    }

    /// Adds an entry that was [checked](ImportEntry::check); first writes the batch if it is full.
    /// An expired entry is skipped.
    pub fn add(&mut self, mut entry: ImportEntry) -> Result<()> {
        if let Some(group) = &self.group {
            entry.group.clone_from(group);
        }
        if entry.has_expired() {
            self.expired += 1;
            return Ok(());
        }
        let len = entry.group.len() + entry.key.len() + entry.value.len();
        if self.batch.len() == BATCH_LEN || self.batch_bytes + len > BATCH_BYTES {
            self.flush()?;
        }
        self.batch_bytes += len;
        self.batch.push(entry);
        Ok(())
    }

    /// Begins an entry whose value of `size` bytes is added in pieces, after the batch is written.
    /// The entry was read from `line`.
    pub fn begin_long(&mut self, mut entry: ImportEntry, size: u64, line: u64) -> Result<()> {
        let mut long = LongImport::begin(line, size)?;
        self.flush()?;
        if let Some(group) = &self.group {
            entry.group.clone_from(group);
        }
        let (group, key) = (Group::new(&entry.group)?, Key::new(&entry.key)?);
        match self.store {
            _ if entry.has_expired() => self.expired += 1,
            None => self.written += 1,
            Some(store) if self.if_absent && store.exists(group, key)? => self.skipped += 1,
            Some(store) => {
                let (condition, expiry) = (condition(self.if_absent), entry.expiry());
                let rules = WriteRules { condition, expiry, durability: None };
                long.write_to(store, store.write_value(group, key, rules)?);
            }
        }
        self.long = Some(long);
        self.end_long()
    }

    /// Adds the next piece of a value.
    pub fn add_piece(&mut self, number: u64, bytes: &[u8]) -> Result<()> {
        let Some(long) = &mut self.long else {
            let message = format!("piece {number} without a line with the size of its value");
            return Err(Failure::other(message));
        };
        long.add(number, bytes)?;
        self.end_long()
    }

    /// Discards a value whose next piece cannot be read.
    pub fn discard_long(&mut self) {
        self.long = None;
    }

    /// Fails if a piece of a value is missing.
    pub fn expect_whole(&self) -> Result<()> {
        match &self.long {
            Some(long) => Err(Failure::other(format!("missing: {}", long.missing()))),
            None => Ok(()),
        }
    }

    /// Writes the value if all of its pieces were added.
    fn end_long(&mut self) -> Result<()> {
        if let Some(long) = self.long.take_if(|long| long.is_whole()) {
            match long.commit()? {
                Some(true) => self.written += 1,
                Some(false) => self.skipped += 1,
                None => {}
            }
        }
        Ok(())
    }

    /// Sets the number of the next line, with which an import resumes: never with a piece.
    pub fn set_next_line(&mut self, next: u64) {
        if self.long.is_none() {
            self.next_line = next;
        }
    }

    /// Returns the part of a message that says how to resume an import of lines.
    pub fn resume_hint(&self) -> String {
        match (self.store, self.next_unwritten_line) {
            (None, _) | (_, 1) => "nothing was imported".to_owned(),
            (Some(_), next) => format!(
                "the lines before line {next} were imported; resume with --from-line {next}"
            ),
        }
    }

    /// Returns the number of entries that were written.
    pub fn written(&self) -> u64 {
        self.written
    }

    /// Writes the batch. After a failure, further batches are discarded.
    pub fn flush(&mut self) -> Result<()> {
        let batch = std::mem::take(&mut self.batch);
        self.batch_bytes = 0;
        if std::mem::replace(&mut self.has_failed, true) {
            return Ok(());
        }
        match self.store {
            Some(store) if !batch.is_empty() => self.write(store, &batch)?,
            _ => self.written += batch.len() as u64,
        }
        self.has_failed = false;
        self.next_unwritten_line = self.next_line;
        Ok(())
    }

    /// Reports the number of entries on standard error.
    pub fn report(&self) {
        let verb = if self.store.is_some() { "imported" } else { "could import" };
        let mut text = format!("{verb} {} keys", self.written);
        for (count, state) in [(self.skipped, "existed already"), (self.expired, "had expired")] {
            if count > 0 {
                text.push_str(&format!(", {count} {state}"));
            }
        }
        eprintln!("{text}");
    }

    fn write(&mut self, store: &Store, batch: &[ImportEntry]) -> Result<()> {
        match self.write_part(store, batch) {
            // A Redis cluster refuses a batch with keys of several groups.
            Err(error) if error.kind() == ErrorKind::Unsupported => {
                let mut parts = batch.chunk_by(|a, b| a.group == b.group);
                parts.try_for_each(|part| Ok(self.write_part(store, part)?))
            }
            // A store in cache mode evicts no entry that its batch uses, so a batch can be too
            // large for it although each entry has room.
            Err(error) if error.kind() == ErrorKind::Full && batch.len() > 1 => {
                let (first, second) = batch.split_at(batch.len() / 2);
                self.write(store, first)?;
                self.write(store, second)
            }
            written => Ok(written?),
        }
    }

    fn write_part(&mut self, store: &Store, batch: &[ImportEntry]) -> kv::Result<()> {
        let mut steps = Vec::with_capacity(batch.len());
        let absent = if self.if_absent { Some(absent(store, batch)?) } else { None };
        for (at, entry) in batch.iter().enumerate() {
            if absent.as_ref().is_none_or(|absent| absent.contains(&at)) {
                steps.push(entry.step(self.if_absent)?);
            }
        }
        // Keys that other writers created since the check are refused one by one.
        while let (Commit::Refused { index, .. }, _) = store.commit(&steps)? {
            steps.remove(index);
        }
        self.written += steps.len() as u64;
        self.skipped += (batch.len() - steps.len()) as u64;
        Ok(())
    }
}

/// Returns the positions of the entries whose keys are absent; of a duplicate key, the first.
fn absent(store: &Store, batch: &[ImportEntry]) -> kv::Result<HashSet<usize>> {
    let mut keys = Vec::with_capacity(batch.len());
    for entry in batch {
        keys.push((Group::new(&entry.group)?, Key::new(&entry.key)?));
    }
    let found = store.get_many(&keys)?;
    let mut seen = HashSet::new();
    let is_first = |(at, found): (usize, _)| {
        let is_first = keys.get(at).is_some_and(|key| seen.insert(key));
        (is_first && Option::is_none(&found)).then_some(at)
    };
    Ok(found.into_iter().enumerate().filter_map(is_first).collect())
}
