//! Copies into a target that holds something, may hold only so much, or is written to meanwhile.

use crate::conformance::copy::{Content, contents, copied, targets};
use crate::support::{group, key, no_group};
use kv::{
    COPY_BATCH_ENTRIES, Copied, CopyOptions, CopyProgress, Error, ErrorKind, Existing, GroupRange,
    Namespace, Quota, Store,
};

const KEEP: CopyOptions<'_> = CopyOptions { existing: Existing::Keep, after: None };
const REFUSE: CopyOptions<'_> = CopyOptions { existing: Existing::Refuse, after: None };

/// Group and key of an entry.
type Position = (Vec<u8>, Vec<u8>);

/// Copies; returns why it ended, what the last progress said, and its position.
fn stopped(from: &Store, to: &Store) -> (Error, Copied, Option<Position>) {
    let (mut last, mut position) = (Copied::default(), None);
    let mut note = |it: &CopyProgress<'_>| {
        last = it.copied;
        position = Some((it.position.0.as_bytes().to_vec(), it.position.1.as_bytes().to_vec()));
        true
    };
    let ended = kv::copy(from, to, &CopyOptions::default(), &mut note);
    (ended.expect_err("it cannot end well"), last, position)
}

/// Goes on after a position and returns what was done.
fn resumed(from: &Store, to: &Store, position: &Position) -> Copied {
    let after = Some((group(&position.0), key(&position.1)));
    copied(from, to, &CopyOptions { after, ..CopyOptions::default() })
}

fn values(contents: &[Content]) -> Vec<&[u8]> {
    contents.iter().map(|(_, _, value, _)| &value[..]).collect()
}

