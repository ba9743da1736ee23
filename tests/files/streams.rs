//! Values in pieces in a file: their tables, their leases, and what is left of writers that die.

use std::fs;
use std::sync::Arc;
use std::time::Duration;

use kv::{
    CallContext, Clock, Condition, ErrorKind, ManualClock, PIECE_LEN, Put, SetExpiry, Store,
    SystemClock, Timestamp, ValueReader, ValueWriter, WriteRules,
};
use rusqlite::Connection;

use crate::support::{Child, Place, group, key, listen, no_group, say, sqlite, until};

const LIMIT: Duration = Duration::from_secs(60);
/// More than is removed at once with an entry.
const LARGE: usize = 40 * PIECE_LEN + 7;

fn open(place: &Place, options: &str) -> Store {
    kv::open(&sqlite(&place.file("s.db"), options)).expect("a store")
}

fn begin(store: &Store, name: &[u8]) -> ValueWriter {
    store.write_value(group(b"g"), key(name), WriteRules::default()).expect("a writer")
}

fn piece(number: usize) -> Vec<u8> {
    (number as u64).to_le_bytes().repeat(PIECE_LEN / 8)
}

fn write(store: &Store, name: &[u8], len: usize) {
    let mut writer = begin(store, name);
    for number in 0..len / PIECE_LEN {
        writer.write(store, &piece(number)).expect("room");
    }
    writer.write(store, &piece(len / PIECE_LEN)[..len % PIECE_LEN]).expect("room");
    assert!(matches!(writer.commit(store), Ok(Put::Written(_))));
}

fn reader(store: &Store, name: &[u8]) -> Box<dyn ValueReader> {
    store.read_value(group(b"g"), key(name)).expect("a reader").expect("a value")
}

/// Reads piece `number` and asserts what it is.
fn assert_piece(reader: &mut dyn ValueReader, number: usize) {
    let mut buffer = vec![0; PIECE_LEN];
    let call = CallContext::default();
    let len = reader.read(&call, (number * PIECE_LEN) as u64, &mut buffer).expect("a piece");
    assert!(buffer[..len] == piece(number)[..len] && len > 0);
}

fn numbers(place: &Place, sql: &str) -> Vec<i64> {
    let other = Connection::open(place.file("s.db")).expect("a connection");
    let mut statement = other.prepare(sql).expect("a statement");
    let rows = statement.query_map([], |row| row.get(0)).expect("rows");
    rows.collect::<Result<_, _>>().expect("numbers")
}

fn pieces(place: &Place) -> i64 {
    numbers(place, "SELECT count(*) FROM kv_pieces")[0]
}

fn run(place: &Place, sql: &str) {
    let other = Connection::open(place.file("s.db")).expect("a connection");
    other.execute_batch(sql).expect(sql);
}

/// Another process. Without a word after the location it writes two pieces of a value, says so, and
/// waits to be killed; else it reads a value without a lease, while its parent overwrites that.
pub fn child(role: &[String]) {
    let store = kv::open(&role[0]).expect("a store");
    if role.len() == 1 {
        let mut writer = begin(&store, b"k");
        (0..3).for_each(|number| writer.write(&store, &piece(number)).expect("room"));
        say("written");
        listen();
        return;
    }
    let mut reader = reader(&store, b"k");
    assert_piece(&mut *reader, 5);
    say("read");
    listen();
    let failed = reader.read(&CallContext::default(), 0, &mut [0; 10]).expect_err("it is gone");
    say(&format!("{:?}: {failed}", failed.kind()));
}

#[test]
fn the_pieces_of_a_value_that_is_gone_are_removed() {
    let place = Place::in_memory();
    let store = open(&place, "purge_interval=50ms");
    for _ in 0..3 {
        write(&store, b"k", LARGE);
    }
    write(&store, b"l", LARGE);
    store.set(group(b"g"), key(b"whole"), &vec![1; 9 * PIECE_LEN]).expect("set");
    until("the old pieces are gone", LIMIT, || pieces(&place) == 2 * 41 + 9);
    store.check().expect("a sound file");
    store.set(group(b"g"), key(b"k"), b"short").expect("set");
    store.set_ttl(group(b"g"), key(b"whole"), b"short", 1).expect("set");
    assert_eq!(store.delete_group(group(b"g")).map(|count| count >= 2), Ok(true));
    until("all pieces are gone", LIMIT, || pieces(&place) == 0);
    assert_eq!(numbers(&place, "SELECT count(*) FROM kv_streams"), [0]);
    store.check().expect("a sound file");
}

