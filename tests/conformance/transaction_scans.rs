//! Scans of a transaction: what they see, and which changes of their range stop the commit.

use std::ops::Bound;

use crate::conformance::fixture::Fixture;
use crate::support::{drain, group, key, no_group};
use kv::{
    Condition, Dialect, ExpiryRule, Glob, Pattern, Scan, SetExpiry, Transaction, Values,
};

/// A group of its own, so that scans of a Redis page through an index.
const GROUP: &[u8] = b"g";

type Row = (Vec<u8>, Vec<u8>);

fn scan_of(name: &[u8]) -> Scan<'_> {
    Scan::all(group(name))
}

fn between<'a>(lower: &'a [u8], upper: &'a [u8]) -> Scan<'a> {
    Scan { lower: Bound::Included(key(lower)), upper: Bound::Excluded(key(upper)), ..scan_of(GROUP) }
}

fn rows(at: &Fixture, steps: &mut Transaction, scan: Scan<'_>) -> Vec<Row> {
    let mut cursor = steps.scan(&at.store, scan).expect("a scan");
    drain(&mut *cursor).into_iter().map(|(_, key, value)| (key, value)).collect()
}

fn keys(at: &Fixture, steps: &mut Transaction, scan: Scan<'_>) -> Vec<u8> {
    rows(at, steps, scan).into_iter().map(|(key, _)| key[0]).collect()
}

fn set(at: &Fixture, steps: &mut Transaction, name: &[u8], value: &[u8]) {
    let (any, never) = (Condition::Any, SetExpiry::Never);
    assert!(steps.set(&at.store, group(GROUP), key(name), value, any, never).expect("set"));
}

fn delete(at: &Fixture, steps: &mut Transaction, name: &[u8]) {
    assert!(steps.delete(&at.store, group(GROUP), key(name)).expect("delete"));
}

/// Sets the keys that are the bytes of `names`, each to itself.
fn fill(at: &Fixture, names: &[u8]) {
    for name in names {
        at.set_in(GROUP, &[*name], &[*name]);
    }
}

/// Runs a transaction that scans and writes, with `meanwhile` before its commit, and returns
/// whether it was committed.
fn commits<R>(at: &Fixture, scan: Scan<'_>, meanwhile: impl FnOnce() -> R) -> bool {
    let mut steps = Transaction::new();
    rows(at, &mut steps, scan);
    steps.set(&at.store, scan.group, key(b"~written"), b"", Condition::Any, SetExpiry::Never).expect("set");
    meanwhile();
    steps.commit(&at.store).expect("commit")
}

