//! Batches: all or nothing, conditions before, reads in between.

use crate::conformance::fixture::{check, get, set, set_if, value_of};
use crate::support::{group, key, no_group};
use kv::{Condition, ErrorKind, Op, Reply, Scan, SetExpiry, VALUE_LEN_MAX};

fn increment(name: &[u8]) -> Op<'_> {
    Op::Increment { group: no_group(), key: key(name), delta: 1, created: SetExpiry::Never }
}

fn delete(name: &[u8], condition: Condition) -> Op<'_> {
    Op::Delete { group: no_group(), key: key(name), condition }
}

cases! {

fn an_empty_batch_is_applied_and_changes_nothing(at) {
    let before = at.store.stats().expect("stats");

    assert_eq!(at.applied(&[]), []);

    assert_eq!(at.store.stats().expect("stats").commits, before.commits);
}

fn reads_see_the_steps_before_them(at) {
    at.set(b"key", b"0");

    let replies = at.applied(&[
        get(b"key"),
        set(b"key", b"1"),
        get(b"key"),
        delete(b"key", Condition::Any),
        get(b"key"),
        increment(b"key"),
        get(b"key"),
    ]);

    let values: Vec<_> = [0, 2, 4, 6].map(|index: usize| value_of(&replies[index])).to_vec();
    assert_eq!(values, [Some(&b"0"[..]), Some(b"1"), None, Some(b"1")]);
}

fn conditions_look_at_the_state_before_the_batch(at) {
    let replies = at.applied(&[
        set_if(b"key", b"1", Condition::Absent),
        set_if(b"key", b"2", Condition::Absent),
        check(b"key", Condition::Absent),
        delete(b"key", Condition::Absent),
        set_if(b"key", b"3", Condition::Version(0)),
    ]);

    assert_eq!(replies[3], Reply::Deleted(true));
    assert_eq!(at.get(b"key"), Some(b"3".to_vec()));
}

fn a_version_condition_holds_for_every_step_of_the_batch(at) {
    let version = at.set(b"key", b"0");

    at.applied(&[
        set_if(b"key", b"1", Condition::Version(version)),
        set_if(b"key", b"2", Condition::Version(version)),
        delete(b"key", Condition::Version(version)),
    ]);

    assert!(!at.exists(b"key"));
}

fn one_batch_spans_groups(at) {
    let (one, two) = (group(b"one"), group(b"two"));
    at.set_in(b"one", b"money", b"5");
    let steps = [
        Op::Increment { group: one, key: key(b"money"), delta: -2, created: SetExpiry::Never },
        Op::Increment { group: two, key: key(b"money"), delta: 2, created: SetExpiry::Never },
    ];

    at.applied(&steps);

    assert_eq!(at.get_in(b"one", b"money"), Some(b"3".to_vec()));
    assert_eq!(at.get_in(b"two", b"money"), Some(b"2".to_vec()));
}

fn an_error_in_the_middle_leaves_nothing(at) {
    let longest = vec![0; VALUE_LEN_MAX];
    let too_long = vec![0; VALUE_LEN_MAX + 1];
    at.set(b"text", b"no number");
    at.set_ttl(b"b", &[1; 5_000], 1_000);
    at.set(b"c", b"old");
    let before = (at.rows(Scan::all(no_group())), at.entry(b"b"), at.entry(b"c"));
    let (group, b) = (no_group(), key(b"b"));
    let failing = [
        (increment(b"text"), ErrorKind::NotInteger),
        (Op::Append { group, key: key(b"text"), value: &longest, created: SetExpiry::Never }, ErrorKind::TooLarge),
        (Op::Append { group, key: b, value: &too_long, created: SetExpiry::Never }, ErrorKind::TooLarge),
        (set(b"b", &too_long), ErrorKind::TooLarge),
    ];

    for (fails, kind) in failing {
        let expiry = SetExpiry::After(5);
        let rule = Default::default();
        let error = at
            .commit(&[
                set(b"a", &[2; 5_000]),
                Op::Take { group, key: b },
                set(b"b", b"small"),
                Op::Expire { group, key: key(b"c"), expiry, rule },
                Op::Append { group, key: key(b"c"), value: b"new", created: SetExpiry::Never },
                Op::DeletePrefix { group, prefix: b"c" },
                fails,
                set(b"d", b"4"),
            ])
            .expect_err("the step in the middle fails");

        assert_eq!(error.kind(), kind);
        assert_eq!((at.rows(Scan::all(no_group())), at.entry(b"b"), at.entry(b"c")), before);
    }
    assert_eq!(at.groups(b""), [b"".to_vec()]);
}

fn an_error_in_the_middle_names_its_step(at) {
    at.set(b"text", b"no number");

    let error = at.commit(&[set(b"a", b""), increment(b"text")]).expect_err("no number");

    assert!(error.message().starts_with("batch of 2 steps: step 1: "), "{error}");
}

fn an_error_in_the_middle_leaves_no_new_group_either(at) {
    let step = Op::Append { group: group(b"new"), key: key(b"a"), value: b"1", created: SetExpiry::Never };
    at.set(b"text", b"no number");

    at.commit(&[step, increment(b"text")]).expect_err("text is no number");

    assert_eq!(at.groups(b""), [b"".to_vec()]);
}

fn a_take_in_a_batch_returns_the_entry_once(at) {
    at.set(b"key", b"value");
    let take = Op::Take { group: no_group(), key: key(b"key") };

    let replies = at.applied(&[take, take]);

    assert_eq!((value_of(&replies[0]), value_of(&replies[1])), (Some(&b"value"[..]), None));
}

fn replies_stand_where_their_steps_do(at) {
    at.set(b"there", b"1");

    let replies = at.applied(&[
        check(b"there", Condition::Present),
        delete(b"missing", Condition::Any),
        increment(b"there"),
        Op::Append { group: no_group(), key: key(b"there"), value: b"0", created: SetExpiry::Never },
    ]);

    assert_eq!((&replies[0], &replies[1]), (&Reply::None, &Reply::Deleted(false)));
    assert!(matches!(replies[2], Reply::Integer { value: 2, .. }), "{replies:?}");
    assert!(matches!(replies[3], Reply::Length { len: 2, .. }), "{replies:?}");
}

fn a_batch_of_a_thousand_steps_is_one_commit(at) {
    let names: Vec<_> = (0..1_000_u32).map(u32::to_be_bytes).collect();
    let ops: Vec<_> = names.iter().map(|name| set(name, b"value")).collect();
    let before = at.store.stats().expect("stats").commits;

    at.applied(&ops);

    assert_eq!(at.store.stats().expect("stats").commits, before + 1);
    assert_eq!(at.count(b""), 1_000);
}

fn a_batch_put_together_step_by_step_is_the_same_batch(at) {
    let mut batch = kv::Batch::default();
    for op in [set(b"a\0", b""), increment(b"n"), get(b"a\0")] {
        batch.push(&op).expect("memory");
    }
    assert_eq!(batch.len(), 3);

    let replies = at.applied(&batch.ops().expect("steps"));

    assert_eq!(value_of(&replies[2]), Some(&b""[..]));
    assert_eq!(at.get(b"n"), Some(b"1".to_vec()));
}

}
