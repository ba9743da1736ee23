//! The log of changes: what it has, for whom, how long, and what other programs add to it.

use std::sync::Arc;
use std::time::Duration;

use kv::{
    Change, ChangeKind, ErrorKind, Event, ManualClock, Selection, Selector, Store, Timestamp,
    Version, Watch, WatchStart,
};
use rusqlite::Connection;

use crate::support::{Child, Place, group, key, no_group, say, sqlite, until, word};

const NOTHING: Option<Duration> = Some(Duration::ZERO);
/// Long enough on any machine; no test waits for it to pass.
const SOON: Option<Duration> = Some(Duration::from_secs(60));

fn open(place: &Place, options: &str) -> Store {
    kv::open(&sqlite(&place.file("log.db"), options)).expect("a store")
}

/// Another program on the same file.
fn other_program(place: &Place) -> Connection {
    Connection::open(place.file("log.db")).expect("a connection")
}

fn everything() -> Selection {
    Selection { group: Selector::Any, key: Selector::Any }
}

fn watch(store: &Store, start: WatchStart) -> Watch {
    store.watch(everything(), 1024, start).expect("a watch")
}

/// A change: kind, group, key and value.
type Fields<'c> = (ChangeKind, &'c [u8], &'c [u8], &'c [u8]);

fn fields(change: &Change) -> Fields<'_> {
    (change.kind(), change.group(), change.key(), change.value())
}

fn changes(store: &Store, since: Version) -> Vec<Arc<Change>> {
    let mut cursor = store.changes(since).expect("a log");
    let next = || Some(cursor.next_changes().expect("changes")).filter(|it| !it.is_empty());
    let changes = std::iter::from_fn(next).flatten().map(|event| match event {
        Event::Change(change) => change,
        other => panic!("{other:?} is no change"),
    });
    changes.collect()
}

fn next(watch: &Watch) -> Arc<Change> {
    match watch.poll(SOON).expect("an open watch").expect("an event in time") {
        Event::Change(change) => change,
        other => panic!("{other:?} is no change"),
    }
}

/// Waits until no change before `version` is in the log.
fn until_trimmed(store: &Store, version: Version) {
    until("the log is trimmed", Duration::from_secs(60), || {
        store.oldest_change().expect("a log") >= version
    });
}

#[test]
fn the_log_has_every_change_in_order_with_the_versions_that_were_given_out() {
    let place = Place::in_memory();
    let store = open(&place, "changes=on");
    let (long, first) = ([b'x'; 5_000], store.set(group(b"g"), key(b"k"), b"v").expect("set"));
    let second = store.set(no_group(), key(b"long"), &long).expect("set");
    store.delete(group(b"g"), key(b"k")).expect("delete");
    store.increment(no_group(), key(b"n"), 7, 0).expect("increment");
    store.delete_group(no_group()).expect("delete");
    store.set_ttl(no_group(), key(b"t"), b"", 1).expect("set");

    let found = changes(&store, 0);

    let all: Vec<_> = found.iter().map(|it| fields(it)).collect();
    assert_eq!(all[0], (ChangeKind::Set, &b"g"[..], &b"k"[..], &b"v"[..]));
    assert_eq!(all[1], (ChangeKind::Set, &b""[..], &b"long"[..], &long[..]));
    assert_eq!(all[2], (ChangeKind::Delete, &b"g"[..], &b"k"[..], &b""[..]));
    assert_eq!(all[3], (ChangeKind::Set, &b""[..], &b"n"[..], &b"7"[..]));
    assert_eq!(all[4], (ChangeKind::DeleteGroup, &b""[..], &b""[..], &b""[..]));
    assert_eq!((all.len(), all[5].0), (6, ChangeKind::Set));
    assert_eq!((found[0].version(), found[1].version()), (first, second));
    assert!(found.is_sorted_by(|a, b| a.version() < b.version()));
    assert_eq!(changes(&store, second).len(), 4);
    assert_eq!(changes(&store, found[5].version()).len(), 0);
}