cases! {

fn by_default_equal_keys_are_overwritten_and_others_stay(at) {
    at.set_in(b"g", b"both", b"source");
    for target in targets() {
        target.store.set_ttl(group(b"g"), key(b"both"), b"target", 1_000).expect("set");
        target.set_in(b"g", b"own", b"target");

        let done = copied(&at.store, &target.store, &CopyOptions::default());

        assert_eq!((done.entries, done.skipped, done.missing), (1, 0, 0));
        assert_eq!(values(&contents(&target.store)), [&b"source"[..], b"target"]);
        assert_eq!(contents(&target.store)[0].3, None, "the source has no expiry");
    }
}

fn a_copy_may_keep_what_is_there_and_skip_it(at) {
    at.fill(b"g", 600, b"source");
    for target in targets() {
        for id in (0..600_u32).step_by(3) {
            target.set_in(b"g", &id.to_be_bytes(), b"target");
        }
        target.store.set_ttl(group(b"g"), key(&1_u32.to_be_bytes()), b"dead", 1).expect("set");
        target.clock.advance(1);

        let done = copied(&at.store, &target.store, &KEEP);

        let bytes = 400 * (1 + 4 + 6);
        let expected = Copied { entries: 400, bytes, skipped: 200, ..Copied::default() };
        assert_eq!(done, expected);
        let found = contents(&target.store);
        let kept = values(&found).into_iter().enumerate().all(|(id, value)| {
            value == if id % 3 == 0 { &b"target"[..] } else { b"source" }
        });
        assert!(kept && found.len() == 600);
        let again = copied(&at.store, &target.store, &KEEP);
        assert_eq!(again, Copied { skipped: 600, ..Copied::default() });
    }
}

fn a_copy_may_ask_for_an_empty_target(at) {
    at.fill(b"g", 300, b"source");
    for target in targets() {
        target.set_ttl(b"dead", b"", 1);
        target.clock.advance(1);
        let mut position = None;
        let half = kv::copy(&at.store, &target.store, &REFUSE, &mut |it| {
            position = Some(it.position.1.as_bytes().to_vec());
            false
        });
        assert_eq!(half.expect_err("ended").kind(), ErrorKind::Cancelled);

        let refused = kv::copy(&at.store, &target.store, &REFUSE, &mut |_| panic!("begun"));
        assert_eq!(refused.expect_err("not empty").kind(), ErrorKind::Argument);

        let position = position.expect("a position");
        let after = Some((group(b"g"), key(&position)));
        let rest = copied(&at.store, &target.store, &CopyOptions { after, ..REFUSE });
        assert_eq!(rest.entries, 300 - COPY_BATCH_ENTRIES as u64);
        assert_eq!(contents(&target.store), contents(&at.store));
    }
}

fn a_quota_of_the_target_stops_the_copy_between_two_batches(at) {
    at.fill(b"a", 300, b"source");
    at.fill(b"b", 300, b"source");
    for target in targets() {
        let tenant = Namespace::new(b"tenant").expect("a name");
        let scoped = target.store.scope(&tenant).expect("a scope");
        let quota = Quota { max_keys: 400, ..Quota::default() };
        target.store.set_quota(&tenant, quota).expect("a quota");

        let (error, last, position) = stopped(&at.store, &scoped);

        assert_eq!(error.kind(), ErrorKind::Quota);
        let position = position.expect("two batches fit");
        assert_eq!((last.entries, &position.0[..], &position.1[..]),
            (300, &b"a"[..], &299_u32.to_be_bytes()[..]));
        assert_eq!(scoped.count(GroupRange::Prefix(b"")), Ok(300), "half of a batch");

        target.store.set_quota(&tenant, Quota::default()).expect("no quota");
        assert_eq!(resumed(&at.store, &scoped, &position).entries, 300);
        assert_eq!(contents(&scoped), contents(&at.store));
    }
}

fn a_full_target_stops_the_copy_and_one_that_evicts_holds_the_newest(at) {
    at.fill(b"g", 600, b"source");
    for engine in targets() {
        let full = engine.with("max_entries=300");
        let (error, last, position) = stopped(&at.store, &full.store);
        assert_eq!((error.kind(), last.entries), (ErrorKind::Full, 300));
        assert_eq!(full.count(b"g"), 300);
        assert_eq!(position, Some((b"g".to_vec(), 299_u32.to_be_bytes().to_vec())));

        let cache = engine.with("max_entries=300&evict=lru");
        let done = copied(&at.store, &cache.store, &CopyOptions::default());
        assert_eq!((done.entries, done.missing, cache.count(b"g")), (600, 300, 300));
    }
}

fn a_target_smaller_than_a_batch_takes_smaller_ones(at) {
    at.fill(b"g", 600, b"source");
    at.set_in(b"h", b"long", &vec![7; 2_000]);
    for engine in targets() {
        for limit in ["max_entries=100", "max_entries=1", "max_bytes=4000"] {
            let cache = engine.with(&format!("{limit}&evict=lru"));
            let done = copied(&at.store, &cache.store, &CopyOptions::default());
            assert_eq!(done.entries, 601, "{limit}");
            assert_eq!(contents(&cache.store).pop().expect("it came last").2.len(), 2_000, "{limit}");
        }
    }
}

fn entries_that_expire_on_the_way_are_neither_written_nor_missing(at) {
    at.fill(b"g", COPY_BATCH_ENTRIES as u32, b"source");
    for id in 0..10_u8 {
        at.store.set_ttl(group(b"g"), key(&[0, id]), b"", 1_000).expect("set");
        at.store.set_ttl(group(b"z"), key(&[id]), b"", 1_000).expect("set");
    }
    for target in targets() {
        let begun = contents(&target.store).len();
        let done = kv::copy(&at.store, &target.store, &CopyOptions::default(), &mut |_| {
            target.clock.advance(600);
            true
        });

        let done = done.expect("a copy");
        assert_eq!((begun, done.missing, done.skipped), (0, 0, 0));
        assert_eq!((done.entries, done.expired), (COPY_BATCH_ENTRIES as u64 + 10, 10));
        assert_eq!(target.count(b"g"), COPY_BATCH_ENTRIES as u64);
        assert_eq!(target.count(b"z"), 0);
    }
}

fn what_others_delete_in_the_target_is_missing_and_no_error(at) {
    at.fill(b"g", 600, b"source");
    for id in 0..5_u8 {
        at.store.set_ttl(group(b"g"), key(&[0, 0, 0, 0, id]), b"", 1_000).expect("set");
    }
    for target in targets() {
        let mut deletes = 0;
        let done = kv::copy(&at.store, &target.store, &CopyOptions::default(), &mut |_| {
            target.clock.advance(500);
            let gone = target.store.delete(group(b"g"), key(&(deletes + 1_u32).to_be_bytes()));
            deletes += 1;
            gone.expect("delete")
        });

        let done = done.expect("a copy");
        assert_eq!((done.entries, done.missing, deletes), (605, 3, 3));
    }
}

fn what_the_source_gets_and_loses_meanwhile_is_not_missed(at) {
    for target in targets() {
        at.fill(b"g", 600, b"source");
        let mut round = 0_u32;
        let done = kv::copy(&at.store, &target.store, &CopyOptions::default(), &mut |_| {
            // Too few in the target, so that the keys are compared.
            let gone = [round * 2, round * 2 + 1].map(u32::to_be_bytes);
            let delete = |store: &Store, id: &[u8]| store.delete(group(b"g"), key(id));
            assert_eq!(delete(&target.store, &gone[0]), Ok(true));
            assert_eq!(delete(&target.store, &gone[1]), Ok(true));
            assert_eq!(delete(&at.store, &gone[1]), Ok(true));
            at.set_in(b"g", &[0, 0, 0, 9, round as u8], b"new");
            round += 1;
            true
        });

        assert_eq!(done.expect("a copy").missing, 3);
        at.store.delete_group(group(b"g")).expect("delete");
    }
}

fn a_target_that_is_poisoned_stops_the_copy(at) {
    at.set(b"k", b"v");
    for target in targets() {
        target.store.poison();

        let (error, last, position) = stopped(&at.store, &target.store);

        assert_eq!(error.kind(), ErrorKind::Poisoned);
        assert!(error.message().starts_with("copy, writing the target: "), "{error}");
        assert_eq!((last, position), (Copied::default(), None));
        assert_eq!(target.store.get(no_group(), key(b"k")), Ok(None));
    }
}

}
