//! Values in pieces in a slot that moves, a piece at a time: they are read to their end, and a
//! write is made as a whole, or not at all and says that the slot moves.

use kv::{ErrorKind, Put, Store, ValueWriter, WriteRules};

use crate::redis::open;
use crate::redis::pieces::{bytes, reader, rest, write};
use crate::redis::resharding::alone;
use crate::support::redis::SlotMove;
use crate::support::redis::names::{key_slot, slot_of_group};
use crate::support::{group, key, no_group};

/// Six pieces.
const LEN: usize = 5 * kv::PIECE_LEN + 5;

/// Fails unless a call has succeeded, or the slot moves.
fn is_done<T>(result: kv::Result<T>, call: &str) -> Option<T> {
    match result {
        Ok(done) => Some(done),
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::Unavailable, "{call}: {error}");
            None
        }
    }
}

/// Moves those of the keys of a slot, all that have not moved, that are to move first.
fn move_first(it: &mut SlotMove<'_>, first: impl Fn(usize, &[u8]) -> bool) {
    let keys = it.keys().into_iter().enumerate();
    let keys: Vec<_> = keys.filter(|(id, name)| first(*id, name)).map(|it| it.1).collect();
    keys.chunks(2).for_each(|page| it.move_keys(page));
}

fn is_piece(name: &[u8]) -> bool {
    name.windows(3).any(|it| it == b"}p:")
}

/// Whether a key moves in the first half of the keys, by its place and name.
type IsFirst = fn(usize, &[u8]) -> bool;

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn a_value_is_read_and_replaced_while_its_pieces_move() {
    let cluster = alone();
    let store = open(&cluster.location("prefix=pieces&call_timeout=300ms&purge_interval=0"));
    let orders: [(&str, IsFirst); 5] = [
        ("nothing", |_, _| false),
        ("pieces", |_, name| is_piece(name)),
        ("all but pieces", |_, name| !is_piece(name)),
        ("mixed", |id, _| id % 2 == 0),
        ("everything", |_, _| true),
    ];
    for (title, first) in orders {
        let (name, old) = (group(title.as_bytes()), bytes(1, LEN));
        write(&store, name, b"k", &old).expect("written");
        write(&store, name, b"gone", &old).expect("written");
        let mut reading = reader(&store, name, b"k");
        assert!(rest(&mut *reading, LEN - 7).expect("a read") == old[LEN - 7..]);
        let slot = slot_of_group(&cluster, "pieces", title.as_bytes());
        let mut moving = cluster.begin_move(slot);
        // It is written before, during and after the move.
        let mut writing = begin(&store, title, b"k");
        writing.write(&store, &bytes(2, LEN / 2)).expect("room");
        move_first(&mut moving, first);

        assert!(rest(&mut *reading, 0).expect("a read") == old, "{title}");
        let found = store.get(name, key(b"k")).map(|it| it.map(|it| it.value.to_vec()));
        let found = is_done(found, title);
        assert!(found.is_none_or(|it| it.as_ref() == Some(&old)), "{title}");
        is_done(store.check(), title);
        writing.write(&store, &bytes(2, LEN)[LEN / 2..]).expect("room");
        // The pieces that are written during a move are on both servers, and the others on one.
        let early = is_done(writing.commit(&store), title);
        let deleted = is_done(store.delete(name, key(b"gone")), title);
        let appended = is_done(store.append(name, key(b"k"), b"", 0), title);
        assert!(rest(&mut *reading, 0).expect("a read") == old, "{title}");
        moving.finish();

        assert!(rest(&mut *reading, 0).expect("a read") == old, "{title}");
        if early.is_none() {
            let now = store.get(name, key(b"k")).expect("get").expect("an entry");
            assert!(*now.value == old, "{title}: nothing was written");
            assert!(matches!(writing.commit(&store), Ok(Put::Written(_))), "{title}");
        }
        assert!(appended.is_none_or(|it| it == LEN), "{title}");
        let now = store.get(name, key(b"k")).expect("get").expect("an entry");
        assert!(*now.value == bytes(2, LEN), "{title}");
        assert_eq!(store.delete(name, key(b"gone")), Ok(deleted.is_none()), "{title}");
        store.check().expect("sound");
        assert_eq!(store.delete_group(name), Ok(1));
        // The pieces of a value that was replaced or removed are leased.
        let mut owner = cluster.master_of_slot(slot).client();
        for piece in owner.call(&["KEYS", "pieces{???}p:*"]).sorted() {
            assert!(owner.bytes(&[b"PTTL", &piece]).integer() > 0, "{title}: left for ever");
        }
    }
}

fn begin(store: &Store, name: &str, at: &[u8]) -> ValueWriter {
    store.write_value(group(name.as_bytes()), key(at), WriteRules::default()).expect("a writer")
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn a_value_of_the_default_group_is_written_while_its_slot_moves() {
    let cluster = alone();
    let store = open(&cluster.location("prefix=plain&call_timeout=300ms&purge_interval=0"));
    let mut client = cluster.nodes()[0].client();
    for (title, exists, moves) in
        [("a", true, false), ("b", true, true), ("c", false, false), ("d", false, true)]
    {
        let at = format!("k{title}").into_bytes();
        if exists {
            store.set(no_group(), key(&at), b"old").expect("set");
        }
        let mut writing =
            store.write_value(no_group(), key(&at), WriteRules::default()).expect("a writer");
        writing.write(&store, &bytes(2, LEN / 2)).expect("room");
        let slot = key_slot(&mut client, &[b"plain:", &at[..]].concat());
        let mut moving = cluster.begin_move(slot);
        if moves {
            move_first(&mut moving, |_, name| is_piece(name));
        }
        writing.write(&store, &bytes(2, LEN)[LEN / 2..]).expect("room");
        let early = is_done(writing.commit(&store), title);
        let found = store.get(no_group(), key(&at)).expect("get").map(|it| it.value.to_vec());
        if early.is_none() {
            assert_eq!(found, exists.then(|| b"old".to_vec()), "{title}");
        }
        moving.finish();
        if early.is_none() {
            assert!(matches!(writing.commit(&store), Ok(Put::Written(_))), "{title}");
        }
        let now = store.get(no_group(), key(&at)).expect("get").expect("an entry");
        assert!(*now.value == bytes(2, LEN), "{title}");
    }
    for node in cluster.masters() {
        let left = node.client().call(&["KEYS", "plain{???}p:*"]).sorted();
        assert_eq!(left, Vec::<Vec<u8>>::new());
    }
}
