//! Limits of the store as a whole: what is refused, who is evicted, and in which order.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use kv::{
    Change, ChangeKind, Commit, Condition, ErrorKind, Event, ExpiryRule, Namespace, Op, PIECE_LEN,
    Quota, Scan, Selection, Selector, SetExpiry, Stats, StoreUsage, Watch, WatchStart, WriteRules,
};

use crate::conformance::fixture::{Fixture, get, set, set_if};
use crate::support::{Meetings, Random, group, key, no_group, race_until_met};

fn try_set(at: &Fixture, name: &[u8], value: &[u8]) -> Result<(), ErrorKind> {
    at.store.set(no_group(), key(name), value).map(drop).map_err(|error| error.kind())
}

fn set_all(at: &Fixture, names: &[&[u8]]) {
    for name in names {
        at.set(name, b"");
    }
}

/// Returns the keys of the default group as one text.
fn keys(at: &Fixture) -> String {
    String::from_utf8(at.all_keys().concat()).expect("keys of one letter")
}

fn usage(at: &Fixture) -> StoreUsage {
    at.store.usage().expect("usage")
}

fn stats(at: &Fixture) -> Stats {
    at.store.stats().expect("stats")
}

fn watch_all(at: &Fixture) -> Watch {
    let all = Selection { group: Selector::Any, key: Selector::Any };
    at.store.watch(all, 10_000, WatchStart::Now).expect("a watch")
}

/// Returns the changes that a watch has got, as letters: `+a` set, `-a` delete, `xa` expire.
fn changes(watch: &Watch) -> String {
    let mut text = String::new();
    while let Some(event) = watch.poll(Some(Duration::ZERO)).expect("open") {
        let Event::Change(change) = event else { panic!("{event:?} is no change") };
        text += &letters_of(&change);
    }
    text
}

fn letters_of(change: &Change) -> String {
    let sign = match change.kind() {
        ChangeKind::Set => '+',
        ChangeKind::Delete => '-',
        ChangeKind::Expire => 'x',
        ChangeKind::DeleteGroup => '!',
    };
    format!("{sign}{}", String::from_utf8_lossy(change.key()))
}

fn delete_op(name: &[u8]) -> Op<'_> {
    Op::Delete { group: no_group(), key: key(name), condition: Condition::Any }
}

const FULL: Result<(), ErrorKind> = Err(ErrorKind::Full);

