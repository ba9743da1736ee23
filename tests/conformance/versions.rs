//! Versions: non-zero, strictly rising, changed by each write and by nothing else.

use crate::conformance::fixture::{START, set};
use crate::support::{key, no_group};
use kv::{Condition, ExpiryRule, Put, Reply};

cases! {

fn versions_rise_while_the_clock_stands(at) {
    let versions: Vec<_> = (0..50_u8).map(|id| at.set(&[id % 7], b"")).collect();

    assert!(versions.is_sorted_by(|a, b| a < b), "{versions:?}");
}

fn versions_are_microseconds_of_the_clock_when_it_moves(at) {
    let first = at.set(b"key", b"");
    at.clock.advance(3);
    let second = at.set(b"key", b"");

    assert_eq!(first, START.as_micros() as u64);
    assert_eq!(second, first + 3_000);
}

fn versions_rise_when_the_clock_steps_back(at) {
    let mut last = at.set(b"key", b"");

    for step in [-1, -10_000, 5, -86_400_000, 3, 86_400_000] {
        at.clock.advance(step);
        for id in [b"key", b"new"] {
            let version = at.set(id, b"");
            assert!(version > last, "{version} after {last}, step {step}");
            last = version;
        }
        at.delete(b"new");
    }
}

fn each_kind_of_write_changes_the_version(at) {
    let mut last = 0;
    let mut rises = |what: &str| {
        let version = at.entry(b"1").version;
        assert!(version > last, "{what}");
        last = version;
    };

    at.set(b"1", b"5");
    rises("set");
    at.set(b"1", b"5");
    rises("set to the same value");
    at.increment(b"1", 0);
    rises("increment by nothing");
    at.append(b"1", b"");
    rises("append of nothing");
    at.put(b"1", b"5", Condition::Present);
    rises("put");
    at.applied(&[set(b"1", b"5")]);
    rises("batch");
}

fn writes_of_one_batch_have_rising_versions(at) {
    let replies = at.applied(&[set(b"b", b""), set(b"a", b""), set(b"b", b"")]);

    let versions: Vec<_> = replies
        .iter()
        .map(|reply| match reply {
            Reply::Written { version } => *version,
            other => panic!("{other:?}"),
        })
        .collect();
    assert!(versions.is_sorted_by(|a, b| a < b), "{versions:?}");
    assert_eq!(at.entry(b"b").version, versions[2]);
}

fn expiry_calls_and_reads_keep_the_version(at) {
    let version = at.set(b"key", b"value");

    at.store.expire(no_group(), key(b"key"), 100, ExpiryRule::default()).expect("expire");
    at.store.persist(no_group(), key(b"key")).expect("persist");
    at.ttl(b"key");
    at.get(b"key");

    assert_eq!(at.entry(b"key").version, version);
    assert!(matches!(at.put(b"key", b"", Condition::Version(version)), Put::Written(_)));
}

fn replies_and_reads_return_the_same_version(at) {
    let group = no_group();
    let replies = at.applied(&[
        kv::Op::Increment { group, key: key(b"n"), delta: 1, created: Default::default() },
        kv::Op::Append { group, key: key(b"s"), value: b"x", created: Default::default() },
    ]);

    let [Reply::Integer { value: 1, version: number }, Reply::Length { len: 1, version: text }] =
        replies[..]
    else {
        panic!("{replies:?}");
    };
    assert_eq!((at.entry(b"n").version, at.entry(b"s").version), (number, text));
}

}
