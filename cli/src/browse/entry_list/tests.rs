//! Pages of a long group, and the changes that a refresh finds.

use super::*;

/// Returns the rows of the keys `n` in `range`, all at version 1.
fn rows(range: std::ops::Range<usize>) -> Vec<Row> {
    let row = |n| Row { key: key(n), size: 1, version: 1, expires_at: None };
    range.map(row).collect()
}

fn key(n: usize) -> Vec<u8> {
    format!("{n:06}").into_bytes()
}

/// Replies to a request from a group with the keys below `len`.
fn reply(request: PageRequest, len: usize) -> Page {
    let at = |key: &[u8]| -> usize {
        std::str::from_utf8(key).expect("digits").parse().expect("a number")
    };
    let limit = request.limit;
    let (from, to) = match &request.start {
        Start::First => (0, limit.min(len)),
        Start::At(key) => (at(key), (at(key) + limit).min(len)),
        Start::After(key) => (at(key) + 1, (at(key) + 1 + limit).min(len)),
        Start::Before(key) => (at(key).saturating_sub(limit), at(key)),
        Start::Last => (len.saturating_sub(limit), len),
    };
    let has_more = match request.start {
        Start::Before(_) | Start::Last => from > 0,
        _ => to < len,
    };
    Page { request, rows: rows(from..to), has_more }
}

/// Serves all requests of a list.
fn serve(list: &mut EntryList, len: usize) {
    while let Some(request) = list.request(true) {
        list.apply(reply(request, len), 0);
    }
}

fn opened(len: usize) -> EntryList {
    let mut list = EntryList::default();
    list.open(b"g", Filter::default());
    serve(&mut list, len);
    list
}

#[test]
fn a_walk_through_a_long_group_sees_each_key_in_bounded_memory() {
    let mut list = opened(5000);
    for n in 0..5000 {
        assert_eq!(list.selected().map(|row| &row.key), Some(&key(n)));
        assert!(list.rows().len() <= WINDOW_LEN_MAX);
        list.move_by(1);
        serve(&mut list, 5000);
    }
    for n in (0..5000).rev() {
        assert_eq!(list.selected().map(|row| &row.key), Some(&key(n)));
        list.move_by(-1);
        serve(&mut list, 5000);
    }
    assert_eq!(list.ends(), (false, true));
}

#[test]
fn the_bar_jumps_to_both_ends_of_a_long_group() {
    let mut list = opened(5000);
    list.move_to_last();
    serve(&mut list, 5000);
    assert_eq!(list.selected().map(|row| &row.key), Some(&key(4999)));
    assert_eq!(list.ends(), (true, false));
    list.move_to_first();
    serve(&mut list, 5000);
    assert_eq!(list.selected().map(|row| &row.key), Some(&key(0)));
}

#[test]
fn a_page_for_a_list_that_has_moved_on_is_left_out() {
    let mut list = EntryList::default();
    list.open(b"g", Filter::default());
    let late = list.request(true).expect("a request");
    list.open(b"h", Filter::default());
    list.apply(reply(late, 10), 0);
    assert!(list.rows().is_empty() && !list.is_loaded());
    assert_eq!(list.request(true).expect("a request").group, b"h");
}

#[test]
fn a_refresh_finds_and_marks_the_changes_and_the_bar_stays_on_its_key() {
    let mut list = opened(5);
    list.move_by(3);
    list.set_stale();
    assert_eq!(list.request(false), None, "not yet");
    let request = list.request(true).expect("a request");
    let mut now = rows(0..5);
    now[1].version = 2;
    now[4].expires_at = Some(77);
    now.remove(2);
    now.insert(0, Row { key: b"0".to_vec(), size: 0, version: 3, expires_at: None });
    let found = list.apply(Page { request, rows: now, has_more: false }, 1000);
    let expected = [
        (b"0".to_vec(), Found::Set),
        (key(1), Found::Set),
        (key(4), Found::Expiry),
        (key(2), Found::Deleted),
    ];
    assert_eq!(found, expected);
    assert_eq!(list.selected().map(|row| &row.key), Some(&key(3)));
    assert!(list.is_marked(&key(1), 1000) && !list.is_marked(&key(3), 1000));
    list.tick(1000 + MARK_MS);
    assert!(!list.is_marked(&key(1), 1000 + MARK_MS) && list.next_mark_end().is_none());
}

#[test]
fn a_refresh_in_the_middle_reports_no_keys_that_only_moved_out_of_the_window() {
    let mut list = opened(5000);
    list.move_to_last();
    serve(&mut list, 5000);
    list.set_stale();
    let request = list.request(true).expect("a request");
    assert_eq!(request.start, Start::At(key(4800)));
    let page = Page { rows: rows(4800..4900), request, has_more: true };
    assert_eq!(list.apply(page, 0), []);
}

#[test]
fn an_entry_that_has_expired_makes_the_rows_stale() {
    let mut list = opened(0);
    list.set_stale();
    let request = list.request(true).expect("a request");
    let rows = vec![Row { key: key(1), size: 0, version: 1, expires_at: Some(500) }];
    list.apply(Page { request, rows, has_more: false }, 0);
    list.tick(499);
    assert_eq!(list.request(true), None);
    list.tick(500);
    let request = list.request(true).expect("a request");
    let found = list.apply(Page { request, rows: vec![], has_more: false }, 500);
    assert_eq!(found, [(key(1), Found::Expired)]);
}

#[test]
fn a_page_that_fails_is_requested_again_after_a_move_alone() {
    let mut list = opened(5000);
    list.move_by(199);
    let request = list.request(true).expect("a request");
    list.fail(request.generation);
    assert_eq!(list.request(false), None);
    list.move_by(-1);
    assert_eq!(list.request(false).expect("a request").start, request.start);
}
