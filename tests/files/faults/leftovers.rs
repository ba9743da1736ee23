//! Backups and first openings that fail leave nothing behind.

use super::{check_filled, fill, open};
use crate::support::faults::{LINK, OPEN, READ, Rule, SYNC, TRUNCATE, WRITE, under_faults};

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

#[test]
fn a_first_opening_that_fails() {
    under_faults(|faults| {
        let path = faults.file("kv.db");
        for (kinds, error) in ERRORS {
            for nth in 1.. {
                faults.arm(Rule { kinds, suffix: "", nth, error, forever: true });
                let opened = open(&path, "");
                let failed = faults.disarm().1;
                match opened {
                    Ok(store) => drop(store),
                    Err(error) => {
                        // SQLite may have made an empty database of it, beside which is a log.
                        let len = std::fs::metadata(&path).map_or(0, |it| it.len());
                        let left = faults.files();
                        // Without a descriptor it cannot be known that no other process uses the
                        // file; an empty one stays, of which the next opening makes a store.
                        let is_kept = kinds & OPEN != 0 && left == ["kv.db"];
                        let is_clean = left.is_empty() || len > 0 || is_kept;
                        assert!(is_clean, "call {nth} of {kinds}, {error}: {left:?}");
                        drop(open(&path, "").expect("the disk is well again"));
                    }
                }
                faults.clear();
                if failed == 0 {
                    break;
                }
            }
        }
    });
}
