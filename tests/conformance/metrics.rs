//! Metrics: what each engine counts, and that reading it counts nothing.

use std::time::Duration;

use kv::{METRICS, Metrics, Selection, Selector, WatchStart};

use crate::conformance::fixture::{Fixture, get, set};
use crate::support::{key, no_group};

/// The smallest queue of a watch.
const CAPACITY: usize = kv::WATCH_CAPACITY_MIN;

fn metrics(at: &Fixture) -> Metrics {
    at.store.metrics().expect("metrics")
}

fn everything() -> Selection {
    Selection { group: Selector::Any, key: Selector::Any }
}

cases! {

fn reads_and_commits_are_counted_and_failures_are_not(at) {
    at.set(b"a", b"1");
    let before = metrics(at);

    at.get(b"a");
    at.get(b"absent");
    at.set(b"a", b"2");
    at.applied(&[set(b"b", b""), set(b"c", b"")]);
    at.applied(&[get(b"a"), get(b"b")]);
    at.store.increment(no_group(), key(b"b"), 1, 0).expect_err("no number");

    let after = metrics(at);
    assert_eq!((after.hits - before.hits, after.misses - before.misses), (1, 1));
    assert_eq!((after.commits - before.commits, after.transactions - before.transactions), (2, 2));
    assert_eq!(after.group_sizes.iter().sum::<u64>(), after.transactions);
    assert_eq!((after.group_sizes[0], after.largest_group), (after.transactions, 1));
    assert_eq!((after.poisoned, after.read_only), (0, 0));
}

fn metrics_agree_with_statistics_and_reading_them_counts_nothing(at) {
    at.set_ttl(b"dead", b"", 1);
    at.clock.advance(1);
    at.get(b"dead");
    at.store.purge_expired().expect("a purge");

    let (stats, first) = (at.store.stats().expect("statistics"), metrics(at));

    assert_eq!(metrics(at).hits, first.hits);
    assert_eq!((first.hits, first.misses), (stats.hits, stats.misses));
    assert_eq!((first.commits, first.transactions), (stats.commits, stats.transactions));
    assert_eq!(first.expirations, stats.expirations);
    assert_eq!((first.file_bytes, first.wal_bytes), (stats.file_bytes, stats.wal_bytes));
}

fn queues_of_watches_are_measured_until_they_are_polled(at) {
    let watch = at.store.watch(everything(), CAPACITY, WatchStart::Now).expect("a watch");
    assert_eq!((metrics(at).watches, metrics(at).queued_events), (1, 0));
    for number in 0..CAPACITY {
        at.set(&number.to_be_bytes(), b"value");
    }
    let full = metrics(at);
    assert_eq!((full.queued_events, full.longest_queue), (CAPACITY as u64, CAPACITY as u64));
    assert!(full.event_bytes >= CAPACITY as u64 * 13, "{}", full.event_bytes);
    assert_eq!(full.lost_events, 0);

    at.set(b"one more", b"");
    assert_eq!((metrics(at).lost_events, metrics(at).queued_events), (1, CAPACITY as u64));
    while watch.poll(Some(Duration::ZERO)).expect("an open watch").is_some() {}

    let polled = metrics(at);
    assert_eq!((polled.queued_events, polled.longest_queue), (0, 0));
    assert_eq!((polled.event_bytes, polled.watch_lag_ms), (0, 0));
    drop(watch);
    assert_eq!((metrics(at).watches, metrics(at).lost_events), (0, 1));
}

fn callbacks_are_counted_while_they_are_registered(at) {
    let registered = at.store.on_change(Box::new(|_| ())).expect("a callback");
    assert_eq!(metrics(at).callbacks, 1);
    registered.end();
    assert_eq!(metrics(at).callbacks, 0);
}

fn the_text_has_every_metric_with_help_and_type_and_names_the_store(at) {
    at.set(b"a", b"");

    let text = at.store.metrics_text().expect("a text");

    let label = format!("{{store=\"{}\"}}", at.store.name());
    for row in METRICS {
        for line in [
            format!("# HELP {} {}", row.name, row.help),
            format!("{}{label} ", row.name),
        ] {
            let found = text.lines().filter(|it| it.starts_with(&line)).count();
            assert_eq!(found, 1, "{line}\n{text}");
        }
    }
    assert!(text.contains("# TYPE kv_commits_total counter\n"), "{text}");
    assert!(text.ends_with('\n') && text.is_ascii());
}

}
