//! The option max_memory: the entries, caches and queues of a store stay within it.

use std::time::Duration;

use kv::{ErrorKind, Metrics, Selection, Selector, Store, WatchStart};

use crate::support::{Place, key, no_group};

const MEBIBYTE: u64 = 1024 * 1024;

fn metrics(store: &Store) -> Metrics {
    store.metrics().expect("metrics")
}

/// Writes 100,000 entries of 100 bytes, or as many as there is room for; returns how many.
fn fill(store: &Store) -> u32 {
    for number in 0..100_000_u32 {
        match store.set(no_group(), key(&number.to_be_bytes()), &[7; 100]) {
            Ok(_) => {}
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::Full, "{error}");
                assert!(error.message().ends_with("bytes of memory"), "{error}");
                return number;
            }
        }
    }
    100_000
}

#[test]
fn entries_in_memory_take_no_more_and_a_full_store_refuses_or_evicts() {
    let folder = Place::in_memory();
    let log = format!("log:{}", folder.path().join("log").display());
    for location in ["memory:".to_owned(), log] {
        let full = kv::open(&format!("{location}?max_memory=4MiB")).expect("a store");
        let count = fill(&full);
        assert!((10_000..40_000).contains(&count), "{count}");
        let of_full = metrics(&full);
        assert_eq!(of_full.max_memory, 4 * MEBIBYTE);
        assert!((2 * MEBIBYTE..4 * MEBIBYTE).contains(&of_full.row_bytes), "{of_full:?}");
        full.set(no_group(), key(&0_u32.to_be_bytes()), &[8; 100]).expect("an overwrite");
        full.delete(no_group(), key(&0_u32.to_be_bytes())).expect("a delete");
        full.set(no_group(), key(b"new"), &[8; 100]).expect("there is room again");
        drop(full);
    }
    let lru = kv::open("memory:?max_memory=4MiB&evict=lru").expect("a store");
    assert_eq!(fill(&lru), 100_000);
    let of_lru = metrics(&lru);
    assert!(of_lru.evictions > 60_000 && of_lru.row_bytes < 4 * MEBIBYTE, "{of_lru:?}");
}

#[test]
fn queued_events_take_an_eighth_and_more_are_lost() {
    let store = kv::open("memory:?max_memory=8MiB").expect("a store");
    let all = Selection { group: Selector::Any, key: Selector::Any };
    let watch = store.watch(all, kv::WATCH_CAPACITY_MAX, WatchStart::Now).expect("a watch");
    for _ in 0..2_000 {
        store.set(no_group(), key(b"key"), &[1; 1_000]).expect("set");
    }
    let full = metrics(&store);
    assert!(full.event_bytes <= MEBIBYTE && full.event_bytes > MEBIBYTE / 2, "{full:?}");
    assert_eq!(full.queued_events + full.lost_events, 2_000);
    while watch.poll(Some(Duration::ZERO)).expect("open").is_some() {}
    assert_eq!(metrics(&store).event_bytes, 0);
}

#[test]
fn the_caches_of_a_file_are_parts_of_it() {
    let folder = Place::in_memory();
    let location = |options| format!("sqlite:{}?{options}", folder.path().join("a.db").display());
    let small = kv::open(&location("max_memory=2MiB")).expect("a store");
    assert_eq!(fill(&small), 100_000);
    for number in 0..100_000_u32 {
        assert!(small.exists(no_group(), key(&number.to_be_bytes())).expect("a read"));
    }
    let of_small = metrics(&small);
    assert!(of_small.cache_bytes <= MEBIBYTE && of_small.cache_bytes > 0, "{of_small:?}");
    assert!(of_small.page_bytes < MEBIBYTE, "{of_small:?}");
    drop(small);
    let cacheless = kv::open(&location("max_memory=2MiB&entry_cache=0")).expect("a store");
    assert_eq!(metrics(&cacheless).cache_bytes, 0);
}

#[test]
fn a_limit_that_cannot_be_divided_is_refused_with_the_least() {
    let folder = Place::in_memory();
    let path = folder.path().join("x").display().to_string();
    for location in ["memory:".to_owned(), format!("log:{path}"), format!("sqlite:{path}")] {
        let error =
            kv::open(&format!("{location}?max_memory=1000")).map(drop).expect_err("refused");
        assert_eq!(error.kind(), ErrorKind::Argument, "{error}");
        assert!(error.message().contains("max_memory is at least 1048576 bytes"), "{error}");
        assert!(!std::path::Path::new(&path).exists(), "nothing was created");
    }
}
