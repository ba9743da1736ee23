//! Idempotency records: the state and the stored response of operations that must run once.
//!
//! A record is an entry of the group [`IDEMPOTENCY_GROUP`], so that every thread and process with
//! the same store shares it, and it expires like any other entry. Every write of it has a
//! condition. `docs/storage.md` describes its bytes.

use std::hash::{BuildHasher, RandomState};

use crate::error::{Error, ErrorKind, Result};
use crate::model::{
    Condition, Entry, Group, Key, Quoted, SetExpiry, Version, check_value, reserve,
};
use crate::store::{Delete, Put, Store};

/// The group that holds the records. No namespace can have this name: it has a dot.
pub const IDEMPOTENCY_GROUP: &[u8] = b"kv.idempotency";
/// The longest request hash, in bytes.
pub const REQUEST_HASH_LEN_MAX: usize = 1024;
/// The most attempts of a begin, each of which fails if the record is created between its read and
/// its write.
const ATTEMPTS: usize = 100;

/// The operations on records. Of any number of callers in any number of processes, one receives the
/// token to run the operation of a key; the others receive its state, or its response.
#[derive(Clone, Copy)]
pub struct Idempotency<'s> {
    store: &'s Store,
}

/// The outcome of a begin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BeginOutcome {
    /// The caller has to run the operation and to complete it with this token, which is never 0.
    Started(u64),
    /// Another caller is running the operation.
    InProgress,
    /// The operation was completed; the value is its response.
    Completed(Entry),
    /// The key is in use for another request.
    Mismatch,
}

/// The state of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RecordState {
    /// A caller is running the operation.
    InProgress,
    /// The operation was completed; the value is its response.
    Completed(Entry),
}

/// The outcome of a call that needs a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CompleteOutcome {
    /// The call was applied.
    Done,
    /// There is no record: it has expired or was removed.
    Absent,
    /// The record is not in progress under this token: it is completed, or another caller has
    /// taken over after it had expired.
    Refused,
}

impl<'s> Idempotency<'s> {
    /// Returns the operations on the records in `store`.
    pub fn new(store: &'s Store) -> Self {
        Idempotency { store }
    }

    /// Starts the operation `key`, or returns the state of the one that was started before. Its
    /// record has the ttl `ttl_ms`, as [`SetExpiry::from_ttl`] reads it.
    ///
    /// `request` identifies the request, usually by a hash: the same key with another one is a
    /// mismatch. The bytes are compared as they are.
    pub fn begin(&self, key: Key<'_>, request: &[u8], ttl_ms: i64) -> Result<BeginOutcome> {
        let begin = || {
            let expiry = SetExpiry::from_ttl(ttl_ms)?;
            if request.len() > REQUEST_HASH_LEN_MAX {
                let message = format!(
                    "request hash of {} bytes is over the limit of {REQUEST_HASH_LEN_MAX} bytes",
                    request.len(),
                );
                return Err(Error::new(ErrorKind::TooLarge, message));
            }
            for _ in 0..ATTEMPTS {
                if let Some(begun) = self.try_begin(key, request, expiry)? {
                    return Ok(begun);
                }
            }
            let message = format!("the record came and went {ATTEMPTS} times");
            Err(Error::new(ErrorKind::Busy, message))
        };
        begin().map_err(|error| named("begin", key, error))
    }

    /// Stores the response of an operation that was begun with `token`. The record keeps its
    /// expiry.
    pub fn complete(&self, key: Key<'_>, token: u64, response: &[u8]) -> Result<CompleteOutcome> {
        let complete = || {
            let (request, version) = match self.held(key, token)? {
                Held::Yes { request, version } => (request, version),
                Held::No(outcome) => return Ok(outcome),
            };
            let value = Record { token, request: &request, response: Some(response) }.encode()?;
            let condition = Condition::Version(version);
            let put = self.store.put(group()?, key, &value, condition, SetExpiry::Keep)?;
            Ok(match put {
                Put::Written(_) => CompleteOutcome::Done,
                Put::Conflict(at) => overtaken(at),
            })
        };
        complete().map_err(|error| named("complete", key, error))
    }

