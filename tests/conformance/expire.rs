//! Expiry: when entries expire, which calls notice, and which move the moment.

use crate::conformance::fixture::{Fixture, check, get, value_of};
use crate::support::{group, key, no_group};
use kv::{
    Commit, Condition, ErrorKind, ExpireOutcome, Expiry, ExpiryRule, Op, Put, SetExpiry, Ttl,
};

fn expire(at: &Fixture, ttl_ms: i64, flags: u32) -> ExpireOutcome {
    let rule = ExpiryRule::new(flags).expect("a rule");
    at.store.expire(no_group(), key(b"key"), ttl_ms, rule).expect("expire")
}

cases! {

fn an_entry_lives_to_its_last_millisecond_and_has_expired_at_the_next(at) {
    at.set_ttl(b"key", b"value", 10);

    at.clock.advance(9);
    assert_eq!(at.get(b"key"), Some(b"value".to_vec()));
    assert_eq!(at.ttl(b"key"), Some(Ttl::Millis(1)));

    at.clock.advance(1);
    assert_eq!(at.get(b"key"), None);
    assert_eq!(at.ttl(b"key"), None);
}

fn an_entry_lives_at_least_its_ttl_in_whatever_part_of_a_millisecond_it_is_written(at) {
    for part in [1, 500, 999] {
        at.clock.advance_micros(part);
        let names: Vec<Vec<u8>> = (0..7).map(|way| format!("{part} {way}").into_bytes()).collect();
        let at_name = |way: usize| key(&names[way]);
        let after = SetExpiry::After(10);
        at.set_ttl(&names[0], b"v", 10);
        at.put_expiring(&names[1], b"v", Condition::Absent, after);
        at.store.increment(no_group(), at_name(2), 1, 10).expect("increment");
        at.store.append(no_group(), at_name(3), b"v", 10).expect("append");
        at.set(&names[4], b"v");
        let rule = ExpiryRule::default();
        at.store.expire(no_group(), at_name(4), 10, rule).expect("expire");
        let many = [(no_group(), at_name(5), &b"v"[..]), (no_group(), at_name(6), b"v")];
        at.store.set_many(&many, after).expect("set many");
        at.store.set_ttl(group(b"g"), key(b"k"), b"v", 10).expect("set");
        assert!(names.iter().all(|name| at.ttl(name) == Some(Ttl::Millis(10))));

        at.clock.advance_micros(9_999);
        assert!(names.iter().all(|name| at.exists(name)), "written {part} us after a millisecond");
        assert_eq!(at.count(b"g"), 1);

        at.clock.advance_micros(1_001);
        assert!(!names.iter().any(|name| at.exists(name)), "written {part} us after a millisecond");
        assert_eq!(at.count(b"g"), 0);
        at.clock.advance_micros(-part);
    }
}

fn an_expired_entry_is_invisible_to_every_call(at) {
    let large = vec![1; 5_000];
    for id in [b"a", b"b"] {
        at.set_ttl(id, &large, 10);
    }
    at.store.set_ttl(group(b"g"), key(b"a"), b"1", 10).expect("set");
    at.clock.advance(10);

    assert!(!at.exists(b"a"));
    assert_eq!(at.get(b"a"), None);
    assert_eq!(at.ttl(b"a"), None);
    assert_eq!(at.all_keys(), Vec::<Vec<u8>>::new());
    assert_eq!(at.count(b""), 0);
    assert_eq!(at.groups(b""), Vec::<Vec<u8>>::new());
    assert_eq!(at.store.get_many(&[(no_group(), key(b"a"))]), Ok(vec![None]));
    assert_eq!(at.take(b"a"), None);
    assert!(!at.delete(b"a"));
    assert_eq!(at.store.delete_prefix(no_group(), b"a"), Ok(0));
    assert_eq!(at.store.delete_many(&[(no_group(), key(b"b"))]), Ok(0));
    assert_eq!(at.store.persist(group(b"g"), key(b"a")), Ok(false));
    let rule = ExpiryRule::default();
    let outcome = at.store.expire(group(b"g"), key(b"a"), 50, rule);
    assert_eq!(outcome, Ok(ExpireOutcome::NotFound));
    let usage = at.store.usage().expect("usage");
    assert_eq!((usage.entries, usage.bytes), (0, 0));
}

fn an_expired_entry_is_absent_in_a_batch(at) {
    at.set_ttl(b"key", b"1", 10);
    at.clock.advance(10);

    let replies = at.applied(&[check(b"key", Condition::Absent), get(b"key")]);
    assert_eq!(value_of(&replies[1]), None);

    let (commit, _) = at.commit(&[check(b"key", Condition::Present)]).expect("a batch");
    assert_eq!(commit, Commit::Refused { index: 0, version: 0 });
}

fn increment_and_append_begin_again_on_an_expired_entry(at) {
    at.set_ttl(b"n", b"41", 10);
    at.set_ttl(b"s", b"old", 10);
    at.clock.advance(10);

    assert_eq!(at.store.increment(no_group(), key(b"n"), 1, 500), Ok(1));
    assert_eq!(at.append(b"s", b"new"), 3);

    assert_eq!(at.ttl(b"n"), Some(Ttl::Millis(500)));
    assert_eq!(at.ttl(b"s"), Some(Ttl::Never));
}

fn ttl_0_is_for_ever(at) {
    at.set_ttl(b"key", b"value", 0);
    at.clock.advance(1_000_000_000_000);

    assert_eq!(at.ttl(b"key"), Some(Ttl::Never));
    assert_eq!(at.get(b"key"), Some(b"value".to_vec()));
}

fn ttl_0_given_as_an_expiry_is_for_ever_as_well(at) {
    at.put_expiring(b"key", b"value", Condition::Any, SetExpiry::After(0));

    assert_eq!(at.ttl(b"key"), Some(Ttl::Never));
}

fn a_negative_ttl_is_refused_and_nothing_written(at) {
    at.set(b"key", b"old");
    let (none, key) = (no_group(), key(b"key"));
    let rule = ExpiryRule::default();
    let refusals = [
        at.store.set_ttl(none, key, b"new", -2).map(drop),
        at.store.expire(none, key, -2, rule).map(drop),
        at.store.increment(none, key, 1, i64::MIN + 1).map(drop),
        at.store.append(none, key, b"new", -2).map(drop),
    ];

    for refusal in refusals {
        assert_eq!(refusal.expect_err("negative").kind(), ErrorKind::Argument);
    }
    assert_eq!(at.get(b"key"), Some(b"old".to_vec()));
    assert_eq!(at.ttl(b"key"), Some(Ttl::Never));
}

fn a_negative_ttl_given_as_an_expiry_is_refused_as_well(at) {
    let expiry = SetExpiry::After(-1);
    let put = at.store.put(no_group(), key(b"key"), b"new", Condition::Any, expiry);

    assert_eq!(put.expect_err("negative").kind(), ErrorKind::Argument);
}

fn the_longest_ttl_never_ends(at) {
    at.set_ttl(b"key", b"value", i64::MAX);
    at.clock.advance(1_000_000_000_000);

    assert_eq!(at.get(b"key"), Some(b"value".to_vec()));
}

fn a_plain_set_clears_the_expiry(at) {
    at.set_ttl(b"key", b"1", 10);
    at.set(b"key", b"2");
    at.clock.advance(10);

    assert_eq!(at.get(b"key"), Some(b"2".to_vec()));
    assert_eq!(at.ttl(b"key"), Some(Ttl::Never));
}

fn a_set_with_a_ttl_replaces_the_expiry(at) {
    at.set_ttl(b"key", b"1", 1_000);
    at.set_ttl(b"key", b"2", 10);
    at.clock.advance(10);

    assert_eq!(at.get(b"key"), None);
}

fn keep_keeps_the_expiry_of_a_live_entry(at) {
    at.set_ttl(b"key", b"1", 10);
    at.clock.advance(4);
    at.put_expiring(b"key", b"2", Condition::Present, SetExpiry::Keep);

    assert_eq!(at.ttl(b"key"), Some(Ttl::Millis(6)));
    at.clock.advance(6);
    assert_eq!(at.get(b"key"), None);
}

fn keep_on_a_missing_or_expired_key_is_for_ever(at) {
    at.set_ttl(b"dead", b"1", 10);
    at.clock.advance(10);

    for id in [&b"dead"[..], b"missing"] {
        at.put_expiring(id, b"2", Condition::Any, SetExpiry::Keep);
        assert_eq!(at.ttl(id), Some(Ttl::Never));
    }
}

fn increment_and_append_keep_the_expiry(at) {
    for id in [b"n", b"s"] {
        at.set_ttl(id, b"1", 10);
    }
    at.clock.advance(3);

    at.store.increment(no_group(), key(b"n"), 1, 9_000).expect("increment");
    at.append(b"s", b"1");

    assert_eq!((at.ttl(b"n"), at.ttl(b"s")), (Some(Ttl::Millis(7)), Some(Ttl::Millis(7))));
}

fn an_expiry_at_a_moment_holds_and_a_past_one_is_never_seen(at) {
    let now = crate::conformance::fixture::START.as_millis();
    let at_moment = |ms| SetExpiry::At(Expiry::at_millis(now + ms));

    at.put_expiring(b"later", b"1", Condition::Any, at_moment(7));
    at.put_expiring(b"now", b"1", Condition::Any, at_moment(0));
    at.put_expiring(b"past", b"1", Condition::Any, at_moment(-5));

    assert_eq!(at.ttl(b"later"), Some(Ttl::Millis(7)));
    assert_eq!(at.all_keys(), [b"later".to_vec()]);
    assert!(matches!(at.put(b"past", b"2", Condition::Absent), Put::Written(_)));
}

fn reading_the_ttl_does_not_change_it(at) {
    at.set_ttl(b"key", b"1", 10);

    for _ in 0..3 {
        assert_eq!(at.ttl(b"key"), Some(Ttl::Millis(10)));
    }
    at.get(b"key");
    at.clock.advance(10);

    assert_eq!(at.ttl(b"key"), None);
}

fn expire_sets_replaces_and_removes(at) {
    at.set(b"key", b"value");

    assert_eq!(expire(at, 100, 0), ExpireOutcome::Set);
    assert_eq!(at.ttl(b"key"), Some(Ttl::Millis(100)));
    assert_eq!(expire(at, 50, 0), ExpireOutcome::Set);
    assert_eq!(at.ttl(b"key"), Some(Ttl::Millis(50)));
    assert_eq!(expire(at, 0, 0), ExpireOutcome::Set);
    assert_eq!(at.ttl(b"key"), Some(Ttl::Never));
    assert_eq!(at.get(b"key"), Some(b"value".to_vec()));
}

fn expire_of_a_missing_key_finds_nothing(at) {
    assert_eq!(expire(at, 100, 0), ExpireOutcome::NotFound);
    assert_eq!(expire(at, 100, ExpiryRule::NX), ExpireOutcome::NotFound);

    assert!(!at.exists(b"key"));
}

fn nx_sets_only_the_first_expiry(at) {
    at.set(b"key", b"");

    assert_eq!(expire(at, 100, ExpiryRule::NX), ExpireOutcome::Set);
    assert_eq!(expire(at, 200, ExpiryRule::NX), ExpireOutcome::Refused);

    assert_eq!(at.ttl(b"key"), Some(Ttl::Millis(100)));
}

fn xx_replaces_only_an_expiry_that_is_there(at) {
    at.set(b"key", b"");

    assert_eq!(expire(at, 100, ExpiryRule::XX), ExpireOutcome::Refused);
    assert_eq!(at.ttl(b"key"), Some(Ttl::Never));
    expire(at, 100, 0);
    assert_eq!(expire(at, 200, ExpiryRule::XX), ExpireOutcome::Set);

    assert_eq!(at.ttl(b"key"), Some(Ttl::Millis(200)));
}

fn gt_only_prolongs_and_never_is_longest(at) {
    at.set(b"key", b"");
    assert_eq!(expire(at, 100, ExpiryRule::GT), ExpireOutcome::Refused);

    expire(at, 100, 0);
    assert_eq!(expire(at, 100, ExpiryRule::GT), ExpireOutcome::Refused);
    assert_eq!(expire(at, 99, ExpiryRule::GT), ExpireOutcome::Refused);
    assert_eq!(expire(at, 101, ExpiryRule::GT), ExpireOutcome::Set);
    assert_eq!(at.ttl(b"key"), Some(Ttl::Millis(101)));
    assert_eq!(expire(at, 0, ExpiryRule::GT), ExpireOutcome::Set);

    assert_eq!(at.ttl(b"key"), Some(Ttl::Never));
}

fn lt_only_shortens_and_never_is_longest(at) {
    at.set(b"key", b"");

    assert_eq!(expire(at, 100, ExpiryRule::LT), ExpireOutcome::Set);
    assert_eq!(expire(at, 100, ExpiryRule::LT), ExpireOutcome::Refused);
    assert_eq!(expire(at, 101, ExpiryRule::LT), ExpireOutcome::Refused);
    assert_eq!(expire(at, 0, ExpiryRule::LT), ExpireOutcome::Refused);
    assert_eq!(expire(at, 99, ExpiryRule::LT), ExpireOutcome::Set);

    assert_eq!(at.ttl(b"key"), Some(Ttl::Millis(99)));
}

fn persist_removes_the_expiry_and_says_whether_the_key_is_there(at) {
    at.set_ttl(b"key", b"", 10);

    assert_eq!(at.store.persist(no_group(), key(b"key")), Ok(true));
    assert_eq!(at.store.persist(no_group(), key(b"key")), Ok(true));
    assert_eq!(at.store.persist(no_group(), key(b"missing")), Ok(false));
    at.clock.advance(10);

    assert_eq!(at.ttl(b"key"), Some(Ttl::Never));
}

fn an_expire_inside_a_batch_sees_the_steps_before_it(at) {
    let (group, key) = (no_group(), key(b"key"));
    let rule = ExpiryRule::new(ExpiryRule::NX).expect("a rule");
    let expiry = SetExpiry::After(100);
    let op = Op::Expire { group, key, expiry, rule };

    let replies = at.applied(&[op, crate::conformance::fixture::set(b"key", b"1"), op, op]);

    let outcomes = [&replies[0], &replies[2], &replies[3]];
    let expected = [ExpireOutcome::NotFound, ExpireOutcome::Set, ExpireOutcome::Refused];
    assert_eq!(outcomes, expected.map(kv::Reply::Expire).each_ref());
}

fn an_entry_whose_clock_steps_back_lives_again_until_it_is_purged(at) {
    at.set_ttl(b"key", b"1", 10);
    at.clock.advance(10);
    assert_eq!(at.get(b"key"), None);

    at.clock.advance(-1);

    assert_eq!(at.get(b"key"), Some(b"1".to_vec()));
}

}
