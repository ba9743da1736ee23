//! Values that are written and read in pieces.

use std::time::Duration;

use kv::{
    CallContext, ChangeKind, Commit, Condition, CopyOptions, ErrorKind, Event, ExpiryRule, Group,
    GroupRange, Namespace, Op, PIECE_LEN, Put, Quota, Reply, STREAM_LEN_MAX, Scan, Selection,
    Selector, SetExpiry, Store, StreamId, Ttl, VALUE_LEN_MAX, ValueReader, ValueWriter, Values,
    WatchStart, WriteRules,
};

use crate::conformance::fixture::{Fixture, get, set, value_of};
use crate::support::{drain, group, key, no_group};

/// Three pieces and some bytes.
const LEN: usize = 3 * PIECE_LEN + 5;

/// Bytes that differ at each place and with each seed.
fn bytes(seed: u64, len: usize) -> Vec<u8> {
    let word = |at: u64| {
        let mixed = (at ^ seed << 40).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        (mixed ^ mixed >> 29).to_le_bytes()
    };
    let mut bytes: Vec<u8> = (0..len.div_ceil(8) as u64).flat_map(word).collect();
    bytes.truncate(len);
    bytes
}

fn begin<'s>(store: &'s Store, name: Group<'_>, at: &[u8], rules: WriteRules) -> Writing<'s> {
    Writing { store, writer: store.write_value(name, key(at), rules).expect("a writer") }
}

/// A writer and its store.
struct Writing<'s> {
    store: &'s Store,
    writer: ValueWriter,
}

impl Writing<'_> {
    fn write(&mut self, bytes: &[u8]) -> Result<(), ErrorKind> {
        self.writer.write(self.store, bytes).map_err(|error| error.kind())
    }

    fn commit(mut self) -> Put {
        self.writer.commit(self.store).expect("a commit")
    }
}

/// Writes a value in calls of `step` bytes.
fn write_in(store: &Store, name: Group<'_>, at: &[u8], value: &[u8], step: usize) -> Put {
    let mut writing = begin(store, name, at, WriteRules::default());
    value.chunks(step).for_each(|part| writing.write(part).expect("room"));
    writing.commit()
}

fn write(at: &Fixture, name: &[u8], value: &[u8]) -> u64 {
    match write_in(&at.store, group(b"g"), name, value, PIECE_LEN) {
        Put::Written(version) => version,
        conflict => panic!("{conflict:?}"),
    }
}

fn open(store: &Store, name: Group<'_>, at: &[u8]) -> Option<Box<dyn ValueReader>> {
    store.read_value(name, key(at)).expect("a reader")
}

fn read_at(reader: &mut dyn ValueReader, offset: u64, len: usize) -> Vec<u8> {
    let mut buffer = vec![0; len];
    let read = reader.read(&CallContext::default(), offset, &mut buffer).expect("a read");
    buffer.truncate(read);
    buffer
}

/// Reads a value in calls of `step` bytes.
fn read_in(reader: &mut dyn ValueReader, step: usize) -> Vec<u8> {
    let mut value = Vec::new();
    loop {
        let part = read_at(reader, value.len() as u64, step);
        if part.is_empty() {
            return value;
        }
        value.extend(part);
    }
}

fn read(at: &Fixture, name: &[u8]) -> Option<Vec<u8>> {
    open(&at.store, group(b"g"), name).map(|mut reader| read_in(&mut *reader, 100_000))
}

fn whole(at: &Fixture, name: &[u8]) -> Option<Vec<u8>> {
    at.get_in(b"g", name)
}

fn is_equal(left: Option<Vec<u8>>, right: &[u8]) -> bool {
    left.as_deref() == Some(right)
}

