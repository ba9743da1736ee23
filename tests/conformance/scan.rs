//! Scans: order, prefixes, ranges, limits, against a naive model.

use std::collections::BTreeMap;
use std::ops::Bound;

use crate::support::{Random, group, key, no_group};
use kv::{GroupRange, Pattern, Scan, Values};

fn prefixed(prefix: &[u8]) -> Scan<'_> {
    Scan { pattern: Pattern::Prefix(prefix), ..Scan::all(no_group()) }
}

/// Returns the keys that a scan must return, found by looking at every key.
fn naive(all: &BTreeMap<Vec<u8>, Vec<u8>>, scan: &Scan<'_>, prefix: &[u8]) -> Vec<Vec<u8>> {
    let mut keys: Vec<_> = all.keys().filter(|key| key.starts_with(prefix)).cloned().collect();
    if scan.reverse {
        keys.reverse();
    }
    keys.retain(|key| match scan.lower {
        Bound::Included(lower) => &key[..] >= lower.as_bytes(),
        Bound::Excluded(lower) => &key[..] > lower.as_bytes(),
        Bound::Unbounded => true,
    });
    keys.retain(|key| match scan.upper {
        Bound::Included(upper) => &key[..] <= upper.as_bytes(),
        Bound::Excluded(upper) => &key[..] < upper.as_bytes(),
        Bound::Unbounded => true,
    });
    keys.drain(..keys.len().min(usize::try_from(scan.offset).unwrap_or(usize::MAX)));
    if scan.limit != 0 {
        keys.truncate(usize::try_from(scan.limit).unwrap_or(usize::MAX));
    }
    keys
}