cases! {

fn a_scan_sees_the_writes_of_the_transaction(at) {
    fill(at, b"bdfh");
    let mut steps = Transaction::new();
    set(at, &mut steps, b"a", b"new");
    set(at, &mut steps, b"d", b"new");
    delete(at, &mut steps, b"f");
    set(at, &mut steps, b"z", b"new");
    let expected: Vec<Row> = [(b"a", &b"new"[..]), (b"b", b"b"), (b"d", b"new"), (b"h", b"h"), (b"z", b"new")]
        .iter().map(|(key, value)| (key.to_vec(), value.to_vec())).collect();

    assert_eq!(rows(at, &mut steps, scan_of(GROUP)), expected);
    let backwards = Scan { reverse: true, ..scan_of(GROUP) };
    assert_eq!(keys(at, &mut steps, backwards), b"zhdba");
    assert_eq!(keys(at, &mut steps, between(b"b", b"h")), b"bd");
    assert_eq!(keys(at, &mut steps, between(b"c", b"c")), b"");
    assert_eq!(keys(at, &mut steps, between(b"h", b"b")), b"");

    assert_eq!(at.rows(scan_of(GROUP)).len(), 4);
    assert!(steps.commit(&at.store).expect("commit"));
    assert_eq!(at.rows(scan_of(GROUP)), expected);
}

fn a_limit_and_an_offset_count_the_entries_that_the_transaction_sees(at) {
    fill(at, b"bcdefg");
    let mut steps = Transaction::new();
    for name in [b"b", b"c", b"e"] {
        delete(at, &mut steps, name);
    }
    set(at, &mut steps, b"a", b"");
    set(at, &mut steps, b"x", b"");
    let part = |offset, limit, reverse| Scan { offset, limit, reverse, ..scan_of(GROUP) };

    assert_eq!(keys(at, &mut steps, part(0, 3, false)), b"adf");
    assert_eq!(keys(at, &mut steps, part(1, 2, false)), b"df");
    assert_eq!(keys(at, &mut steps, part(2, 9, false)), b"fgx");
    assert_eq!(keys(at, &mut steps, part(9, 0, false)), b"");
    assert_eq!(keys(at, &mut steps, part(0, 2, true)), b"xg");
    assert_eq!(keys(at, &mut steps, part(2, 2, true)), b"fd");
    assert!(steps.commit(&at.store).expect("commit"));
}

fn sizes_versions_and_expiries_are_those_of_the_entries(at) {
    let version = at.set_in(GROUP, b"a", b"four");
    at.set_in(GROUP, b"b", b"1");
    let mut steps = Transaction::new();
    set(at, &mut steps, b"c", b"12345");
    steps.expire(&at.store, group(GROUP), key(b"b"), 500, ExpiryRule::default()).expect("expire");
    let mut found = Vec::new();
    let scan = Scan { values: Values::Sizes, ..scan_of(GROUP) };
    let mut cursor = steps.scan(&at.store, scan).expect("a scan");
    while let Some(entry) = cursor.next().expect("an entry or the end") {
        assert_eq!((entry.group, entry.value), (GROUP, &b""[..]));
        found.push((entry.key.to_vec(), entry.value_size, entry.version, entry.expires_at.is_some()));
    }

    assert_eq!(found[0], (b"a".to_vec(), 4, version, false));
    assert_eq!((found[1].1, found[1].3), (1, true));
    assert_eq!(found[2], (b"c".to_vec(), 5, 0, false));
    let scan = Scan { values: Values::None, ..scan_of(GROUP) };
    let mut cursor = steps.scan(&at.store, scan).expect("a scan");
    while let Some(entry) = cursor.next().expect("an entry or the end") {
        assert_eq!((entry.value, entry.value_size), (&b""[..], 0));
    }
}

fn an_unchanged_range_is_no_conflict(at) {
    fill(at, b"bdf");
    assert!(commits(at, scan_of(GROUP), || {}));
    assert!(commits(at, between(b"b", b"f"), || at.set_in(GROUP, b"f", b"outside")));
    assert!(commits(at, between(b"b", b"f"), || at.set_in(GROUP, b"a", b"outside")));
    assert!(commits(at, between(b"b", b"f"), || at.set_in(b"other", b"c", b"outside")));
    let rule = ExpiryRule::default();
    assert!(commits(at, between(b"b", b"f"), || {
        at.store.expire(group(GROUP), key(b"d"), 9_000, rule).expect("expire");
    }));
}

fn a_changed_deleted_or_added_entry_of_the_range_is_a_conflict(at) {
    fill(at, b"bdf");
    let range = between(b"b", b"f");
    assert!(!commits(at, range, || at.set_in(GROUP, b"d", b"changed")));
    assert!(!commits(at, range, || at.set_in(GROUP, b"c", b"added")));
    assert!(!commits(at, range, || at.store.delete(group(GROUP), key(b"c"))));
    assert!(!commits(at, range, || at.store.delete_prefix(group(GROUP), b"")));
    assert!(!commits(at, range, || fill(at, b"b")));
    assert!(!at.store.exists(group(GROUP), key(b"~written")).expect("exists"));
    assert!(commits(at, range, || {}));
}

fn an_entry_that_expires_in_the_range_is_a_conflict(at) {
    at.store.set_ttl(group(GROUP), key(b"b"), b"", 100).expect("set");
    assert!(!commits(at, scan_of(GROUP), || at.clock.advance(100)));
    assert!(commits(at, scan_of(GROUP), || at.clock.advance(100)));
}

fn a_range_ends_with_the_last_key_that_a_limited_scan_returned(at) {
    fill(at, b"bdfh");
    let first = Scan { limit: 2, ..scan_of(GROUP) };
    assert!(commits(at, first, || at.set_in(GROUP, b"e", b"behind")));
    assert!(!commits(at, first, || at.set_in(GROUP, b"c", b"within")));
    let last = Scan { reverse: true, limit: 2, ..between(b"", b"i") };
    assert!(commits(at, last, || at.set_in(GROUP, b"e", b"before")));
    assert!(!commits(at, last, || at.set_in(GROUP, b"g", b"within")));
    let more = Scan { limit: 99, ..between(b"", b"i") };
    assert!(!commits(at, more, || at.set_in(GROUP, b"hh", b"within")));
}

fn a_glob_selects_entries_and_its_literal_beginning_is_the_range(at) {
    for name in [&b"user:1:name"[..], b"user:1:mail", b"user:2:name", b"zone"] {
        at.set_in(GROUP, name, b"");
    }
    let pattern = Pattern::Glob(Glob::new(b"user:*:name", Dialect::Sqlite));
    let names = Scan { pattern, ..scan_of(GROUP) };
    let mut steps = Transaction::new();
    set(at, &mut steps, b"user:3:name", b"");
    set(at, &mut steps, b"user:3:mail", b"");
    let found: Vec<_> = rows(at, &mut steps, names).into_iter().map(|row| row.0).collect();
    assert_eq!(found, [&b"user:1:name"[..], b"user:2:name", b"user:3:name"]);

    assert!(commits(at, names, || at.set_in(GROUP, b"zone", b"changed")));
    assert!(!commits(at, names, || at.set_in(GROUP, b"user:4:name", b"")));
    assert!(!commits(at, Scan { limit: 1, ..names }, || at.set_in(GROUP, b"user:1:mail", b"changed")));
}

fn scans_of_the_default_group_and_of_several_ranges_are_checked_alike(at) {
    for name in [&b"a:1"[..], b"a:2", b"b:1"] {
        at.set(name, b"0");
    }
    let prefix = |prefix| Scan { pattern: Pattern::Prefix(prefix), ..Scan::all(no_group()) };
    let mut steps = Transaction::new();
    assert_eq!(rows(at, &mut steps, prefix(b"a:")).len(), 2);
    assert_eq!(rows(at, &mut steps, prefix(b"c:")).len(), 0);
    let (any, never) = (Condition::Any, SetExpiry::Never);
    steps.set(&at.store, no_group(), key(b"sum"), b"2", any, never).expect("set");
    at.set(b"b:1", b"outside both");
    assert!(steps.commit(&at.store).expect("commit"));

    assert!(!commits(at, prefix(b"a:"), || at.set(b"a:3", b"added")));
    assert!(!commits(at, prefix(b"c:"), || at.set(b"c:", b"added")));
    assert!(commits(at, prefix(b"a:"), || at.set(b"c:1", b"outside")));
}

fn a_transaction_that_only_scans_is_committed_if_its_reads_were_of_one_moment(at) {
    fill(at, b"ab");
    let mut steps = Transaction::new();
    assert_eq!(keys(at, &mut steps, scan_of(GROUP)), b"ab");
    assert!(steps.commit(&at.store).expect("commit"));

    assert_eq!(keys(at, &mut steps, scan_of(GROUP)), b"ab");
    at.set_in(GROUP, b"c", b"");
    assert!(!steps.commit(&at.store).expect("commit"));

    assert_eq!(keys(at, &mut steps, scan_of(GROUP)), b"abc");
    assert!(steps.commit(&at.store).expect("commit"));
}

fn keys_of_any_bytes_are_in_the_range(at) {
    let names: [&[u8]; 7] = [b"", b"\0", b"\0\0", b"\0a", b"a\0", b"\xFE\xFF", b"\xFF"];
    for name in names {
        at.set_in(GROUP, name, name);
    }
    let mut steps = Transaction::new();
    let found: Vec<_> = rows(at, &mut steps, scan_of(GROUP)).into_iter().map(|row| row.0).collect();
    assert_eq!(found, names);
    assert!(steps.commit(&at.store).expect("commit"));
    for name in names {
        let range = Scan {
            lower: Bound::Included(key(name)),
            upper: Bound::Included(key(name)),
            ..scan_of(GROUP)
        };
        assert!(commits(at, range, || at.store.delete(group(GROUP), key(b"~written"))));
        assert!(!commits(at, range, || at.set_in(GROUP, name, b"changed")));
        let next = Scan { lower: Bound::Excluded(key(name)), ..range };
        assert!(commits(at, next, || at.set_in(GROUP, name, b"again")));
    }
}

fn many_entries_are_scanned_and_checked(at) {
    at.fill(GROUP, 3_000, b"value");
    let last = 2_999_u32.to_be_bytes();
    let range = Scan { upper: Bound::Included(key(&last)), ..scan_of(GROUP) };
    let mut steps = Transaction::new();
    assert_eq!(rows(at, &mut steps, range).len(), 3_000);
    assert!(steps.commit(&at.store).expect("commit"));
    assert!(!commits(at, range, || at.set_in(GROUP, &1_500_u32.to_be_bytes(), b"changed")));
    assert!(commits(at, range, || {}));
}

fn transactions_that_count_their_range_do_not_both_add_to_it(at) {
    // Each of the two adds an entry if there are fewer than two: the sum of both would be too many.
    fill(at, b"a");
    let mut both = [Transaction::new(), Transaction::new()];
    for (steps, name) in both.iter_mut().zip([b"b", b"c"]) {
        assert_eq!(keys(at, steps, between(b"", b"~")), b"a");
        set(at, steps, name, b"");
    }
    let committed = both.map(|mut steps| steps.commit(&at.store).expect("commit"));
    assert_eq!(committed, [true, false]);
    assert_eq!(at.count(GROUP), 2);
}

}
