//! An open(2) that fails for a moment fails a call, and leaves no connection that only reads.

use std::time::Duration;

use super::{check_filled, fill, open, set};
use crate::support::faults::{Faults, OPEN, Rule, under_faults};
use crate::support::{key, no_group, until};
use kv::{ErrorKind, Result, Store};

/// Fails unless the store is one that writes, syncs, checkpoints and compacts.
fn check_works(store: &Store) {
    set(store, b"some").expect("it writes");
    store.flush().expect("it syncs");
    let before = store.stats().expect("stats").checkpoints;
    until("a checkpoint in the background", Duration::from_secs(20), || {
        store.set(no_group(), key(b"a"), &[1; 9_000]).expect("it writes");
        store.stats().expect("stats").checkpoints > before
    });
    store.compact().expect("it compacts");
}

/// Lets each open of `opened` fail once, after `prepare`.
fn check_each_open(faults: &Faults, mut prepare: impl FnMut(), opened: impl Fn() -> Result<Store>) {
    for error in [libc::EMFILE, libc::ENFILE, libc::EIO] {
        for nth in 1.. {
            prepare();
            faults.arm(Rule { kinds: OPEN, suffix: "", nth, error, forever: false });
            let store = opened();
            let failed = faults.disarm().1;
            match store {
                Ok(store) => check_works(&store),
                Err(it) => {
                    let expected = (ErrorKind::Io, error);
                    assert_eq!((it.kind(), it.os_error()), expected, "open {nth}: {it}");
                    check_works(&opened().expect("the moment has passed"));
                }
            }
            if failed == 0 {
                assert!(nth > 3, "a store opens several files");
                break;
            }
        }
    }
}

#[test]
fn opening_a_store() {
    under_faults(|faults| {
        let path = faults.file("kv.db");
        let opened = || open(&path, "wal_limit=64KiB");
        check_each_open(faults, || faults.clear(), opened);
        faults.clear();
        fill(&opened().expect("it opens"));
        check_each_open(faults, || {}, opened);
        check_filled(&opened().expect("it opens"));
    });
}

#[test]
fn reading() {
    under_faults(|faults| {
        let path = faults.file("kv.db");
        for nth in 1..=4 {
            faults.clear();
            let store = open(&path, "wal_limit=64KiB").expect("it opens");
            fill(&store);
            faults.arm(Rule { kinds: OPEN, suffix: "", nth, error: libc::EMFILE, forever: false });
            if let Err(error) = store.get(no_group(), key(b"a")) {
                assert_eq!(
                    (error.kind(), error.os_error()),
                    (ErrorKind::Io, libc::EMFILE),
                    "{error}"
                );
            }
            faults.disarm();
            check_filled(&store);
            check_works(&store);
        }
    });
}
