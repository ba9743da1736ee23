//! The files of plumego's `kvengine`, which its `store/kv` had in older versions: a snapshot, and a
//! log of the writes since then.
//!
//! ```text
//! snapshot.bin    "KVST", version, time; entries: key, value, expiry, version, size
//! snapshot.json   a line of JSON about the file, and one for each entry
//! store.wal       records: "WALE", operation, key, value, expiry, version, checksum; or lines
//!                 of JSON
//! ```
//!
//! Numbers are big-endian, names and values have their length before them, an expiry is nanoseconds
//! since 1970.

use std::collections::BTreeMap;
use std::path::Path;
use std::{fs, io};

use crate::foreign::kvengine_record::{Bytes, DELETE, MAGIC, Record, SET};
use crate::foreign::timestamp::Timestamp;
use crate::import_entry::ImportEntry;
use crate::json_fields::Result;

const WAL: &str = "store.wal";
const SNAPSHOT: &str = "snapshot.bin";
const JSON_SNAPSHOT: &str = "snapshot.json";

/// The state of a directory.
pub struct State {
    /// The entries, by key.
    pub entries: BTreeMap<Vec<u8>, ImportEntry>,
    /// Whether the log ends within a record, as it may after a crash. The write of that record was
    /// not acknowledged.
    pub is_torn: bool,
}

/// Returns the state of a directory, or `None` if it has none of the files. A message names the
/// file.
pub fn read(directory: &Path) -> Result<Option<State>> {
    let mut state = State { entries: BTreeMap::new(), is_torn: false };
    let mut is_found = false;
    // Of two snapshots the engine reads this one.
    let has_snapshot = directory.join(SNAPSHOT).exists();
    let snapshot = if has_snapshot { SNAPSHOT } else { JSON_SNAPSHOT };
    for (name, apply) in
        [(snapshot, State::load as fn(&mut State, &[u8]) -> _), (WAL, State::replay)]
    {
        let path = directory.join(name);
        let applied =
            kv::check_unused(&path).map_err(|error| error.to_string()).and_then(
                |()| match fs::read(&path) {
                    Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
                    Err(error) => Err(error.to_string()),
                    Ok(bytes) => {
                        is_found = true;
                        apply(&mut state, &bytes)
                    }
                },
            );
        applied.map_err(|error| format!("{name}: {error}"))?;
    }
    Ok(is_found.then_some(state))
}

impl State {
    fn load(&mut self, bytes: &[u8]) -> Result<()> {
        match bytes {
            [0x1f, 0x8b, ..] => {
                Err("it is compressed; replace it, in a copy of the directory, by what gunzip makes of it"
                    .to_owned())
            }
            [b'{', ..] => {
                let mut lines = bytes.split_inclusive(|byte| *byte == b'\n').zip(1..);
                lines.next();
                lines.try_for_each(|(line, number)| {
                    Record::of_line(line).map(|it| self.set(it)).map_err(|it| at_line(number, it))
                })
            }
            _ => self.load_binary(bytes).ok_or_else(|| "not a snapshot of plumego".to_owned()),
        }
    }

    fn load_binary(&mut self, bytes: &[u8]) -> Option<()> {
        let mut rest = Bytes(bytes.strip_prefix(b"KVST\0\0\0\x01")?);
        rest.i64()?;
        while !rest.0.is_empty() {
            let (key, value) = (rest.text()?, rest.text()?);
            let expire_at = Timestamp::from_unix_nanos(rest.i64()?);
            let version = rest.i64()?;
            rest.i64()?;
            self.set(Record { op: SET, key, value, expire_at, version, crc: 0 });
        }
        Some(())
    }