#[test]
fn a_batch_that_is_refused_or_fails_leaves_nothing_in_the_log() {
    let place = Place::in_memory();
    let store = open(&place, "changes=on");
    store.set(no_group(), key(b"text"), b"abc").expect("set");
    let set = |name| kv::Op::Set {
        group: no_group(),
        key: key(name),
        value: b"1",
        condition: kv::Condition::Any,
        expiry: kv::SetExpiry::Never,
    };
    let increment = kv::Op::Increment {
        group: no_group(),
        key: key(b"text"),
        delta: 1,
        created: kv::SetExpiry::Never,
    };
    store.commit(&[set(b"a"), increment]).expect_err("not an integer");
    let absent =
        kv::Op::Check { group: no_group(), key: key(b"text"), condition: kv::Condition::Absent };
    store.commit(&[set(b"a"), absent]).expect("a batch");
    store.set(no_group(), key(b"b"), b"2").expect("set");

    let found = changes(&store, 0);

    let keys: Vec<_> = found.iter().map(|it| it.key()).collect();
    assert_eq!(keys, [&b"text"[..], b"b"]);
    store.check().expect("a sound store");
}

#[test]
fn purges_and_prefix_deletes_are_in_the_log_key_by_key() {
    let place = Place::in_memory();
    let clock = Arc::new(ManualClock::new(Timestamp::from_micros(1_700_000_000_000_000)));
    let location = sqlite(&place.file("log.db"), "changes=on&purge_interval=0");
    let store = kv::open_with_clock(&location, clock.clone()).expect("a store");
    store.set_ttl(no_group(), key(b"a"), b"", 5).expect("set");
    store.set_ttl(no_group(), key(b"p1"), b"", 5).expect("set");
    let since = store.set(no_group(), key(b"p2"), &[7; 3_000]).expect("set");
    clock.advance(5);
    assert_eq!(store.delete_prefix(no_group(), b"p"), Ok(1));
    assert_eq!(store.purge_expired(), Ok(1));

    let found = changes(&store, since);

    let all: Vec<_> = found.iter().map(|it| (it.kind(), it.key())).collect();
    let expected = [
        (ChangeKind::Expire, &b"p1"[..]),
        (ChangeKind::Delete, &b"p2"[..]),
        (ChangeKind::Expire, &b"a"[..]),
    ];
    assert_eq!(all, expected);
    store.check().expect("no value is left over");
}

#[test]
fn writes_of_another_program_are_logged_versioned_and_published() {
    let place = Place::in_memory();
    let store = open(&place, "changes=on");
    let ours = store.set(group(b"g"), key(b"k"), b"ours").expect("set");
    let watch = watch(&store, WatchStart::Now);
    let other = other_program(&place);

    other
        .execute_batch(
            "INSERT INTO kv_entries (grp, key, version, value) VALUES (x'', x'61', 0, 'text');
             UPDATE kv_entries SET value = x'7468656972' WHERE key = CAST('k' AS BLOB);
             UPDATE kv_entries SET key = x'62' WHERE key = x'61';
             UPDATE kv_entries SET expires_at = 1 WHERE key = x'62';
             DELETE FROM kv_entries;",
        )
        .expect("a write");

    let expected: [Fields<'_>; 7] = [
        (ChangeKind::Set, b"", b"a", b"text"),
        (ChangeKind::Set, b"g", b"k", b"their"),
        (ChangeKind::Delete, b"", b"a", b""),
        (ChangeKind::Set, b"", b"b", b"text"),
        (ChangeKind::Expire, b"", b"b", b""),
        (ChangeKind::Delete, b"g", b"k", b""),
        (ChangeKind::Set, b"", b"after", b""),
    ];
    store.set(no_group(), key(b"after"), b"").expect("set");
    let found: Vec<_> = expected.iter().map(|_| next(&watch)).collect();
    for (change, expected) in found.iter().zip(expected) {
        assert_eq!(fields(change), expected);
    }
    assert_eq!(watch.poll(NOTHING), Ok(None));
    assert!(found[0].version() > ours && found.is_sorted_by(|a, b| a.version() < b.version()));
    assert_eq!(changes(&store, ours), found);
}

#[test]
fn the_first_write_of_another_program_into_an_empty_log_is_published() {
    for round in 0..10 {
        let place = Place::on_disk();
        // The last who closes the file takes its write-ahead log away.
        drop(open(&place, "changes=on"));
        let options = if round % 2 == 0 { "" } else { "read_only=on" };
        let store = open(&place, options);
        let watch = watch(&store, WatchStart::Now);

        let insert =
            "INSERT INTO kv_entries (grp, key, version, value) VALUES (x'', x'6B', 1, 'v')";
        other_program(&place).execute_batch(insert).expect(insert);

        assert_eq!(next(&watch).key(), b"k");
    }
}