#[test]
fn overwriting_a_large_value_takes_bounded_space() {
    let place = Place::in_memory();
    let store = open(&place, "purge_interval=50ms&wal_limit=1MiB");
    for _ in 0..30 {
        write(&store, b"k", LARGE);
    }
    until("the old pieces are gone", LIMIT, || pieces(&place) == 41);
    let len = fs::metadata(place.file("s.db")).expect("a file").len();
    // All that was written is 315 MB.
    assert!(len < 12 * LARGE as u64, "{len} bytes");
}

#[test]
fn a_writer_that_is_killed_leaves_nothing_that_lasts() {
    let place = Place::on_disk();
    let location = sqlite(&place.file("s.db"), "");
    let mut child = Child::start("streams", &[&location]);
    assert_eq!(child.read_line(), "written");
    child.kill();
    assert_eq!(pieces(&place), 2);

    let clock = Arc::new(ManualClock::new(SystemClock.now()));
    let store = kv::open_with_clock(&location, clock.clone()).expect("a store");
    store.check().expect("unfinished values are no damage");
    assert!(store.read_value(group(b"g"), key(b"k")).expect("a read").is_none());
    clock.advance(40_000);
    drop(store);
    // The pieces are removed with the next purge after the end of the lease.
    let location = sqlite(&place.file("s.db"), "purge_interval=20ms");
    let store = kv::open_with_clock(&location, clock).expect("a store");
    until("the pieces are gone", LIMIT, || pieces(&place) == 0);
    assert_eq!(numbers(&place, "SELECT count(*) FROM kv_streams"), [0]);
    store.check().expect("a sound file");
}

#[test]
fn a_writer_that_stands_still_is_told() {
    let place = Place::in_memory();
    let store = open(&place, "");
    let mut writer = begin(&store, b"k");
    writer.write(&store, &vec![0; 2 * PIECE_LEN]).expect("room");
    run(&place, "UPDATE kv_streams SET state = 2, lease = 0");
    store.compact().expect("compact");
    let failed = writer.write(&store, &vec![0; 2 * PIECE_LEN]).expect_err("its pieces are gone");
    assert_eq!(failed.kind(), ErrorKind::Closed);
    assert!(failed.message().contains("write the value again"), "{failed}");
    assert_eq!(writer.commit(&store).expect_err("the same").kind(), ErrorKind::Closed);
    drop(writer);
    assert!(store.read_value(group(b"g"), key(b"k")).expect("a read").is_none());
}

#[test]
fn leases_outlast_a_clock_that_is_set_forward() {
    let place = Place::in_memory();
    let clock = Arc::new(ManualClock::new(Timestamp::from_micros(1_700_000_000_000_000)));
    let location = sqlite(&place.file("s.db"), "purge_interval=20ms");
    let store = kv::open_with_clock(&location, clock.clone()).expect("a store");
    write(&store, b"k", LARGE);
    write(&store, b"small", 3 * PIECE_LEN);
    let (mut large, mut small) = (reader(&store, b"k"), reader(&store, b"small"));
    let mut writer = begin(&store, b"w");
    writer.write(&store, &vec![7; 3 * PIECE_LEN]).expect("room");
    clock.advance(3_600_000);
    store.delete_group(group(b"g")).expect("delete");
    write(&store, b"k", LARGE);
    store.delete(group(b"g"), key(b"k")).expect("delete");
    std::thread::sleep(Duration::from_millis(200));
    (0..41).for_each(|number| assert_piece(&mut *large, number));
    (0..3).for_each(|number| assert_piece(&mut *small, number));
    assert!(matches!(writer.commit(&store), Ok(Put::Written(_))));
    drop((large, small));
    clock.advance(3_600_000);
    until("only the new value is left", LIMIT, || pieces(&place) == 3);
}

#[test]
fn a_reader_without_a_lease_is_told_when_its_value_is_gone() {
    let place = Place::in_memory();
    let store = open(&place, "");
    write(&store, b"k", LARGE);
    let mut child =
        Child::start("streams", &[&sqlite(&place.file("s.db"), "read_only=on"), "reads"]);
    assert_eq!(child.read_line(), "read");
    write(&store, b"k", LARGE);
    until("the old pieces are gone", LIMIT, || pieces(&place) == 41);
    child.send_line("go on");
    let failed = child.read_line();
    assert!(failed.starts_with("Compacted") && failed.contains("open another reader"), "{failed}");
}

