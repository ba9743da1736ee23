//! Backups and first openings that fail leave nothing behind.

use super::{check_filled, fill, open};
use crate::support::faults::{Faults, LINK, OPEN, READ, Rule, SYNC, TRUNCATE, WRITE, under_faults};
use kv::ErrorKind;

const ERRORS: [(u32, i32); 6] = [
    (OPEN, libc::EMFILE),
    (READ, libc::EIO),
    (WRITE, libc::ENOSPC),
    (SYNC, libc::EIO),
    (TRUNCATE, libc::EIO),
    (LINK, libc::ENOSPC),
];

#[test]
fn a_failed_backup() {
    under_faults(|faults| {
        let store = open(&faults.file("kv.db"), "").expect("it opens");
        fill(&store);
        let target = faults.file("copy.db");
        for (kinds, error) in ERRORS {
            for nth in 1.. {
                let before = faults.files();
                faults.arm(Rule { kinds, suffix: "", nth, error, forever: true });
                let done = store.backup(&target, &mut |_| true);
                let failed = faults.disarm().1;
                if failed == 0 || done.is_ok() {
                    done.expect("nothing has failed");
                    check_filled(&open(&target, "").expect("a store"));
                    std::fs::remove_file(&target).expect("a file of our own");
                }
                assert_eq!(faults.files(), before, "call {nth} of kind {kinds}");
                if failed == 0 {
                    break;
                }
            }
        }
    });
}

/// Lets each call of `opened` fail, once or for ever, and calls `check` after each failure.
fn fail_each_call(faults: &Faults, forever: bool, check: impl Fn(u32, &str)) {
    let path = faults.file("kv.db");
    for (kinds, error) in ERRORS {
        for nth in 1.. {
            faults.arm(Rule { kinds, suffix: "", nth, error, forever });
            let opened = open(&path, "changes=on&max_entries=100");
            let failed = faults.disarm().1;
            if let Err(error) = &opened {
                check(kinds, &format!("call {nth} of {kinds}, {error}: {:?}", faults.files()));
                drop(open(&path, "").expect("the disk is well again"));
            }
            drop(opened);
            faults.clear();
            if failed == 0 {
                break;
            }
        }
    }
}

#[test]
fn a_first_opening_that_fails() {
    under_faults(|faults| {
        fail_each_call(faults, false, |_, words| assert!(faults.files().is_empty(), "{words}"));
        fail_each_call(faults, true, |kinds, words| {
            // A file that cannot be looked at is not removed: another process may use it.
            let can_look = kinds & (OPEN | READ) == 0;
            assert!(faults.files().is_empty() || !can_look, "{words}");
        });
    });
}

#[test]
fn a_first_opening_without_descriptors() {
    under_faults(|faults| {
        let path = faults.file("kv.db");
        let limits = || {
            let mut limits = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
            // SAFETY: the call writes one structure.
            unsafe { libc::getrlimit(libc::RLIMIT_NOFILE, &raw mut limits) };
            limits
        };
        let set = |count| {
            let limits = libc::rlimit { rlim_cur: count, ..limits() };
            // SAFETY: the call reads one structure.
            unsafe { libc::setrlimit(libc::RLIMIT_NOFILE, &raw const limits) };
        };
        let all = limits().rlim_cur;
        let mut failures = 0;
        for count in 3.. {
            set(count);
            let opened = open(&path, "changes=on&max_entries=100");
            set(all);
            match opened {
                Ok(store) => {
                    fill(&store);
                    check_filled(&store);
                    break;
                }
                Err(error) => {
                    failures += 1;
                    assert_eq!((error.kind(), error.os_error()), (ErrorKind::Io, libc::EMFILE));
                    assert_eq!(faults.files(), [""; 0], "{count} descriptors: {error}");
                }
            }
        }
        assert!(failures > 5);
    });
}

#[test]
fn a_file_that_was_there_stays() {
    under_faults(|faults| {
        let path = faults.file("kv.db");
        std::fs::write(&path, b"").expect("a file");
        for nth in 1..5 {
            faults.arm(Rule { kinds: OPEN, suffix: "", nth, error: libc::EMFILE, forever: false });
            let opened = open(&path, "");
            faults.disarm();
            assert!(path.exists());
            drop(opened);
        }
    });
}