#[test]
fn a_write_of_another_program_gives_the_entry_a_new_version() {
    let place = Place::in_memory();
    let store = open(&place, "changes=on");
    let before = store.set(no_group(), key(b"k"), b"1").expect("set");
    other_program(&place).execute("UPDATE kv_entries SET value = x'32'", []).expect("a write");

    let entry = store.get(no_group(), key(b"k")).expect("get").expect("an entry");

    assert!(entry.version > before);
    assert_eq!(changes(&store, before)[0].version(), entry.version);
    let after = store.set(no_group(), key(b"k"), b"3").expect("set");
    assert!(after > entry.version);
}

#[test]
fn a_rolled_back_transaction_of_another_program_is_not_published() {
    let place = Place::in_memory();
    let store = open(&place, "changes=on");
    let watch = watch(&store, WatchStart::Now);
    let other = other_program(&place);
    // So small a cache spills pages to the log before the end, which wakes the WAL watcher.
    other.execute_batch("PRAGMA cache_size = 5; BEGIN IMMEDIATE").expect("a transaction");
    for id in 0..2_000 {
        let insert = "INSERT INTO kv_entries (grp, key, version, value)
                      VALUES (x'', CAST(?1 AS BLOB), 0, zeroblob(200))";
        other.execute(insert, [id]).expect("an insert");
    }
    other.execute_batch("ROLLBACK").expect("a rollback");
    other
        .execute_batch(
            "INSERT INTO kv_entries (grp, key, version, value) VALUES (x'', x'61', 0, x'')",
        )
        .expect("an insert");
    assert_eq!(next(&watch).key(), b"a");
    assert_eq!(watch.poll(NOTHING), Ok(None));
}

#[test]
fn a_transaction_that_takes_its_time_is_published_when_it_commits() {
    let place = Place::in_memory();
    let store = open(&place, "changes=on");
    let watch = watch(&store, WatchStart::Now);
    let other = other_program(&place);
    other.execute_batch("PRAGMA cache_size = 5; BEGIN IMMEDIATE").expect("a transaction");
    let insert = "WITH RECURSIVE ids(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM ids LIMIT 1000)
                  INSERT INTO kv_entries (grp, key, version, value)
                  SELECT x'', CAST(id AS BLOB), 0, zeroblob(200) FROM ids";
    other.execute(insert, []).expect("an insert");
    // Longer than the log is looked at closely after the last hint.
    assert_eq!(watch.poll(Some(Duration::from_millis(150))), Ok(None));
    other.execute_batch("COMMIT").expect("a commit");
    let changes: Vec<_> = (0..1_000).map(|_| next(&watch)).collect();
    assert_eq!(fields(&changes[0]), (ChangeKind::Set, &b""[..], &b"1"[..], &[0; 200][..]));
    assert_eq!(watch.poll(NOTHING), Ok(None));
}

#[test]
fn a_watch_goes_on_from_a_version_without_a_gap_or_a_double() {
    let place = Place::in_memory();
    let store = open(&place, "changes=on");
    let versions: Vec<_> = (0..1_000_u32)
        .map(|id| store.set(no_group(), key(&id.to_be_bytes()), b"").expect("set"))
        .collect();
    let watch = watch(&store, WatchStart::Since(versions[99]));
    let later = store.set(no_group(), key(b"later"), b"").expect("set");

    let changes: Vec<_> = (0..901).map(|_| next(&watch).version()).collect();

    assert_eq!(changes[..900], versions[100..]);
    assert_eq!(changes[900], later);
    assert_eq!(watch.poll(NOTHING), Ok(None));
}

