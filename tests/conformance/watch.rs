//! Watches and callbacks: which events they get, in which order, and which they do not.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use kv::{
    Condition, ErrorKind, Event, Namespace, Op, Put, Selection, Selector, WatchStart, Store, Version,
    Watch,
};
use std::sync::Mutex;

use crate::conformance::fixture::{Engine, Fixture, check, set, set_if};
use crate::support::{Meetings, group, key, no_group, race_until_met, word};

const NOTHING: Option<Duration> = Some(Duration::ZERO);

fn exact(name: &[u8]) -> Selector {
    Selector::Exact(name.into())
}

fn prefix(name: &[u8]) -> Selector {
    Selector::Prefix(name.into())
}

fn everything() -> Selection {
    Selection { group: Selector::Any, key: Selector::Any }
}

fn watch(store: &Store, group: Selector, key: Selector) -> Watch {
    store.watch(Selection { group, key }, 1024, WatchStart::Now).expect("a watch")
}

fn watch_all(store: &Store) -> Watch {
    watch(store, Selector::Any, Selector::Any)
}

/// Returns everything that is there now.
fn events(watch: &Watch) -> Vec<String> {
    let next = || watch.poll(NOTHING).expect("an open watch");
    std::iter::from_fn(next).map(|event| word(&event)).collect()
}

fn versions(watch: &Watch) -> Vec<Version> {
    let next = || match watch.poll(NOTHING).expect("an open watch") {
        Some(Event::Change(change)) => Some(change.version()),
        other => {
            assert_eq!(other, None);
            None
        }
    };
    std::iter::from_fn(next).collect()
}

/// Polls for ever, also when another thread is just trying whether it does.
fn poll_for_ever(watch: &Watch) -> kv::Result<Option<Event>> {
    loop {
        match watch.poll(None) {
            Err(error) if error.kind() == ErrorKind::Busy => std::thread::yield_now(),
            polled => return polled,
        }
    }
}

/// Returns once another thread waits in a poll.
fn until_polled(watch: &Watch) {
    while watch.poll(NOTHING).map_err(|it| it.kind()) != Err(ErrorKind::Busy) {
        std::thread::yield_now();
    }
}

/// Registers a callback that writes down its changes.
fn listen(at: &Fixture) -> Arc<Mutex<Vec<String>>> {
    let words: Arc<Mutex<Vec<String>>> = Arc::default();
    let ours = words.clone();
    let callback = move |change: &kv::Change| {
        let word = word(&Event::Change(Arc::new(change.clone())));
        ours.lock().expect("no panic").push(word);
    };
    at.store.on_change(Box::new(callback)).expect("a callback");
    words
}

