//! Versions when the clock has stepped back between two openings of a file.

use std::path::Path;
use std::sync::Arc;

use crate::support::{Place, key, no_group, sqlite, until};
use kv::{Event, ManualClock, Selection, Selector, Store, Timestamp, WatchStart};

const START: Timestamp = Timestamp::from_micros(1_700_000_000_000_000);

fn open(path: &Path, clock: &Arc<ManualClock>) -> Store {
    let location = sqlite(path, "purge_interval=0");
    kv::open_with_clock(&location, clock.clone()).expect("the store opens")
}

/// Steps back and forth of more and less than the second for which a file may go without a note of
/// its newest version.
const STEPS_MS: [(i64, i64); 7] =
    [(600, -300), (600, -600), (600, -599), (1, -1), (5_000, -4_500), (900, -5_000), (0, 0)];

#[test]
fn versions_rise_after_closing_and_a_step_back() {
    for (forth, back) in STEPS_MS {
        let (place, clock) = (Place::in_memory(), Arc::new(ManualClock::new(START)));
        let path = place.file("steps.db");
        let store = open(&path, &clock);
        store.set(no_group(), key(b"first"), b"").expect("set");
        clock.advance(forth);
        let newest = store.set(no_group(), key(b"newest"), b"").expect("set");
        drop(store);

        clock.advance(back);
        let next = open(&path, &clock).set(no_group(), key(b"next"), b"").expect("set");

        assert!(next > newest, "{next} after {newest}, {forth} ms forth and {back} back");
    }
}

#[test]
fn a_clock_that_was_a_year_ahead_dates_no_later_change_and_stops_no_trimming() {
    const YEAR_MS: i64 = 365 * 86_400_000;
    let (place, clock) = (Place::in_memory(), Arc::new(ManualClock::new(START)));
    let open_trimming = |every: &str| {
        let options = format!("purge_interval={every}&changes=on&changes_keep_for=1h");
        let location = sqlite(&place.file("ahead.db"), &options);
        kv::open_with_clock(&location, clock.clone()).expect("the store opens")
    };
    // Nothing is trimmed while the clock is ahead.
    let store = open_trimming("0");
    let all = Selection { group: Selector::Any, key: Selector::Any };
    let watch = store.watch(all, 100, WatchStart::Now).expect("a watch");
    let begin = store.set(no_group(), key(b"before"), b"").expect("set");
    clock.advance(YEAR_MS);
    store.set(no_group(), key(b"ahead"), b"").expect("set");
    clock.advance(-YEAR_MS);
    clock.advance(1_000);
    store.set(no_group(), key(b"after"), b"").expect("set");

    let time = |event: Option<Event>| match event {
        Some(Event::Change(change)) => change.time_ms() - START.as_millis(),
        other => panic!("no change: {other:?}"),
    };
    let poll = || watch.poll(Some(std::time::Duration::ZERO)).expect("open");
    assert_eq!([time(poll()), time(poll()), time(poll())], [0, YEAR_MS, 1_000]);
    let logged = store.changes(0).and_then(|mut it| it.next_changes()).expect("changes");
    let logged: Vec<_> = logged.into_iter().map(|it| time(Some(it))).collect();
    assert_eq!(logged, [0, YEAR_MS, 1_000]);

    drop((watch, store));
    let store = open_trimming("1ms");
    clock.advance(3_700_000);
    let newest = store.set(no_group(), key(b"newest"), b"").expect("set");
    until("the log is trimmed", std::time::Duration::from_secs(60), || {
        store.oldest_change().expect("a log") > begin
    });
    assert_eq!(store.oldest_change().map(|it| it < newest), Ok(true));
}

#[test]
fn versions_rise_after_a_crash_and_a_step_back() {
    for (forth, back) in STEPS_MS {
        let (place, clock) = (Place::in_memory(), Arc::new(ManualClock::new(START)));
        let path = place.file("steps.db");
        let store = open(&path, &clock);
        store.set(no_group(), key(b"first"), b"").expect("set");
        clock.advance(forth);
        let newest = store.set(no_group(), key(b"newest"), b"").expect("set");
        // A crash leaves the file and its log, not closed.
        let crashed = place.file("crashed.db");
        for end in ["", "-wal"] {
            let with_end = |path: &Path| format!("{}{end}", path.display());
            std::fs::copy(with_end(&path), with_end(&crashed)).expect("a copy");
        }

        clock.advance(back);
        let store = open(&crashed, &clock);
        assert!(store.exists(no_group(), key(b"newest")).expect("exists"));
        let next = store.set(no_group(), key(b"next"), b"").expect("set");

        assert!(next > newest, "{next} after {newest}, {forth} ms forth and {back} back");
    }
}

/// A process that opens the file, writes once and closes it adds no slack for the next one.
#[test]
fn short_lived_processes_do_not_push_versions_into_the_future() {
    let (place, clock) = (Place::in_memory(), Arc::new(ManualClock::new(START)));
    let path = place.file("steps.db");
    let mut newest = 0;
    for round in 0..20_u32 {
        let now = kv::Clock::now(&*clock).as_micros() as u64;
        let store = open(&path, &clock);
        let version = store.set(no_group(), key(&round.to_be_bytes()), b"").expect("set");
        if round % 3 == 1 {
            store.flush().expect("flush");
        }
        drop(store);
        // Readers leave the record as it is.
        drop(open(&path, &clock).get(no_group(), key(b"none")).expect("get"));

        assert!(version > newest, "{version} after {newest} in round {round}");
        assert!(version <= now.max(newest + 2), "{version} at {now} in round {round}");
        newest = version;
        clock.advance(100);
    }
}
