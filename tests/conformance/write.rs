//! Writing and deleting: what comes back is what was put in.

use crate::support::{group, key, no_group};
use kv::{Condition, Durability, SetExpiry};
use kv::INLINE_VALUE_MAX;

/// Names and values that text-minded stores stumble over.
const AWKWARD: [&[u8]; 10] = [
    b"",
    b"\0",
    b"a\0b",
    b"a\0",
    b"\xFF\xFE\x00\x80",
    b"\xFF\xFF\xFF",
    "na\u{ef}ve \u{1F511}".as_bytes(),
    b"%_*?[a]\\'\";--",
    b" ",
    b"\r\n",
];

cases! {

fn any_bytes_round_trip_as_group_key_and_value(at) {
    for name in AWKWARD {
        for id in AWKWARD {
            at.set_in(name, id, &[name, b"/", id].concat());
        }
    }

    for name in AWKWARD {
        for id in AWKWARD {
            assert_eq!(at.get_in(name, id), Some([name, b"/", id].concat()), "{name:?} {id:?}");
        }
        assert_eq!(at.count(name), AWKWARD.len() as u64);
    }
    let mut expected: Vec<_> = AWKWARD.iter().map(|it| it.to_vec()).collect();
    expected.sort();
    assert_eq!(at.all_keys(), expected);
    assert_eq!(at.groups(b""), expected);
}

fn any_bytes_round_trip_as_a_value(at) {
    for value in AWKWARD {
        at.set(b"key", value);

        assert_eq!(at.get(b"key").as_deref(), Some(value));
    }
}

fn a_write_can_have_a_durability_of_its_own(at) {
    for (id, durability) in [Durability::Full, Durability::Normal, Durability::Full].iter().enumerate() {
        let value = [id as u8];
        let (durability, any, expiry) = (Some(*durability), Condition::Any, SetExpiry::Default);
        at.store.put_durably(durability, no_group(), key(b"k"), &value, any, expiry).expect("put");
        at.set(b"k2", &value);
        assert_eq!((at.get(b"k"), at.get(b"k2")), (Some(value.to_vec()), Some(value.to_vec())));
    }
}

fn a_second_set_replaces_the_value(at) {
    at.set(b"key", b"old and long");
    at.set(b"key", b"new");

    assert_eq!(at.get(b"key"), Some(b"new".to_vec()));
    assert_eq!(at.count(b""), 1);
}

fn keys_of_the_same_name_in_two_groups_are_two_keys(at) {
    at.set_in(b"a", b"key", b"1");
    at.set_in(b"b", b"key", b"2");

    assert!(at.store.delete(group(b"a"), key(b"key")).expect("delete"));

    assert_eq!(at.get_in(b"a", b"key"), None);
    assert_eq!(at.get_in(b"b", b"key"), Some(b"2".to_vec()));
}

fn a_group_and_key_are_not_confused_with_another_split_of_the_same_bytes(at) {
    at.set_in(b"ab", b"c", b"1");

    assert_eq!(at.get_in(b"a", b"bc"), None);
    assert_eq!(at.get_in(b"", b"abc"), None);
    assert_eq!(at.get_in(b"abc", b""), None);
}

fn delete_says_whether_a_live_entry_was_there(at) {
    at.set(b"key", b"");

    assert!(at.delete(b"key"));
    assert!(!at.delete(b"key"));
    assert_eq!(at.get(b"key"), None);
}

fn take_returns_what_was_there_exactly_once(at) {
    let version = at.set(b"code", b"123456");

    let taken = at.store.take(no_group(), key(b"code")).expect("take").expect("an entry");

    assert_eq!((&taken.value[..], taken.version), (&b"123456"[..], version));
    assert_eq!(at.take(b"code"), None);
    assert_eq!(at.get(b"code"), None);
}

fn set_many_writes_all_and_delete_many_counts_the_live_ones(at) {
    let entries: [(_, _, &[u8]); 3] = [
        (no_group(), key(b"a"), b"1"),
        (group(b"g"), key(b"b"), b"2"),
        (no_group(), key(b"a"), b"3"),
    ];
    at.store.set_many(&entries, SetExpiry::Never).expect("set many");
    assert_eq!((at.get(b"a"), at.get_in(b"g", b"b")), (Some(b"3".to_vec()), Some(b"2".to_vec())));

    let keys = [(no_group(), key(b"a")), (no_group(), key(b"x")), (group(b"g"), key(b"b"))];
    assert_eq!(at.store.delete_many(&keys), Ok(2));

    assert_eq!(at.groups(b""), Vec::<Vec<u8>>::new());
}

fn append_creates_extends_and_returns_the_length(at) {
    assert_eq!(at.append(b"log", b"one"), 3);
    assert_eq!(at.append(b"log", b", two"), 8);
    assert_eq!(at.append(b"log", b""), 8);

    assert_eq!(at.get(b"log"), Some(b"one, two".to_vec()));
}

fn appending_nothing_to_nothing_makes_an_empty_value(at) {
    assert_eq!(at.append(b"log", b""), 0);

    assert_eq!(at.get(b"log"), Some(vec![]));
}

fn values_around_the_inline_threshold_and_of_a_mebibyte_round_trip(at) {
    let lens = [INLINE_VALUE_MAX - 1, INLINE_VALUE_MAX, INLINE_VALUE_MAX + 1, 1 << 20];
    for (id, len) in lens.iter().enumerate() {
        at.set(&[id as u8], &vec![id as u8; *len]);
    }

    for (id, len) in lens.iter().enumerate() {
        assert_eq!(at.get(&[id as u8]), Some(vec![id as u8; *len]), "{len}");
    }
    let rows = at.rows(kv::Scan::all(no_group()));
    assert_eq!(rows.iter().map(|row| row.1.len()).collect::<Vec<_>>(), lens);
}

fn a_value_may_grow_shrink_and_vanish_in_every_order(at) {
    let lens = [1, INLINE_VALUE_MAX, INLINE_VALUE_MAX + 1, 1 << 20];
    for from in lens {
        for to in lens {
            at.set(b"key", &vec![1; from]);
            at.set(b"key", &vec![2; to]);
            at.set(b"key", &vec![3; from]);
            assert_eq!(at.get(b"key"), Some(vec![3; from]), "{from} {to} {from}");

            at.store.check().expect("sound");
            assert!(at.delete(b"key"));
        }
    }
    assert_eq!(at.store.usage().expect("stats").bytes, 0);
}

fn appends_carry_a_value_across_the_inline_threshold(at) {
    at.set(b"key", &vec![1; INLINE_VALUE_MAX - 1]);

    for len in [INLINE_VALUE_MAX, INLINE_VALUE_MAX + 1, INLINE_VALUE_MAX + 2] {
        assert_eq!(at.append(b"key", b"\x01"), len);
        assert_eq!(at.get(b"key"), Some(vec![1; len]));
    }
}

fn large_values_are_taken_counted_and_deleted_like_small_ones(at) {
    let large = vec![b'x'; 10_000];
    for id in [b"a", b"b", b"c", b"d"] {
        at.set(id, &large);
    }
    let other = vec![b'y'; 10_000];
    at.set_in(b"other", b"a", &other);

    assert_eq!(at.take(b"a"), Some(large.clone()));
    assert_eq!(at.store.delete_prefix(no_group(), b"b"), Ok(1));
    at.set_ttl(b"c", &large, 1);
    at.clock.advance(1);
    assert_eq!(at.store.purge_expired(), Ok(1));

    assert_eq!(at.all_keys(), [b"d".to_vec()]);
    assert_eq!(at.get(b"d"), Some(large));
    assert_eq!(at.get_in(b"other", b"a"), Some(other));
}

}
