//! Copies at random, through kills, and of many entries.

use std::path::Path;

use crate::support::{Child, Place, Random, group, key, listen, say, sqlite};
use kv::{
    Copied, CopyOptions, CopyProgress, ErrorKind, Expiry, GroupRange, Op, SetExpiry, Store, copy,
};

const ROUNDS: usize = 60;
const KILLS: usize = 12;
/// The memory that a copy between two files may take beside that in use before: their caches, a
/// batch, and a snapshot.
const MEMORY_MAX_KIB: u64 = 32 << 10;
/// Far in the future, in milliseconds.
const LATE: i64 = 4_000_000_000_000;
const EVERYTHING: GroupRange<'_> = GroupRange::Prefix(b"");

/// Group and key of an entry.
type Position = (Vec<u8>, Vec<u8>);
/// An entry without its version.
type Content = (Position, Vec<u8>, Option<Expiry>);

fn contents(store: &Store) -> Vec<Content> {
    let mut cursor = store.entries(EVERYTHING, None).expect("a cursor");
    let mut contents = Vec::new();
    while let Some(it) = cursor.next().expect("an entry or the end") {
        contents.push(((it.group.to_vec(), it.key.to_vec()), it.value.to_vec(), it.expires_at));
    }
    contents
}

fn open(path: &Path) -> Store {
    kv::open(&sqlite(path, "durability=normal&purge_interval=0")).expect("the store opens")
}

/// Returns a store on one of the engines.
fn open_any(place: &Place, name: &str, random: &mut Random) -> Store {
    if random.one_in(2) { kv::open("memory:").expect("it opens") } else { open(&place.file(name)) }
}

/// Fills a store with groups of very different sizes.
fn fill(store: &Store, random: &mut Random) {
    for _ in 0..random.within(0..12) {
        let name = random.bytes(b"\0a:\xFF", 0..4);
        let len = *random.pick(&[1, 3, 255, 256, 257, 700]);
        for _ in 0..len {
            let id = random.bytes(b"\0ab\xFF", 0..7);
            let value_len = random.pick(&[0..3, 0..40, 900..1_100]).clone();
            let value = random.bytes(b"\0v", value_len);
            let expiry = match random.within(0..3) {
                0 => SetExpiry::Never,
                1 => SetExpiry::At(Expiry::at_millis(LATE + random.within(0..5_000) as i64)),
                _ => SetExpiry::At(Expiry::at_millis(random.within(1..5_000) as i64)),
            };
            let put = store.put(group(&name), key(&id), &value, Default::default(), expiry);
            put.expect("put");
        }
    }
}

fn position_of(at: &CopyProgress<'_>) -> Position {
    (at.position.0.as_bytes().to_vec(), at.position.1.as_bytes().to_vec())
}

fn after(position: &Option<Position>) -> CopyOptions<'_> {
    let after = position.as_ref().map(|(name, id)| (group(name), key(id)));
    CopyOptions { after, ..CopyOptions::default() }
}

/// Copies in several calls, each of which ends after some batches and may go on from any position
/// before that; returns how many there were.
fn copy_in_parts(from: &Store, to: &Store, random: &mut Random) -> usize {
    let (mut position, mut calls) = (None, 0);
    loop {
        let mut left = random.within(1..6);
        let mut reached = position.clone();
        let ended = copy(from, to, &after(&position), &mut |at| {
            // An earlier position copies some entries twice, which changes nothing.
            if !random.one_in(3) {
                reached = Some(position_of(at));
            }
            left -= 1;
            left > 0
        });
        position = reached;
        calls += 1;
        match ended {
            Ok(copied) => {
                assert_eq!((copied.skipped, copied.expired, copied.missing), (0, 0, 0));
                return calls;
            }
            Err(error) => assert_eq!(error.kind(), ErrorKind::Cancelled, "{error}"),
        }
    }
}

#[test]
fn random_stores_are_equal_after_copies_that_were_resumed_at_random_points() {
    let mut random = Random::announced("files::copy::random_stores", 11);
    let place = Place::in_memory();
    let (mut entries, mut calls) = (0, 0);
    for round in 0..ROUNDS {
        let from = open_any(&place, &format!("from-{round}.db"), &mut random);
        let to = open_any(&place, &format!("to-{round}.db"), &mut random);
        fill(&from, &mut random);
        let expected = contents(&from);

        calls += copy_in_parts(&from, &to, &mut random);

        assert!(contents(&to) == expected, "round {round}: the stores differ");
        assert!(contents(&from) == expected, "round {round}: the source has changed");
        to.check().expect("the target is sound");
        entries += expected.len();
    }
    println!("{ROUNDS} stores with {entries} entries in {calls} calls");
    assert!(entries > 1_000 * ROUNDS / 10 && calls > 2 * ROUNDS);
}

