//! Writes of every kind, and the rule that one which is refused has written nothing.

use kv::{Condition, ExpiryRule, Group, PIECE_LEN, SetExpiry, Store, Transaction, WriteRules};

use crate::support::redis::{Ground, fill_group};
use crate::support::{group, key, no_group};

/// A write with its name; it changes something whenever its value is another.
pub type Write = (&'static str, fn(&Store, &[u8]) -> kv::Result<()>);

/// The group of the writes.
pub const GROUP: &[u8] = b"shop:a";

pub const WRITES: [Write; 24] = [
    ("set", |it, value| it.set(no_group(), key(b"k"), value).map(drop)),
    ("set with ttl", |it, value| it.set_ttl(no_group(), key(b"k"), value, 600_000).map(drop)),
    ("set new", |it, value| it.set(no_group(), key(b"new"), value).map(drop)),
    ("set two", |it, value| {
        let two = [key(b"{t}a"), key(b"{t}b")].map(|name| (no_group(), name, value));
        it.set_many(&two, SetExpiry::Never)
    }),
    ("put", |it, value| {
        let put = it.put(no_group(), key(b"k"), value, Condition::Present, SetExpiry::Never);
        put.map(drop)
    }),
    ("increment", |it, _| it.increment(no_group(), key(b"n"), 1, 0).map(drop)),
    ("write in pieces", |it, value| in_pieces(it, no_group(), value)),
    ("append", |it, value| it.append(no_group(), key(b"k"), value, 0).map(drop)),
    ("delete", |it, _| it.delete(no_group(), key(b"gone")).map(drop)),
    ("take", |it, _| it.take(no_group(), key(b"gone")).map(drop)),
    ("expire", |it, _| it.expire(no_group(), key(b"k"), 500_000, ExpiryRule::default()).map(drop)),
    ("persist", |it, _| it.persist(no_group(), key(b"mortal")).map(drop)),
    ("set in a group", |it, value| it.set(group(GROUP), key(b"k"), value).map(drop)),
    ("set with ttl in a group", |it, value| {
        it.set_ttl(group(GROUP), key(b"k"), value, 600_000).map(drop)
    }),
    ("set in a new group", |it, value| it.set(group(b"shop:new"), key(b"k"), value).map(drop)),
    ("write in pieces in a group", |it, value| in_pieces(it, group(GROUP), value)),
    ("increment in a group", |it, _| it.increment(group(GROUP), key(b"n"), 1, 0).map(drop)),
    ("append in a group", |it, value| it.append(group(GROUP), key(b"k"), value, 0).map(drop)),
    ("delete in a group", |it, _| it.delete(group(GROUP), key(b"gone")).map(drop)),
    ("persist in a group", |it, _| it.persist(group(GROUP), key(b"mortal")).map(drop)),
    ("set into a large group", |it, value| {
        it.set(group(b"shop:large"), key(b"k"), value).map(drop)
    }),
    ("delete a prefix", |it, _| it.delete_prefix(group(b"shop:large"), b"entry").map(drop)),
    ("delete a group", |it, _| it.delete_group(group(GROUP)).map(drop)),
    ("transaction", |it, value| {
        let mut both = Transaction::new();
        for name in [&b"shop:a"[..], b"shop:b"] {
            let at = key(b"k");
            both.set(it, group(name), at, value, Condition::Any, SetExpiry::Never)?;
        }
        both.commit(it).map(drop)
    }),
];

/// Writes that entries which the writes change or remove.
pub fn prepare(store: &Store) {
    for name in [&b""[..], GROUP] {
        for at in [&b"k"[..], b"n", b"gone"] {
            store.set(group(name), key(at), b"1").expect("set");
        }
        store.set_ttl(group(name), key(b"mortal"), b"1", 3_600_000).expect("set");
    }
    for name in [&b"new"[..], b"{t}a", b"{t}b"] {
        store.delete(no_group(), key(name)).expect("delete");
    }
    for name in [&b"shop:new"[..], kv::IDEMPOTENCY_GROUP] {
        store.delete_group(group(name)).expect("delete");
    }
    if store.count(kv::GroupRange::One(group(b"shop:large"))) != Ok(300) {
        store.delete_group(group(b"shop:large")).expect("delete");
        fill_group(store, b"shop:large", 300, b"v", SetExpiry::Never);
    }
}

/// Writes a value of several pieces.
fn in_pieces(store: &Store, name: Group<'_>, value: &[u8]) -> kv::Result<()> {
    let mut writer = store.write_value(name, key(b"k"), WriteRules::default())?;
    writer.write(store, &value.repeat(PIECE_LEN))?;
    writer.commit(store).map(drop)
}

/// The writes that were made, those that failed, and those that failed though they were made.
#[derive(Default)]
pub struct Tried {
    pub done: Vec<&'static str>,
    pub failed: Vec<(&'static str, kv::Error)>,
    pub faults: Vec<String>,
}

/// Makes each write once, and compares the keys of the servers before and after each that failed.
/// `admin` may do everything; `spoil` runs before each write, `mend` after it.
pub fn try_writes(
    (ground, prefix): (&Ground, &str),
    admin: &Store,
    store: &Store,
    mut spoil: impl FnMut(),
    mut mend: impl FnMut(),
) -> Tried {
    let mut tried = Tried::default();
    for (id, (name, write)) in WRITES.iter().enumerate() {
        prepare(admin);
        spoil();
        let before = ground.stored(prefix);
        let result = write(store, format!("2{id}").as_bytes());
        let after = ground.stored(prefix);
        mend();
        match result {
            Ok(()) => tried.done.push(name),
            Err(error) => {
                let is_unknown = error.message().contains("whether it was written is not known");
                if before != after && !is_unknown {
                    tried.faults.push(format!("{name}: {error}; and it was made"));
                }
                tried.failed.push((name, error));
            }
        }
    }
    tried
}
