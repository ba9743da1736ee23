//! The pieces of values on a server: those of values that were never committed, were replaced, or
//! have lost one.

use std::sync::Arc;
use std::time::Duration;

use kv::{
    CallContext, Error, ErrorKind, ExpiryRule, Group, PIECE_LEN, Put, Scan, Store, Timestamp,
    ValueReader, WriteRules,
};

use crate::redis::{get, kind, open, start};
use crate::support::child::{Child, say};
use crate::support::redis::{Client, Fate, Proxy, Server, ServerClock, Setup, aloud};
use crate::support::{Random, drain, group, key, no_group};

/// Three pieces and some bytes.
pub const LEN: usize = 3 * PIECE_LEN + 5;
/// The time at which a server's clock stands at first.
const START: Timestamp = Timestamp::from_micros(1_700_000_000_000_000);
pub const OPTIONS: &str = "prefix=p&purge_interval=0";
/// Longer than pieces live that no process renews.
const MINUTE_MS: i64 = 60_001;

/// Bytes that differ at each place and with each seed.
pub fn bytes(seed: u64, len: usize) -> Vec<u8> {
    let word = |at: u64| (at ^ seed << 40).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(29);
    let mut bytes: Vec<u8> =
        (0..len.div_ceil(8) as u64).flat_map(|at| word(at).to_le_bytes()).collect();
    bytes.truncate(len);
    bytes
}

/// Writes a value in pieces.
pub fn write(store: &Store, name: Group<'_>, at: &[u8], value: &[u8]) -> kv::Result<Put> {
    let mut writer = store.write_value(name, key(at), WriteRules::default())?;
    writer.write(store, value)?;
    writer.commit(store)
}

pub fn reader(store: &Store, name: Group<'_>, at: &[u8]) -> Box<dyn ValueReader> {
    store.read_value(name, key(at)).expect("a reader").expect("a value")
}

/// Reads a value from an offset to its end.
pub fn rest(reader: &mut dyn ValueReader, offset: usize) -> kv::Result<Vec<u8>> {
    let mut value = vec![0; reader.info().size as usize - offset];
    let len = reader.read(&CallContext::default(), offset as u64, &mut value)?;
    assert_eq!(len, value.len());
    Ok(value)
}

fn start_ruled() -> (Server, Arc<ServerClock>) {
    let clock = Arc::new(ServerClock::new());
    clock.set(START);
    (start(Setup::default().clock(&clock)), clock)
}

/// Lets time pass on the server.
fn pass(clock: &ServerClock, since_start_ms: i64) {
    clock.set(Timestamp::from_micros(START.as_micros() + since_start_ms * 1_000));
}

/// Returns the names of the keys that hold pieces.
pub fn pieces(client: &mut Client) -> Vec<Vec<u8>> {
    client.call(&["KEYS", "p{???}p:*"]).sorted()
}