cases! {

fn an_empty_group_has_nothing_to_scan_count_or_list(at) {
    assert_eq!(at.all_keys(), Vec::<Vec<u8>>::new());
    assert_eq!(at.count(b""), 0);
    assert_eq!(at.groups(b""), Vec::<Vec<u8>>::new());
}

fn keys_come_in_byte_order_whatever_they_are(at) {
    let mut keys: Vec<Vec<u8>> = (0..=255_u8).map(|byte| vec![byte]).collect();
    keys.extend([vec![], vec![0, 0], vec![0x7F, 0xFF], "\u{e9}".into(), b"Zz".to_vec()]);
    for name in keys.iter().rev() {
        at.set(name, b"");
    }
    keys.sort();

    assert_eq!(at.all_keys(), keys);
    keys.reverse();
    assert_eq!(at.keys(Scan { reverse: true, ..Scan::all(no_group()) }), keys);
}

fn prefixes_are_literal_and_case_matters(at) {
    let names: [&[u8]; 9] =
        [b"a%b", b"aXb", b"a_b", b"a*b", b"a?b", b"a[b]", b"A%b", b"a\\b", b"tenant_1:x"];
    for name in names {
        at.set(name, b"");
    }
    at.set(b"tenantX1:x", b"");

    for prefix in [&b"a%"[..], b"a_", b"a*", b"a?", b"a[", b"A", b"a\\", b"tenant_"] {
        let expected: Vec<_> =
            names.iter().filter(|it| it.starts_with(prefix)).map(|it| it.to_vec()).collect();
        assert_eq!(at.keys(prefixed(prefix)), expected, "{prefix:?}");
    }
    assert_eq!(at.keys(prefixed(b"%")), Vec::<Vec<u8>>::new());
}

fn a_prefix_of_the_highest_bytes_has_no_end_and_finds_its_keys(at) {
    for name in [&b"\xFE"[..], b"\xFF", b"\xFF\x00", b"\xFF\xFE\xFF", b"\xFF\xFF", b"\xFF\xFF\xFF"] {
        at.set(name, b"");
    }

    assert_eq!(at.keys(prefixed(b"\xFF")).len(), 5);
    assert_eq!(at.keys(prefixed(b"\xFF\xFF")), [b"\xFF\xFF".to_vec(), b"\xFF\xFF\xFF".to_vec()]);
    assert_eq!(at.keys(prefixed(b"\xFE")), [b"\xFE".to_vec()]);
    assert_eq!(at.keys(prefixed(b"\xFF\xFE")), [b"\xFF\xFE\xFF".to_vec()]);
    let last = Scan { reverse: true, limit: 1, ..prefixed(b"\xFF") };
    assert_eq!(at.keys(last), [b"\xFF\xFF\xFF".to_vec()]);
}

fn a_prefix_that_is_a_key_finds_it(at) {
    at.set(b"user", b"");
    at.set(b"user:1", b"");
    at.set(b"use", b"");

    assert_eq!(at.keys(prefixed(b"user")), [b"user".to_vec(), b"user:1".to_vec()]);
}

fn a_scan_stays_in_its_group(at) {
    at.set_in(b"", b"k", b"0");
    at.set_in(b"a", b"k", b"1");
    at.set_in(b"a\0", b"k", b"2");
    at.set_in(b"b", b"k", b"3");

    for (name, value) in [(&b""[..], b"0"), (b"a", b"1"), (b"a\0", b"2"), (b"b", b"3")] {
        assert_eq!(at.rows(Scan::all(group(name))), [(b"k".to_vec(), value.to_vec())]);
    }
}

fn paging_by_the_last_key_visits_each_key_once(at) {
    for id in 0..100_u8 {
        at.set(&[id], b"");
    }

    for reverse in [false, true] {
        let mut seen: Vec<Vec<u8>> = Vec::new();
        loop {
            let last = seen.last().cloned();
            let all = Scan { limit: 7, reverse, ..Scan::all(no_group()) };
            let page = at.keys(last.as_deref().map_or(all, |last| all.after(key(last))));
            if page.is_empty() {
                break;
            }
            seen.extend(page);
        }
        assert_eq!(seen.len(), 100);
        assert!(seen.is_sorted_by(|a, b| (a < b) != reverse));
    }
}

fn a_range_that_is_empty_or_upside_down_finds_nothing(at) {
    for name in [b"a", b"b", b"c"] {
        at.set(name, b"");
    }
    let (in_, out) = (|name| Bound::Included(key(name)), |name| Bound::Excluded(key(name)));
    let none = [
        (in_(b"c"), in_(b"a")),
        (out(b"c"), out(b"a")),
        (out(b"b"), out(b"b")),
        (in_(b"b"), out(b"b")),
        (out(b"b"), in_(b"b")),
        (out(b"a"), out(b"b")),
    ];

    for reverse in [false, true] {
        for (lower, upper) in none {
            let found = at.keys(Scan { lower, upper, reverse, ..Scan::all(no_group()) });
            assert_eq!(found, Vec::<Vec<u8>>::new(), "{lower:?} {upper:?}");
        }
        let one = Scan { lower: in_(b"b"), upper: in_(b"b"), reverse, ..Scan::all(no_group()) };
        assert_eq!(at.keys(one), [b"b"]);
    }
}

fn every_mix_of_bounds_direction_and_limit_agrees_with_a_naive_scan(at) {
    let mut random = Random::announced("naive", 1);
    // Few letters, so that prefixes, bounds and keys meet; the highest and lowest byte among them.
    let alphabet = b"\x00a\x7F\xFF";
    let mut all = BTreeMap::new();
    for _ in 0..300 {
        let name = random.bytes(alphabet, 0..6);
        let value = random.bytes(b"v", 0..3);
        at.set(&name, &value);
        all.insert(name, value);
    }

    for _ in 0..3_000 {
        let prefix = random.bytes(alphabet, 0..4);
        let ends = [random.bytes(alphabet, 0..5), random.bytes(alphabet, 0..5)];
        let [lower, upper] = [0, 1].map(|id| match random.within(0..3) {
            0 => Bound::Unbounded,
            1 => Bound::Included(key(&ends[id])),
            _ => Bound::Excluded(key(&ends[id])),
        });
        let limit = *random.pick(&[0, 0, 1, 2, 5, 1_000, u64::MAX]);
        let offset = *random.pick(&[0, 0, 0, 1, 3, 299, u64::MAX]);
        let reverse = random.one_in(2);
        let values = *random.pick(&[Values::Bytes, Values::Sizes, Values::None]);
        let pattern = Pattern::Prefix(&prefix);
        let scan =
            Scan { pattern, lower, upper, reverse, offset, limit, values, ..Scan::all(no_group()) };

        let found = at.rows(scan);

        let expected: Vec<_> = naive(&all, &scan, &prefix)
            .into_iter()
            .map(|name| {
                let value = if values == Values::Bytes { all[&name].clone() } else { Vec::new() };
                (name, value)
            })
            .collect();
        assert_eq!(found, expected, "{scan:?}");
    }
}

fn an_offset_leaves_out_live_entries_of_any_number_of_pages(at) {
    let sets: Vec<Vec<u8>> = (0..2_500_u32).map(|id| format!("{id:04}").into_bytes()).collect();
    for page in sets.chunks(500) {
        let entries: Vec<_> = page.iter().map(|id| (group(b"g"), key(id), &id[..])).collect();
        at.store.set_many(&entries, kv::SetExpiry::Never).expect("set");
    }
    for id in (0..2_500).step_by(10) {
        at.store.set_ttl(group(b"g"), key(&sets[id]), b"", 1).expect("set");
    }
    at.clock.advance(1);
    let live: Vec<Vec<u8>> = sets.iter().enumerate().filter(|it| it.0 % 10 != 0).map(|it| it.1.clone()).collect();

    for (offset, limit) in [(1, 2), (999, 3), (1_000, 0), (2_244, 5), (2_249, 1), (2_250, 0), (9_999, 0)] {
        let rows = at.rows(Scan { offset, limit, ..Scan::all(group(b"g")) });
        let limit = if limit == 0 { usize::MAX } else { limit as usize };
        let expected: Vec<_> = live.iter().skip(offset as usize).take(limit).map(|it| (it.clone(), it.clone())).collect();
        assert_eq!(rows, expected, "{offset} {limit}");
    }
}

fn expired_entries_do_not_use_up_the_limit(at) {
    for id in 0..50_u8 {
        at.set_ttl(&[id], b"", if id % 5 == 0 { 0 } else { 1 });
    }
    at.clock.advance(1);

    let found = at.keys(Scan { limit: 3, ..Scan::all(no_group()) });

    assert_eq!(found, [[0], [5], [10]]);
}

fn entries_of_a_scan_carry_version_and_expiry(at) {
    at.set(b"a", b"1");
    at.set_ttl(b"b", b"2", 50);
    let expected = [at.entry(b"a"), at.entry(b"b")];

    for values in [Values::Bytes, Values::Sizes, Values::None] {
        let scan = Scan { values, ..Scan::all(no_group()) };
        let mut cursor = at.store.scan(scan).expect("a cursor");

        for entry in &expected {
            let found = cursor.next().expect("no error").expect("an entry");
            assert_eq!((found.version, found.expires_at), (entry.version, entry.expires_at));
        }
    }
}

fn sizes_are_given_with_and_without_the_values(at) {
    // Short ones, and some that rest apart from their keys.
    let sizes = [0_usize, 1, 959, 960, 961, 70_000];
    for (id, size) in (0_u8..).zip(sizes) {
        at.set(&[id], &vec![7; size]);
        at.store.set(group(b"named"), key(&[id]), &vec![7; size]).expect("set");
    }

    for name in [no_group(), group(b"named")] {
        for values in [Values::Bytes, Values::Sizes, Values::None] {
            let mut cursor = at.store.scan(Scan { values, ..Scan::all(name) }).expect("a cursor");
            for size in sizes {
                let found = cursor.next().expect("no error").expect("an entry");
                let len = if values == Values::Bytes { size } else { 0 };
                let value_size = if values == Values::None { 0 } else { size as u64 };
                assert_eq!((found.value.len(), found.value_size), (len, value_size), "{values:?}");
            }
            assert_eq!(cursor.next().expect("no error"), None);
        }
    }
}

fn a_long_scan_misses_and_repeats_nothing(at) {
    at.fill(b"", 20_000, b"");
    for reverse in [false, true] {
        let keys = at.keys(Scan { reverse, ..Scan::all(no_group()) });

        assert_eq!(keys.len(), 20_000);
        assert!(keys.is_sorted_by(|a, b| (a < b) != reverse));
    }
    assert_eq!(at.keys(Scan { limit: 9_999, ..Scan::all(no_group()) }).len(), 9_999);
}

fn a_scan_of_large_values_returns_them_whole(at) {
    for id in 0..20_u8 {
        at.set(&[id], &vec![id; 100_000]);
    }

    let rows = at.rows(Scan::all(no_group()));

    assert_eq!(rows.len(), 20);
    assert!(rows.iter().all(|(name, value)| value == &vec![name[0]; 100_000]));
}

fn an_ended_scan_stays_ended(at) {
    at.set(b"a", b"");
    let mut cursor = at.store.scan(Scan::all(no_group())).expect("a cursor");
    assert_eq!(crate::support::drain(&mut *cursor).len(), 1);

    at.set(b"b", b"");

    assert_eq!(crate::support::drain(&mut *cursor), []);
}

fn count_agrees_with_scan_for_groups_and_prefixes_of_groups(at) {
    for name in [&b""[..], b"a", b"ab", b"b", b"\xFF", b"\xFF\xFF"] {
        for id in 0..3_u8 {
            at.set_in(name, &[id], b"");
        }
    }
    let count = |prefix| at.store.count(GroupRange::Prefix(prefix));

    assert_eq!(at.count(b"a"), 3);
    assert_eq!(at.count(b"missing"), 0);
    assert_eq!(count(b""), Ok(18));
    assert_eq!(count(b"a"), Ok(6));
    assert_eq!(count(b"\xFF"), Ok(6));
    assert_eq!(count(b"\xFF\xFF"), Ok(3));
    assert_eq!(count(b"c"), Ok(0));
}

}
