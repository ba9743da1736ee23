//! The events of watches while eight threads in two processes write, the log is trimmed and writers
//! are killed: in order, once, and complete or counted as lost.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use kv::{
    ErrorKind, Event, GroupRange, Scan, Selection, Selector, Store, Version, Watch, WatchStart,
};

use crate::support::{Child, Place, drain, key, listen, no_group, say, sqlite, until};

/// Trims every 100 ms to less than what a run writes.
const OPTIONS: &str = "changes=on&changes_keep=4000&purge_interval=100ms";
const WRITERS: u64 = 4;
/// The least time for which the writers of a run write.
const RUN: Duration = Duration::from_millis(700);
/// The time in which all writers write and the log is trimmed on any machine.
const RUN_MAX: Duration = Duration::from_secs(60);
/// The key whose writes say that the run is over.
const END: &[u8] = b"end";

/// One thing a watch has said: a change by key, number and version, or a loss.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Said {
    Change { key: Vec<u8>, number: u64, version: Version },
    Lost(u64),
}

/// Each writer sets a key of its own to 1, 2, 3, ...: what is missing can be counted.
fn said(event: Event) -> Said {
    match event {
        Event::Change(it) => {
            let text = std::str::from_utf8(it.value()).expect("a number");
            let number = text.parse().expect("a number");
            Said::Change { key: it.key().to_vec(), number, version: it.version() }
        }
        Event::Lagged { lost, .. } => Said::Lost(lost),
        Event::Synced { .. } => panic!("no watch begins with the existing entries"),
    }
}

/// How often each key was set.
type Counts = HashMap<Vec<u8>, u64>;

/// Returns what is wrong with a history, of which `committed` says how often each key was set.
/// After a loss of unknown size, which only a watch that begins in the past may announce, only the
/// order is checked.
fn fault(name: &str, history: &[Said], committed: &Counts) -> Option<String> {
    let mut newest = 0;
    let mut seen: HashMap<&[u8], u64> = HashMap::new();
    let (mut missing, mut lost) = (0, 0);
    let mut is_counted = true;
    for said in history {
        match said {
            Said::Lost(0) if name == "in parts" => is_counted = false,
            Said::Lost(0) => return Some("a loss of unknown size".to_owned()),
            Said::Lost(count) => lost += count,
            Said::Change { key, number, version } => {
                if *version <= newest {
                    return Some(format!("version {version} comes after {newest}"));
                }
                newest = *version;
                let before = seen.insert(key, *number).unwrap_or(0);
                if *number <= before {
                    return Some(format!("{number} of {key:?} comes after {before}"));
                }
                missing += number - before - 1;
                // Whatever is missing was announced before what comes behind it.
                if is_counted && missing > lost {
                    return Some(format!("{missing} are missing, {lost} were announced"));
                }
            }
        }
    }
    for (key, last) in committed {
        missing += last - seen.get(key.as_slice()).copied().unwrap_or(0);
    }
    (is_counted && missing != lost)
        .then(|| format!("{missing} are missing at the end, {lost} were announced"))
}

fn watch(store: &Store, capacity: usize, start: WatchStart) -> Watch {
    let all = Selection { group: Selector::Any, key: Selector::Any };
    store.watch(all, capacity, start).expect("a watch")
}

fn is_end(said: &Said) -> bool {
    matches!(said, Said::Change { key, .. } if key == END)
}

fn next(watch: &Watch) -> Said {
    let event = watch.poll(Some(Duration::from_secs(60))).expect("an open watch");
    said(event.expect("an event in time"))
}

/// Listens until the end, `rest` after every event.
fn listen_until_end(watch: Watch, rest: Duration, done: &AtomicU64) -> Vec<Said> {
    let mut history = Vec::new();
    while !history.last().is_some_and(is_end) {
        history.push(next(&watch));
        if !rest.is_zero() {
            // The rest of 1 ms that makes a slow watch lag.
            std::thread::sleep(rest);
        }
    }
    done.fetch_add(1, Ordering::Relaxed);
    history
}

