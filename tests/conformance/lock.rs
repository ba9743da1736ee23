//! Locks: one owner at a time, for the length of its lease, with tokens that rise.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::conformance::fixture::{Fixture, set};
use crate::support::{group, key, no_group, until};
use kv::{
    CallContext, Commit, ErrorKind, Grant, LOCK_GROUP, LOCK_OWNER_LEN_MAX, Locks, Namespace,
    check_lock,
};

const NAME: &[u8] = b"job";
const LEASE: i64 = 10_000;
const NO_WAIT: Duration = Duration::ZERO;
/// Longer than a case may take, so that a call that waits for so long has not been woken.
const LONG: Duration = Duration::from_secs(60);

fn try_acquire(at: &Fixture, owner: &[u8]) -> Option<Grant> {
    Locks::new(&at.store).acquire(NAME, owner, LEASE, NO_WAIT).expect("acquire")
}

fn acquire(at: &Fixture, owner: &[u8]) -> Grant {
    try_acquire(at, owner).expect("a free lock")
}

fn owner(at: &Fixture) -> Option<Vec<u8>> {
    Locks::new(&at.store).get(NAME).expect("get").map(|entry| entry.value.to_vec())
}

/// Waits until another thread has begun to acquire the lock, and most probably sleeps.
fn until_it_waits(begun: &AtomicBool) {
    until("the other thread has begun", LONG, || begun.load(Ordering::SeqCst));
    std::thread::sleep(Duration::from_millis(50));
}

cases! {

fn a_lock_has_one_owner_at_a_time(at) {
    let first = acquire(at, b"first");
    assert_eq!(try_acquire(at, b"second"), None);
    assert_eq!(try_acquire(at, b"first"), None, "a lock is not recursive");
    assert_eq!(owner(at), Some(b"first".to_vec()));

    assert_eq!(Locks::new(&at.store).release(NAME, first), Ok(true));
    assert_eq!(owner(at), None);
    assert_eq!(Locks::new(&at.store).release(NAME, first), Ok(false));
    let second = acquire(at, b"second");
    assert_ne!(second.version, first.version);
    assert_eq!(Locks::new(&at.store).release(NAME, first), Ok(false));
    assert_eq!(Locks::new(&at.store).renew(NAME, first, LEASE), Ok(false));
    assert_eq!(owner(at), Some(b"second".to_vec()));
}

fn locks_of_other_names_and_scopes_are_others(at) {
    acquire(at, b"");
    let locks = Locks::new(&at.store);
    for name in [&b"job2"[..], b"jo", b"\0", &[b'x'; kv::KEY_LEN_MAX]] {
        assert!(locks.acquire(name, b"", LEASE, NO_WAIT).expect("acquire").is_some());
    }
    let scope = at.store.scope(&Namespace::new(b"tenant").expect("a name")).expect("a scope");
    assert!(Locks::new(&scope).acquire(NAME, b"", LEASE, NO_WAIT).expect("acquire").is_some());
}

fn a_lease_ends_and_its_owner_can_no_longer_renew_or_release(at) {
    let first = acquire(at, b"first");
    at.clock.advance(LEASE - 1);
    assert_eq!(try_acquire(at, b"second"), None);
    at.clock.advance(1);
    assert_eq!(owner(at), None);
    assert_eq!(Locks::new(&at.store).renew(NAME, first, LEASE), Ok(false));
    assert_eq!(Locks::new(&at.store).release(NAME, first), Ok(false));
    let second = acquire(at, b"second");
    assert!(second.token > first.token);
}

fn a_renewed_lease_counts_from_its_renewal(at) {
    let grant = acquire(at, b"first");
    at.clock.advance(LEASE - 1);
    assert_eq!(Locks::new(&at.store).renew(NAME, grant, 500), Ok(true));
    at.clock.advance(499);
    assert_eq!(try_acquire(at, b"second"), None);
    assert_eq!(Locks::new(&at.store).renew(NAME, grant, 2), Ok(true));
    at.clock.advance(2);
    assert!(try_acquire(at, b"second").is_some());
}

fn tokens_rise_whatever_becomes_of_the_locks(at) {
    let locks = Locks::new(&at.store);
    let mut last = 0;
    for round in 0..20 {
        let name = [b'n', round % 3];
        let grant = locks.acquire(&name, b"", LEASE, NO_WAIT).expect("acquire").expect("free");
        assert!(grant.token > last, "{} after {last}", grant.token);
        last = grant.token;
        match round % 4 {
            0 => at.clock.advance(LEASE),
            1 => drop(at.store.delete_prefix(group(LOCK_GROUP), b"").expect("delete")),
            _ => assert_eq!(locks.release(&name, grant), Ok(true)),
        }
    }
}

fn a_batch_is_refused_once_its_lock_is_lost(at) {
    let first = acquire(at, b"first");
    let check = |grant| check_lock(NAME, grant).expect("a step");
    assert_eq!(at.commit(&[check(first), set(b"result", b"1")]).expect("a batch").0, Commit::Applied);

    at.clock.advance(LEASE);
    let refused = |grant| {
        let (commit, _) = at.commit(&[check(grant), set(b"result", b"2")]).expect("a batch");
        matches!(commit, Commit::Refused { index: 0, .. })
    };
    assert!(refused(first));
    let second = acquire(at, b"second");
    assert!(refused(first));
    assert_eq!(at.get(b"result"), Some(b"1".to_vec()));
    assert!(!refused(second));
}

fn a_release_wakes_the_caller_that_waits(at) {
    let (grant, begun) = (acquire(at, b"first"), AtomicBool::new(false));
    let started = Instant::now();
    std::thread::scope(|scope| {
        let waiter = scope.spawn(|| {
            begun.store(true, Ordering::SeqCst);
            Locks::new(&at.store).acquire(NAME, b"second", LEASE, LONG)
        });
        until_it_waits(&begun);
        assert_eq!(Locks::new(&at.store).release(NAME, grant), Ok(true));
        let second = waiter.join().expect("no panic").expect("acquire").expect("a lock");
        assert!(second.token > grant.token);
    });
    assert!(started.elapsed() < LONG / 2, "the waiter was not woken");
    assert_eq!(owner(at), Some(b"second".to_vec()));
}

fn many_callers_that_wait_hold_the_lock_one_after_the_other(at) {
    let (inside, last) = (AtomicU64::new(0), AtomicU64::new(0));
    std::thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| {
                for _ in 0..5 {
                    let locks = Locks::new(&at.store);
                    let grant = locks.acquire(NAME, b"", LEASE, LONG).expect("acquire").expect("a lock");
                    assert_eq!(inside.fetch_add(1, Ordering::SeqCst), 0, "two owners");
                    assert!(last.swap(grant.token, Ordering::SeqCst) < grant.token);
                    inside.fetch_sub(1, Ordering::SeqCst);
                    assert_eq!(locks.release(NAME, grant), Ok(true));
                }
            });
        }
    });
}