#[test]
fn a_reader_keeps_no_log() {
    let place = Place::in_memory();
    let store = open(&place, "wal_limit=1MiB&purge_interval=50ms");
    write(&store, b"k", LARGE);
    let mut reader = reader(&store, b"k");
    assert_piece(&mut *reader, 0);
    let value = vec![1; 100_000];
    let wal = || fs::metadata(place.file("s.db-wal")).expect("a log").len();
    for round in 0..1_000_u32 {
        store.set(no_group(), key(&(round % 10).to_be_bytes()), &value).expect("set");
        if round == 500 {
            store.delete(group(b"g"), key(b"k")).expect("delete");
        }
    }
    // 100 MB were written.
    assert!(wal() < 16 << 20, "{} bytes", wal());
    (0..41).for_each(|number| assert_piece(&mut *reader, number));
}

#[test]
fn a_check_finds_pieces_without_an_owner_and_a_compaction_removes_them() {
    for (sql, found) in [
        ("DELETE FROM kv_streams", "missing from kv_values"),
        ("DELETE FROM kv_entries", "without an owner"),
        ("INSERT INTO kv_pieces VALUES (1 << 40, x'00')", "without an owner"),
        ("DELETE FROM kv_pieces WHERE (id & 3) = 2", "not complete"),
        ("UPDATE kv_streams SET size = size + 1", "not complete"),
        ("UPDATE kv_pieces SET data = x'01' WHERE (id & 3) = 2", "not complete"),
    ] {
        let place = Place::in_memory();
        let store = open(&place, "purge_interval=20ms");
        write(&store, b"k", 3 * PIECE_LEN);
        store.check().expect("a sound file");
        run(&place, sql);
        let damage = store.check().expect_err(sql);
        assert_eq!(damage.kind(), ErrorKind::Corrupt, "{sql}");
        assert!(damage.message().contains(found), "{sql}: {damage}");
        // No read of a damaged value goes on for ever, or returns other bytes.
        let whole = store.get(group(b"g"), key(b"k")).map(|entry| entry.is_some());
        let kind = whole.as_ref().map_err(|error| error.kind());
        assert!(kind == Err(ErrorKind::Corrupt) || found == "without an owner", "{sql}: {kind:?}");
        if found == "without an owner" {
            store.compact().expect("compact");
            store.check().expect(sql);
        }
        // A damaged value can be replaced and removed.
        store.set(group(b"g"), key(b"k"), b"whole").expect(sql);
        store.compact().expect("compact");
        store.check().expect(sql);
    }
}

#[test]
fn a_number_of_another_program_leads_to_no_other_value() {
    let place = Place::in_memory();
    let store = open(&place, "");
    write(&store, b"k", 3 * PIECE_LEN);
    for overflow in ["-999", "-9223372036854775808", "-4611686018427387904"] {
        run(
            &place,
            &format!(
                "INSERT OR REPLACE INTO kv_entries (grp, key, version, value, overflow)
             VALUES (x'67', x'6c', 5, x'', {overflow})"
            ),
        );
        let failed = store.get(group(b"g"), key(b"l")).map(drop).expect_err(overflow);
        assert_eq!(failed.kind(), ErrorKind::Corrupt);
        let failed = store.read_value(group(b"g"), key(b"l")).map(drop).expect_err(overflow);
        assert_eq!(failed.kind(), ErrorKind::Corrupt);
    }
    assert_piece(&mut *reader(&store, b"k"), 2);
}

#[test]
fn backups_have_values_in_pieces_and_a_restore_ends_their_writers() {
    let place = Place::on_disk();
    let store = open(&place, "changes=on");
    write(&store, b"k", LARGE);
    let mut writer = begin(&store, b"w");
    writer.write(&store, &vec![7; 3 * PIECE_LEN]).expect("room");
    let backup = place.file("backup.db");
    store.backup(&backup, &mut |_| true).expect("a backup");
    write(&store, b"k", 2 * PIECE_LEN);
    writer.write(&store, &vec![7; PIECE_LEN]).expect("room");

    let copied = kv::open(&sqlite(&backup, "")).expect("a store");
    (0..41).for_each(|number| assert_piece(&mut *reader(&copied, b"k"), number));
    copied.check().expect("a sound backup");
    drop(copied);

    store.restore(&backup, &mut |_| true).expect("a restore");
    (0..41).for_each(|number| assert_piece(&mut *reader(&store, b"k"), number));
    store.check().expect("a sound file");
    let failed = writer.write(&store, &vec![7; 3 * PIECE_LEN]).expect_err("its pieces are gone");
    assert_eq!(failed.kind(), ErrorKind::Closed);
    drop(writer);
    let mut changes = store.changes(0);
    if let Ok(changes) = &mut changes {
        while !changes.next_changes().expect("changes").is_empty() {}
    }
    write(&store, b"new", LARGE);
    store.check().expect("a sound file");
}