/// Closes its watch every so often and goes on from the last version it got.
fn listen_in_parts(store: &Store, first: Watch, done: &AtomicU64) -> Vec<Said> {
    let mut history: Vec<Said> = Vec::new();
    let mut watch = first;
    while !history.last().is_some_and(is_end) {
        history.push(next(&watch));
        if history.len().is_multiple_of(500)
            && let Some(Said::Change { version, .. }) = history.last()
        {
            let all = Selection { group: Selector::Any, key: Selector::Any };
            match store.watch(all, 1 << 20, WatchStart::Since(*version)) {
                Ok(next) => watch = next,
                // So far behind that the queue has what the log has not any more.
                Err(error) => assert_eq!(error.kind(), ErrorKind::Compacted),
            }
        }
    }
    done.fetch_add(1, Ordering::Relaxed);
    history
}

fn count_up(store: &Store, name: &[u8], goes_on: impl Fn() -> bool) {
    let mut number = 0_u64;
    while goes_on() {
        number += 1;
        match store.set(no_group(), key(name), number.to_string().as_bytes()) {
            Ok(_) => {}
            // Eight writers in two processes: one may wait too long. Nothing was written.
            Err(error) if error.kind() == ErrorKind::Busy => number -= 1,
            Err(error) => panic!("{error:?}"),
        }
    }
}

/// Returns the number of writers of a run, each of which has a key.
fn keys(writes: bool) -> u64 {
    2 * WRITERS + u64::from(writes)
}

