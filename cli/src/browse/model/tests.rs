//! The requests of the view, its timeouts, and the replies.

use super::*;
use crate::browse::entry_list::EntryList;
use crate::browse::requests::{Groups, PageRequest, Row};

const NOW_MS: i64 = 1_767_323_045_500;

fn model() -> Model {
    let mut model =
        Model::new("app.db".into(), Some(b"g"), Filter::default(), Duration::from_secs(1));
    model.tick(NOW_MS);
    model
}

fn page(model: &mut Model) -> PageRequest {
    let page = model.requests().into_iter().find_map(|request| match request {
        Request::Page(page) => Some(page),
        _ => None,
    });
    page.expect("a page is requested")
}

fn row(key: &str, version: u64, ttl_ms: Option<i64>) -> Row {
    Row { key: key.into(), size: 1, version, expires_at: ttl_ms.map(|it| NOW_MS + it) }
}

fn apply_page(model: &mut Model, rows: Vec<Row>) {
    let request = page(model);
    model.apply(Reply::Page(Page { request, rows, has_more: false }));
}

fn change(kind: kv::ChangeKind, key: &str) -> Reply {
    let group = kv::Group::new(b"g").expect("short");
    let change = kv::Change::new(kind, group, key.as_bytes(), b"v", 9);
    Reply::Changes(vec![change.into()], 0)
}

#[test]
fn nothing_wakes_a_view_in_which_nothing_counts_down() {
    let mut model = model();
    model.requests();
    model.apply(Reply::Groups(Groups { prefix: vec![], names: vec![], has_more: false }));
    assert!(model.timeout().is_some(), "a slow page will be reported");
    model.entries = EntryList::default();
    model.waiting_since = None;
    assert_eq!(model.timeout(), None);
}

#[test]
fn a_ttl_wakes_the_view_each_second_and_an_old_entry_each_minute() {
    for (ttl, expected_ms) in [(Some(60_000), 500), (None, 54_500)] {
        let mut model = model();
        // No time is known of a version of a Redis, so its age is not shown.
        apply_page(&mut model, vec![row("k", u64::MAX, ttl)]);
        model.value.request(None);
        model.requests();
        model.waiting_since = None;
        model.apply(Reply::Groups(Groups { prefix: vec![], names: vec![], has_more: false }));
        assert_eq!(model.timeout(), Some(Duration::from_millis(expected_ms)), "{ttl:?}");
    }
}

#[test]
fn many_changes_refresh_the_entries_once_in_a_while() {
    let mut model = model();
    model.apply(Reply::Liveness(Liveness::Live));
    apply_page(&mut model, vec![row("k", 1, None)]);
    for _ in 0..100 {
        model.apply(change(kv::ChangeKind::Set, "k"));
        let is_page = |it: &Request| matches!(it, Request::Page(_));
        assert!(!model.requests().iter().any(is_page));
    }
    assert_eq!(model.changes.counts(), (100, 0));
    model.tick(NOW_MS + REFRESH_MS);
    assert!(page(&mut model).is_refresh);
}

#[test]
fn a_store_that_is_slow_is_refreshed_less_often() {
    let mut model = model();
    model.apply(Reply::Liveness(Liveness::Live));
    let request = page(&mut model);
    model.tick(NOW_MS + 700);
    assert!(model.is_slow());
    let rows = vec![row("k", 1, None)];
    model.apply(Reply::Page(Page { request, rows, has_more: false }));
    model.apply(change(kv::ChangeKind::Set, "k"));
    model.tick(NOW_MS + 700 + 6_900);
    assert!(model.timeout().is_some_and(|time| time <= Duration::from_millis(100)));
    model.tick(NOW_MS + 700 + 7_000);
    assert!(page(&mut model).is_refresh);
}

#[test]
fn a_change_is_listed_once_whether_a_watch_or_a_refresh_finds_it() {
    for (liveness, expected) in [(Liveness::Live, ["set"]), (Liveness::Refreshed, ["set"])] {
        let mut model = model();
        model.apply(Reply::Liveness(liveness));
        apply_page(&mut model, vec![row("k", 1, None)]);
        match liveness {
            Liveness::Live => model.apply(change(kv::ChangeKind::Set, "k")),
            Liveness::Refreshed => model.apply(Reply::Touched),
        }
        model.tick(NOW_MS + REFRESH_MS);
        apply_page(&mut model, vec![row("k", 2, None)]);
        let verbs: Vec<_> = model.changes.newest(9).map(|line| line.verb).collect();
        assert_eq!(verbs, expected, "{liveness:?}");
    }
}

#[test]
fn an_error_is_shown_and_the_view_goes_on() {
    let mut model = model();
    let request = page(&mut model);
    let failed = Failed::Page(request.generation);
    model.apply(Reply::Failed(failed, "the server is gone".to_owned()));
    let message = model.message.clone().expect("a message");
    assert!(message.is_error && message.text == "the server is gone");
    assert!(!model.requests().iter().any(|it| matches!(it, Request::Page(_))), "no loop");
    model.reload();
    apply_page(&mut model, vec![row("k", 1, None)]);
    assert_eq!(model.entries.rows().len(), 1);
    model.tick(NOW_MS + MESSAGE_MS);
    assert_eq!(model.message, None);
}

#[test]
fn ages_are_those_of_versions_that_are_times() {
    let version = (NOW_MS as u64 - 2_000) * 1000;
    assert_eq!(age_ms(version, NOW_MS), Some(2_000));
    assert_eq!(age_ms(NOW_MS as u64 * 1000 + 500_000, NOW_MS), Some(0), "another clock");
    for hash in [0, 1, 77, u64::MAX, u64::MAX / 2] {
        assert_eq!(age_ms(hash, NOW_MS), None, "{hash}");
    }
}
