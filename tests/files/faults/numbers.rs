//! Errors of the system keep their status and number in every call.

use super::{ENTRIES, check_filled, failure, fill, open, set};
use crate::support::faults::{Faults, OPEN, READ, Rule, WRITE, under_faults};
use crate::support::{key, no_group};
use kv::{ErrorKind, GroupRange, Result, Scan, Store};

/// Errors, and the kinds that they are in every call.
const KINDS: [(i32, ErrorKind); 6] = [
    (libc::EIO, ErrorKind::Io),
    (libc::ENOSPC, ErrorKind::Full),
    (libc::EDQUOT, ErrorKind::Full),
    (libc::EMFILE, ErrorKind::Io),
    (libc::ENFILE, ErrorKind::Io),
    (libc::EACCES, ErrorKind::Permission),
];

fn all(kinds: u32, suffix: &'static str, error: i32) -> Rule {
    Rule { kinds, suffix, nth: 1, error, forever: true }
}

/// Fails unless `work` fails with the kind of each error, if calls do.
fn check_kinds(
    faults: &Faults,
    (kinds, suffix): (u32, &'static str),
    errors: &[i32],
    mut work: impl FnMut() -> Result<()>,
) {
    for &(error, kind) in KINDS.iter().filter(|it| errors.contains(&it.0)) {
        faults.arm(all(kinds, suffix, error));
        let failed = work();
        assert_ne!(faults.disarm().1, 0, "no call on {suffix} has failed with {error}");
        let failed = failed.expect_err("a call has failed");
        assert_eq!((failed.kind(), failed.os_error()), (kind, error), "{failed}");
        let words = std::io::Error::from_raw_os_error(error).to_string();
        assert!(failed.message().contains(&words), "{failed} does not say {words}");
    }
}

fn scan(store: &Store) -> Result<()> {
    let mut cursor = store.scan(Scan::all(no_group()))?;
    while cursor.next()?.is_some() {}
    Ok(())
}

fn read_all(store: &Store) -> Result<()> {
    (0..ENTRIES).try_for_each(|id| store.get(no_group(), key(&id.to_be_bytes())).map(drop))
}

/// Returns a store whose entries are all in the file, or all in the log.
fn filled(faults: &Faults, in_file: bool) -> Store {
    faults.clear();
    let path = faults.file("kv.db");
    let store = open(&path, "").expect("it opens");
    fill(&store);
    if !in_file {
        return store;
    }
    drop(store);
    open(&path, "").expect("it opens again")
}

#[test]
fn reading_the_file_or_the_log() {
    under_faults(|faults| {
        type Read = fn(&Store) -> Result<()>;
        let reads: [(&str, Read); 6] = [
            ("get", read_all),
            ("scan", scan),
            ("count", |store| store.count(GroupRange::Prefix(b"")).map(drop)),
            ("usage", |store| store.usage().map(drop)),
            ("check", Store::check),
            ("set", |store| set(store, b"other").and_then(|()| read_all(store))),
        ];
        for (suffix, in_file) in [("kv.db", true), ("-wal", false)] {
            for (name, read) in reads {
                let store = filled(faults, in_file);
                faults.arm(all(READ, suffix, libc::EIO));
                let failed = read(&store);
                let seen = faults.disarm().0;
                if seen > 0 {
                    assert_eq!(failure(failed), (ErrorKind::Io, libc::EIO), "{name} of {suffix}");
                } else {
                    failed.unwrap_or_else(|error| panic!("{name} of {suffix}: {error}"));
                }
                check_filled(&store);
                set(&store, b"after").expect("the disk is well again");
            }
        }
    });
}

#[test]
fn writing_the_log() {
    under_faults(|faults| {
        let store = filled(faults, false);
        let errors = [libc::EIO, libc::ENOSPC, libc::EDQUOT];
        check_kinds(faults, (WRITE, "-wal"), &errors, || set(&store, b"a"));
        check_kinds(faults, (WRITE, "-wal"), &errors, || store.flush());
        check_filled(&store);
        set(&store, b"after").expect("the disk is well again");
    });
}

#[test]
fn compacting() {
    under_faults(|faults| {
        let store = filled(faults, false);
        let errors = [libc::EIO, libc::ENOSPC, libc::EDQUOT];
        check_kinds(faults, (WRITE, "-wal"), &errors, || store.compact());
        check_kinds(faults, (WRITE, "kv.db"), &errors, || store.compact());
        check_filled(&store);
        store.compact().expect("the disk is well again");
    });
}

#[test]
fn backups() {
    under_faults(|faults| {
        let store = filled(faults, true);
        let target = faults.file("copy.backup");
        let partial = ".kv-partial-";
        let mut backup = || store.backup(&target, &mut |_| true);
        // Later backups find these pages in memory.
        check_kinds(faults, (READ, "kv.db"), &[libc::EIO], &mut backup);
        let errors = [libc::EIO, libc::ENOSPC, libc::EDQUOT];
        check_kinds(faults, (WRITE, partial), &errors, &mut backup);
        let errors = [libc::EMFILE, libc::ENFILE, libc::ENOSPC, libc::EACCES];
        check_kinds(faults, (OPEN, partial), &errors, &mut backup);
        backup().expect("the disk is well again");
        check_filled(&open(&target, "").expect("a store"));
    });
}

#[test]
fn opening() {
    under_faults(|faults| {
        let path = faults.file("kv.db");
        let mut opened = || {
            faults.clear();
            open(&path, "").map(drop)
        };
        let errors = [libc::EIO, libc::ENOSPC, libc::EDQUOT];
        check_kinds(faults, (WRITE, ""), &errors, &mut opened);
        let errors = [libc::EMFILE, libc::ENFILE, libc::ENOSPC, libc::EIO];
        check_kinds(faults, (OPEN, ""), &errors, &mut opened);
        check_kinds(faults, (OPEN, "-wal"), &errors, &mut opened);
        check_kinds(faults, (OPEN, "-shm"), &errors, &mut opened);
        drop(filled(faults, false));
        let mut opened = || open(&path, "").map(drop);
        check_kinds(faults, (OPEN, ""), &errors, &mut opened);
        check_kinds(faults, (READ, "kv.db"), &[libc::EIO], &mut opened);
    });
}

/// SQLite opens a file that it cannot create once more, for reading, and finds it missing.
#[test]
fn files_that_cannot_be_created_for_a_moment() {
    under_faults(|faults| {
        let path = faults.file("kv.db");
        for suffix in ["-journal", "-wal", "-shm"] {
            for error in [libc::EMFILE, libc::ENFILE, libc::ENOSPC, libc::EDQUOT, libc::EIO] {
                faults.clear();
                faults.arm(Rule { kinds: OPEN, suffix, nth: 1, error, forever: false });
                let failed = open(&path, "").map(drop);
                assert_eq!(faults.disarm().1, 1, "{suffix} is created");
                assert_eq!(failure(failed).1, error, "{suffix}");
            }
        }
        for suffix in ["-journal", "-wal"] {
            faults.clear();
            let rule = all(OPEN, suffix, libc::EACCES);
            faults.arm(Rule { forever: false, ..rule });
            let failed = open(&path, "").map(drop);
            faults.disarm();
            assert_eq!(failure(failed), (ErrorKind::ReadOnly, libc::EACCES), "{suffix}");
        }
    });
}

#[test]
fn reads_that_open_a_connection() {
    under_faults(|faults| {
        let errors = [libc::EMFILE, libc::ENFILE, libc::ENOSPC, libc::EIO];
        for suffix in ["kv.db", "-wal"] {
            let store = filled(faults, true);
            check_kinds(faults, (OPEN, suffix), &errors, || read_all(&store));
            check_filled(&store);
        }
    });
}