    fn replay(&mut self, bytes: &[u8]) -> Result<()> {
        if bytes.first() == Some(&b'{') {
            return self.replay_lines(bytes);
        }
        let mut rest = Bytes(bytes);
        while !rest.0.is_empty() {
            let place = format!("at byte {}", bytes.len() - rest.0.len());
            if !rest.0.starts_with(MAGIC) && !MAGIC.starts_with(rest.0) {
                return Err(format!("no record of plumego {place}"));
            }
            let from = rest.0;
            let Some(record) = Record::of_bytes(&mut rest) else {
                // Of a record that a crash has cut nothing follows.
                if begins_later(from) {
                    return Err(format!("wrong length in the record {place}"));
                }
                self.is_torn = true;
                return Ok(());
            };
            self.apply(record).map_err(|error| format!("{error} {place}"))?;
        }
        Ok(())
    }

    fn replay_lines(&mut self, bytes: &[u8]) -> Result<()> {
        for (line, number) in bytes.split_inclusive(|byte| *byte == b'\n').zip(1..) {
            match Record::of_line(line) {
                Ok(record) => self.apply(record).map_err(|it| at_line(number, it))?,
                Err(_) if !line.ends_with(b"\n") => self.is_torn = true,
                Err(error) => return Err(at_line(number, error)),
            }
        }
        Ok(())
    }

    fn apply(&mut self, record: Record) -> Result<()> {
        if !record.is_whole() {
            return Err("wrong checksum of the record".to_owned());
        }
        match record.op {
            SET => self.set(record),
            DELETE => drop(self.entries.remove(&record.key)),
            op => return Err(format!("unknown operation {op} of the record")),
        }
        Ok(())
    }

    fn set(&mut self, record: Record) {
        let Record { key, value, expire_at, .. } = record;
        let expires_at = expire_at.expiry();
        let entry = ImportEntry { group: Vec::new(), key: key.clone(), value, expires_at };
        self.entries.insert(key, entry);
    }
}

/// Returns whether a record begins behind the first byte.
fn begins_later(bytes: &[u8]) -> bool {
    let is_record = |at: &[u8]| at.starts_with(MAGIC) && matches!(at.get(4), Some(&(SET | DELETE)));
    (1..bytes.len()).any(|at| bytes.get(at..).is_some_and(is_record))
}

fn at_line(number: u64, error: String) -> String {
    format!("line {number}: {error}")
}

#[cfg(test)]
mod tests {
    use data_encoding::HEXLOWER;

    use super::*;
    use crate::foreign::kvengine_record::checksum;

    /// A log that sets "k" to "v" with an expiry and deletes "snap".
    const LOG: &str = "57414c4501000000016b000000017618ec7f8828f62d1d00000000000000021ea34bd2\
                       57414c450200000004736e617000000000000000000000000000000000000000032b79f6af";
    const LOG_LINES: &str = r#"{"op":1,"key":"k","value":"dg==","expire_at":"2026-11-29T11:09:34.190581364Z","version":2,"crc":1972117827}
{"op":2,"key":"snap","expire_at":"0001-01-01T00:00:00Z","version":3,"crc":729413295}
"#;
    /// A snapshot with "snap" of "1".
    const BINARY: &str = "4b5653540000000118ec7c41f82e189f00000004736e61700000000131000000\
                          000000000000000000000000010000000000000045";
    const LINES: &str = r#"{"created":"2026-11-29T10:09:34.189177842Z","magic":1263948628,"version":1}
{"key":"snap","value":"MQ==","expire_at":"0001-01-01T00:00:00Z","size":69,"version":1}
"#;

    fn bytes_of(hex: &str) -> Vec<u8> {
        HEXLOWER.decode(hex.as_bytes()).expect("hex")
    }

    fn state_of(snapshot: &[u8], log: &[u8]) -> Result<State> {
        let folder = tempfile::tempdir().expect("a folder");
        let name = if snapshot.first() == Some(&b'{') { JSON_SNAPSHOT } else { SNAPSHOT };
        fs::write(folder.path().join(name), snapshot).expect("a file");
        fs::write(folder.path().join(WAL), log).expect("a file");
        read(folder.path()).map(|state| state.expect("files"))
    }

    fn error_of(snapshot: &[u8], log: &[u8]) -> String {
        state_of(snapshot, log).map(|it| it.entries.len()).expect_err("refused")
    }