cases! {

fn a_value_is_the_same_whatever_the_lengths_of_its_writes_and_reads(at) {
    for len in [0, 1, PIECE_LEN - 1, PIECE_LEN, PIECE_LEN + 1, 2 * PIECE_LEN, LEN] {
        let value = bytes(len as u64, len);
        for step in [4_096, 65_537, PIECE_LEN, 10 * PIECE_LEN] {
            for name in [no_group(), group(b"g")] {
                write_in(&at.store, name, b"k", &value, step);
                let mut reader = open(&at.store, name, b"k").expect("a value");
                assert_eq!(reader.info().size, len as u64);
                for step in [9_999, PIECE_LEN, 10 * PIECE_LEN] {
                    assert!(read_in(&mut *reader, step) == value, "{len} bytes");
                }
                let entry = at.store.get(name, key(b"k")).expect("get").expect("an entry");
                assert!(*entry.value == value[..], "{len} bytes");
                assert_eq!(at.store.info(name, key(b"k")).expect("info"), Some(entry.info()));
                assert_eq!(reader.info(), entry.info());
            }
        }
    }
}

fn a_value_that_was_set_is_read_in_pieces(at) {
    for len in [0, 1, 70_000, LEN, 9 * PIECE_LEN] {
        let value = bytes(1, len);
        for name in [no_group(), group(b"g")] {
            at.store.set_ttl(name, key(b"k"), &value, 60_000).expect("set");
            let mut reader = open(&at.store, name, b"k").expect("a value");
            assert!(read_in(&mut *reader, 65_536) == value);
            assert_eq!(Some(reader.info()), at.store.info(name, key(b"k")).expect("info"));
        }
    }
}

fn reads_at_any_offset_return_what_is_there(at) {
    let value = bytes(2, LEN);
    write(at, b"k", &value);
    let mut reader = open(&at.store, group(b"g"), b"k").expect("a value");
    for (offset, len) in [(LEN - 3, 100), (0, 1), (PIECE_LEN - 1, 2), (PIECE_LEN, LEN), (LEN, 1),
                          (LEN + 1, 1), (2 * PIECE_LEN + 7, PIECE_LEN), (5, 0)] {
        let there = value.get(offset..).unwrap_or_default();
        let there = &there[..there.len().min(len)];
        assert!(read_at(&mut *reader, offset as u64, len) == there, "{len} bytes at {offset}");
    }
    assert_eq!(read_at(&mut *reader, u64::MAX, 9), b"");
}

fn nothing_is_seen_before_the_commit(at) {
    let (old, new) = (bytes(3, LEN), bytes(4, LEN + 9));
    write(at, b"old", &old);
    let mut over = begin(&at.store, group(b"g"), b"old", WriteRules::default());
    let mut fresh = begin(&at.store, group(b"other"), b"new", WriteRules::default());
    over.write(&new).expect("room");
    fresh.write(&new).expect("room");

    assert_eq!(over.writer.size(), new.len() as u64);
    assert!(is_equal(read(at, b"old"), &old));
    assert_eq!(at.get_in(b"other", b"new"), None);
    assert_eq!(at.groups(b""), [b"g"]);
    assert_eq!((at.count(b"g"), at.count(b"other")), (1, 0));

    fresh.commit();
    over.commit();
    assert!(is_equal(read(at, b"old"), &new));
    assert!(is_equal(at.get_in(b"other", b"new"), &new));
}

fn a_writer_that_is_dropped_leaves_nothing(at) {
    let mut writing = begin(&at.store, group(b"g"), b"k", WriteRules::default());
    writing.write(&bytes(5, LEN)).expect("room");
    drop(writing);
    assert_eq!(read(at, b"k"), None);
    assert_eq!(at.groups(b""), Vec::<Vec<u8>>::new());
    assert_eq!(at.store.usage().expect("stats").entries, 0);
}

fn conditions_hold_at_the_commit(at) {
    let put = |condition, seed, expiry| {
        let rules = WriteRules { condition, expiry, durability: None };
        let mut writing = begin(&at.store, group(b"g"), b"k", rules);
        writing.write(&bytes(seed, LEN)).expect("room");
        writing
    };
    let is_written = |put| matches!(put, Put::Written(_));
    assert_eq!(put(Condition::Present, 1, SetExpiry::Never).commit(), Put::Conflict(0));
    let (first, second) = (put(Condition::Absent, 1, SetExpiry::Never), put(Condition::Absent, 2, SetExpiry::Never));
    assert!(is_written(second.commit()));
    let version = at.store.info(group(b"g"), key(b"k")).expect("info").expect("an entry").version;
    assert_eq!(first.commit(), Put::Conflict(version));
    assert!(is_equal(whole(at, b"k"), &bytes(2, LEN)));
    let late = put(Condition::Version(version), 4, SetExpiry::Never);
    assert!(is_written(put(Condition::Version(version), 3, SetExpiry::Never).commit()));
    assert!(matches!(late.commit(), Put::Conflict(now) if now != version));
    assert!(is_equal(read(at, b"k"), &bytes(3, LEN)));
}

fn expiries_are_those_of_a_put(at) {
    let write = |expiry| {
        let rules = WriteRules { expiry, ..WriteRules::default() };
        let mut writing = begin(&at.store, group(b"g"), b"k", rules);
        writing.write(&bytes(1, LEN)).expect("room");
        writing
    };
    let ttl = || at.store.ttl(group(b"g"), key(b"k")).expect("ttl");
    let writing = write(SetExpiry::After(1_000));
    at.clock.advance(500);
    writing.commit();
    assert_eq!(ttl(), Some(Ttl::Millis(1_000)));
    write(SetExpiry::Keep).commit();
    assert_eq!(ttl(), Some(Ttl::Millis(1_000)));
    let rule = ExpiryRule::default();
    at.store.expire(group(b"g"), key(b"k"), 10, rule).expect("expire");
    assert!(is_equal(whole(at, b"k"), &bytes(1, LEN)));
    let mut reader = open(&at.store, group(b"g"), b"k").expect("a value");
    at.clock.advance(10);
    assert_eq!((read(at, b"k"), whole(at, b"k")), (None, None));
    assert!(read_in(&mut *reader, PIECE_LEN) == bytes(1, LEN), "the reader was opened before");
    write(SetExpiry::Never).commit();
    assert_eq!(ttl(), Some(Ttl::Never));
    let rules = WriteRules { expiry: SetExpiry::After(-5), ..WriteRules::default() };
    let refused = at.store.write_value(group(b"g"), key(b"k"), rules).map(drop);
    assert_eq!(refused.expect_err("a ttl below 0").kind(), ErrorKind::Argument);
}

fn a_reader_sees_its_value_to_the_end(at) {
    let first = bytes(1, LEN);
    let changes: [&dyn Fn(); 5] = [
        &|| assert_ne!(write(at, b"k", &bytes(2, LEN)), 0),
        &|| assert_ne!(at.set_in(b"g", b"k", b"short"), 0),
        &|| assert_eq!(at.store.delete(group(b"g"), key(b"k")), Ok(true)),
        &|| assert_eq!(at.store.delete_group(group(b"g")), Ok(1)),
        &|| assert_eq!(at.store.delete_all(no_group()), Ok(1)),
    ];
    for change in changes {
        write(at, b"k", &first);
        let mut reader = open(&at.store, group(b"g"), b"k").expect("a value");
        assert!(read_at(&mut *reader, 0, 10) == first[..10]);
        change();
        at.store.purge_expired().expect("a purge");
        assert!(read_in(&mut *reader, 70_000) == first);
    }
}

fn calls_on_whole_values_work_on_those_in_pieces(at) {
    let value = bytes(7, LEN);
    let version = write(at, b"k", &value);
    write(at, b"l", &value);
    let name = group(b"g");

    let many = [(name, key(b"k")), (name, key(b"none")), (name, key(b"l"))];
    let many = at.store.get_many(&many).expect("get many");
    assert!(many.iter().map(|it| it.as_ref().map_or(0, |it| it.value.len())).eq([LEN, 0, LEN]));
    assert!(at.store.exists(name, key(b"k")).expect("exists"));
    let rows = drain(&mut *at.store.scan(Scan::all(name)).expect("a cursor"));
    assert!(rows.len() == 2 && rows.iter().all(|(_, _, found)| *found == value));
    let mut sizes = at.store.scan(Scan { values: Values::Sizes, ..Scan::all(name) }).expect("a cursor");
    let entry = sizes.next().expect("a scan").expect("an entry");
    assert_eq!((entry.key, entry.value, entry.value_size), (&b"k"[..], &b""[..], LEN as u64));
    drop(sizes);

    let tail = at.store.append(name, key(b"l"), b"tail", 0).expect("append");
    assert_eq!(tail, LEN + 4);
    assert!(is_equal(whole(at, b"l"), &[&value[..], b"tail"].concat()));
    let failed = at.store.increment(name, key(b"k"), 1, 0).expect_err("no integer");
    assert_eq!(failed.kind(), ErrorKind::NotInteger);
    assert!(is_equal(whole(at, b"k"), &value));

    let condition = Condition::Version(version);
    let steps = [
        Op::Check { group: name, key: key(b"k"), condition },
        Op::Get { group: name, key: key(b"k") },
        Op::Take { group: name, key: key(b"k") },
        Op::Get { group: name, key: key(b"k") },
    ];
    let (commit, replies) = at.commit(&steps).expect("a batch");
    assert_eq!(commit, Commit::Applied);
    assert!(value_of(&replies[1]) == Some(&value[..]) && value_of(&replies[2]) == Some(&value[..]));
    assert_eq!(replies[3], Reply::Entry(None));
    assert_eq!(at.count(b"g"), 1);
    assert_eq!(at.store.delete_prefix(name, b"l"), Ok(1));
    assert_eq!(at.groups(b""), Vec::<Vec<u8>>::new());
}

fn a_transaction_reads_a_value_in_pieces(at) {
    let value = bytes(7, LEN);
    write(at, b"k", &value);
    let mut transaction = kv::Transaction::new();
    let entry = transaction.get(&at.store, group(b"g"), key(b"k")).expect("get").expect("there");
    assert!(*entry.value == value[..]);
    write(at, b"k", &bytes(8, LEN));
    let (any, never) = (Condition::Any, SetExpiry::Never);
    transaction.set(&at.store, group(b"g"), key(b"m"), b"v", any, never).expect("set");
    assert_eq!(transaction.commit(&at.store), Ok(false));
}

fn a_transaction_reads_no_value_that_it_does_not_return(at) {
    let piece = bytes(1, PIECE_LEN);
    let mut writing = begin(&at.store, group(b"g"), b"k", WriteRules::default());
    // Together more than a transaction holds.
    for _ in 0..VALUE_LEN_MAX / PIECE_LEN + 1 {
        writing.write(&piece).expect("room");
    }
    writing.commit();
    write(at, b"l", &bytes(2, LEN));
    let (store, name) = (&at.store, group(b"g"));
    let mut transaction = kv::Transaction::new();
    assert_eq!(transaction.exists(store, name, key(b"k")), Ok(true));
    assert_eq!(transaction.ttl(store, name, key(b"k")), Ok(Some(Ttl::Never)));
    let rule = ExpiryRule::default();
    let outcome = transaction.expire(store, name, key(b"k"), 50_000, rule);
    assert_eq!(outcome, Ok(kv::ExpireOutcome::Set));
    let outcome = transaction.expire(store, name, key(b"l"), 60_000, rule);
    assert_eq!(outcome, Ok(kv::ExpireOutcome::Set));
    let mut keys = transaction.scan(store, Scan { values: Values::Sizes, ..Scan::all(name) });
    let rows = keys.as_mut().map(|cursor| {
        let entry = cursor.next().expect("a scan").expect("an entry");
        (entry.key.to_vec(), entry.value_size)
    });
    let size = (VALUE_LEN_MAX + PIECE_LEN) as u64;
    assert_eq!(rows.ok(), Some((b"k".to_vec(), size)));
    drop(keys);
    let entry = transaction.get(store, name, key(b"l")).expect("get").expect("an entry");
    assert!(*entry.value == bytes(2, LEN)[..]);
    assert_eq!(transaction.ttl(store, name, key(b"l")), Ok(Some(Ttl::Millis(60_000))));
    let refused = transaction.get(store, name, key(b"k")).expect_err("too large");
    assert_eq!(refused.kind(), ErrorKind::TooLarge);
    assert_eq!(transaction.commit(store), Ok(true));
    assert_eq!(store.ttl(name, key(b"k")), Ok(Some(Ttl::Millis(50_000))));

    assert_eq!(transaction.delete(store, name, key(b"k")), Ok(true));
    assert_eq!(transaction.commit(store), Ok(true));
    assert!(!store.exists(name, key(b"k")).expect("exists"));

    // A value that has changed between the two reads is a conflict.
    assert_eq!(transaction.exists(store, name, key(b"l")), Ok(true));
    write(at, b"l", &bytes(3, LEN));
    let entry = transaction.get(store, name, key(b"l")).expect("get").expect("an entry");
    assert_eq!(entry.value.len(), LEN);
    assert_eq!(transaction.delete(store, name, key(b"l")), Ok(true));
    assert_eq!(transaction.commit(store), Ok(false));
    assert!(store.exists(name, key(b"l")).expect("exists"));
}

fn a_stream_that_is_not_there_is_refused(at) {
    let (condition, expiry) = (Condition::Any, SetExpiry::Never);
    let set = |stream, size| {
        let op = Op::SetStream { group: group(b"g"), key: key(b"k"), stream, size, condition, expiry };
        at.commit(&[op])
    };
    let failed = set(StreamId(987_654_321), 5).expect_err("no such stream");
    assert!([ErrorKind::Closed, ErrorKind::Unsupported].contains(&failed.kind()), "{failed}");
    assert_eq!(read(at, b"k"), None);
    let failed = set(StreamId(1), STREAM_LEN_MAX + 1).expect_err("too large");
    assert_eq!(failed.kind(), ErrorKind::TooLarge);
}

fn the_bytes_count_as_they_come(at) {
    let namespace = Namespace::new(b"a").expect("a namespace");
    let limit = (2 * LEN) as u64;
    let quota = Quota { max_bytes: limit, ..Quota::default() };
    if at.store.set_quota(&namespace, quota).is_err() {
        // No scope sets a quota.
        return;
    }
    let store = at.store.scope(&namespace).expect("a scope");
    let usage = || at.store.quota(&namespace).expect("an account").usage.bytes;
    let put = |name: &[u8], len: usize| {
        let mut writing = begin(&store, group(b"g"), name, WriteRules::default());
        for part in bytes(1, len).chunks(PIECE_LEN) {
            writing.write(part)?;
        }
        let Writing { mut writer, store } = writing;
        writer.commit(store).map_err(|error| error.kind())
    };
    assert!(put(b"k", LEN).is_ok());
    assert_eq!(usage(), (3 + 1 + LEN) as u64);
    let mut endless = begin(&store, group(b"g"), b"l", WriteRules::default());
    let mut written = 0;
    let refused = loop {
        assert!(written < 2 * LEN, "it should be refused by now");
        match endless.write(&bytes(1, PIECE_LEN)) {
            Ok(()) => written += PIECE_LEN,
            Err(refused) => break refused,
        }
    };
    assert_eq!((refused, endless.write(b"more")), (ErrorKind::Quota, Err(ErrorKind::Quota)));
    drop(endless);
    assert_eq!(put(b"l", LEN + 1).expect_err("over the limit"), ErrorKind::Quota);
    assert_eq!(usage(), (3 + 1 + LEN) as u64);
    // The old value makes room for the new one.
    assert!(put(b"k", 2 * LEN - 4).is_ok());
    assert_eq!(usage(), limit);
    assert!(store.delete(group(b"g"), key(b"k")).expect("delete"));
    assert_eq!(usage(), 0);
    assert!(put(b"k", 10).is_ok());
    at.store.check().expect("the usage is right");
}

fn events_have_the_size_and_no_bytes(at) {
    let selection = Selection { group: Selector::Any, key: Selector::Any };
    let watch = at.store.watch(selection, 64, WatchStart::Now).expect("a watch");
    let version = write(at, b"k", &bytes(1, LEN));
    write(at, b"short", b"bytes");
    at.store.delete(group(b"g"), key(b"k")).expect("delete");
    let next = || match watch.poll(Some(Duration::from_secs(20))).expect("open") {
        Some(Event::Change(change)) => change,
        other => panic!("{other:?}"),
    };
    let change = next();
    assert_eq!((change.kind(), change.group(), change.key()), (ChangeKind::Set, &b"g"[..], &b"k"[..]));
    assert_eq!((change.size(), change.value(), change.is_large()), (LEN as u64, &b""[..], true));
    assert_eq!(change.version(), version);
    let change = next();
    assert_eq!((change.size(), change.value(), change.is_large()), (5, &b"bytes"[..], false));
    let change = next();
    assert_eq!((change.kind(), change.size(), change.is_large()), (ChangeKind::Delete, 0, false));
}

fn scopes_have_their_own(at) {
    let scope = |name: &[u8]| at.store.scope(&Namespace::new(name).expect("a name")).expect("a scope");
    let (a, b) = (scope(b"a"), scope(b"b"));
    write_in(&a, no_group(), b"k", &bytes(1, LEN), PIECE_LEN);
    write_in(&b, no_group(), b"k", &bytes(2, LEN), PIECE_LEN);
    for (store, seed) in [(&a, 1), (&b, 2)] {
        let mut reader = open(store, no_group(), b"k").expect("a value");
        assert!(read_in(&mut *reader, PIECE_LEN) == bytes(seed, LEN));
    }
    assert!(is_equal(at.get_in(b"a:", b"k"), &bytes(1, LEN)));
    assert_eq!(a.delete_all(no_group()), Ok(1));
    assert!(open(&a, no_group(), b"k").is_none() && open(&b, no_group(), b"k").is_some());
}

fn a_copy_takes_values_in_pieces_along(at) {
    let to = at.with("");
    let large = bytes(1, 9 * PIECE_LEN + 1);
    write(at, b"large", &large);
    at.set_in(b"g", b"a", b"small");
    at.store.set_ttl(group(b"h"), key(b"set"), &bytes(2, LEN), 50_000).expect("set");
    let rules = WriteRules { expiry: SetExpiry::After(9_000), ..WriteRules::default() };
    let mut writing = begin(&at.store, group(b"h"), b"mortal", rules);
    writing.write(&bytes(3, 9 * PIECE_LEN)).expect("room");
    writing.commit();

    let copied = kv::copy(&at.store, &to.store, &CopyOptions::default(), &mut |_| true).expect("a copy");

    assert_eq!((copied.entries, copied.missing, copied.skipped), (4, 0, 0));
    let total = large.len() + 5 + LEN + 9 * PIECE_LEN + "glarge".len() + "ga".len() + "hset".len() + "hmortal".len();
    let name = if at.store.groups(b"").is_ok() { total as u64 } else { 0 };
    assert_eq!(copied.bytes, name);
    assert!(is_equal(to.get_in(b"g", b"large"), &large) && is_equal(to.get_in(b"h", b"set"), &bytes(2, LEN)));
    assert_eq!(to.store.ttl(group(b"h"), key(b"mortal")), Ok(Some(Ttl::Millis(9_000))));
    assert_eq!(to.store.count(GroupRange::Prefix(b"")), Ok(4));
}

fn many_writers_of_one_key_leave_one_of_their_values(at) {
    const WRITERS: u64 = 4;
    std::thread::scope(|scope| {
        for seed in 0..WRITERS {
            scope.spawn(move || {
                for round in 0..3 {
                    write(at, b"k", &bytes(seed + 10 * round, LEN + seed as usize));
                }
            });
        }
        scope.spawn(|| {
            for _ in 0..6 {
                let Some(mut reader) = open(&at.store, group(b"g"), b"k") else { continue };
                let value = read_in(&mut *reader, 65_536);
                assert_eq!(value.len() as u64, reader.info().size);
                let seed = (value.len() - LEN) as u64;
                assert!((0..3).any(|round| value == bytes(seed + 10 * round, value.len())));
            }
        });
    });
    let value = whole(at, b"k").expect("a value");
    assert!(value == read(at, b"k").expect("the same"));
    assert_eq!(at.count(b"g"), 1);
    assert_eq!(at.applied(&[set(b"a", b"b"), get(b"a")]).len(), 2);
}

fn a_value_over_the_limit_of_whole_ones_is_read_in_pieces_alone(at) {
    let piece = bytes(1, PIECE_LEN);
    let size = (VALUE_LEN_MAX + PIECE_LEN + 9) as u64;
    let mut writing = begin(&at.store, group(b"g"), b"k", WriteRules::default());
    for _ in 0..size / PIECE_LEN as u64 {
        writing.write(&piece).expect("room");
    }
    writing.write(&piece[..9]).expect("room");
    writing.commit();

    let (name, large) = (group(b"g"), key(b"k"));
    let info = at.store.info(name, large).expect("info").expect("an entry");
    assert_eq!(info.size, size);
    let mut reader = open(&at.store, name, b"k").expect("a value");
    assert_eq!(reader.info(), info);
    for offset in [0, 1_000 * PIECE_LEN as u64, size - 9] {
        let len = if offset == size - 9 { 9 } else { PIECE_LEN };
        assert!(read_at(&mut *reader, offset, PIECE_LEN) == piece[..len]);
    }
    let kind = |error: kv::Error| {
        assert!(error.message().contains("kv_reader_open"), "{error}");
        error.kind()
    };
    let refused = Err(ErrorKind::TooLarge);
    assert_eq!(at.store.get(name, large).map(drop).map_err(kind), refused);
    assert_eq!(at.store.take(name, large).map(drop).map_err(kind), refused);
    assert_eq!(at.store.get_many(&[(name, large)]).map(drop).map_err(kind), refused);
    let mut cursor = at.store.scan(Scan::all(name)).expect("a cursor");
    assert_eq!(cursor.next().map(drop).map_err(kind), refused);
    drop(cursor);
    let refused = at.store.append(name, large, b"x", 0).map_err(|error| error.kind());
    assert_eq!(refused, Err(ErrorKind::TooLarge));
    let mut sizes = at.store.scan(Scan { values: Values::Sizes, ..Scan::all(name) }).expect("a cursor");
    assert_eq!(sizes.next().expect("a scan").map(|entry| entry.value_size), Some(size));
    drop(sizes);
    assert!(at.store.exists(name, large).expect("exists"));
    assert!(at.store.delete(name, large).expect("delete"));
    assert!(read_at(&mut *reader, size - 9, 100) == piece[..9]);
}

}
