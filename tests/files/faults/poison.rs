//! A failed fsync poisons the store wherever it happens, and a poisoned store moves nothing of its
//! log into the file.

use std::time::Duration;

use super::{check_filled, failure, fill, open, set};
use crate::support::faults::{Faults, Rule, SYNC, WRITE, under_faults};
use crate::support::{key, no_group, until};
use kv::{ErrorKind, Namespace, Op, Quota, Result, SetExpiry, Store};

/// The option of a store that syncs with each commit.
const FULL: &str = "durability=full";
/// The longest wait for work in the background.
const LIMIT: Duration = Duration::from_secs(20);

fn failed_sync(suffix: &'static str, nth: usize, forever: bool) -> Rule {
    Rule { kinds: SYNC, suffix, nth, error: libc::EIO, forever }
}

/// Fails unless writes and flushes are refused, and the entries of `fill` are read, now and after
/// another opening.
fn check_poisoned(faults: &Faults, store: Store) {
    assert_eq!(failure(set(&store, b"later")).0, ErrorKind::Poisoned);
    assert_eq!(failure(store.flush()).0, ErrorKind::Poisoned);
    check_filled(&store);
    faults.record();
    drop(store);
    let record = faults.record();
    let moves = ["write kv.db", "truncate kv.db", "sync kv.db", "unlink kv.db-wal"];
    let moved: Vec<_> = record.iter().filter(|it| moves.contains(&it.as_str())).collect();
    assert!(moved.is_empty(), "the close of a poisoned store: {moved:?}");

    let store = open(&faults.file("kv.db"), "").expect("it opens again");
    check_filled(&store);
    set(&store, b"later").expect("it is another store");
}

/// Lets each sync of `work` fail, in a store of its own that was opened with `options`.
fn check_each_sync(
    faults: &Faults,
    options: &str,
    suffix: &'static str,
    work: impl Fn(&Store) -> Result<()>,
) {
    for nth in 1.. {
        faults.clear();
        let store = open(&faults.file("kv.db"), options).expect("it opens");
        fill(&store);
        faults.arm(failed_sync(suffix, nth, false));
        let done = work(&store);
        if faults.disarm().1 == 0 {
            done.expect("nothing has failed");
            assert!(nth > 1, "there is no sync");
            return;
        }
        assert_eq!(failure(done), (ErrorKind::Io, libc::EIO), "sync {nth}");
        check_poisoned(faults, store);
    }
}

#[test]
fn a_commit_and_a_flush() {
    under_faults(|faults| {
        check_each_sync(faults, FULL, "", |store| set(store, b"a"));
        check_each_sync(faults, "", "", Store::flush);
    });
}

#[test]
fn compacting() {
    under_faults(|faults| {
        check_each_sync(faults, "", "", Store::compact);
        check_each_sync(faults, FULL, "", Store::compact);
    });
}

#[test]
fn quotas_limits_and_the_change_log() {
    under_faults(|faults| {
        let tenant = Namespace::new(b"tenant").expect("a name");
        let quota = Quota { max_keys: 1_000, ..Quota::default() };
        check_each_sync(faults, FULL, "", |store| store.set_quota(&tenant, quota));
        let path = faults.file("kv.db");
        for option in ["changes=on", "max_entries=1000", "max_entries=1000&evict=lru"] {
            let again = format!("{FULL}&{option}");
            check_each_sync(faults, FULL, "", |_| open(&path, &again).map(drop));
        }
    });
}

#[test]
fn purging() {
    under_faults(|faults| {
        check_each_sync(faults, FULL, "", |store| {
            store.set_ttl(no_group(), key(b"short"), b"", 1)?;
            std::thread::sleep(Duration::from_millis(3));
            store.purge_expired().map(drop)
        });
    });
}