#[test]
fn a_reader_takes_no_value_of_a_restored_store_for_its_own() {
    let (place, other) = (Place::on_disk(), Place::on_disk());
    let (store, from) = (open(&place, ""), open(&other, ""));
    write(&store, b"k", LARGE);
    let mut writer = begin(&from, b"k");
    (0..40).for_each(|_| writer.write(&from, &vec![9; PIECE_LEN]).expect("room"));
    writer.write(&from, &[9; 7]).expect("room");
    assert!(matches!(writer.commit(&from), Ok(Put::Written(_))));
    let backup = other.file("backup.db");
    from.backup(&backup, &mut |_| true).expect("a backup");
    let mut before = reader(&store, b"k");

    store.restore(&backup, &mut |_| true).expect("a restore");

    let failed = before.read(&CallContext::default(), 0, &mut [0; 9]).expect_err("it is gone");
    assert_eq!(failed.kind(), ErrorKind::Compacted);
    let mut buffer = [0; 9];
    let mut after = reader(&store, b"k");
    assert_eq!(after.read(&CallContext::default(), 300_000, &mut buffer), Ok(9));
    assert_eq!(buffer, [9; 9]);
}

#[test]
fn a_log_of_changes_has_the_size_and_no_bytes() {
    let place = Place::in_memory();
    let store = open(&place, "changes=on");
    write(&store, b"k", 2 * PIECE_LEN + 3);
    store.set(no_group(), key(b"whole"), &vec![1; 9 * PIECE_LEN]).expect("set");
    let log = "SELECT coalesce(size, -1) FROM kv_changes ORDER BY version";
    assert_eq!(numbers(&place, log), [2 * PIECE_LEN as i64 + 3, -1]);
    let bytes = "SELECT coalesce(length(value), -1) FROM kv_changes ORDER BY version";
    assert_eq!(numbers(&place, bytes), [-1, 9 * PIECE_LEN as i64]);
    let mut cursor = store.changes(0).expect("changes");
    let mut found = Vec::new();
    loop {
        let some = cursor.next_changes().expect("changes");
        if some.is_empty() {
            break;
        }
        found.extend(some);
    }
    let sizes: Vec<_> = found
        .iter()
        .map(|event| match event {
            kv::Event::Change(change) => (change.size() as usize, change.value().len()),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(sizes, [(2 * PIECE_LEN + 3, 0), (9 * PIECE_LEN, 9 * PIECE_LEN)]);
}

#[test]
fn a_file_of_format_1_that_is_in_use_has_no_values_in_pieces() {
    let place = Place::on_disk();
    let fixture = crate::support::root().join("tests/fixtures/format-1");
    let file = fs::read_dir(fixture).expect("fixtures").map(|it| it.expect("a file").path());
    let file = file.filter(|it| it.extension().is_some_and(|it| it == "db")).min().expect("one");
    fs::copy(file, place.file("s.db")).expect("a copy");
    // Another connection keeps the file in format 1.
    let other = Connection::open(place.file("s.db")).expect("a connection");
    other.query_row("SELECT count(*) FROM kv_entries", [], |_| Ok(())).expect("a read");
    let store = open(&place, "");
    assert_eq!(store.stats().expect("stats").format, 1);
    let mut writer = begin(&store, b"k");
    let failed = writer.write(&store, &vec![0; 2 * PIECE_LEN]).expect_err("format 1");
    assert_eq!(failed.kind(), ErrorKind::Unsupported);
    assert!(failed.message().contains("format 1"), "{failed}");
    drop(writer);
    let large = vec![7; 9 * PIECE_LEN];
    let never = SetExpiry::Never;
    store.put(group(b"g"), key(b"k"), &large, Condition::Any, never).expect("put");
    let mut buffer = vec![0; 9 * PIECE_LEN];
    let len = reader(&store, b"k").read(&CallContext::default(), 0, &mut buffer).expect("a read");
    assert!(len == large.len() && buffer == large);
    drop((store, other));

    let store = open(&place, "");
    assert_eq!(store.stats().expect("stats").format, 2);
    write(&store, b"k", LARGE);
    assert_piece(&mut *reader(&store, b"k"), 40);
    store.check().expect("a sound file");
}
