//! Quotas: the limits of a namespace for all writers, and what does not count.

use kv::{QuotaState, Condition, ErrorKind, Namespace, Op, Quota, SetExpiry, Store, Usage};

use crate::conformance::fixture::Fixture;
use crate::support::{Meetings, group, key, race_until_met};

fn tenant() -> Namespace {
    Namespace::new(b"a").expect("a namespace")
}

fn limit(at: &Fixture, max_keys: u64, max_groups: u64, max_bytes: u64) -> Store {
    let quota = Quota { max_keys, max_groups, max_bytes };
    at.store.set_quota(&tenant(), quota).expect("a quota");
    at.store.scope(&tenant()).expect("a scope")
}

fn usage(at: &Fixture) -> (u64, u64, u64) {
    let QuotaState { usage: Usage { keys, groups, bytes }, .. } =
        at.store.quota(&tenant()).expect("an account");
    (keys, groups, bytes)
}

fn try_set(store: &Store, name: &[u8], at: &[u8], value: &[u8]) -> Result<(), ErrorKind> {
    store.set(group(name), key(at), value).map(drop).map_err(|error| error.kind())
}

fn set_op<'a>(name: &'a [u8], at: &'a [u8], value: &'a [u8]) -> Op<'a> {
    let (condition, expiry) = (Condition::Any, SetExpiry::Never);
    Op::Set { group: group(name), key: key(at), value, condition, expiry }
}

fn delete_op<'a>(name: &'a [u8], at: &'a [u8]) -> Op<'a> {
    Op::Delete { group: group(name), key: key(at), condition: Condition::Any }
}

const REFUSED: Result<(), ErrorKind> = Err(ErrorKind::Quota);

