//! Scans of the entries of all groups, from the beginning and from a position.

use crate::conformance::fixture::Fixture;
use crate::support::{Row, drain, group, key};
use kv::{GROUP_LEN_MAX, GroupRange, KEY_LEN_MAX, Namespace, Store};

const GROUPS: [&[u8]; 6] = [b"", b"a", b"a\0", b"b", b"b\xFF", b"\xFF"];
const KEYS: [&[u8]; 5] = [b"", b"\0", b"k", b"k\0", b"\xFF\xFF"];

/// Fills a store with every key in every group, and with expired ones between them.
fn fill(at: &Fixture, store: &Store) {
    for (name, id) in GROUPS.iter().flat_map(|name| KEYS.iter().map(move |id| (name, id))) {
        let value = [&name[..], b"/", id].concat();
        store.set(group(name), key(id), &value).expect("set");
        let expired = [&id[..], b"dead"].concat();
        store.set_ttl(group(name), key(&expired), b"", 1).expect("set");
    }
    at.clock.advance(1);
}

fn rows(store: &Store, range: GroupRange<'_>, after: Option<(&[u8], &[u8])>) -> Vec<Row> {
    let after = after.map(|(name, id)| (group(name), key(id)));
    drain(&mut *store.entries(range, after).expect("a cursor"))
}

/// Compares every scan of `store` with a scan of a list.
fn check(store: &Store) {
    let all = rows(store, GroupRange::Prefix(b""), None);
    assert_eq!(all.len(), GROUPS.len() * KEYS.len());
    assert!(all.is_sorted());
    let ranges =
        GROUPS.iter().flat_map(|name| [GroupRange::Prefix(name), GroupRange::One(group(name))]);
    for range in ranges {
        // Positions with an entry, without one, in groups that are not there, before and behind.
        for name in GROUPS.iter().copied().chain([&b"a\0\0"[..], b"ab", b"\xFF\xFF"]) {
            for id in KEYS.iter().copied().chain([&b"j"[..], b"k\0\0", b"kdead", b"\xFF\xFF\xFF"]) {
                let follows = |row: &&Row| (&row.0[..], &row.1[..]) > (name, id);
                let wanted = all.iter().filter(|row| range.contains(&row.0)).filter(follows);
                let wanted: Vec<Row> = wanted.cloned().collect();
                let found = rows(store, range, Some((name, id)));
                assert_eq!(found, wanted, "{range:?} after {name:?} {id:?}");
            }
        }
    }
}

cases! {

fn a_scan_from_a_position_returns_the_entries_behind_it_by_group_and_key(at) {
    fill(at, &at.store);

    check(&at.store);
}

fn a_scan_from_a_position_in_a_scope_stays_in_it(at) {
    let scope = |name| at.store.scope(&Namespace::new(name).expect("a name")).expect("a scope");
    let (before, inside, behind) = (scope(b"a"), scope(b"b"), scope(b"b-"));
    for store in [&before, &inside, &behind] {
        fill(at, store);
    }

    check(&inside);

    let nested = inside.scope(&Namespace::new(b"n").expect("a name")).expect("a scope");
    fill(at, &nested);
    check(&nested);
}

fn a_scan_may_begin_behind_the_longest_names(at) {
    let (long_group, long_key) = (vec![b'g'; GROUP_LEN_MAX], vec![b'k'; KEY_LEN_MAX]);
    at.store.set(group(&long_group), key(&long_key), b"").expect("set");
    at.set_in(b"h", b"", b"");

    let found = rows(&at.store, GroupRange::Prefix(b""), Some((&long_group, &long_key)));

    assert_eq!(found, [(b"h".to_vec(), b"".to_vec(), b"".to_vec())]);
}

fn a_scan_from_a_position_is_a_snapshot(at) {
    at.set_in(b"g", b"a", b"old");
    at.set_in(b"g", b"b", b"old");
    let mut cursor = at.store.entries(GroupRange::Prefix(b""), Some((group(b"g"), key(b"a"))))
        .expect("a cursor");

    at.set_in(b"g", b"b", b"new");
    at.set_in(b"h", b"", b"new");

    assert_eq!(drain(&mut *cursor), [(b"g".to_vec(), b"b".to_vec(), b"old".to_vec())]);
}

}