/// A batch larger than the page cache writes to the log before its commit, and the first write to a
/// log that was started over syncs its header.
#[test]
fn the_header_of_a_log_that_is_started_over() {
    under_faults(|faults| {
        let store = open(&faults.file("kv.db"), "").expect("it opens");
        fill(&store);
        store.compact().expect("the log is empty");
        let large = vec![9_u8; 4_000_000];
        let (group, condition) = (no_group(), Default::default());
        let set = |name| Op::Set {
            group,
            key: key(name),
            value: &large,
            condition,
            expiry: SetExpiry::Never,
        };
        faults.arm(failed_sync("-wal", 1, false));
        let done = store.commit(&[set(b"a"), set(b"b")]);
        assert_eq!(faults.disarm().1, 1);
        assert_eq!(failure(done), (ErrorKind::Io, libc::EIO));
        check_poisoned(faults, store);
    });
}

#[test]
fn a_checkpoint_in_the_background() {
    under_faults(|faults| {
        for suffix in ["kv.db-wal", "kv.db"] {
            faults.clear();
            let store = open(&faults.file("kv.db"), "wal_limit=64KiB").expect("it opens");
            fill(&store);
            faults.arm(failed_sync(suffix, 1, true));
            for id in 0..30_u8 {
                let _ = store.set(no_group(), key(&[b'x', id]), &[1; 4_000]);
            }
            until("the checkpoint fails", LIMIT, || set(&store, b"x").is_err());
            assert!(faults.disarm().1 > 0);
            check_poisoned(faults, store);
        }
    });
}

#[test]
fn trimming_in_the_background() {
    under_faults(|faults| {
        let options = "durability=full&changes=on&changes_keep=10";
        let store = open(&faults.file("kv.db"), options).expect("it opens");
        fill(&store);
        // Syncs of the log beyond those of the sets below are those of the trimming.
        faults.arm(failed_sync("-wal", 600, true));
        for id in 0..590_u32 {
            if set(&store, &id.to_be_bytes()).is_err() {
                break;
            }
        }
        until("a trim or a set fails", LIMIT, || set(&store, b"x").is_err());
        faults.disarm();
        assert_eq!(failure(set(&store, b"later")).0, ErrorKind::Poisoned);
    });
}

/// The disk after a loss of power: the file as the close left it, and the log as it was when its
/// last sync succeeded.
#[test]
fn flushed_entries_survive_a_close_and_a_loss_of_power() {
    under_faults(|faults| {
        let (file, log) = (faults.file("kv.db"), faults.file("kv.db-wal"));
        let store = open(&file, "").expect("it opens");
        fill(&store);
        let synced = std::fs::read(&log).expect("the log");
        for id in 0..100_u8 {
            store.set(no_group(), key(&[b'y', id]), &[1; 4_000]).expect("set");
        }
        faults.arm(failed_sync("", 1, false));
        assert_eq!(failure(store.flush()), (ErrorKind::Io, libc::EIO));
        faults.disarm();
        let before = std::fs::read(&file).expect("the file");
        drop(store);

        assert_eq!(std::fs::read(&file).expect("the file"), before, "the close moved the log");
        assert!(std::fs::read(&log).expect("the log").starts_with(&synced));
        std::fs::write(&log, &synced).expect("a file of our own");
        std::fs::remove_file(faults.file("kv.db-shm")).expect("a file of our own");
        check_filled(&open(&file, "").expect("it opens"));
    });
}

#[test]
fn an_error_that_is_no_sync_poisons_nothing() {
    under_faults(|faults| {
        let store = open(&faults.file("kv.db"), FULL).expect("it opens");
        fill(&store);
        for error in [libc::EIO, libc::ENOSPC] {
            faults.arm(Rule { kinds: WRITE, suffix: "-wal", nth: 1, error, forever: true });
            assert_eq!(failure(set(&store, b"a")).1, error);
            faults.disarm();
            set(&store, b"a").expect("the disk is well again");
        }
        check_filled(&store);
    });
}
