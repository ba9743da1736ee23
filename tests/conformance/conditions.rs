//! Conditions: absent, present, a version; the reply of a failed one, and what it leaves alone.

use std::sync::Barrier;

use crate::conformance::fixture::{check, get, set, set_if};
use crate::support::{Meetings, key, no_group, race_until_met};
use kv::{Commit, Condition, Delete, ErrorKind, Put, Reply, SetExpiry};

cases! {

fn absent_lets_only_the_first_write(at) {
    let Put::Written(version) = at.put(b"key", b"first", Condition::Absent) else {
        panic!("nothing was there");
    };

    assert_eq!(at.put(b"key", b"second", Condition::Absent), Put::Conflict(version));

    assert_eq!(at.get(b"key"), Some(b"first".to_vec()));
}

fn present_lets_only_an_update(at) {
    assert_eq!(at.put(b"key", b"value", Condition::Present), Put::Conflict(0));
    assert!(!at.exists(b"key"));

    at.set(b"key", b"");
    assert!(matches!(at.put(b"key", b"value", Condition::Present), Put::Written(_)));

    assert_eq!(at.get(b"key"), Some(b"value".to_vec()));
}

fn a_version_admits_only_a_writer_that_has_seen_the_newest(at) {
    let old = at.set(b"key", b"1");
    let new = at.set(b"key", b"2");

    assert_eq!(at.put(b"key", b"3", Condition::Version(old)), Put::Conflict(new));
    assert_eq!(at.get(b"key"), Some(b"2".to_vec()));

    assert!(matches!(at.put(b"key", b"3", Condition::Version(new)), Put::Written(_)));
    assert_eq!(at.get(b"key"), Some(b"3".to_vec()));
}

fn version_0_means_absent(at) {
    assert!(matches!(at.put(b"key", b"1", Condition::Version(0)), Put::Written(_)));
    let version = at.entry(b"key").version;

    assert_eq!(at.put(b"key", b"2", Condition::Version(0)), Put::Conflict(version));
}

fn a_version_condition_on_a_missing_key_conflicts_with_0(at) {
    let version = at.set(b"key", b"1");
    at.delete(b"key");

    assert_eq!(at.put(b"key", b"2", Condition::Version(version)), Put::Conflict(0));

    assert!(!at.exists(b"key"));
}

fn a_refused_put_leaves_value_version_and_expiry(at) {
    at.set_ttl(b"key", b"value", 1_000);
    let before = at.entry(b"key");

    let put = at.put_expiring(b"key", b"other", Condition::Absent, SetExpiry::After(5));

    assert_eq!(put, Put::Conflict(before.version));
    assert_eq!(at.entry(b"key"), before);
}

fn an_entry_written_again_after_its_deletion_has_another_version(at) {
    let first = at.set(b"key", b"same");
    at.delete(b"key");
    let second = at.set(b"key", b"same");

    assert_ne!(first, second);
    assert_eq!(at.put(b"key", b"x", Condition::Version(first)), Put::Conflict(second));
}

fn delete_at_a_version_deletes_only_that_one(at) {
    let old = at.set(b"key", b"1");
    let new = at.set(b"key", b"2");
    let delete = |version| at.store.delete_version(no_group(), key(b"key"), version).expect("ok");

    assert_eq!(delete(old), Delete::Conflict(new));
    assert_eq!(at.get(b"key"), Some(b"2".to_vec()));
    assert_eq!(delete(new), Delete::Deleted);
    assert_eq!(delete(new), Delete::Conflict(0));
    assert!(!at.exists(b"key"));
}

fn delete_at_version_0_is_refused_as_an_argument(at) {
    let refused = at.store.delete_version(no_group(), key(b"key"), 0).expect_err("refused");

    assert_eq!(refused.kind(), ErrorKind::Argument);
}

fn expired_entries_count_as_absent_in_conditions(at) {
    let expired = at.set_ttl(b"key", b"1", 10);
    at.set_ttl(b"other", b"1", 10);
    at.clock.advance(10);

    assert_eq!(at.put(b"key", b"2", Condition::Present), Put::Conflict(0));
    assert_eq!(at.put(b"key", b"2", Condition::Version(expired)), Put::Conflict(0));
    assert_eq!(at.store.delete_version(no_group(), key(b"key"), expired), Ok(Delete::Conflict(0)));
    assert!(matches!(at.put(b"key", b"2", Condition::Absent), Put::Written(_)));
    assert!(matches!(at.put(b"other", b"2", Condition::Version(0)), Put::Written(_)));
}

fn one_failed_condition_stops_the_whole_batch_wherever_it_stands(at) {
    let version = at.set(b"held", b"0");

    for place in 0..4 {
        let mut ops = vec![set(b"a", b"1"), set(b"b", b"2"), set(b"held", b"3")];
        ops.insert(place, check(b"held", Condition::Absent));

        let (commit, replies) = at.commit(&ops).expect("a batch");

        assert_eq!(commit, Commit::Refused { index: place, version });
        assert!(replies.iter().all(|reply| *reply == Reply::None), "{replies:?}");
        assert_eq!(at.rows(kv::Scan::all(no_group())), [(b"held".to_vec(), b"0".to_vec())]);
        assert_eq!(at.entry(b"held").version, version);
    }
}

fn a_refused_batch_of_reads_returns_nothing(at) {
    at.set(b"there", b"value");
    let ops = [get(b"there"), check(b"missing", Condition::Present)];

    let (commit, replies) = at.commit(&ops).expect("a batch");

    assert_eq!(commit, Commit::Refused { index: 1, version: 0 });
    assert_eq!(replies, [Reply::None, Reply::None]);
}

fn of_several_failed_conditions_the_first_is_reported(at) {
    let version = at.set(b"b", b"1");
    let ops = [
        set_if(b"a", b"x", Condition::Absent),
        set_if(b"b", b"x", Condition::Absent),
        set_if(b"c", b"x", Condition::Present),
    ];

    let (commit, _) = at.commit(&ops).expect("a batch");

    assert_eq!(commit, Commit::Refused { index: 1, version });
}

fn many_threads_that_put_if_absent_elect_exactly_one(at) {
    let (meetings, start) = (Meetings::default(), Barrier::new(4));
    race_until_met(|round| {
        let (meetings, start) = (&meetings, &start);
        let put = move |id| {
            start.wait();
            // Several keys, since a single put may be over before another thread wakes up.
            [0_u8, 1, 2, 3, 4, 5, 6, 7].map(|key| {
                let put = meetings.call(|| at.put(&[round, key], &[id], Condition::Absent));
                usize::from(matches!(put, Put::Written(_)))
            })
        };
        let winners = std::thread::scope(|scope| {
            let threads: Vec<_> =
                (0..4_u8).map(|id| scope.spawn(move || put(id))).collect();
            let puts = threads.into_iter().map(|it| it.join().expect("no panic"));
            puts.fold([0; 8], |sums, puts| std::array::from_fn(|key| sums[key] + puts[key]))
        });

        assert_eq!(winners, [1; 8]);
        round >= 19 && meetings.count() > 0
    });
}

}
