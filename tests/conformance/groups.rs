//! Groups: listing them, deleting them and parts of them.

use crate::support::{group, key, no_group};
use kv::Op;

cases! {

fn groups_are_listed_in_byte_order_once_each(at) {
    for name in [&b"b"[..], b"", b"a", b"\xFF", b"a\0", b"B"] {
        at.set_in(name, b"1", b"");
        at.set_in(name, b"2", b"");
    }

    let expected: [&[u8]; 6] = [b"", b"B", b"a", b"a\0", b"b", b"\xFF"];
    assert_eq!(at.groups(b""), expected);
}

fn groups_with_a_prefix_are_those_that_begin_with_it(at) {
    for name in [&b"t1:a"[..], b"t1:b", b"t1", b"t10:a", b"T1:a", b"t%", b"\xFF", b"\xFF\xFF"] {
        at.set_in(name, b"key", b"");
    }

    assert_eq!(at.groups(b"t1:"), [b"t1:a".to_vec(), b"t1:b".to_vec()]);
    assert_eq!(at.groups(b"t%"), [b"t%".to_vec()]);
    assert_eq!(at.groups(b"t_"), Vec::<Vec<u8>>::new());
    assert_eq!(at.groups(b"\xFF"), [b"\xFF".to_vec(), b"\xFF\xFF".to_vec()]);
    assert_eq!(at.groups(b"t1:a"), [b"t1:a".to_vec()]);
}

fn a_group_with_only_expired_entries_is_not_listed(at) {
    for id in 0..300_u32 {
        at.store.set_ttl(group(b"dead"), key(&id.to_be_bytes()), b"", 10).expect("set");
    }
    at.store.set_ttl(group(b"mixed"), key(b"1"), b"", 10).expect("set");
    at.set_in(b"mixed", b"2", b"");
    assert_eq!(at.groups(b"").len(), 2);

    at.clock.advance(10);

    assert_eq!(at.groups(b""), [b"mixed".to_vec()]);
}

fn hundreds_of_groups_are_listed(at) {
    for id in 0..1_000_u32 {
        at.set_in(&id.to_be_bytes(), b"key", b"");
    }

    let groups = at.groups(b"");

    assert_eq!(groups.len(), 1_000);
    assert!(groups.is_sorted_by(|a, b| a < b));
}

fn delete_group_removes_its_keys_and_no_others(at) {
    for name in [&b""[..], b"a", b"a\0", b"ab"] {
        for id in 0..3_u8 {
            at.set_in(name, &[id], b"");
        }
    }

    assert_eq!(at.store.delete_group(group(b"a")), Ok(3));
    assert_eq!(at.store.delete_group(group(b"a")), Ok(0));

    assert_eq!(at.groups(b""), [b"".to_vec(), b"a\0".to_vec(), b"ab".to_vec()]);
    assert_eq!((at.count(b""), at.count(b"a\0"), at.count(b"ab")), (3, 3, 3));
}

fn delete_group_and_prefix_count_live_entries_and_remove_expired_ones_too(at) {
    for id in 0..10_u8 {
        at.set_ttl(&[b'k', id], b"", if id % 2 == 0 { 5 } else { 0 });
    }
    at.clock.advance(5);

    assert_eq!(at.store.delete_prefix(no_group(), b"k\x01"), Ok(1));
    assert_eq!(at.store.delete_group(no_group()), Ok(4));

    assert_eq!(at.store.purge_expired(), Ok(0));
}

fn all_groups_are_deleted_or_those_whose_names_begin_alike(at) {
    let names = [&b""[..], b"a", b"a\0", b"ab", b"b", b"\xFF", b"\xFF\xFF"];
    for name in names {
        for id in 0..3_u8 {
            at.set_in(name, &[id], b"v");
        }
    }
    at.store.set_ttl(group(b"ab"), key(b"mortal"), b"", 1).expect("set");
    at.clock.advance(1);

    assert_eq!(at.store.delete_all(group(b"none")), Ok(0));
    assert_eq!(at.store.delete_all(group(b"a")), Ok(9));
    assert_eq!(at.groups(b""), [&b""[..], b"b", b"\xFF", b"\xFF\xFF"]);
    assert_eq!(at.store.delete_all(group(b"\xFF")), Ok(6));
    assert_eq!(at.store.delete_all(group(b"")), Ok(6));
    assert_eq!(at.groups(b""), Vec::<Vec<u8>>::new());
    assert_eq!(at.store.delete_all(group(b"")), Ok(0));
}

fn a_scope_deletes_all_of_its_namespace_and_nothing_else(at) {
    let scope = at.store.scope(&kv::Namespace::new(b"tenant").expect("a name")).expect("a scope");
    for (store, name) in [(&at.store, &b"a"[..]), (&at.store, b"tenant2:a"), (&scope, b"a"), (&scope, b"")] {
        store.set(group(name), key(b"k"), b"v").expect("set");
    }

    assert_eq!(scope.delete_all(group(b"")), Ok(2));
    assert_eq!(at.groups(b""), [&b"a"[..], b"tenant2:a"]);
}

fn all_groups_are_deleted_in_a_batch_with_other_steps(at) {
    let set = |name| Op::Set {
        group: group(name),
        key: key(b"k"),
        value: b"v",
        condition: kv::Condition::Any,
        expiry: kv::SetExpiry::Default,
    };
    at.set_in(b"a", b"k", b"");

    let replies = at.applied(&[set(b"b"), Op::DeleteAll { groups: group(b"") }, set(b"c")]);

    assert_eq!(replies[1], kv::Reply::Removed(2));
    assert_eq!(at.groups(b""), [b"c"]);
}

fn delete_prefix_is_literal(at) {
    for name in [&b"a_1"[..], b"aX1", b"a%1", b"A_1", b"\xFF", b"\xFF\xFF"] {
        at.set(name, b"");
    }

    assert_eq!(at.store.delete_prefix(no_group(), b"a_"), Ok(1));
    assert_eq!(at.store.delete_prefix(no_group(), b"%"), Ok(0));
    assert_eq!(at.store.delete_prefix(no_group(), b"\xFF"), Ok(2));

    assert_eq!(at.all_keys(), [b"A_1".to_vec(), b"a%1".to_vec(), b"aX1".to_vec()]);
}

fn a_prefix_longer_than_any_key_finds_nothing_and_deletes_nothing(at) {
    at.set(b"a", b"");
    let prefix = vec![b'a'; kv::KEY_LEN_MAX + 1];

    let refused = at.store.delete_prefix(no_group(), &prefix).expect_err("no key is so long");
    assert_eq!(refused.kind(), kv::ErrorKind::TooLarge);
    let pattern = kv::Pattern::Prefix(&prefix);
    assert_eq!(at.keys(kv::Scan { pattern, ..kv::Scan::all(no_group()) }).len(), 0);
    assert_eq!(at.groups(&prefix).len(), 0);
}

fn a_prefix_delete_in_a_batch_sees_the_steps_before_it_and_not_those_after(at) {
    at.set(b"k0", b"");
    let delete = Op::DeletePrefix { group: no_group(), prefix: b"k" };
    let (one, two) = (crate::conformance::fixture::set(b"k1", b""), crate::conformance::fixture::set(b"k2", b""));

    let replies = at.applied(&[one, delete, two, delete, two]);

    assert_eq!(replies[1], kv::Reply::Removed(2));
    assert_eq!(replies[3], kv::Reply::Removed(1));
    assert_eq!(at.all_keys(), [b"k2".to_vec()]);
}

}
