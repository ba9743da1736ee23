//! The calls of an operator: figures, checks, and a stop to all writing.

use crate::conformance::fixture::{check, get, set};
use crate::support::{group, key, no_group};
use kv::{Condition, ErrorKind};

cases! {

fn usage_counts_live_entries_and_their_bytes(at) {
    at.set_in(b"group", b"key", b"value");
    at.set(b"", &vec![0; 3_000]);
    at.set_ttl(b"dead", b"value", 1);
    at.clock.advance(1);

    let usage = at.store.usage().expect("usage");

    assert_eq!((usage.entries, usage.bytes, usage.expired_entries), (2, 13 + 3_000, 1));
}

fn commits_are_batches_that_wrote(at) {
    at.set(b"a", b"");
    let before = at.store.stats().expect("stats");

    at.set(b"a", b"");
    at.applied(&[set(b"b", b""), set(b"c", b"")]);
    at.get(b"a");
    at.applied(&[get(b"a"), get(b"b")]);
    at.put(b"a", b"", Condition::Absent);
    at.commit(&[set(b"d", b""), check(b"a", Condition::Absent)]).expect("a batch");

    let after = at.store.stats().expect("stats");
    assert_eq!(after.commits - before.commits, 2);
}

fn compact_check_and_flush_leave_everything_as_it_was(at) {
    for id in 0..200_u8 {
        at.set(&[id], &vec![id; usize::from(id) * 20]);
    }
    at.set_ttl(b"mortal", b"1", 1_000);
    for id in (0..200_u8).step_by(2) {
        at.delete(&[id]);
    }
    let before = (at.rows(kv::Scan::all(no_group())), at.entry(b"mortal"));

    at.store.compact().expect("compact");
    at.store.flush().expect("flush");
    at.store.check().expect("check");

    assert_eq!((at.rows(kv::Scan::all(no_group())), at.entry(b"mortal")), before);
    assert!(at.set(b"after", b"") > before.1.version);
}

fn a_poisoned_store_refuses_writes_and_goes_on_reading(at) {
    at.set(b"key", b"value");
    at.store.poison();

    let (none, name) = (no_group(), key(b"key"));
    let refusals = [
        at.store.set(none, name, b"").map(drop),
        at.store.delete(none, name).map(drop),
        at.store.take(none, name).map(drop),
        at.store.increment(group(b"g"), name, 1, 0).map(drop),
        at.store.persist(none, name).map(drop),
        at.store.purge_expired().map(drop),
        at.store.delete_group(none).map(drop),
    ];

    for refusal in refusals {
        assert_eq!(refusal.expect_err("poisoned").kind(), ErrorKind::Poisoned);
    }
    assert_eq!(at.get(b"key"), Some(b"value".to_vec()));
    assert_eq!(at.all_keys(), [b"key".to_vec()]);
}

fn errors_name_what_was_attempted_and_on_what(at) {
    at.set(b"tab\t", b"text");
    at.set_in(b"users", b"ann", b"text");

    let plain = at.store.increment(no_group(), key(b"tab\t"), 1, 0).expect_err("no integer");
    let grouped = at.store.increment(group(b"users"), key(b"ann"), 1, 0).expect_err("no integer");

    assert!(plain.message().starts_with(r#"increment "tab\t": "#), "{plain}");
    assert!(grouped.message().starts_with(r#"increment "ann" in group "users": "#), "{grouped}");
}

}