/// Sets entries with keys from 0 on, in batches.
fn fill_in_order(store: &Store, many: u64) {
    let value = [b'v'; 100];
    for first in (0..many).step_by(1_000) {
        let ids: Vec<_> = (first..(first + 1_000).min(many)).map(u64::to_be_bytes).collect();
        let set = |id| {
            let (condition, expiry) = (Default::default(), SetExpiry::Never);
            Op::Set { group: group(b"many"), key: key(id), value: &value, condition, expiry }
        };
        let ops: Vec<_> = ids.iter().map(|id| set(id)).collect();
        store.commit(&ops).expect("a batch");
    }
}

fn files(directory: &Path) -> (Store, Store) {
    (open(&directory.join("from.db")), open(&directory.join("to.db")))
}

#[test]
fn a_copy_that_was_killed_goes_on_from_the_last_position_it_reported() {
    let mut random = Random::announced("copy::a_copy_that_was_killed", 12);
    let place = Place::on_disk();
    let path = place.path().to_str().expect("a path in UTF-8");
    {
        let (from, _) = files(place.path());
        fill_in_order(&from, 40_000);
        fill(&from, &mut random);
    }
    let mut position = String::new();
    for _ in 0..KILLS {
        let mut child = Child::start("copy", &["copy", path, &position]);
        for _ in 0..random.within(1..10) {
            position = child.read_line();
        }
        child.kill();
        // Whole batches, and no entry that is not the source's.
        let (from, to) = files(place.path());
        to.check().expect("the target is sound");
        let (there, all) = (contents(&to), contents(&from));
        assert!(there == all[..there.len()], "the target is no beginning of the source");
        let reported = parse(&position).expect("a position");
        assert!(there.last().is_some_and(|it| it.0 >= reported), "the reported entry is not there");
    }

    let mut child = Child::start("copy", &["copy", path, &position]);
    while child.read_line() != "done" {}
    child.join();

    let (from, to) = files(place.path());
    assert!(contents(&to) == contents(&from), "the stores differ");
}

#[test]
fn many_entries_are_copied_in_bounded_memory() {
    let place = Place::in_memory();
    let path = place.path().to_str().expect("a path in UTF-8");
    let mut child = Child::start("copy", &["many", path]);

    let said = child.read_line();
    child.join();

    println!("{said}");
    let grown: u64 = said.split(' ').next().and_then(|it| it.parse().ok()).expect("a number");
    assert!(grown < MEMORY_MAX_KIB, "the copy took {grown} KiB");
}

/// The other process; see [`Child`].
pub fn child(role: &[String]) {
    match role.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["copy", directory] => copy_and_report(Path::new(directory), None),
        ["copy", directory, position] => copy_and_report(Path::new(directory), parse(position)),
        ["many", directory] => copy_many(Path::new(directory)),
        _ => panic!("no role: {role:?}"),
    }
}

/// Copies the entries behind a position and sends each position that it reaches.
fn copy_and_report(directory: &Path, position: Option<Position>) {
    // A parent that is gone kills no child.
    std::thread::spawn(|| {
        while listen().is_some() {}
        std::process::exit(1);
    });
    let (from, to) = files(directory);
    let copied = copy(&from, &to, &after(&position), &mut |at| {
        let (name, id) = position_of(at);
        say(&format!("{} {}", hex(&name), hex(&id)));
        true
    });
    copied.expect("a copy");
    say("done");
    std::process::exit(0);
}

fn copy_many(directory: &Path) {
    let many = if std::env::var_os("KV_LONG").is_some() { 1_000_000 } else { 200_000 };
    let (from, to) = files(directory);
    fill_in_order(&from, many);
    // The peak begins again.
    std::fs::write("/proc/self/clear_refs", "5").expect("Linux");
    let before = memory_kib("VmRSS:");
    let began = std::time::Instant::now();
    let copied = copy(&from, &to, &CopyOptions::default(), &mut |_| true);
    let took = began.elapsed();
    let grown = memory_kib("VmHWM:").saturating_sub(before);
    let bytes = many * (4 + 8 + 100);
    assert_eq!(copied, Ok(Copied { entries: many, bytes, ..Copied::default() }));
    assert_eq!(to.count(EVERYTHING), Ok(many));
    say(&format!("{grown} KiB more than before for {many} entries in {took:.1?}"));
}

fn memory_kib(what: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find_map(|line| line.strip_prefix(what)).expect("a figure");
    line.trim().trim_end_matches(" kB").parse().expect("a number")
}

fn hex(bytes: &[u8]) -> String {
    let digits = bytes.iter().map(|byte| format!("{byte:02x}"));
    // So that an empty name is a word, too.
    std::iter::once("x".to_owned()).chain(digits).collect()
}

fn parse(position: &str) -> Option<Position> {
    let bytes = |word: &str| -> Vec<u8> {
        let digits = word.strip_prefix('x').expect("a name in hex").as_bytes().chunks(2);
        let text = digits.map(|it| std::str::from_utf8(it).expect("ASCII"));
        text.map(|it| u8::from_str_radix(it, 16).expect("hex")).collect()
    };
    let (name, id) = position.split_once(' ')?;
    Some((bytes(name), bytes(id)))
}