cases! {

fn every_write_is_published_when_it_returns(at) {
    let all = watch_all(&at.store);
    at.set(b"k", b"v");
    assert_eq!(events(&all), ["set /k=v"]);
    at.set_in(b"g", b"k", b"\x00\xff");
    assert_eq!(events(&all), ["set g/k=\\x00\\xff"]);
    at.increment(b"n", 5);
    at.append(b"k", b"w");
    assert_eq!(events(&all), ["set /n=5", "set /k=vw"]);
    at.delete(b"n");
    at.take(b"k");
    assert_eq!(events(&all), ["delete /n", "delete /k"]);
}

fn the_version_of_an_event_is_that_of_the_entry_and_versions_rise(at) {
    let all = watch_all(&at.store);
    let first = at.set(b"k", b"1");
    at.delete(b"k");
    let last = at.set(b"k", b"2");
    let versions = versions(&all);
    assert_eq!((versions[0], versions[2]), (first, last));
    assert!(first < versions[1] && versions[1] < last);
}

fn calls_that_change_nothing_are_not_published(at) {
    at.set(b"k", b"v");
    at.set_ttl(b"dead", b"v", 5);
    at.clock.advance(5);
    let all = watch_all(&at.store);
    assert!(!at.delete(b"missing") && !at.delete(b"dead"));
    assert_eq!(at.take(b"missing"), None);
    assert!(matches!(at.put(b"k", b"w", Condition::Absent), Put::Conflict(_)));
    at.commit(&[set(b"a", b"1"), check(b"k", Condition::Absent)]).expect("a batch");
    at.commit(&[set(b"a", b"1"), Op::Increment {
        group: no_group(), key: key(b"k"), delta: 1, created: Default::default(),
    }]).expect_err("not an integer");
    at.store.delete_group(group(b"missing")).expect("delete");
    at.store.delete_prefix(no_group(), b"missing").expect("delete");
    at.store.expire(no_group(), key(b"k"), 1_000, Default::default()).expect("expire");
    at.store.persist(no_group(), key(b"k")).expect("persist");
    assert_eq!(events(&all), Vec::<String>::new());
}

fn a_batch_is_published_together_in_its_order(at) {
    at.set(b"gone", b"");
    let all = watch_all(&at.store);
    let delete = Op::Delete { group: no_group(), key: key(b"gone"), condition: Condition::Any };
    at.applied(&[set(b"b", b"1"), set(b"a", b"2"), delete, set_if(b"c", b"3", Condition::Absent)]);
    assert_eq!(events(&all), ["set /b=1", "set /a=2", "delete /gone", "set /c=3"]);
}

fn a_watch_gets_events_of_its_key_prefix_or_group_alone(at) {
    let watches = [
        watch(&at.store, exact(b"g"), exact(b"k")),
        watch(&at.store, exact(b"g"), prefix(b"k")),
        watch(&at.store, exact(b"g"), Selector::Any),
        watch(&at.store, prefix(b"g"), exact(b"k")),
        watch(&at.store, Selector::Any, exact(b"*")),
        watch(&at.store, exact(b""), Selector::Any),
    ];
    for (name, at_key) in [(&b"g"[..], &b"k"[..]), (b"g", b"kk"), (b"g", b"K"), (b"gg", b"k"),
                           (b"h", b"*"), (b"", b"k")] {
        at.set_in(name, at_key, b"");
    }
    let lists: Vec<Vec<String>> = watches.iter().map(events).collect();
    assert_eq!(lists[0], ["set g/k="]);
    assert_eq!(lists[1], ["set g/k=", "set g/kk="]);
    assert_eq!(lists[2], ["set g/k=", "set g/kk=", "set g/K="]);
    assert_eq!(lists[3], ["set g/k=", "set gg/k="]);
    assert_eq!(lists[4], ["set h/*="]);
    assert_eq!(lists[5], ["set /k="]);
}

fn deleting_a_group_is_one_event_for_each_watch_in_it(at) {
    for id in [b"a", b"b"] {
        at.set_in(b"g", id, b"");
    }
    let one = watch(&at.store, exact(b"g"), exact(b"a"));
    let other = watch(&at.store, exact(b"h"), Selector::Any);
    let all = watch_all(&at.store);
    assert_eq!(at.store.delete_group(group(b"g")), Ok(2));
    assert_eq!(events(&one), ["delete-group g"]);
    assert_eq!(events(&all), ["delete-group g"]);
    assert_eq!(events(&other), Vec::<String>::new());
}

fn deleting_all_groups_is_one_event_for_each_in_the_order_of_their_names(at) {
    for name in [&b"b"[..], b"a", b"ab"] {
        at.set_in(name, b"k", b"");
        at.set_in(name, b"l", b"");
    }
    let one = watch(&at.store, exact(b"b"), exact(b"k"));
    let all = watch_all(&at.store);
    assert_eq!(at.store.delete_all(group(b"a")), Ok(4));
    assert_eq!(at.store.delete_all(group(b"b")), Ok(2));
    assert_eq!(at.store.delete_all(group(b"none")), Ok(0));
    assert_eq!(events(&all), ["delete-group a", "delete-group ab", "delete-group b"]);
    assert_eq!(events(&one), ["delete-group b"]);
}

fn deleting_a_prefix_is_an_event_for_each_key(at) {
    for id in [&b"a1"[..], b"a2", b"b"] {
        at.set(id, b"");
    }
    let all = watch_all(&at.store);
    assert_eq!(at.store.delete_prefix(no_group(), b"a"), Ok(2));
    assert_eq!(events(&all), ["delete /a1", "delete /a2"]);
}

fn a_purge_publishes_each_entry_that_it_removes(at) {
    at.set_ttl(b"b", b"", 5);
    at.set_ttl(b"a", b"", 10);
    at.set_ttl(b"alive", b"", 11);
    let all = watch_all(&at.store);
    let one = watch(&at.store, exact(b""), exact(b"a"));
    at.clock.advance(10);
    assert_eq!(events(&all), Vec::<String>::new());
    assert_eq!(at.store.purge_expired(), Ok(2));
    assert_eq!(events(&all), ["expire /b", "expire /a"]);
    assert_eq!(events(&one), ["expire /a"]);
}

fn expired_entries_among_a_deleted_prefix_are_published_as_expired(at) {
    at.set_ttl(b"a1", b"", 5);
    at.set(b"a2", b"");
    at.clock.advance(5);
    let all = watch_all(&at.store);
    assert_eq!(at.store.delete_prefix(no_group(), b"a"), Ok(1));
    assert_eq!(events(&all), ["expire /a1", "delete /a2"]);
}

fn a_full_queue_counts_what_it_loses_and_says_since_when(at) {
    let small = at.store.watch(everything(), 16, WatchStart::Now).expect("a watch");
    let mut versions = Vec::new();
    for _ in 0..20 {
        versions.push(at.set(b"k", b"v"));
    }
    let events: Vec<Event> = std::iter::from_fn(|| small.poll(NOTHING).expect("open")).collect();
    assert_eq!(events.len(), 17);
    assert_eq!(events[16], Event::Lagged { lost: 4, since: versions[15] });
    at.set(b"k", b"w");
    assert_eq!(word(&small.poll(NOTHING).expect("open").expect("an event")), "set /k=w");
}

fn a_poll_that_meets_a_close_is_closed_and_never_busy(at) {
    let meetings = Meetings::default();
    race_until_met(|round| {
        let watch = watch_all(&at.store);
        let polled = std::thread::scope(|scope| {
            let poll = scope.spawn(|| meetings.call(|| watch.poll(Some(Duration::from_secs(60)))));
            if round % 2 == 0 {
                std::thread::yield_now();
            }
            meetings.call(|| watch.close());
            poll.join().expect("no panic")
        });
        assert_eq!(polled.map_err(|error| error.kind()), Err(ErrorKind::Closed));
        round >= 63 && meetings.count() > 0
    });
}

fn a_capacity_out_of_range_is_refused(at) {
    for capacity in [0, 15, kv::WATCH_CAPACITY_MAX + 1] {
        let refused = at.store.watch(everything(), capacity, WatchStart::Now);
        assert_eq!(refused.map(drop).expect_err("refused").kind(), ErrorKind::Argument);
    }
}

fn a_watch_can_begin_with_what_is_there(at) {
    at.set_in(b"g", b"b", b"2");
    at.set_in(b"g", b"a", b"1");
    at.store.set(group(b"g"), key(b"large"), &[b'x'; 5_000]).expect("set");
    at.set_in(b"h", b"a", b"3");
    at.store.set_ttl(group(b"g"), key(b"dead"), b"", 1).expect("set");
    at.clock.advance(1);
    let begin = |group, key| {
        at.store.watch(Selection { group, key }, 16, WatchStart::Existing).expect("a watch")
    };
    let watches = [
        begin(exact(b"g"), Selector::Any),
        begin(Selector::Any, exact(b"a")),
        begin(prefix(b"h"), Selector::Any),
        begin(exact(b"g"), exact(b"a")),
        begin(exact(b"g"), prefix(b"l")),
        begin(exact(b"g"), exact(b"missing")),
    ];
    at.set_in(b"g", b"a", b"new");
    let lists: Vec<Vec<String>> = watches.iter().map(events).collect();
    let large = format!("set g/large={}", "x".repeat(5_000));
    assert_eq!(lists[0], ["set g/a=1", "set g/b=2", &large, "synced", "set g/a=new"]);
    assert_eq!(lists[1], ["set g/a=1", "set h/a=3", "synced", "set g/a=new"]);
    assert_eq!(lists[2], ["set h/a=3", "synced"]);
    assert_eq!(lists[3], ["set g/a=1", "synced", "set g/a=new"]);
    assert_eq!(lists[4], [&large, "synced"]);
    assert_eq!(lists[5], ["synced"]);
}

fn what_is_there_is_read_as_it_is_asked_for_from_one_snapshot(at) {
    for id in 0..3_000_u32 {
        at.set(&id.to_be_bytes(), b"old");
    }
    let selection = everything();
    let all = at.store.watch(selection, 16, WatchStart::Existing).expect("a watch");
    at.store.delete_group(no_group()).expect("delete");
    let events = events(&all);
    assert_eq!(events.len(), 3_002);
    assert!(events[..3_000].iter().all(|it| it.ends_with("=old")));
    assert_eq!(events[3_000..], ["synced", "delete-group "]);
}

fn a_poll_of_a_closed_watch_is_closed_and_returns_no_event(at) {
    let all = watch_all(&at.store);
    at.set(b"k", b"v");
    all.close();
    assert_eq!(all.poll(NOTHING).expect_err("closed").kind(), ErrorKind::Closed);
    assert_eq!(all.poll(None).expect_err("closed").kind(), ErrorKind::Closed);
    all.close();
}

fn closing_a_watch_wakes_the_poll_that_waits(at) {
    let all = watch_all(&at.store);
    std::thread::scope(|scope| {
        let polling = scope.spawn(|| poll_for_ever(&all));
        until_polled(&all);
        all.close();
        let woken = polling.join().expect("no panic");
        assert_eq!(woken.expect_err("closed").kind(), ErrorKind::Closed);
    });
}

fn a_poll_that_waits_is_woken_by_the_write(at) {
    let one = watch(&at.store, exact(b""), exact(b"k"));
    std::thread::scope(|scope| {
        let polling = scope.spawn(|| poll_for_ever(&one));
        until_polled(&one);
        at.set(b"other", b"");
        at.set(b"k", b"v");
        let event = polling.join().expect("no panic").expect("open").expect("no time-out");
        assert_eq!(word(&event), "set /k=v");
    });
}

fn events_are_in_the_order_of_the_commits_under_many_writers(at) {
    let all = at.store.watch(everything(), 1 << 21, WatchStart::Now).expect("a watch");
    let meetings = Meetings::default();
    let rounds = race_until_met(|_| {
        std::thread::scope(|scope| {
            for thread in 0..8_u8 {
                let meetings = &meetings;
                scope.spawn(move || {
                    for _ in 0..200 {
                        meetings.call(|| at.set(&[thread], b"x"));
                        at.applied(&[set(b"a", b"1"), set(b"b", b"2")]);
                    }
                });
            }
        });
        meetings.count() > 0
    });
    let versions = versions(&all);
    assert_eq!(versions.len(), 8 * 200 * 3 * rounds);
    assert!(versions.is_sorted_by(|a, b| a < b));
}

fn callbacks_run_before_the_write_returns_in_their_order(at) {
    let at = &at.with_snapshots();
    let words = listen(at);
    at.set(b"k", b"v");
    assert_eq!(*words.lock().expect("no panic"), ["set /k=v"]);
    at.applied(&[set(b"a", b"1"), set(b"b", b"2")]);
    at.store.delete_group(no_group()).expect("delete");
    let words = words.lock().expect("no panic");
    assert_eq!(words[1..], ["set /a=1", "set /b=2", "delete-group "]);
}

fn each_writing_thread_runs_the_callbacks_for_its_own_writes(at) {
    let wrong = Arc::new(AtomicUsize::new(0));
    let count = Arc::new(AtomicUsize::new(0));
    let (wrongs, counts) = (wrong.clone(), count.clone());
    let callback = move |change: &kv::Change| {
        let name = std::thread::current().name().unwrap_or_default().as_bytes().to_vec();
        wrongs.fetch_add(usize::from(name != change.key()), Ordering::Relaxed);
        counts.fetch_add(1, Ordering::Relaxed);
    };
    at.store.on_change(Box::new(callback)).expect("a callback");
    let meetings = Meetings::default();
    let rounds = race_until_met(|_| {
        std::thread::scope(|scope| {
            for name in ["a", "b", "c", "d", "e", "f", "g", "h"] {
                let thread = std::thread::Builder::new().name(name.to_owned());
                let set = || _ = meetings.call(|| at.set(name.as_bytes(), b"x"));
                let write = move || (0..100).for_each(|_| set());
                thread.spawn_scoped(scope, write).expect("a thread");
            }
        });
        meetings.count() > 0
    });
    assert_eq!(count.load(Ordering::Relaxed), 800 * rounds);
    assert_eq!(wrong.load(Ordering::Relaxed), 0);
}

fn an_ended_callback_is_not_called_and_let_go(at) {
    let calls = Arc::new(AtomicUsize::new(0));
    let ours = calls.clone();
    let callback = move |_: &kv::Change| _ = ours.fetch_add(1, Ordering::Relaxed);
    let registered = at.store.on_change(Box::new(callback)).expect("a callback");
    at.set(b"k", b"1");
    registered.end();
    assert_eq!(Arc::strong_count(&calls), 1);
    at.set(b"k", b"2");
    assert_eq!(calls.load(Ordering::Relaxed), 1);
}

fn a_callback_that_panics_stops_neither_the_write_nor_the_others(at) {
    at.store.on_change(Box::new(|_| panic!("planted"))).expect("a callback");
    let words = listen(at);
    at.set(b"k", b"1");
    assert_eq!(at.get(b"k"), Some(b"1".to_vec()));
    assert_eq!(*words.lock().expect("no panic"), ["set /k=1"]);
}

}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn a_store_without_a_log_of_changes_says_so() {
    let without = |it: &Engine| !matches!(it, Engine::Sqlite | Engine::Log);
    for engine in Engine::ALL.into_iter().filter(without) {
        let at = Fixture::on(engine);
        let refused = at.store.changes(0).map(drop).expect_err("no log");
        let since = at.store.watch(everything(), 16, WatchStart::Since(0)).map(drop);
        let medium = if engine == Engine::Memory { "memory" } else { "redis" };
        let message =
            format!("a store in {medium} has no change log; open a file with changes=on");
        let scope = at.store.scope(&Namespace::new(b"n").expect("a name")).expect("a scope");
        for refused in [
            refused,
            since.expect_err("no log"),
            at.store.oldest_change().expect_err("no log"),
            scope.changes(0).map(drop).expect_err("no log"),
            scope.oldest_change().expect_err("no log"),
        ] {
            assert_eq!(refused.kind(), ErrorKind::Unsupported, "{engine:?}");
            assert_eq!(refused.message(), message);
        }
    }
}

