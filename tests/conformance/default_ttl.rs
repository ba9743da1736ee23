//! A default ttl: what it is given to, and what not.

use kv::{
    Condition, ErrorKind, Expiry, ExpiryRule, Op, SetExpiry, TTL_DEFAULT, TTL_NEVER, Transaction, Ttl,
    set_json,
};

use crate::conformance::fixture::{Fixture, START, set, set_if};
use crate::support::{group, key, no_group};

fn cache(at: &Fixture) -> Fixture {
    at.with("default_ttl=10s")
}

const DEFAULT: Option<Ttl> = Some(Ttl::Millis(10_000));
const NEVER: Option<Ttl> = Some(Ttl::Never);

fn set_expiring(expiry: SetExpiry) -> Op<'static> {
    let condition = Condition::Any;
    Op::Set { group: no_group(), key: key(b"key"), value: b"value", condition, expiry }
}

cases! {

fn every_write_without_a_ttl_gets_it(at) {
    let at = cache(at);
    let store = &at.store;
    at.set(b"set", b"");
    at.put_expiring(b"put", b"", Condition::Absent, SetExpiry::Default);
    at.put_expiring(b"keep", b"", Condition::Any, SetExpiry::Keep);
    at.increment(b"increment", 1);
    at.append(b"append", b"x");
    set_json(store, no_group(), key(b"json"), b"{}").expect("set");
    store.set_many(&[(no_group(), key(b"many"), b"")], SetExpiry::Default).expect("set");
    let mut transaction = Transaction::new();
    let any = Condition::Any;
    for (name, expiry) in [(&b"txn"[..], SetExpiry::Default), (b"txn-keep", SetExpiry::Keep)] {
        transaction.set(store, no_group(), key(name), b"", any, expiry).expect("noted");
        let seen = transaction.get(store, no_group(), key(name)).expect("get").expect("it is there");
        assert_eq!(seen.expires_at, Some(Expiry::at_millis(START.as_millis() + 10_000)));
    }
    assert_eq!(transaction.commit(store), Ok(true));
    let scope = store.scope(&kv::Namespace::new(b"a").expect("a name")).expect("a scope");
    scope.set(group(b"g"), key(b"scope"), b"").expect("set");
    assert_eq!(store.ttl(group(b"a:g"), key(b"scope")), Ok(DEFAULT));
    for name in ["set", "put", "keep", "increment", "append", "json", "many", "txn", "txn-keep"] {
        assert_eq!(at.ttl(name.as_bytes()), DEFAULT, "{name}");
    }
    at.clock.advance(10_000);
    assert!(at.all_keys().is_empty());
}

fn the_words_of_a_ttl_mean_the_same_in_every_call(at) {
    let at = cache(at);
    let (store, none) = (&at.store, no_group());
    for (ttl_ms, expected) in [(0, NEVER), (TTL_NEVER, NEVER), (TTL_DEFAULT, DEFAULT), (7, Some(Ttl::Millis(7)))] {
        store.set_ttl(none, key(b"set"), b"", ttl_ms).expect("set");
        store.increment(none, key(b"increment"), 1, ttl_ms).expect("increment");
        store.append(none, key(b"append"), b"x", ttl_ms).expect("append");
        let (expiry, condition) = (SetExpiry::from_ttl(ttl_ms).expect("a ttl"), Condition::Any);
        at.put_expiring(b"put", b"", condition, expiry);
        at.set_ttl(b"expire", b"", 3);
        store.expire(none, key(b"expire"), ttl_ms, ExpiryRule::default()).expect("expire");
        let created = expiry;
        at.applied(&[
            Op::Increment { group: none, key: key(b"batch"), delta: 1, created },
            Op::Append { group: none, key: key(b"batch append"), value: b"x", created },
            Op::Set { group: none, key: key(b"batch set"), value: b"", condition, expiry },
        ]);
        for name in
            ["set", "increment", "append", "put", "expire", "batch", "batch append", "batch set"]
        {
            assert_eq!(at.ttl(name.as_bytes()), expected, "{name} with {ttl_ms}");
            assert!(at.delete(name.as_bytes()), "{name} with {ttl_ms}");
        }
    }
}

fn an_expiry_that_was_read_and_is_given_back_means_the_same(at) {
    let at = cache(at);
    at.set_ttl(b"never", b"", 0);
    at.set_ttl(b"once", b"", 9);
    for (name, expected) in [(&b"never"[..], NEVER), (b"once", Some(Ttl::Millis(9)))] {
        let read = at.store.get(no_group(), key(name)).expect("get").expect("it is there");
        let at_ms = read.expires_at.map_or(TTL_NEVER, Expiry::as_millis);
        at.put_expiring(name, b"new", Condition::Any, SetExpiry::from_expires_at(at_ms));
        assert_eq!(at.ttl(name), expected);
    }
}

fn a_ttl_that_was_given_counts_and_none_means_never(at) {
    let at = cache(at);
    at.set_ttl(b"key", b"", 5);
    assert_eq!(at.ttl(b"key"), Some(Ttl::Millis(5)));
    at.set_ttl(b"key", b"", 0);
    assert_eq!(at.ttl(b"key"), NEVER);
    for (expiry, expected) in [
        (SetExpiry::Never, NEVER),
        (SetExpiry::Default, DEFAULT),
        (SetExpiry::After(0), NEVER),
        (SetExpiry::After(20_000), Some(Ttl::Millis(20_000))),
        (SetExpiry::At(Expiry::at_millis(START.as_millis() + 7)), Some(Ttl::Millis(7))),
    ] {
        at.applied(&[set_expiring(expiry)]);
        assert_eq!(at.ttl(b"key"), expected, "{expiry:?}");
        // In a batch of more than one the rules are the same.
        at.applied(&[set(b"other", b""), set_expiring(expiry)]);
        assert_eq!(at.ttl(b"key"), expected, "{expiry:?} in a batch");
    }
    let (group, created) = (no_group(), SetExpiry::Never);
    at.applied(&[Op::Increment { group, key: key(b"for ever"), delta: 1, created }]);
    assert_eq!(at.ttl(b"for ever"), NEVER);
    let refused = at.store.set_ttl(no_group(), key(b"key"), b"", -2);
    assert_eq!(refused.expect_err("negative").kind(), ErrorKind::Argument);
}

fn what_lives_keeps_its_expiry_where_writes_keep_it(at) {
    let at = cache(at);
    at.set(b"1", b"1");
    at.set_ttl(b"2", b"1", 0);
    at.clock.advance(4_000);
    for name in [b"1", b"2"] {
        at.increment(name, 1);
        at.append(name, b"0");
        at.put_expiring(name, b"3", Condition::Present, SetExpiry::Keep);
    }
    assert_eq!((at.ttl(b"1"), at.ttl(b"2")), (Some(Ttl::Millis(6_000)), NEVER));
    assert!(at.store.persist(no_group(), key(b"1")).expect("persist"));
    assert_eq!(at.ttl(b"1"), NEVER);
    at.store.expire(no_group(), key(b"1"), 0, Default::default()).expect("expire");
    assert_eq!(at.ttl(b"1"), NEVER);
    at.set(b"1", b"4");
    assert_eq!(at.ttl(b"1"), DEFAULT);
}

fn an_expired_entry_gets_the_default_ttl_again(at) {
    let at = cache(at);
    at.set_ttl(b"n", b"5", 10);
    at.set_ttl(b"a", b"5", 10);
    at.clock.advance(10);
    assert_eq!((at.increment(b"n", 1), at.append(b"a", b"6")), (1, 1));
    assert_eq!((at.ttl(b"n"), at.ttl(b"a")), (DEFAULT, DEFAULT));
}

fn flat_batches_say_none_given_and_never_apart(at) {
    let at = cache(at);
    let mut batch = kv::Batch::default();
    batch.push(&set_expiring(SetExpiry::Default)).expect("memory");
    at.applied(&batch.ops().expect("steps"));
    assert_eq!(at.ttl(b"key"), DEFAULT);
    batch.clear();
    batch.push(&set_expiring(SetExpiry::Never)).expect("memory");
    at.applied(&batch.ops().expect("steps"));
    assert_eq!(at.ttl(b"key"), NEVER);
}

fn without_a_default_nothing_expires_by_itself(at) {
    let at = at.with("default_ttl=0");
    at.set(b"key", b"");
    at.increment(b"n", 1);
    at.applied(&[set_if(b"other", b"", Condition::Absent)]);
    for name in [&b"key"[..], b"n", b"other"] {
        assert_eq!(at.ttl(name), NEVER);
    }
}

}