    /// Returns the record of an operation, or `None` if there is none or it has expired.
    pub fn get(&self, key: Key<'_>) -> Result<Option<RecordState>> {
        let get = || {
            let Some(entry) = self.store.get(group()?, key)? else {
                return Ok(None);
            };
            let record = Record::decode(&entry.value)?;
            Ok(Some(match record.response {
                None => RecordState::InProgress,
                Some(response) => RecordState::Completed(with_value(&entry, response)),
            }))
        };
        get().map_err(|error| named("get", key, error))
    }

    /// Removes the record of an operation, whatever its state; returns whether one was there.
    ///
    /// If it is in progress, another caller can start while the first still runs.
    pub fn forget(&self, key: Key<'_>) -> Result<bool> {
        let forget = || self.store.delete(group()?, key);
        forget().map_err(|error| named("forget", key, error))
    }

    /// Removes the record of an operation that was begun with `token` and has failed, so that it
    /// can begin again.
    pub fn release(&self, key: Key<'_>, token: u64) -> Result<CompleteOutcome> {
        let release = || {
            let version = match self.held(key, token)? {
                Held::Yes { version, .. } => version,
                Held::No(outcome) => return Ok(outcome),
            };
            Ok(match self.store.delete_version(group()?, key, version)? {
                Delete::Deleted => CompleteOutcome::Done,
                Delete::Conflict(at) => overtaken(at),
            })
        };
        release().map_err(|error| named("release", key, error))
    }

    /// Reads the record and, if there is none, creates one; `None` if another was created in
    /// between.
    fn try_begin(
        &self,
        key: Key<'_>,
        request: &[u8],
        expiry: SetExpiry,
    ) -> Result<Option<BeginOutcome>> {
        if let Some(entry) = self.store.get(group()?, key)? {
            let record = Record::decode(&entry.value)?;
            return Ok(Some(match record.response {
                _ if record.request != request => BeginOutcome::Mismatch,
                None => BeginOutcome::InProgress,
                Some(response) => BeginOutcome::Completed(with_value(&entry, response)),
            }));
        }
        let token = new_token();
        let value = Record { token, request, response: None }.encode()?;
        Ok(match self.store.put(group()?, key, &value, Condition::Absent, expiry)? {
            Put::Written(_) => Some(BeginOutcome::Started(token)),
            Put::Conflict(_) => None,
        })
    }

    /// Returns the record that is in progress under `token`.
    fn held(&self, key: Key<'_>, token: u64) -> Result<Held> {
        if token == 0 {
            return Err(Error::new(ErrorKind::Argument, "the token 0 was never given"));
        }
        let Some(entry) = self.store.get(group()?, key)? else {
            return Ok(Held::No(CompleteOutcome::Absent));
        };
        let record = Record::decode(&entry.value)?;
        if record.token != token || record.response.is_some() {
            return Ok(Held::No(CompleteOutcome::Refused));
        }
        Ok(Held::Yes { request: record.request.to_vec(), version: entry.version })
    }
}

/// The record of a token, or the outcome of a call without it.
enum Held {
    /// The record is in progress under the token.
    Yes { request: Vec<u8>, version: Version },
    /// The record is absent, completed, or in progress under another token.
    No(CompleteOutcome),
}

/// The fields of a record.
#[derive(Debug, PartialEq, Eq)]
struct Record<'a> {
    token: u64,
    request: &'a [u8],
    response: Option<&'a [u8]>,
}

const FORMAT: u8 = 1;
const IN_PROGRESS: u8 = 1;
const COMPLETED: u8 = 2;