/// Runs two processes of four writers each, and maybe a writer here, under three watches. Returns
/// the histories and how often each key was set.
fn run(kills: bool, writes: bool) -> (Vec<(&'static str, Vec<Said>)>, Counts) {
    let place = Place::in_memory();
    let path = place.file("histories.db");
    let store = kv::open(&sqlite(&path, OPTIONS)).expect("a store");
    let (store, done) = (&store, &AtomicU64::new(0));
    let path = path.display().to_string();
    let fast = watch(store, 1 << 20, WatchStart::Now);
    let slow = watch(store, 16, WatchStart::Now);
    let parts = watch(store, 1 << 20, WatchStart::Now);
    std::thread::scope(|scope| {
        let fast = scope.spawn(|| listen_until_end(fast, Duration::ZERO, done));
        let rest = Duration::from_millis(1);
        let slow = scope.spawn(move || listen_until_end(slow, rest, done));
        let parts = scope.spawn(|| listen_in_parts(store, parts, done));
        let begun = Instant::now();
        let mut children: Vec<_> =
            ["p", "q"].iter().map(|name| Child::start("watch_histories", &[&path, name])).collect();
        let keys = keys(writes);
        let is_over = || {
            let count = || store.count(GroupRange::One(no_group())).expect("a count");
            begun.elapsed() >= RUN && count() >= keys && store.oldest_change().expect("a log") > 0
        };
        if writes {
            count_up(store, b"ours", || !is_over() && begun.elapsed() < RUN_MAX);
        }
        until("all writers write and the log is trimmed", RUN_MAX, is_over);
        let stopped = children.pop().expect("two children");
        let other = children.pop().expect("two children");
        stop(stopped);
        if kills {
            other.kill()
        } else {
            stop(other)
        }
        // A slow watch may lose the end as well; it gets another, once it has polled the rest.
        let mut ends = 0_u64;
        while done.load(Ordering::Relaxed) < 3 {
            ends += 1;
            store.set(no_group(), key(END), ends.to_string().as_bytes()).expect("set");
            // The interval between two ends. A slow watch returns 16 events in it, a full queue.
            std::thread::sleep(Duration::from_millis(30));
        }
        let histories = [("fast", fast), ("slow", slow), ("in parts", parts)];
        let histories = histories.map(|(name, it)| (name, it.join().expect("no panic")));
        let mut cursor = store.scan(Scan::all(no_group())).expect("a cursor");
        let rows = drain(&mut *cursor).into_iter();
        let number = |value: Vec<u8>| String::from_utf8(value).expect("text").parse();
        let committed = rows.map(|(_, name, value)| (name, number(value).expect("a number")));
        (histories.into(), committed.collect())
    })
}

fn stop(mut child: Child) {
    child.send_line("stop");
    assert_eq!(child.read_line(), "stopped");
    child.join();
}

/// Ends are written until the last has listened; each history ends with one.
fn committed_until_end(history: &[Said], committed: &Counts) -> Counts {
    let mut committed = committed.clone();
    if let Some(Said::Change { number, .. }) = history.last() {
        committed.insert(END.to_vec(), *number);
    }
    committed
}

#[test]
fn watches_get_everything_once_in_order_or_the_number_of_lost_events() {
    let mut complete = 0;
    for round in 0..2 {
        let kills = round % 2 == 1;
        // In every third only the others write, so that their commits alone have to wake us.
        let writes = round % 3 != 2;
        let (histories, committed) = run(kills, writes);
        let total: u64 = committed.values().sum();
        println!("round {round}: {total} commits, kills: {kills}");
        // The end has a key, too.
        assert_eq!(committed.len() as u64, keys(writes) + 1, "a thread has not written");
        for (name, history) in &histories {
            let lost: u64 = history
                .iter()
                .map(|said| if let Said::Lost(count) = said { *count } else { 0 })
                .sum();
            let is_whole = !history.iter().any(|said| matches!(said, Said::Lost(_)));
            println!("  {name}: {} events, {lost} lost", history.len());
            let fault = fault(name, history, &committed_until_end(history, &committed));
            assert_eq!(fault, None, "round {round}, the {name} watch");
            complete += u32::from(*name != "slow" && is_whole);
        }
    }
    // On a machine too busy to read what is trimmed after 4000 changes, some of that is lost.
    assert!(complete > 0, "of 4 watches with room for everything none has got it");
}

#[test]
fn a_history_with_a_planted_fault_is_noticed() {
    let (histories, committed) = run(false, true);
    let (name, history) = &histories[0];
    let committed = committed_until_end(history, &committed);
    assert_eq!(fault(name, history, &committed), None);
    let middle = history.len() / 2;

    let mut dropped = history.clone();
    dropped.remove(middle);
    assert!(fault(name, &dropped, &committed).is_some_and(|it| it.contains("missing")));

    let mut doubled = history.clone();
    doubled.insert(middle, history[middle].clone());
    assert!(fault(name, &doubled, &committed).is_some_and(|it| it.contains("comes after")));

    let mut swapped = history.clone();
    swapped.swap(middle, middle + 1);
    assert!(fault(name, &swapped, &committed).is_some());

    let mut unknown = history.clone();
    unknown.insert(middle, Said::Lost(0));
    assert!(fault(name, &unknown, &committed).is_some_and(|it| it.contains("unknown size")));
    assert_eq!(fault("in parts", &unknown, &committed), None);

    let mut invented = history.clone();
    invented.insert(middle, Said::Lost(1));
    assert!(fault(name, &invented, &committed).is_some_and(|it| it.contains("announced")));
}

pub fn child(role: &[String]) {
    let [path, name] = role else { panic!("no role: {role:?}") };
    let store = kv::open(&sqlite(path.as_ref(), OPTIONS)).expect("a store");
    let goes_on = AtomicBool::new(true);
    std::thread::scope(|scope| {
        for writer in 0..WRITERS {
            let name = format!("{name}{writer}");
            let (store, goes_on) = (&store, &goes_on);
            scope.spawn(move || {
                count_up(store, name.as_bytes(), || goes_on.load(Ordering::Relaxed))
            });
        }
        listen();
        goes_on.store(false, Ordering::Relaxed);
    });
    assert!(store.count(GroupRange::Prefix(b"")).is_ok());
    say("stopped");
}