#[test]
fn the_log_keeps_as_many_as_was_said_and_says_from_where() {
    let place = Place::in_memory();
    let store = open(&place, "changes=on&changes_keep=100&purge_interval=1ms");
    let versions: Vec<_> = (0..5_000_u32)
        .map(|id| store.set(no_group(), key(&(id % 7).to_be_bytes()), b"").expect("set"))
        .collect();
    // The maintenance thread trims in steps.
    until_trimmed(&store, versions[4_899]);

    assert_eq!(store.oldest_change(), Ok(versions[4_899]));
    assert_eq!(changes(&store, versions[4_899]).len(), 100);
    let gone = store.changes(versions[4_898]).map(drop).expect_err("compacted");
    assert_eq!(gone.kind(), ErrorKind::Compacted);
    assert!(gone.message().contains(&versions[4_899].to_string()), "{}", gone.message());
    let gone = store.watch(everything(), 16, WatchStart::Since(versions[0])).map(drop);
    assert_eq!(gone.expect_err("compacted").kind(), ErrorKind::Compacted);
}

#[test]
fn the_log_keeps_changes_as_long_as_was_said_but_always_the_newest() {
    let place = Place::in_memory();
    let clock = Arc::new(ManualClock::new(Timestamp::from_micros(1_700_000_000_000_000)));
    let options = "changes=on&changes_keep_for=1h&purge_interval=1ms";
    let location = sqlite(&place.file("log.db"), options);
    let store = kv::open_with_clock(&location, clock.clone()).expect("a store");
    let old = store.set(no_group(), key(b"old"), b"").expect("set");
    clock.advance(3_600_001);
    let newest = store.set(no_group(), key(b"newest"), b"").expect("set");
    until_trimmed(&store, old);
    clock.advance(3_600_001);
    assert_eq!(changes(&store, old).len(), 1);
    assert_eq!(changes(&store, newest).len(), 0);
    assert!(store.set(no_group(), key(b"next"), b"").expect("set") > newest);
}

#[test]
fn a_cursor_that_is_overtaken_by_the_trimming_reports_it_and_goes_on_behind_the_gap() {
    let place = Place::in_memory();
    let store = open(&place, "changes=on&purge_interval=1ms");
    let set = |id: u32| store.set(no_group(), key(&id.to_be_bytes()), b"").expect("set");
    let versions: Vec<_> = (0..1_000).map(set).collect();
    let mut cursor = store.changes(0).expect("a log");
    let first = cursor.next_changes().expect("changes");
    let late = watch(&store, WatchStart::Since(versions[0]));
    let shorter = open(&place, "changes_keep=50&purge_interval=1ms");
    until_trimmed(&shorter, versions[900]);

    assert!(first.len() < 900);
    let Some(Event::Change(last)) = first.last() else { panic!("{:?}", first.last()) };
    let left = cursor.next_changes().expect("what is left");
    let [Event::Lagged { lost, since }, Event::Change(next), ..] = &left[..] else {
        panic!("{left:?}");
    };
    assert_eq!(*since, last.version());
    let position = |version| versions.binary_search(&version).expect("a version");
    assert_eq!(*lost as usize, position(next.version()) - position(last.version()) - 1);
    let mut gap = None;
    while gap.is_none() {
        match late.poll(NOTHING).expect("open").expect("an event") {
            Event::Lagged { lost, since } => gap = Some((lost, since)),
            event => assert!(matches!(event, Event::Change(_))),
        }
    }
    let (lost, since) = gap.expect("a gap");
    assert!(lost > 0 && since < versions[900]);
}

#[test]
fn a_backlog_that_was_trimmed_as_a_whole_is_one_gap_before_the_changes_of_the_queue() {
    let place = Place::in_memory();
    let store = open(&place, "changes=on&changes_keep=50&purge_interval=1ms");
    let set = |id: u32| store.set(no_group(), key(&id.to_be_bytes()), b"").expect("set");
    let before: Vec<_> = (0..40).map(set).collect();
    let late = watch(&store, WatchStart::Since(before[0]));
    let queued: Vec<_> = (40..300).map(set).collect();
    until_trimmed(&store, queued[200]);

    let gap = late.poll(NOTHING).expect("open").expect("an event");
    let more: Vec<_> = (300..500).map(set).collect();
    until_trimmed(&store, more[100]);
    let first = next(&late);

    assert!(matches!(gap, Event::Lagged { since, .. } if since == before[0]), "{gap:?}");
    assert_eq!(first.version(), queued[0]);
}