fn a_wait_ends_in_time_without_the_lock(at) {
    acquire(at, b"first");
    let started = Instant::now();
    let wait = Duration::from_millis(60);
    let locks = Locks::new(&at.store);
    assert_eq!(locks.acquire(NAME, b"second", LEASE, wait), Ok(None));
    assert!(started.elapsed() >= wait);
    assert_eq!(owner(at), Some(b"first".to_vec()));
}

fn a_wait_is_cancelled_and_has_deadlines(at) {
    acquire(at, b"first");
    let (call, begun) = (CallContext::new(), AtomicBool::new(false));
    let bound = at.store.bind(&call);
    call.arm(Some(Duration::from_millis(30)));
    let late = Locks::new(&bound).acquire(NAME, b"second", LEASE, LONG).expect_err("late");
    assert_eq!(late.kind(), ErrorKind::Deadline);

    let arming = call.arm(None);
    std::thread::scope(|scope| {
        let waiter = scope.spawn(|| {
            begun.store(true, Ordering::SeqCst);
            Locks::new(&bound).acquire(NAME, b"second", LEASE, LONG)
        });
        until_it_waits(&begun);
        call.cancel(arming);
        let ended = waiter.join().expect("no panic").expect_err("cancelled");
        assert_eq!(ended.kind(), ErrorKind::Cancelled);
        assert!(ended.message().starts_with("acquire lock \"job\""), "{ended}");
    });
}

fn what_is_no_lock_is_refused(at) {
    let locks = Locks::new(&at.store);
    let kind = |result: kv::Result<Option<Grant>>| result.expect_err("refused").kind();
    assert_eq!(kind(locks.acquire(b"", b"", LEASE, NO_WAIT)), ErrorKind::Argument);
    assert_eq!(kind(locks.acquire(NAME, b"", 0, NO_WAIT)), ErrorKind::Argument);
    assert_eq!(kind(locks.acquire(NAME, b"", -1, NO_WAIT)), ErrorKind::Argument);
    let long = [0; LOCK_OWNER_LEN_MAX + 1];
    assert_eq!(kind(locks.acquire(NAME, &long, LEASE, NO_WAIT)), ErrorKind::TooLarge);
    assert_eq!(kind(locks.acquire(&[0; kv::KEY_LEN_MAX + 1], b"", LEASE, NO_WAIT)), ErrorKind::TooLarge);
    let none = Grant { token: 0, version: 0 };
    assert_eq!(locks.release(NAME, none).expect_err("no lock").kind(), ErrorKind::Argument);
    assert_eq!(locks.renew(NAME, none, LEASE).expect_err("no lock").kind(), ErrorKind::Argument);
    assert_eq!(check_lock(NAME, none).expect_err("no lock").kind(), ErrorKind::Argument);
    assert_eq!(owner(at), None);

    at.store.set(group(LOCK_GROUP), key(NAME), b"of another program").expect("set");
    assert_eq!(try_acquire(at, b""), None);
    assert_eq!(locks.get(NAME).expect_err("no lock").kind(), ErrorKind::Corrupt);
    let grant = Grant { token: 1, version: 1 };
    assert_eq!(locks.release(NAME, grant), Ok(false));
    assert!(at.store.exists(group(LOCK_GROUP), key(NAME)).expect("exists"));
    assert!(at.store.get(no_group(), key(NAME)).expect("get").is_none());
}

fn a_lock_obeys_no_default_ttl_and_counts_on(at) {
    let at = at.with("default_ttl=1s");
    let first = acquire(&at, b"");
    at.clock.advance(2_000);
    assert_eq!(try_acquire(&at, b""), None, "the lease is longer than the default");
    at.clock.advance(LEASE);
    assert!(acquire(&at, b"").token > first.token);
}

}