/// The part of a process that dies while it writes: its location, and the group.
pub fn write_and_wait(role: &[String]) {
    let store = open(&role[0]);
    let name = role.get(1).map_or(no_group(), |it| group(it.as_bytes()));
    let mut writer = store.write_value(name, key(b"k"), WriteRules::default()).expect("a writer");
    writer.write(&store, &bytes(1, LEN)).expect("room");
    say("written");
    // The parent kills this process meanwhile.
    std::thread::sleep(Duration::from_secs(600));
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn what_a_dead_process_wrote_is_gone_after_a_minute_without_any_process() {
    let (server, clock) = start_ruled();
    let location = server.location(OPTIONS);
    let mut children = [
        Child::start("redis_pieces", &[&location]),
        Child::start("redis_pieces", &[&location, "g"]),
    ];
    children.iter_mut().for_each(|it| assert_eq!(it.read_line(), "written"));
    let mut client = server.client();
    let left = pieces(&mut client);
    assert_eq!(left.len(), 1 + 3, "one string, and the pieces that are full");
    for name in &left {
        let ttl = client.bytes(&[b"PTTL", name]).integer();
        assert!((1..=60_000).contains(&ttl), "{ttl}");
    }
    children.into_iter().for_each(Child::kill);
    pass(&clock, MINUTE_MS);
    assert_eq!(client.call(&["KEYS", "*"]).sorted(), Vec::<Vec<u8>>::new());
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn a_writer_that_stood_still_too_long_says_so_and_writes_nothing() {
    let (server, clock) = start_ruled();
    let store = open(&server.location(OPTIONS));
    for (round, name) in [no_group(), group(b"g")].into_iter().enumerate() {
        store.set(name, key(b"k"), b"old").expect("set");
        let mut writer =
            store.write_value(name, key(b"k"), WriteRules::default()).expect("a writer");
        writer.write(&store, &bytes(1, LEN)).expect("room");
        pass(&clock, MINUTE_MS * (round as i64 + 1));
        let error = writer.commit(&store).expect_err("gone");
        assert_eq!(error.kind(), ErrorKind::Closed, "{error}");
        assert!(error.message().contains("write the value again"), "{error}");
        let entry = store.get(name, key(b"k")).expect("get").expect("an entry");
        assert_eq!(&*entry.value, b"old");
    }
    store.check().expect("sound");
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn a_value_over_stream_max_is_refused_with_the_name_of_the_option() {
    let server = start(Setup::default());
    let store = open(&server.location(&format!("{OPTIONS}&stream_max=768KiB")));
    for name in [no_group(), group(b"g")] {
        write(&store, name, b"k", &bytes(1, 3 * PIECE_LEN)).expect("as long as it may be");
        let refused = write(&store, name, b"k", &bytes(2, LEN)).expect_err("longer");
        assert_eq!(refused.kind(), ErrorKind::TooLarge);
        assert!(refused.message().contains("stream_max"), "{refused}");
        assert!(
            rest(&mut *reader(&store, name, b"k"), 0).expect("read") == bytes(1, 3 * PIECE_LEN)
        );
    }
    assert_eq!(pieces(&mut server.client()).len(), 3, "those of the writers are gone at once");
    let invalid = kv::open(&server.location("stream_max=lots")).err().expect("no size");
    assert_eq!(invalid.kind(), ErrorKind::Argument);
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn a_value_that_has_lost_a_piece_is_named_by_every_call() {
    let server = start(Setup::default());
    let store = open(&server.location(OPTIONS));
    let (name, mut client) = (group(b"g"), server.client());
    for lost in 0..4 {
        write(&store, name, b"k", &bytes(1, LEN)).expect("written");
        store.check().expect("sound");
        let mut reading = reader(&store, name, b"k");
        // The others are those of values that were replaced.
        let kept = pieces(&mut client).into_iter();
        let kept: Vec<_> = kept.filter(|it| client.bytes(&[b"PTTL", it]).integer() == -1).collect();
        assert_eq!(kept.len(), 4);
        client.bytes(&[b"DEL", &kept[lost]]);

        assert_eq!(kind(rest(&mut *reading, 0)), ErrorKind::Compacted);
        assert_eq!(kind(store.get(name, key(b"k"))), ErrorKind::Compacted);
        let error = store.append(name, key(b"k"), b"x", 0).expect_err("not whole");
        assert_eq!(error.kind(), ErrorKind::Corrupt, "{error}");
        let error = store.check().expect_err("damaged");
        assert_eq!(error.kind(), ErrorKind::Corrupt, "{error}");
        assert!(error.message().contains("a piece of a value is missing"), "{error}");
        assert_eq!(store.info(name, key(b"k")).expect("info").map(|it| it.size), Some(LEN as u64));
    }
    assert!(store.delete(name, key(b"k")).expect("delete"));
    store.check().expect("sound");
}

/// Another client may set a field to what looks like a value in pieces.
#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn a_field_that_lies_about_its_pieces_ends_no_call_but_with_an_error() {
    let server = start(Setup::default());
    let store = open(&server.location(OPTIONS));
    let name = group(b"g");
    store.set(name, key(b"k"), b"v").expect("set");
    let hash = server.client().call(&["KEYS", "*}h:g"]).sorted().remove(0);
    let plant = |field: &[u8]| server.client().bytes(&[b"HSET", &hash, b"k", field]);
    for (size, expected) in [
        ("0", ErrorKind::Compacted),
        ("5", ErrorKind::Compacted),
        ("536870912", ErrorKind::Compacted),
        ("536870913", ErrorKind::TooLarge),
        ("1152921504606846976", ErrorKind::TooLarge),
    ] {
        plant(format!("!0123456789abcdef:{size}").as_bytes());
        let read = store.get(name, key(b"k"));
        assert!(size == "0" || kind(read) == expected, "{size}");
        let opened = store.read_value(name, key(b"k"));
        assert_eq!(opened.is_err(), size.len() > 15, "{size}");
    }
    for plain in ["!0123456789abcdef", "!0123456789abcde:12", "!0123456789abcdef:", "5!x"] {
        plant(plain.as_bytes());
        let entry = store.get(name, key(b"k")).expect("get").expect("an entry");
        assert_eq!(&*entry.value, plain.as_bytes(), "a value of another client");
    }
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn a_server_that_is_lost_while_a_value_is_written_gives_unavailable_and_nothing_half_written() {
    let server = start(Setup::default());
    let proxy = Proxy::to(server.port());
    let options = "prefix=p&purge_interval=0&pool_size=1&connect_timeout=300ms&call_timeout=300ms";
    let (store, direct) = (open(&proxy.location(options)), open(&server.location(OPTIONS)));
    let value = bytes(1, LEN);
    for name in [no_group(), group(b"g")] {
        // In the middle.
        let mut writer =
            store.write_value(name, key(b"k"), WriteRules::default()).expect("a writer");
        writer.write(&store, &value[..PIECE_LEN + 1]).expect("room");
        proxy.decide(Fate::Silence);
        let failed = |result: kv::Result<()>| result.expect_err("no server").kind();
        assert_eq!(failed(writer.write(&store, &value)), ErrorKind::Unavailable);
        assert_eq!(failed(writer.write(&store, b"")), ErrorKind::Unavailable);
        proxy.cut();
        proxy.decide(Fate::Pass);
        assert_eq!(kind(writer.commit(&store)), ErrorKind::Unavailable, "it is of no use");
        drop(writer);
        assert!(direct.get(name, key(b"k")).expect("get").is_none());

        // At each reply of a commit.
        for after in [0, 1, 20] {
            let mut writer =
                store.write_value(name, key(b"k"), WriteRules::default()).expect("a writer");
            writer.write(&store, &value).expect("room");
            proxy.decide(Fate::CutAfter(after));
            let committed = writer.commit(&store);
            proxy.decide(Fate::Pass);
            let is_known = |error: &Error| !error.message().contains("is not known");
            let found = direct.get(name, key(b"k")).expect("get").map(|it| it.value.to_vec());
            assert!(found.is_none() || found.as_ref() == Some(&value), "a half");
            match &committed {
                Ok(_) => assert!(found.is_some()),
                Err(error) => {
                    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
                    assert!(found.is_none() || !is_known(error), "{error}");
                }
            }
            // The end of a writer whose commit may have been made takes no piece of it away.
            drop(writer);
            let after = direct.get(name, key(b"k")).expect("get").map(|it| it.value.to_vec());
            assert!(after == found);
            direct.delete(name, key(b"k")).expect("delete");
        }
    }
    direct.check().expect("sound");
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn without_a_prefix_pieces_are_no_entries_of_the_default_group() {
    for scans in ["live", "snapshot"] {
        let server = start(Setup::default());
        let store = open(&server.location(&format!("prefix=&purge_interval=0&scans={scans}")));
        write(&store, group(b"g"), b"k", &bytes(1, LEN)).expect("written");
        let mut writer =
            store.write_value(no_group(), key(b"l"), WriteRules::default()).expect("a writer");
        writer.write(&store, &bytes(1, LEN)).expect("room");
        store.set(no_group(), key(b"m"), b"v").expect("set");

        let rows = drain(&mut *store.scan(Scan::all(no_group())).expect("a cursor"));
        assert_eq!(rows.iter().map(|it| &it.1[..]).collect::<Vec<_>>(), [b"m"]);
        assert_eq!(store.count(kv::GroupRange::One(no_group())), Ok(1));
        assert_eq!(store.delete_group(no_group()), Ok(1));
        assert!(matches!(writer.commit(&store), Ok(Put::Written(_))));
        assert!(get(&store, b"l").as_deref() == Some(&bytes(1, LEN)[..]));
        let entry = store.get(group(b"g"), key(b"k")).expect("get").expect("an entry");
        assert!(*entry.value == bytes(1, LEN)[..]);
        store.check().expect("sound");
    }
}

/// The entries that a random walk should leave: the length and the seed of each value in pieces,
/// `None` of a short one.
type Model = std::collections::BTreeMap<(Vec<u8>, Vec<u8>), Option<(u64, usize)>>;

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn whatever_is_written_and_removed_no_piece_is_left_over_and_none_is_missing() {
    let (server, clock) = start_ruled();
    let store = open(&server.location(OPTIONS));
    let (mut model, mut random, mut time) = (Model::new(), Random::of(7), 0);
    let mut client = server.client();
    for step in 0..400_u64 {
        let (group_name, name) =
            (vec![b'a' + random.within(0..3) as u8], vec![b'k', random.within(0..4) as u8]);
        let (place, at) = (group(&group_name), key(&name));
        let entry = (group_name.clone(), name.clone());
        match random.within(0..12) {
            0..=3 => {
                let len = PIECE_LEN + 1 + random.within(0..2 * PIECE_LEN);
                write(&store, place, &name, &bytes(step, len)).expect("written");
                model.insert(entry, Some((step, len)));
            }
            4 => {
                store.set(place, at, b"short").expect("set");
                model.insert(entry, None);
            }
            5 => assert_eq!(store.delete(place, at), Ok(model.remove(&entry).is_some())),
            6 => {
                let taken = store.take(place, at).expect("take").map(|it| it.value.to_vec());
                assert!(taken == model.remove(&entry).map(value_of));
            }
            7 => {
                let rule = ExpiryRule::default();
                store.expire(place, at, 5, rule).expect("expire");
                time += 6;
                pass(&clock, time);
                if random.within(0..2) == 0 {
                    store.purge_expired().expect("purge");
                }
                model.remove(&entry);
            }
            8 if random.within(0..4) == 0 => {
                store.delete_group(place).expect("delete");
                model.retain(|(it, _), _| *it != group_name);
            }
            9 => {
                store.delete_prefix(place, &name).expect("delete");
                model.remove(&entry);
            }
            10 => {
                store.append(place, at, b"tail", 0).expect("append");
                // The value is whole then.
                store.set(place, at, b"short").expect("set");
                model.insert(entry, None);
            }
            _ => {
                let mut writer =
                    store.write_value(place, at, WriteRules::default()).expect("a writer");
                writer.write(&store, &bytes(step, LEN)).expect("room");
            }
        }
        let found = store.get(place, at).expect("get").map(|it| it.value.to_vec());
        let expected = model.get(&(group_name.clone(), name.clone())).copied().map(value_of);
        assert!(found == expected, "step {step}");
        if step % 40 == 39 {
            store.check().expect("sound");
        }
    }
    store.purge_expired().expect("purge");
    let expected: usize = model.values().flatten().map(|(_, len)| len.div_ceil(PIECE_LEN)).sum();
    let left = pieces(&mut client).len();
    aloud(&format!("{left} pieces before the leases end, {expected} after"));
    assert!(left > expected, "replaced values wait for their readers");
    pass(&clock, time + MINUTE_MS);
    let left = pieces(&mut client);
    assert_eq!(left.len(), expected);
    for name in left {
        assert_eq!(client.bytes(&[b"PTTL", &name]).integer(), -1);
    }
    for ((group_name, name), it) in &model {
        let found = store.get(group(group_name), key(name)).expect("get").expect("an entry");
        assert!(found.value.to_vec() == value_of(*it));
    }
    store.check().expect("sound");
    store.delete_all(no_group()).expect("delete");
    pass(&clock, time + 2 * MINUTE_MS);
    assert_eq!(pieces(&mut client), Vec::<Vec<u8>>::new());
}

fn value_of(it: Option<(u64, usize)>) -> Vec<u8> {
    it.map_or(b"short".to_vec(), |(seed, len)| bytes(seed, len))
}

/// A reader keeps what it reads, and a process that reads renews it.
#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn a_reader_renews_the_pieces_of_its_replaced_value() {
    let server = start(Setup::default());
    let store = open(&server.location(OPTIONS));
    let (name, mut client) = (group(b"g"), server.client());
    write(&store, name, b"k", &bytes(1, LEN)).expect("written");
    let mut reading = reader(&store, name, b"k");
    let replaced = pieces(&mut client);
    write(&store, name, b"k", &bytes(2, LEN)).expect("written");
    let ttl = |client: &mut Client| client.bytes(&[b"PTTL", &replaced[0]]).integer();
    // As if half of the lease had passed.
    for piece in &replaced {
        client.bytes(&[b"PEXPIRE", piece, b"30000"]);
    }
    crate::support::until("the lease is renewed", Duration::from_secs(40), || {
        ttl(&mut client) > 30_000
    });
    assert!(rest(&mut *reading, 0).expect("a read") == bytes(1, LEN));
    drop(reading);
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn a_user_that_may_not_write_reads_in_pieces_and_is_told_at_the_first_that_it_writes() {
    let server = start(Setup::default());
    let store = open(&server.location(OPTIONS));
    let rules = ["on", ">secret", "~p*", "&*", "+@all", "-@write"];
    server.client().call(&[&["ACL", "SETUSER", "guest"][..], &rules].concat());
    let guest = open(&format!("redis://guest:secret@127.0.0.1:{}?{OPTIONS}", server.port()));
    for name in [no_group(), group(b"g")] {
        for len in [LEN, 20 * PIECE_LEN] {
            write(&store, name, b"k", &bytes(1, len)).expect("written");
            let mut reading = reader(&guest, name, b"k");
            assert!(rest(&mut *reading, 0).expect("a read") == bytes(1, len));
            let entry = guest.get(name, key(b"k")).expect("get").expect("an entry");
            assert!(*entry.value == bytes(1, len));
        }
        let before = pieces(&mut server.client());
        let refused = write(&guest, name, b"k", &bytes(2, LEN)).expect_err("no right");
        assert_eq!(refused.kind(), ErrorKind::Permission, "{refused}");
        assert_eq!(pieces(&mut server.client()), before);
    }
}