#[test]
fn a_backlog_that_was_trimmed_exactly_up_to_its_end_counts_what_is_lost() {
    let place = Place::in_memory();
    let store = open(&place, "changes=on&purge_interval=1ms");
    let set = |id: u32| store.set(no_group(), key(&id.to_be_bytes()), b"").expect("set");
    let before: Vec<_> = (0..40).map(set).collect();
    let late = watch(&store, WatchStart::Since(before[0]));
    let queued = set(40);
    let shorter = open(&place, "changes_keep=1&purge_interval=1ms");
    until_trimmed(&shorter, before[39]);

    let gap = late.poll(NOTHING).expect("open").expect("an event");
    assert_eq!(gap, Event::Lagged { lost: 39, since: before[0] });
    assert_eq!(next(&late).version(), queued);
}

#[test]
fn the_log_is_a_property_of_the_file() {
    let place = Place::in_memory();
    drop(open(&place, "changes=on&changes_keep=7"));
    let store = open(&place, "");
    let version = store.set(no_group(), key(b"k"), b"").expect("set");
    assert_eq!(changes(&store, version - 1).len(), 1);
    let keep: i64 = other_program(&place)
        .query_row("SELECT value FROM kv_meta WHERE name = 'changes_keep'", [], |it| it.get(0))
        .expect("a number");
    assert_eq!(keep, 7);
    store.check().expect("a sound store");
}

#[test]
fn a_log_that_is_switched_off_is_gone_and_watches_lag() {
    let place = Place::in_memory();
    let store = open(&place, "changes=on");
    let watch = watch(&store, WatchStart::Now);
    let version = store.set(no_group(), key(b"k"), b"1").expect("set");
    drop(open(&place, "changes=off"));

    assert_eq!(store.changes(0).map(drop).expect_err("no log").kind(), ErrorKind::Unsupported);
    store.set(no_group(), key(b"k"), b"2").expect("set");
    assert_eq!(next(&watch).value(), b"1");
    let lagged = watch.poll(SOON).expect("open").expect("an event");
    assert_eq!(lagged, Event::Lagged { lost: 0, since: version });
    assert_eq!(next(&watch).value(), b"2");
    let left: i64 = other_program(&place)
        .query_row("SELECT count(*) FROM sqlite_schema WHERE name LIKE 'kv_changes%'", [], |it| {
            it.get(0)
        })
        .expect("a number");
    assert_eq!(left, 0);
}

/// Switches the log off and on, maybe with a write between.
fn switch_off_and_on(place: &Place, value: &[u8]) {
    let off = open(place, "changes=off");
    if !value.is_empty() {
        off.set(no_group(), key(b"between"), value).expect("set");
    }
    drop(off);
    drop(open(place, "changes=on"));
}

#[test]
fn a_cursor_over_a_log_that_is_switched_off_and_on_reports_that_changes_are_missing() {
    for (before, between) in [(0, &b"1"[..]), (3, b""), (3, b"1"), (700, b"1")] {
        let place = Place::in_memory();
        let store = open(&place, "changes=on");
        let set = |id: u32| store.set(no_group(), key(&id.to_be_bytes()), b"v").expect("set");
        let newest = (0..before).fold(0, |_, id| set(id));
        let mut cursor = store.changes(0).expect("a log");
        while !cursor.next_changes().expect("changes").is_empty() {}
        switch_off_and_on(&place, between);
        let after: Vec<Version> = (0..5).map(set).collect();

        let found = cursor.next_changes().expect("changes");

        let gap = Event::Lagged { lost: 0, since: newest };
        assert_eq!(found.first(), Some(&gap), "{before} {between:?}");
        assert_eq!(found.len(), 6, "{before} {between:?}");
        assert_eq!(changes(&store, store.oldest_change().expect("a log")).len(), 5);
        assert_eq!(cursor.next_changes().expect("changes"), []);
        let gone = store.changes(newest).map(drop).expect_err("compacted");
        assert_eq!(gone.kind(), ErrorKind::Compacted);
        assert_eq!(store.changes(after[0]).map(drop), Ok(()));
    }
}

/// Watches the file that its role names, opened with these options, and says each event in words.
pub fn child(role: &[String]) {
    let [file, options] = role else { panic!("a file and options, not {role:?}") };
    let store = kv::open(&format!("sqlite:{file}?{options}")).expect("a store");
    let watch = watch(&store, WatchStart::Now);
    say("watching");
    while let Some(event) = watch.poll(SOON).expect("an open watch") {
        say(&word(&event));
    }
}

