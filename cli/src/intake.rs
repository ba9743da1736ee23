//! Writes many keys in batches, each of them whole or not at all.

use std::collections::HashSet;

use kv::{Commit, Condition, ErrorKind, Group, Key, Op, SetExpiry, Store, TTL_NEVER};

use crate::outcome::Result;
use crate::units::now_ms;

/// Keys and bytes of one batch.
const BATCH_LEN: usize = 1_000;
const BATCH_BYTES: usize = 1 << 20;

/// A key that is to be written.
pub struct Record {
    /// Its group.
    pub group: Vec<u8>,
    /// The key.
    pub key: Vec<u8>,
    /// Its value.
    pub value: Vec<u8>,
    /// When it dies, in milliseconds since 1970.
    pub expires_at: Option<i64>,
}

/// Where keys are put in.
pub struct Intake<'s> {
    /// None if nothing is to be written.
    store: Option<&'s Store>,
    /// The group of all keys, instead of their own.
    group: Option<Vec<u8>>,
    if_absent: bool,
    batch: Vec<Record>,
    batch_bytes: usize,
    /// The line behind the last one taken, and behind the last one written.
    taken_to: u64,
    written_to: u64,
    /// Whether a batch could not be written.
    is_broken: bool,
    written: u64,
    expired: u64,
    skipped: u64,
}

impl<'s> Intake<'s> {
    /// Returns one that has taken nothing.
    pub fn new(store: Option<&'s Store>, group: Option<Vec<u8>>, if_absent: bool) -> Self {
        Intake {
            store,
            group,
            if_absent,
            batch: Vec::new(),
            batch_bytes: 0,
            taken_to: 1,
            written_to: 1,
            is_broken: false,
            written: 0,
            expired: 0,
            skipped: 0,
        }
    }

    /// Takes a key that was [checked](Record::check), and writes the batch if it is large enough.
    pub fn take(&mut self, mut record: Record) -> Result<()> {
        if let Some(group) = &self.group {
            record.group.clone_from(group);
        }
        if record.expires_at.is_some_and(|at| at != TTL_NEVER && at <= now_ms()) {
            self.expired += 1;
            return Ok(());
        }
        let len = record.group.len() + record.key.len() + record.value.len();
        if self.batch.len() == BATCH_LEN || self.batch_bytes + len > BATCH_BYTES {
            self.flush()?;
        }
        self.batch_bytes += len;
        self.batch.push(record);
        Ok(())
    }

    /// Notes which line comes next.
    pub fn note_line(&mut self, next: u64) {
        self.taken_to = next;
    }

    /// Returns how far an import of lines has come, in words.
    pub fn how_far(&self) -> String {
        match (self.store, self.written_to) {
            (None, _) | (_, 1) => "nothing is imported".to_owned(),
            (Some(_), next) => {
                format!("the lines before line {next} are imported, --from-line {next} goes on")
            }
        }
    }

    /// Returns how many keys were written.
    pub fn written(&self) -> u64 {
        self.written
    }

    /// Writes what was taken. After a failure nothing more is written.
    pub fn flush(&mut self) -> Result<()> {
        let batch = std::mem::take(&mut self.batch);
        self.batch_bytes = 0;
        if std::mem::replace(&mut self.is_broken, true) {
            return Ok(());
        }
        match self.store {
            Some(store) if !batch.is_empty() => self.write(store, &batch)?,
            _ => self.written += batch.len() as u64,
        }
        self.is_broken = false;
        self.written_to = self.taken_to;
        Ok(())
    }

    /// Says on standard error how much was written.
    pub fn report(&self) {
        let verb = if self.store.is_some() { "imported" } else { "could import" };
        let mut text = format!("{verb} {} keys", self.written);
        for (count, what) in [(self.skipped, "are there already"), (self.expired, "have expired")] {
            if count > 0 {
                text.push_str(&format!(", {count} {what}"));
            }
        }
        eprintln!("{text}");
    }

    fn write(&mut self, store: &Store, batch: &[Record]) -> Result<()> {
        match self.write_part(store, batch) {
            // A cluster of servers cannot write two groups at once.
            Err(error) if error.kind() == ErrorKind::Unsupported => {
                let mut parts = batch.chunk_by(|a, b| a.group == b.group);
                parts.try_for_each(|part| Ok(self.write_part(store, part)?))
            }
            written => Ok(written?),
        }
    }

    fn write_part(&mut self, store: &Store, batch: &[Record]) -> kv::Result<()> {
        let mut steps = Vec::with_capacity(batch.len());
        let absent = if self.if_absent { Some(absent(store, batch)?) } else { None };
        for (at, record) in batch.iter().enumerate() {
            if absent.as_ref().is_none_or(|absent| absent.contains(&at)) {
                steps.push(record.step(self.if_absent)?);
            }
        }
        // What others have written since it was looked for.
        while let (Commit::Refused { index, .. }, _) = store.commit(&steps)? {
            steps.remove(index);
        }
        self.written += steps.len() as u64;
        self.skipped += (batch.len() - steps.len()) as u64;
        Ok(())
    }
}

/// Returns the positions of keys that are absent; of one that stands there twice, the first.
fn absent(store: &Store, batch: &[Record]) -> kv::Result<HashSet<usize>> {
    let mut keys = Vec::with_capacity(batch.len());
    for record in batch {
        keys.push((Group::new(&record.group)?, Key::new(&record.key)?));
    }
    let found = store.get_many(&keys)?;
    let mut seen = HashSet::new();
    let is_first = |(at, found): (usize, _)| {
        let is_first = keys.get(at).is_some_and(|key| seen.insert(key));
        (is_first && Option::is_none(&found)).then_some(at)
    };
    Ok(found.into_iter().enumerate().filter_map(is_first).collect())
}

impl Record {
    /// Fails if this cannot be a key and its value.
    pub fn check(&self) -> Result<()> {
        let step = self.step(false)?;
        Ok(step.validate()?)
    }

    fn step(&self, if_absent: bool) -> kv::Result<Op<'_>> {
        Ok(Op::Set {
            group: Group::new(&self.group)?,
            key: Key::new(&self.key)?,
            value: &self.value,
            condition: if if_absent { Condition::Absent } else { Condition::Any },
            expiry: match self.expires_at {
                Some(at) => SetExpiry::from_expires_at(at),
                None => SetExpiry::Never,
            },
        })
    }
}