/// A callback needs the store that calls it, hence one that is shared.
#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn a_callback_may_write_and_its_write_is_published_next() {
    for at in Engine::ALL.into_iter().map(Fixture::on) {
        let store: Arc<Store> = Arc::new(kv::open("memory:").expect("a store"));
        let mirror = store.clone();
        let words: Arc<Mutex<Vec<String>>> = Arc::default();
        let ours = words.clone();
        at.store
            .on_change(Box::new(move |change| {
                mirror.set(no_group(), key(change.key()), change.value()).expect("a set");
                let word = word(&Event::Change(Arc::new(change.clone())));
                ours.lock().expect("no panic").push(word);
            }))
            .expect("a callback");
        at.set(b"k", b"v");
        assert!(store.exists(no_group(), key(b"k")).expect("exists"));
        assert_eq!(*words.lock().expect("no panic"), ["set /k=v"]);
    }
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn closing_the_store_wakes_polls_and_ends_callbacks() {
    for engine in Engine::ALL {
        let at = Fixture::on(engine);
        let calls = Arc::new(());
        let ours = calls.clone();
        at.store.on_change(Box::new(move |_| drop(ours.clone()))).expect("a callback");
        let all = watch_all(&at.store);
        std::thread::scope(|scope| {
            let polling = scope.spawn(|| poll_for_ever(&all));
            until_polled(&all);
            drop(at);
            let woken = polling.join().expect("no panic");
            assert_eq!(woken.expect_err("closed").kind(), ErrorKind::Closed, "{engine:?}");
        });
        assert_eq!(Arc::strong_count(&calls), 1, "{engine:?}");
    }
}