fn watching_child(place: &Place, options: &str) -> Child {
    let file = place.file("log.db");
    let mut child = Child::start("change_log", &[file.to_str().expect("a path"), options]);
    assert_eq!(child.read_line(), "watching");
    child
}

#[test]
fn a_watch_of_a_process_that_stood_still_reports_a_log_that_was_switched_off_and_on() {
    for before in [0, 1, 40_u32] {
        let place = Place::in_memory();
        let mut child = watching_child(&place, "changes=on");
        let store = open(&place, "");
        for id in 0..before {
            store.set(no_group(), key(&id.to_string().into_bytes()), b"v").expect("set");
            assert_eq!(child.read_line(), format!("set /{id}=v"));
        }
        child.signal("STOP");
        switch_off_and_on(&place, b"missed");
        // Fewer and more changes than the old log had.
        store.set(no_group(), key(b"after"), b"v").expect("set");

        child.signal("CONT");

        assert_eq!(child.read_line(), "lagged 0", "after {before} changes");
        assert_eq!(child.read_line(), "set /after=v");
    }
}

#[test]
fn a_watch_that_began_before_the_log_receives_changes_of_other_processes_from_then_on() {
    let place = Place::in_memory();
    drop(open(&place, ""));
    let mut child = watching_child(&place, "create=on");
    let store = open(&place, "changes=on");
    store.set(no_group(), key(b"first"), b"v").expect("set");
    assert_eq!(child.read_line(), "set /first=v");
    store.set(no_group(), key(b"second"), b"v").expect("set");
    assert_eq!(child.read_line(), "set /second=v");
}

#[test]
fn watching_again_after_the_last_watch_ended_misses_nothing() {
    let place = Place::in_memory();
    let store = open(&place, "changes=on");
    let other = other_program(&place);
    let insert = "INSERT INTO kv_entries (grp, key, version, value)
                  VALUES (x'', CAST(?1 AS BLOB), 0, x'') ON CONFLICT DO UPDATE SET value = x''";
    for round in 0..50 {
        let watch = watch(&store, WatchStart::Now);
        // Every second one is polled, so that the WAL watcher is in the middle of something.
        other.execute(insert, [round]).expect("an insert");
        if round % 2 == 0 {
            assert_eq!(next(&watch).key(), round.to_string().as_bytes());
        }
        drop(watch);
        other.execute(insert, [round]).expect("an insert");
    }
}

#[test]
fn a_log_that_is_switched_on_later_begins_there() {
    let place = Place::in_memory();
    let store = open(&place, "");
    let before = store.set(no_group(), key(b"k"), b"1").expect("set");
    drop(open(&place, "changes=on"));
    let after = store.set(no_group(), key(b"k"), b"2").expect("set");
    assert!(after > before);
    let oldest = store.oldest_change().expect("a log");
    assert!(before <= oldest && oldest < after);
    assert_eq!(changes(&store, oldest).len(), 1);
    assert_eq!(store.changes(0).map(drop).expect_err("compacted").kind(), ErrorKind::Compacted);
}

#[test]
fn options_of_a_log_that_is_not_kept_are_refused() {
    let place = Place::in_memory();
    for (options, kind) in [
        ("changes_keep=5", ErrorKind::Argument),
        ("changes_keep_for=5s", ErrorKind::Argument),
        ("changes=yes", ErrorKind::Argument),
        ("changes=on&changes_keep=-1", ErrorKind::Argument),
        ("changes=on&changes_keep=5x", ErrorKind::Argument),
    ] {
        let refused = kv::open(&sqlite(&place.file("log.db"), options)).map(drop);
        assert_eq!(refused.expect_err(options).kind(), kind);
    }
    drop(open(&place, ""));
    let read_only = kv::open(&sqlite(&place.file("log.db"), "read_only=on&changes=on")).map(drop);
    assert_eq!(read_only.expect_err("read only").kind(), ErrorKind::ReadOnly);
    drop(open(&place, "changes=on"));
}

#[test]
fn a_table_that_only_looks_like_the_log_is_refused() {
    let place = Place::in_memory();
    drop(open(&place, "changes=on"));
    other_program(&place).execute_batch("DROP TRIGGER kv_changes_update").expect("a change");
    let refused = kv::open(&sqlite(&place.file("log.db"), "")).map(drop);
    assert_eq!(refused.expect_err("not a store").kind(), ErrorKind::Format);
}