impl<'a> Record<'a> {
    /// Returns the bytes of a record, unless they are too many for a value: then none are copied.
    fn encode(&self) -> Result<Vec<u8>> {
        let state = if self.response.is_some() { COMPLETED } else { IN_PROGRESS };
        let response = self.response.unwrap_or_default();
        let len = 12 + self.request.len() + response.len();
        check_value(len)?;
        let mut bytes = Vec::new();
        reserve(&mut bytes, len)?;
        bytes.extend_from_slice(&[FORMAT, state]);
        bytes.extend_from_slice(&self.token.to_le_bytes());
        bytes.extend_from_slice(&(self.request.len() as u16).to_le_bytes());
        bytes.extend_from_slice(self.request);
        bytes.extend_from_slice(response);
        Ok(bytes)
    }

    fn decode(bytes: &'a [u8]) -> Result<Record<'a>> {
        let parts = || {
            let (&[format, state], rest) = bytes.split_first_chunk()?;
            let (token, rest) = rest.split_first_chunk()?;
            let (request_len, rest) = rest.split_first_chunk()?;
            let request_len = usize::from(u16::from_le_bytes(*request_len));
            let (request, response) = rest.split_at_checked(request_len)?;
            let response = match (format, state) {
                (FORMAT, COMPLETED) => Some(response),
                (FORMAT, IN_PROGRESS) if response.is_empty() => None,
                _ => return None,
            };
            Some(Record { token: u64::from_le_bytes(*token), request, response })
        };
        let message = "the bytes there are not a record of this version";
        parts().ok_or_else(|| Error::new(ErrorKind::Corrupt, message))
    }
}

fn group() -> Result<Group<'static>> {
    Group::new(IDEMPOTENCY_GROUP)
}

/// Returns a random number other than 0. Two are equal with a probability of about 1 in 2^64.
fn new_token() -> u64 {
    // The standard library has no other random numbers than the keys of its hasher, which are
    // from the system.
    RandomState::new().hash_one(()).max(1)
}

fn with_value(entry: &Entry, value: &[u8]) -> Entry {
    Entry { value: value.into(), version: entry.version, expires_at: entry.expires_at }
}

/// Returns the outcome of a call whose record another caller has changed to version `at`, 0 if it
/// is absent.
fn overtaken(at: Version) -> CompleteOutcome {
    if at == 0 { CompleteOutcome::Absent } else { CompleteOutcome::Refused }
}

fn named(verb: &str, key: Key<'_>, error: Error) -> Error {
    error.context(format_args!("{verb} operation {}", Quoted(key.as_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_round_trip() {
        for (request, response) in [
            (&b""[..], None),
            (b"hash", None),
            (b"", Some(&b""[..])),
            (b"\0\xFF", Some(b"answer")),
            (&[7; REQUEST_HASH_LEN_MAX], Some(b"\0")),
        ] {
            let record = Record { token: u64::MAX - 1, request, response };
            assert_eq!(Record::decode(&record.encode().expect("short")), Ok(record));
        }
    }

    #[test]
    fn the_bytes_are_those_in_the_documentation() {
        let record = Record { token: 0x0102, request: b"ab", response: Some(b"ok") };
        let bytes = [1, 2, 2, 1, 0, 0, 0, 0, 0, 0, 2, 0, b'a', b'b', b'o', b'k'];
        assert_eq!(record.encode(), Ok(bytes.to_vec()));
    }

    #[test]
    fn other_bytes_are_no_record() {
        let good = Record { token: 7, request: b"ab", response: None }.encode().expect("short");
        for len in 0..good.len() {
            assert!(Record::decode(&good[..len]).is_err(), "{len} bytes");
        }
        for (at, byte) in [(0, 0), (0, 2), (1, 0), (1, 3), (10, 1), (10, 3), (11, 1)] {
            let mut bad = good.clone();
            bad[at] = byte;
            assert!(Record::decode(&bad).is_err(), "byte {at} as {byte}");
        }
    }

    #[test]
    fn tokens_differ_and_are_never_0() {
        let tokens: std::collections::BTreeSet<u64> = (0..1_000).map(|_| new_token()).collect();
        assert_eq!(tokens.len(), 1_000);
        assert!(!tokens.contains(&0));
    }
}
