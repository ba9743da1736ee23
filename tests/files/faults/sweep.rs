//! A workload of every kind of call, in which each call of the system fails in its turn.

use std::collections::BTreeMap;
use std::path::Path;

use super::open;
use crate::support::faults::{
    Faults, LINK, OPEN, READ, Rule, SYNC, TRUNCATE, UNLINK, WRITE, under_faults,
};
use crate::support::{group, key};
use kv::{Error, ErrorKind, Namespace, Quota, Result, Store};

/// The entries that have to be in the store: for each key the value that was acknowledged last, and
/// those that may be there instead because a write failed.
#[derive(Default)]
struct Expected {
    values: BTreeMap<Vec<u8>, Vec<Option<Vec<u8>>>>,
    errors: Vec<Error>,
}

impl Expected {
    /// Records the outcome of a write of `value`, or of a delete.
    fn note<T>(&mut self, name: &[u8], value: Option<&[u8]>, done: Result<T>) {
        let values = self.values.entry(name.to_vec()).or_insert_with(|| vec![None]);
        match done {
            Ok(_) => *values = vec![value.map(<[u8]>::to_vec)],
            Err(error) => {
                values.push(value.map(<[u8]>::to_vec));
                self.errors.push(error);
            }
        }
    }

    fn note_error<T>(&mut self, done: Result<T>) {
        self.errors.extend(done.err());
    }

    fn check(&self, store: &Store) {
        store.check().expect("sound");
        for (name, values) in &self.values {
            let entry = store.get(group(b"g"), key(name)).expect("a read");
            let found = entry.map(|it| it.value.to_vec());
            let len = found.as_ref().map(Vec::len);
            assert!(values.contains(&found), "{}: {len:?}", String::from_utf8_lossy(name));
        }
    }
}

fn run(store: &Store, folder: &Path, expected: &mut Expected) {
    let large = vec![3_u8; 30_000];
    for (name, value) in [(b"a", &b"1"[..]), (b"b", &large), (b"a", b"2"), (b"c", b"")] {
        expected.note(name, Some(value), store.set(group(b"g"), key(name), value));
    }
    expected.note_error(store.flush());
    expected.note(b"b", None, store.delete(group(b"g"), key(b"b")));
    let quota = Quota { max_keys: 100, ..Quota::default() };
    expected.note_error(store.set_quota(&Namespace::new(b"n").expect("a name"), quota));
    expected.note(b"d", Some(&large), store.set(group(b"g"), key(b"d"), &large));
    expected.note_error(store.get(group(b"g"), key(b"d")));
    expected.note_error(store.backup(&folder.join("copy.db"), &mut |_| true));
    expected.note_error(store.compact());
    expected.note(b"e", Some(b"5"), store.set(group(b"g"), key(b"e"), b"5"));
    expected.note_error(store.flush());
    expected.note_error(store.usage());
    expected.note_error(store.check());
}

/// Returns whether an error is one that a call that failed with `number` explains.
fn is_explained(error: &Error, number: i32) -> bool {
    // A write that transfers nothing means to SQLite that the disk is full.
    let number = if number == 0 { libc::ENOSPC } else { number };
    let full = matches!(number, libc::ENOSPC | libc::EDQUOT);
    match error.kind() {
        ErrorKind::Poisoned => true,
        ErrorKind::Full => full && error.os_error() == number,
        ErrorKind::Io => !full && error.os_error() == number,
        _ => false,
    }
}

/// Lets every `step`th call of some kinds fail, once and for ever.
fn sweep(faults: &Faults, kinds: u32, number: i32, step: usize) {
    let path = faults.file("kv.db");
    let options = "changes=on&changes_keep=2&wal_limit=64KiB";
    for forever in [false, true] {
        for nth in (1..).step_by(step) {
            faults.clear();
            let mut expected = Expected::default();
            faults.arm(Rule { kinds, suffix: "", nth, error: number, forever });
            let opened = open(&path, options);
            if let Ok(store) = &opened {
                run(store, path.parent().expect("a folder"), &mut expected);
            } else {
                expected.errors.extend(opened.as_ref().err().cloned());
            }
            drop(opened);
            let failed = faults.disarm().1;
            for error in &expected.errors {
                assert!(
                    is_explained(error, number),
                    "call {nth} of {kinds}, {number}, for ever {forever}: {:?} {} {error}",
                    error.kind(),
                    error.os_error(),
                );
            }
            expected.check(&open(&path, options).expect("it opens again"));
            if failed == 0 {
                assert!(expected.errors.is_empty() && nth > 1);
                break;
            }
        }
    }
}

#[test]
fn every_open() {
    under_faults(|faults| sweep(faults, OPEN, libc::EMFILE, 1));
}

#[test]
fn every_read() {
    under_faults(|faults| sweep(faults, READ, libc::EIO, 5));
}

#[test]
fn every_write() {
    under_faults(|faults| {
        sweep(faults, WRITE, libc::ENOSPC, 7);
        sweep(faults, WRITE, libc::EIO, 7);
    });
}

#[test]
fn every_short_write() {
    under_faults(|faults| sweep(faults, WRITE, 0, 7));
}

#[test]
fn every_sync() {
    under_faults(|faults| sweep(faults, SYNC, libc::EIO, 1));
}

#[test]
fn every_call_on_a_path_and_every_truncation() {
    under_faults(|faults| {
        sweep(faults, TRUNCATE | UNLINK | LINK, libc::EIO, 1);
    });
}