cases! {

fn a_full_store_refuses_and_leaves_everything_as_it_was(at) {
    let at = at.with("max_entries=2");
    set_all(&at, &[b"a", b"b"]);
    let watch = watch_all(&at);
    let refused = at.store.set(no_group(), key(b"c"), b"").expect_err("full");
    assert_eq!(refused.kind(), ErrorKind::Full);
    assert!(refused.message().contains("may hold 2 entries"), "{refused}");
    assert!(refused.message().contains("set \"c\""), "{refused}");
    let refusals = [
        at.store.append(no_group(), key(b"c"), b"x", 0).map(drop),
        at.store.increment(group(b"g"), key(b"c"), 1, 0).map(drop),
        at.store.put(no_group(), key(b"c"), b"", Condition::Absent, SetExpiry::Keep).map(drop),
        at.store.commit(&[set(b"a", b"new"), set(b"c", b"")]).map(drop),
    ];
    for refused in refusals {
        assert_eq!(refused.expect_err("full").kind(), ErrorKind::Full);
    }
    assert_eq!((keys(&at).as_str(), at.get(b"a")), ("ab", Some(vec![])));
    assert_eq!(changes(&watch), "");
    at.set(b"b", b"updates are not new");
    assert!(at.delete(b"a"));
    at.set(b"c", b"");
    assert_eq!(try_set(&at, b"d", b""), FULL);
    assert_eq!(changes(&watch), "+b-a+c");
    assert_eq!((stats(&at).evictions, stats(&at).max_entries, stats(&at).max_bytes), (0, 2, 0));
}

fn bytes_are_limited_wherever_values_rest(at) {
    // Each entry has one byte of key.
    let at = at.with("max_bytes=4KB");
    assert_eq!(try_set(&at, b"a", &[0; 2_999]), Ok(()));
    assert_eq!(try_set(&at, b"b", &[0; 999]), Ok(()));
    assert_eq!(try_set(&at, b"b", &[1; 1_000]), FULL);
    assert_eq!(at.get(b"b"), Some(vec![0; 999]));
    assert_eq!(try_set(&at, b"", b""), Ok(()));
    assert_eq!(try_set(&at, b"c", b""), FULL);
    assert_eq!(at.store.append(no_group(), key(b"b"), b"x", 0).expect_err("full").kind(),
               ErrorKind::Full);
    assert_eq!(try_set(&at, b"a", &[1; 2_999]), Ok(()));
    assert_eq!(try_set(&at, b"a", &[1; 10]), Ok(()));
    assert_eq!(try_set(&at, b"b", &[1; 3_988]), Ok(()));
    assert_eq!(usage(&at).bytes, 4_000);
    assert_eq!(at.store.delete_group(no_group()), Ok(3));
    assert_eq!(try_set(&at, b"c", &[1; 3_999]), Ok(()));
    assert_eq!(try_set(&at, b"c", &[1; 4_000]), FULL);
}

fn the_least_recently_used_goes_first(at) {
    let at = at.with("max_entries=3&evict=lru");
    set_all(&at, &[b"a", b"b", b"c"]);
    at.get(b"a");
    at.set(b"d", b"");
    assert_eq!(keys(&at), "acd");
    at.set(b"c", b"written again");
    at.set(b"e", b"");
    assert_eq!(keys(&at), "cde");
    at.get(b"d");
    at.get(b"c");
    at.set(b"f", b"");
    at.set(b"g", b"");
    assert_eq!(keys(&at), "cfg");
    let Stats { evictions, max_entries, .. } = stats(&at);
    assert_eq!((usage(&at).entries, evictions, max_entries), (3, 4, 3));
}

fn a_call_for_one_key_uses_it_and_scans_do_not(at) {
    let at = at.with("max_entries=9&evict=lru");
    let letters: [&[u8]; 9] = [b"a", b"b", b"c", b"d", b"e", b"f", b"g", b"h", b"i"];
    for name in letters {
        at.set(name, b"0");
    }
    at.exists(b"a");
    at.ttl(b"b");
    at.store.get_many(&[(no_group(), key(b"c")), (no_group(), key(b"no"))]).expect("get");
    at.increment(b"d", 1);
    at.append(b"e", b"1");
    at.store.expire(no_group(), key(b"f"), 1_000, ExpiryRule::default()).expect("expire");
    at.applied(&[get(b"g"), set(b"h", b"")]);
    // Neither a scan and a count, nor a condition that fails, nor looking for what is not there.
    at.keys(Scan::all(no_group()));
    at.count(b"");
    at.put(b"i", b"", Condition::Absent);
    at.get(b"no");
    let watch = watch_all(&at);
    for name in [&b"A"[..], b"B", b"C", b"D", b"E", b"F", b"G", b"H", b"I"] {
        at.set(name, b"");
    }
    assert_eq!(changes(&watch), "-i+A-a+B-b+C-c+D-d+E-e+F-f+G-g+H-h+I");
}

fn as_many_go_as_the_bytes_need(at) {
    let at = at.with("max_bytes=100&evict=lru");
    for name in [b"a", b"b", b"c", b"d"] {
        assert_eq!(try_set(&at, name, &[0; 24]), Ok(()));
    }
    assert_eq!(try_set(&at, b"e", &[0; 60]), Ok(()));
    assert_eq!(keys(&at), "de");
    assert_eq!(try_set(&at, b"d", &[1; 38]), Ok(()));
    assert_eq!(keys(&at), "de");
    assert_eq!(try_set(&at, b"d", &[1; 39]), Ok(()));
    assert_eq!((keys(&at).as_str(), usage(&at).bytes), ("d", 40));
    at.append(b"d", &[2; 60]);
    assert_eq!((keys(&at).as_str(), usage(&at).bytes), ("d", 100));
}

fn writing_over_a_key_evicts_no_entry_needlessly(at) {
    let at = at.with("max_entries=3&max_bytes=30&evict=lru");
    for name in [b"a", b"b", b"c"] {
        at.set(name, &[0; 9]);
    }
    for name in [b"a", b"b", b"c", b"a"] {
        at.set(name, &[1; 9]);
        at.set_ttl(name, &[2; 9], 50);
        at.set(name, b"7");
        at.increment(name, 1);
        at.append(name, &[3; 8]);
        at.applied(&[set(name, &[4; 9]), get(name)]);
        assert!(at.delete(name));
        at.set(name, &[5; 9]);
    }
    assert_eq!((keys(&at).as_str(), stats(&at).evictions), ("abc", 0));
}

fn a_value_that_could_never_fit_is_refused_and_evicts_nothing(at) {
    let at = at.with("max_bytes=100&evict=lru");
    for name in [b"a", b"b"] {
        at.set(name, &[0; 40]);
    }
    let watch = watch_all(&at);
    assert_eq!(try_set(&at, b"c", &[0; 100]), FULL);
    assert_eq!(try_set(&at, b"a", &[0; 100]), FULL);
    assert_eq!(at.store.append(no_group(), key(b"a"), &[0; 60], 0).expect_err("full").kind(),
               ErrorKind::Full);
    let two = [set(b"c", &[0; 60]), set(b"d", &[0; 60])];
    assert_eq!(at.store.commit(&two).expect_err("full").kind(), ErrorKind::Full);
    // Two that are there already, and together too long.
    let two = [set(b"a", &[0; 60]), set(b"b", &[0; 60])];
    assert_eq!(at.store.commit(&two).expect_err("full").kind(), ErrorKind::Full);
    assert_eq!((changes(&watch).as_str(), stats(&at).evictions), ("", 0));
    assert_eq!((at.get(b"a"), at.get(b"b")), (Some(vec![0; 40]), Some(vec![0; 40])));
    assert_eq!(try_set(&at, b"c", &[0; 99]), Ok(()));
    assert_eq!((keys(&at).as_str(), changes(&watch).as_str()), ("c", "-a-b+c"));
}

fn a_batch_counts_its_net_effect_and_never_evicts_what_it_uses(at) {
    let at = at.with("max_entries=3&evict=lru");
    set_all(&at, &[b"a", b"b", b"c"]);
    at.applied(&[set(b"d", b""), delete_op(b"b")]);
    assert_eq!((keys(&at).as_str(), stats(&at).evictions), ("acd", 0));
    at.applied(&[set(b"e", b""), get(b"a"), set(b"f", b"")]);
    assert_eq!(keys(&at), "aef");
    at.applied(&[set(b"1", b""), set(b"2", b""), set(b"3", b"")]);
    assert_eq!(keys(&at), "123");
    let four = [set(b"4", b""), set(b"5", b""), set(b"6", b""), set(b"7", b"")];
    assert_eq!(at.store.commit(&four).expect_err("full").kind(), ErrorKind::Full);
    assert_eq!(keys(&at), "123");
    // One that comes and goes within the batch needs no room.
    at.applied(&[set(b"4", b""), set(b"5", b""), delete_op(b"4"), set(b"6", b"")]);
    assert_eq!(keys(&at), "356");
    let (commit, _) = at.commit(&[set(b"7", b""), set_if(b"3", b"", Condition::Absent)])
        .expect("a batch");
    assert!(matches!(commit, Commit::Refused { index: 1, .. }));
    assert_eq!(keys(&at), "356");
}

fn watches_get_a_delete_before_the_set_that_needed_the_room(at) {
    let at = at.with("max_entries=2&evict=lru");
    let watch = watch_all(&at);
    set_all(&at, &[b"a", b"b", b"c"]);
    at.applied(&[set(b"d", b""), set(b"e", b"")]);
    assert_eq!(changes(&watch), "+a+b-a+c+d+e-b-c");
}

fn values_in_pieces_count_as_they_come_and_make_room_as_they_are_committed(at) {
    const PIECES: u64 = 8;
    let limit = PIECES * PIECE_LEN as u64 + 100;
    let write = |at: &Fixture, name: &[u8], pieces: u64| {
        let rules = WriteRules::default();
        let mut writer = at.store.write_value(no_group(), key(name), rules).expect("a writer");
        let piece = vec![7; PIECE_LEN];
        for written in 0..pieces {
            writer.write(&at.store, &piece).map_err(|error| (error.kind(), written))?;
        }
        writer.commit(&at.store).map(drop).map_err(|error| (error.kind(), pieces))
    };

    let full = at.with(&format!("max_bytes={limit}"));
    full.set(b"a", b"value");
    assert_eq!(write(&full, b"b", 5), Ok(()));
    let (kind, written) = write(&full, b"c", 100).expect_err("no room");
    assert_eq!(kind, ErrorKind::Full);
    assert!(written <= 5, "refused after {written} pieces");
    // The old value makes room for the new one.
    assert_eq!(write(&full, b"b", 7), Ok(()));
    assert_eq!(keys(&full), "ab");

    let evicting = at.with(&format!("evict=lru&max_bytes={limit}"));
    evicting.set(b"a", b"value");
    assert_eq!((write(&evicting, b"b", 3), write(&evicting, b"c", 4)), (Ok(()), Ok(())));
    let watch = watch_all(&evicting);
    assert_eq!(write(&evicting, b"d", 3), Ok(()));
    assert_eq!((keys(&evicting), changes(&watch)), ("cd".to_owned(), "-a-b+d".to_owned()));
    let (kind, written) = write(&evicting, b"e", 100).expect_err("larger than the store");
    assert!(kind == ErrorKind::Full && written <= PIECES + 2, "{kind:?} after {written} pieces");
    assert_eq!(keys(&evicting), "cd");
    for store in [&full.store, &evicting.store] {
        store.check().expect("the usage is right");
    }
}

fn expired_entries_are_removed_before_live_ones_are_evicted(at) {
    let at = at.with("max_entries=3&evict=lru");
    let watch = watch_all(&at);
    at.set(b"a", b"");
    at.set_ttl(b"b", b"", 10);
    at.set_ttl(b"c", b"", 20);
    at.clock.advance(10);
    at.set(b"d", b"");
    assert_eq!((changes(&watch).as_str(), stats(&at).evictions), ("+a+b+cxb+d", 0));
    at.clock.advance(10);
    // The entry itself has expired, and its room is needed for it.
    at.set(b"c", b"longer than before");
    assert_eq!(at.get(b"c").as_deref(), Some(&b"longer than before"[..]));
    at.set(b"e", b"");
    assert_eq!((keys(&at).as_str(), usage(&at).entries), ("cde", 3));

    let at = at.with("max_bytes=10");
    at.set_ttl(b"a", b"1234", 10);
    at.set_ttl(b"b", b"1234", 10);
    at.clock.advance(10);
    at.set(b"a", b"123456789");
    assert_eq!((at.get(b"a").as_deref(), usage(&at).bytes), (Some(&b"123456789"[..]), 10));
    assert_eq!(try_set(&at, b"b", b""), FULL);
}

fn quotas_hold_beside_the_limit_and_an_eviction_frees_them(at) {
    let at = at.with("max_entries=4&evict=lru");
    let tenant = Namespace::new(b"t").expect("a name");
    let quota = Quota { max_keys: 2, max_groups: 1, max_bytes: 0 };
    at.store.set_quota(&tenant, quota).expect("a quota");
    let watch = watch_all(&at);
    at.set_in(b"t:g", b"1", b"");
    at.set_in(b"t:g", b"2", b"");
    set_all(&at, &[b"a", b"b"]);
    let refused = at.store.set(group(b"t:g"), key(b"3"), b"").expect_err("over the quota");
    assert_eq!(refused.kind(), ErrorKind::Quota);
    let both = [set(b"c", b""), Op::Set {
        group: group(b"t:g"), key: key(b"3"), value: b"", condition: Condition::Any,
        expiry: SetExpiry::Default,
    }];
    assert_eq!(at.store.commit(&both).expect_err("over the quota").kind(), ErrorKind::Quota);
    assert_eq!((changes(&watch).as_str(), stats(&at).evictions), ("+1+2+a+b", 0));
    set_all(&at, &[b"c"]);
    assert_eq!(at.store.quota(&tenant).expect("an account").usage.keys, 1);
    at.applied(&[set(b"d", b"")]);
    let used = at.store.quota(&tenant).expect("an account").usage;
    assert_eq!((used.keys, used.groups, used.bytes), (0, 0, 0));
    at.set_in(b"t:h", b"1", b"");
    at.set_in(b"t:h", b"2", b"");
    assert_eq!((keys(&at).as_str(), at.count(b"t:h")), ("cd", 2));
    at.store.set_quota(&tenant, Quota::default()).expect("no quota");
    at.set_in(b"t:i", b"1", b"");
    assert_eq!(usage(&at).entries, 4);
}

fn everything_that_removes_makes_room(at) {
    let at = at.with("max_entries=4&max_bytes=1000");
    let fill = || {
        for name in [b"a1", b"a2", b"b1"] {
            at.set(name, b"value");
        }
        at.set_ttl(b"t", b"", 5);
        assert_eq!(try_set(&at, b"z", b""), FULL);
    };
    fill();
    assert_eq!(at.store.delete_prefix(no_group(), b"a"), Ok(2));
    at.set(b"a1", b"value");
    at.take(b"b1");
    fill();
    assert_eq!(at.store.delete_group(no_group()), Ok(4));
    fill();
    at.clock.advance(5);
    assert_eq!(at.store.purge_expired(), Ok(1));
    at.set(b"z", b"");
    assert_eq!(try_set(&at, b"y", b""), FULL);
    assert_eq!(usage(&at).entries, 4);
}

fn what_makes_no_sense_is_refused(at) {
    for (options, named) in [
        ("evict=lru", "max_bytes"),
        ("evict=lru&max_entries=0&max_bytes=0", "max_entries"),
        ("evict=random&max_entries=5", "evict"),
        ("max_entries=5k", "max_entries"),
        ("max_bytes=-1", "max_bytes"),
        ("default_ttl=5", "default_ttl"),
    ] {
        let refused = at.try_with(options).err().expect("refused");
        assert_eq!(refused.kind(), ErrorKind::Argument);
        assert!(refused.message().contains(named), "{refused}");
    }
    for options in ["evict=none", "max_entries=0", "max_bytes=0&evict=none"] {
        at.with(options).set(b"key", b"");
    }
}

fn the_order_is_exact_over_random_calls(at) {
    let mut random = Random::announced("conformance::cache", 7);
    for round in 0..20 {
        let at = at.with("max_entries=5&max_bytes=60&evict=lru");
        let mut model: Vec<(u8, usize)> = Vec::new();
        for step in 0..200 {
            let name = b'a' + random.within(0..9) as u8;
            let at_name = [name];
            let place = model.iter().position(|it| it.0 == name);
            match random.within(0..5) {
                0 | 1 => {
                    let len = random.within(0..30);
                    at.set(&at_name, &vec![0; len]);
                    place.map(|place| model.remove(place));
                    model.push((name, len + 1));
                    while model.len() > 5 || model.iter().map(|it| it.1).sum::<usize>() > 60 {
                        model.remove(0);
                    }
                }
                2 | 3 => {
                    assert_eq!(at.get(&at_name).is_some(), place.is_some());
                    if let Some(place) = place {
                        let used = model.remove(place);
                        model.push(used);
                    }
                }
                _ => {
                    assert_eq!(at.delete(&at_name), place.is_some());
                    place.map(|place| model.remove(place));
                }
            }
            let mut expected: Vec<_> = model.iter().map(|it| vec![it.0]).collect();
            expected.sort();
            assert_eq!(at.all_keys(), expected, "round {round}, step {step}");
        }
    }
}

fn eight_threads_never_exceed_the_limit(at) {
    for evict in ["none", "lru"] {
        let at = at.with(&format!("max_entries=20&max_bytes=400&evict={evict}"));
        let meetings = Meetings::default();
        race_until_met(|_| {
            let done = AtomicBool::new(false);
            std::thread::scope(|scope| {
                let watcher = scope.spawn(|| {
                    while !done.load(Ordering::Acquire) {
                        let StoreUsage { entries, bytes, .. } = usage(&at);
                        assert!(entries <= 20 && bytes <= 400, "{entries} entries, {bytes} bytes");
                    }
                });
                let writers: Vec<_> = (0..8_u8).map(|thread| {
                    let (at, meetings) = (&at, &meetings);
                    scope.spawn(move || {
                        let mut refused = 0;
                        for id in 0..60_u8 {
                            let name = [thread, id % 7];
                            let set = || at.store.set(no_group(), key(&name), &[id; 30]);
                            let set = meetings.call(set);
                            refused += u32::from(set.is_err_and(|error| {
                                assert_eq!(error.kind(), ErrorKind::Full, "{error}");
                                true
                            }));
                            at.get(&[thread, id / 2]);
                        }
                        refused
                    })
                }).collect();
                let refused: u32 = writers.into_iter().map(|it| it.join().expect("a writer")).sum();
                done.store(true, Ordering::Release);
                watcher.join().expect("the limit");
                assert_eq!(refused > 0, evict == "none");
            });
            meetings.count() > 0
        });
        assert_eq!(stats(&at).evictions > 0, evict == "lru");
    }
}

}