cases! {

fn a_new_key_over_the_limit_is_refused_and_an_update_is_not(at) {
    let store = limit(at, 2, 0, 0);
    assert_eq!(try_set(&store, b"g", b"1", b""), Ok(()));
    assert_eq!(try_set(&store, b"g", b"2", b""), Ok(()));
    assert_eq!(try_set(&store, b"g", b"3", b""), REFUSED);
    assert_eq!(try_set(&store, b"h", b"1", b""), REFUSED);
    assert_eq!(try_set(&store, b"g", b"2", b"longer"), Ok(()));
    assert_eq!(try_set(&store, b"g", b"2", b"LONGER"), Ok(()));
    assert_eq!(store.increment(group(b"g"), key(b"n"), 1, 0).expect_err("full").kind(),
               ErrorKind::Quota);
    assert_eq!(store.append(group(b"g"), key(b"n"), b"", 0).expect_err("full").kind(),
               ErrorKind::Quota);
    assert_eq!(usage(at), (2, 1, 3 + 1 + 3 + 1 + 6));
    assert!(store.delete(group(b"g"), key(b"1")).expect("delete"));
    assert_eq!(try_set(&store, b"g", b"3", b""), Ok(()));
}

fn the_message_names_the_namespace_and_the_limit(at) {
    let store = limit(at, 1, 0, 0);
    try_set(&store, b"g", b"1", b"").expect("room");
    let refused = store.set(group(b"g"), key(b"2"), b"").expect_err("full");
    let message = refused.message();
    assert!(message.contains("\"a\"") && message.contains("quota of 1 keys"), "{message}");
}

fn a_write_by_the_full_name_counts_like_one_through_the_scope(at) {
    limit(at, 1, 0, 0);
    assert_eq!(try_set(&at.store, b"a:g", b"1", b""), Ok(()));
    assert_eq!(try_set(&at.store, b"a:g", b"2", b""), REFUSED);
    assert_eq!(try_set(&at.store, b"a:g:h", b"2", b""), REFUSED);
    for other in [&b"a"[..], b"", b"aa:g", b"A:g", b"b:g", b":a:g"] {
        assert_eq!(try_set(&at.store, other, b"1", b""), Ok(()));
    }
}

fn groups_are_limited_and_free_when_their_last_key_goes(at) {
    let store = limit(at, 0, 2, 0);
    for name in [&b"g"[..], b"h"] {
        assert_eq!(try_set(&store, name, b"1", b""), Ok(()));
        assert_eq!(try_set(&store, name, b"2", b""), Ok(()));
    }
    assert_eq!(try_set(&store, b"i", b"1", b""), REFUSED);
    store.delete(group(b"g"), key(b"1")).expect("delete");
    assert_eq!(try_set(&store, b"i", b"1", b""), REFUSED);
    store.take(group(b"g"), key(b"2")).expect("take");
    assert_eq!(try_set(&store, b"i", b"1", b""), Ok(()));
    store.delete_group(group(b"h")).expect("delete");
    assert_eq!(usage(at).1, 1);
}

fn bytes_are_limited_for_updates_too(at) {
    // Each entry has 3 bytes of group and 1 of key.
    let store = limit(at, 0, 0, 20);
    assert_eq!(try_set(&store, b"g", b"1", &[0; 6]), Ok(()));
    assert_eq!(try_set(&store, b"g", b"2", &[0; 6]), Ok(()));
    assert_eq!(usage(at), (2, 1, 20));
    assert_eq!(try_set(&store, b"g", b"2", &[0; 7]), REFUSED);
    assert_eq!(store.append(group(b"g"), key(b"2"), b"x", 0).expect_err("full").kind(),
               ErrorKind::Quota);
    assert_eq!(try_set(&store, b"g", b"2", &[0; 5]), Ok(()));
    assert_eq!(try_set(&store, b"g", b"1", &[1; 7]), Ok(()));
}

fn large_values_count_their_bytes_wherever_they_rest(at) {
    let store = limit(at, 0, 0, 10_000);
    assert_eq!(try_set(&store, b"g", b"1", &[0; 9_996]), Ok(()));
    assert_eq!(try_set(&store, b"g", b"1", &[1; 9_997]), REFUSED);
    assert_eq!(try_set(&store, b"g", b"1", &[1; 10]), Ok(()));
    assert_eq!(usage(at), (1, 1, 14));
    assert_eq!(try_set(&store, b"g", b"2", &[1; 9_982]), Ok(()));
    assert_eq!(store.delete_group(group(b"g")), Ok(2));
    assert_eq!(usage(at), (0, 0, 0));
}

fn expired_entries_make_room_at_once(at) {
    let store = limit(at, 2, 1, 0);
    store.set_ttl(group(b"g"), key(b"1"), b"", 10).expect("set");
    store.set_ttl(group(b"g"), key(b"2"), b"", 10).expect("set");
    assert_eq!(try_set(&store, b"g", b"3", b""), REFUSED);
    at.clock.advance(10);
    assert_eq!(try_set(&store, b"h", b"3", b""), Ok(()));
    assert_eq!(try_set(&store, b"h", b"4", b""), Ok(()));
    assert_eq!(try_set(&store, b"h", b"5", b""), REFUSED);
    assert_eq!(usage(at), (2, 1, 8));
}

fn an_expired_entry_is_written_again_though_its_room_is_needed(at) {
    let store = limit(at, 0, 0, 12);
    for id in [b"1", b"2"] {
        store.set_ttl(group(b"g"), key(id), b"12", 10).expect("set");
    }
    at.clock.advance(10);
    assert_eq!(try_set(&store, b"g", b"1", b"12345678"), Ok(()));
    assert_eq!(at.get_in(b"a:g", b"1").as_deref(), Some(&b"12345678"[..]));
    assert_eq!(usage(at), (1, 1, 12));
    assert_eq!(try_set(&store, b"g", b"1", b"123456789"), REFUSED);
}

fn expired_entries_of_other_namespaces_stay_where_they_are(at) {
    let store = limit(at, 1, 0, 0);
    at.store.set_ttl(group(b"b:g"), key(b"1"), b"", 10).expect("set");
    try_set(&store, b"g", b"1", b"").expect("room");
    at.clock.advance(10);
    assert_eq!(try_set(&store, b"g", b"2", b""), REFUSED);
    assert_eq!(at.store.usage().expect("stats").expired_entries, 1);
}

fn a_batch_counts_its_net_effect_and_is_refused_as_a_whole(at) {
    let store = limit(at, 2, 0, 0);
    store.commit(&[set_op(b"g", b"1", b""), set_op(b"g", b"2", b"")]).expect("room");
    let over = [set_op(b"g", b"1", b"x"), set_op(b"g", b"3", b"")];
    assert_eq!(store.commit(&over).expect_err("full").kind(), ErrorKind::Quota);
    let entry = store.get(group(b"g"), key(b"1")).expect("get").expect("it is there");
    assert!(entry.value.is_empty(), "half a batch was written");
    store.commit(&[set_op(b"g", b"3", b""), delete_op(b"g", b"1")]).expect("a net of nothing");
    store.commit(&[delete_op(b"g", b"2"), set_op(b"h", b"1", b"")]).expect("a net of nothing");
    assert_eq!(usage(at), (2, 2, 8));
}

fn deleting_by_prefix_and_purging_are_accounted_for(at) {
    let store = limit(at, 100, 10, 1_000);
    for id in [&b"a1"[..], b"a2", b"b1"] {
        try_set(&store, b"g", id, b"value").expect("room");
    }
    store.set_ttl(group(b"h"), key(b"x"), b"", 5).expect("set");
    assert_eq!(usage(at), (4, 2, 3 * 10 + 4));
    assert_eq!(store.delete_prefix(group(b"g"), b"a"), Ok(2));
    assert_eq!(usage(at), (2, 2, 10 + 4));
    at.clock.advance(5);
    assert_eq!(at.store.purge_expired(), Ok(1));
    assert_eq!(usage(at), (1, 1, 10));
}

fn what_is_there_is_counted_when_a_quota_is_set_and_may_shrink_over_it(at) {
    for id in [b"1", b"2", b"3"] {
        at.set_in(b"a:g", id, b"v");
    }
    let store = limit(at, 2, 0, 0);
    assert_eq!(usage(at), (3, 1, 15));
    assert_eq!(try_set(&store, b"g", b"4", b""), REFUSED);
    assert_eq!(try_set(&store, b"g", b"3", b"longer"), Ok(()));
    store.delete(group(b"g"), key(b"1")).expect("delete");
    assert_eq!(try_set(&store, b"g", b"4", b""), REFUSED);
    store.delete(group(b"g"), key(b"2")).expect("delete");
    assert_eq!(try_set(&store, b"g", b"4", b""), Ok(()));
}

fn all_groups_that_are_deleted_give_their_room_back(at) {
    let store = limit(at, 3, 2, 0);
    for (name, id) in [(&b"g"[..], &b"1"[..]), (b"g", b"2"), (b"h", b"1")] {
        assert_eq!(try_set(&store, name, id, b"v"), Ok(()));
    }
    assert_eq!(store.delete_all(group(b"g")), Ok(2));
    assert_eq!(usage(at), (1, 1, 3 + 1 + 1));
    assert_eq!(at.store.delete_all(group(b"a:")), Ok(1));
    assert_eq!(usage(at), (0, 0, 0));
    assert_eq!(try_set(&store, b"i", b"1", b"v"), Ok(()));
}

fn a_quota_without_limits_is_none(at) {
    let store = limit(at, 1, 0, 0);
    try_set(&store, b"g", b"1", b"").expect("room");
    limit(at, 0, 0, 0);
    assert_eq!(try_set(&store, b"g", b"2", b""), Ok(()));
    assert_eq!(at.store.quota(&tenant()), Ok(QuotaState::default()));
}

fn a_refused_write_is_not_published_and_leaves_writes_beside_it_alone(at) {
    let store = limit(at, 50, 0, 0);
    let all = kv::Selection { group: kv::Selector::Any, key: kv::Selector::Any };
    let watch = at.store.watch(all, 100_000, kv::WatchStart::Now).expect("a watch");
    let meetings = Meetings::default();
    let rounds = race_until_met(|round| {
        std::thread::scope(|scope| {
            for thread in 0..8_u8 {
                let (store, meetings) = (&store, &meetings);
                scope.spawn(move || {
                    for id in 0..20_u8 {
                        let name = [round, thread, id];
                        let _ = meetings.call(|| try_set(store, b"g", &name, b""));
                        at.set_in(b"free", &name, b"");
                    }
                });
            }
        });
        meetings.count() > 0
    });
    let free = 160 * rounds;
    assert_eq!((at.count(b"a:g"), at.count(b"free")), (50, free as u64));
    assert_eq!(usage(at).0, 50);
    let next = || watch.poll(Some(std::time::Duration::ZERO)).expect("open");
    assert_eq!(std::iter::from_fn(next).count(), 50 + free);
}

}