    #[test]
    fn the_log_is_replayed_over_the_snapshot_in_both_forms() {
        for snapshot in [bytes_of(BINARY), LINES.into()] {
            let state = state_of(&snapshot, b"").expect("a snapshot alone");
            assert_eq!(state.entries[b"snap".as_slice()].value, b"1");
            assert_eq!(state.entries[b"snap".as_slice()].expires_at, None);
            for log in [bytes_of(LOG), LOG_LINES.into()] {
                let state = state_of(&snapshot, &log).expect("a directory");
                assert!(!state.is_torn && state.entries.len() == 1);
                let entry = &state.entries[b"k".as_slice()];
                assert_eq!(entry.value, b"v");
                assert!(entry.expires_at.is_some_and(|at| at.div_euclid(1_000_000) == 1_795_950));
            }
        }
    }

    #[test]
    fn the_older_checksum_is_accepted_and_a_damaged_record_is_not() {
        let mut log = bytes_of(LOG);
        let end = log.len();
        log[end - 4..].copy_from_slice(&checksum(&[b"2", b"snap", b"", b"3"]).to_be_bytes());
        assert_eq!(state_of(&bytes_of(BINARY), &log).expect("a directory").entries.len(), 1);
        log[end - 1] ^= 1;
        let error = error_of(&bytes_of(BINARY), &log);
        assert_eq!(error, "store.wal: wrong checksum of the record at byte 35");
        let mut log = bytes_of(LOG);
        log[6] = 1;
        let error = error_of(&bytes_of(BINARY), &log);
        assert_eq!(error, "store.wal: wrong length in the record at byte 0");
        let lines = LOG_LINES.replace("dg==", "eA==");
        let error = error_of(LINES.as_bytes(), lines.as_bytes());
        assert_eq!(error, "store.wal: line 1: wrong checksum of the record");
    }

    #[test]
    fn a_log_that_ends_within_a_record_has_the_records_before_it() {
        let whole = bytes_of(LOG);
        for len in 36..whole.len() {
            let state = state_of(&bytes_of(BINARY), &whole[..len]).expect("a torn log");
            assert!(state.is_torn && state.entries.len() == 2, "{len}");
        }
        let lines = LOG_LINES.trim_end().strip_suffix('}').expect("a cut line");
        let state = state_of(LINES.as_bytes(), lines.as_bytes()).expect("a torn log");
        assert!(state.is_torn && state.entries.len() == 2);
    }

    #[test]
    fn other_files_are_refused_with_their_names() {
        let (snapshot, log) = (bytes_of(BINARY), bytes_of(LOG));
        for (snapshot, log, expected) in [
            (&b"\x1f\x8b\x08"[..], &b""[..], "snapshot.bin: it is compressed; "),
            (b"KVSX", b"", "snapshot.bin: not a snapshot of plumego"),
            (&snapshot[..40], b"", "snapshot.bin: not a snapshot of plumego"),
            (b"{}\n{\"key\":7}\n", b"", "snapshot.json: line 2: field \"key\": expected a string"),
            (
                b"{}\n{\"key\":\"k\",\"value\":\"!\"}",
                b"",
                "snapshot.json: line 2: field \"value\" is not",
            ),
            (&snapshot, b"text", "store.wal: no record of plumego at byte 0"),
            (
                &snapshot,
                &[&log[..], b"text"].concat(),
                "store.wal: no record of plumego at byte 72",
            ),
            (&snapshot, b"{\"op\":1}\n", "store.wal: line 1: field \"key\" is missing"),
            (
                &snapshot,
                b"{\"op\":300,\"key\":\"k\"}\n",
                "store.wal: line 1: field \"op\" is not a number",
            ),
        ] {
            let error = error_of(snapshot, log);
            assert!(error.starts_with(expected), "{error}");
        }
        let empty = tempfile::tempdir().expect("a folder");
        assert!(read(empty.path()).expect("readable").is_none());
    }
}
