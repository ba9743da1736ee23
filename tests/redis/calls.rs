//! A call of every kind on a store in a Redis.

use std::time::Duration;

use kv::{
    BeginOutcome, CallContext, CopyOptions, Error, ErrorKind, Event, GroupRange, Idempotency,
    PIECE_LEN, Quota, Scan, Selection, Selector, Store, Ttl, WatchStart, WriteRules,
};

use crate::redis::writes::{GROUP, WRITES};
use crate::support::listing::namespace;
use crate::support::redis::rows;
use crate::support::{group, key, no_group, word};

/// How long an event may take.
const PATIENCE: Duration = Duration::from_secs(10);

type Call = fn(&Store) -> kv::Result<()>;

/// Calls that read or change a little; the entries are those of [`crate::redis::writes::prepare`].
const CALLS: [(&str, Call); 23] = [
    ("get", |it| right(it.get(no_group(), key(b"k"))?.is_some())),
    ("get in a group", |it| right(it.get(group(GROUP), key(b"k"))?.is_some())),
    ("exists", |it| right(it.exists(no_group(), key(b"mortal"))?)),
    ("exists in a group", |it| right(it.exists(group(GROUP), key(b"mortal"))?)),
    ("ttl", |it| right(matches!(it.ttl(no_group(), key(b"mortal"))?, Some(Ttl::Millis(_))))),
    ("ttl in a group", |it| {
        right(matches!(it.ttl(group(GROUP), key(b"mortal"))?, Some(Ttl::Millis(_))))
    }),
    ("read in pieces", |it| right(it.read_value(no_group(), key(b"k"))?.is_some())),
    ("read in pieces in a group", |it| {
        let value = vec![7; 2 * PIECE_LEN];
        let mut writer = it.write_value(group(GROUP), key(b"k"), WriteRules::default())?;
        writer.write(it, &value)?;
        writer.commit(it)?;
        let entry = it.get(group(GROUP), key(b"k"))?;
        let mut reader = it.read_value(group(GROUP), key(b"k"))?;
        let mut read = vec![0; value.len()];
        let len = match &mut reader {
            Some(reader) => reader.read(&CallContext::default(), 0, &mut read)?,
            None => 0,
        };
        right(len == value.len() && read == value && entry.is_some_and(|it| *it.value == value))
    }),
    ("get many", |it| {
        let names = [key(b"{t}a"), key(b"{t}b")].map(|name| (no_group(), name));
        right(it.get_many(&names)?.len() == 2)
    }),
    ("get many in groups", |it| {
        let places = [GROUP, b"shop:large"].map(|name| (group(name), key(b"k")));
        right(it.get_many(&places)?.len() == 2)
    }),
    ("scan a group", |it| right(rows(it.scan(Scan::all(group(GROUP))))?.len() >= 4)),
    ("scan a large group", |it| {
        let all = Scan::all(group(b"shop:large"));
        let backward = Scan { reverse: true, limit: 10, ..all };
        let after = rows(it.scan(all.after(key(b"entry000000000100"))))?;
        right(rows(it.scan(backward))?.len() == 10 && after.len() >= 199)
    }),
    ("scan groups", |it| right(rows(it.entries(GroupRange::Prefix(b"shop:"), None))?.len() >= 304)),
    ("groups", |it| right(rows(it.groups(b""))?.len() >= 3)),
    ("groups of a namespace", |it| right(rows(it.groups(b"shop:"))?.len() >= 2)),
    ("count", |it| right(it.count(GroupRange::One(no_group()))? >= 4)),
    ("count a group", |it| right(it.count(GroupRange::One(group(b"shop:large")))? >= 300)),
    ("count all", |it| right(it.count(GroupRange::Prefix(b""))? >= 308)),
    ("quota", |it| {
        let (space, limit) = (namespace("shop"), Quota { max_keys: 400, ..Quota::default() });
        it.set_quota(&space, limit)?;
        let scope = it.scope(&space)?;
        scope.set(group(b"a"), key(b"k"), b"v")?;
        let usage = it.quota(&space)?.usage;
        it.set_quota(&space, Quota::default())?;
        right(usage.keys >= 304)
    }),
    ("check", |it| it.check()),
    ("stats", |it| right(it.usage()?.entries >= 308)),
    ("purge", |it| {
        it.set_ttl(group(b"shop:expired"), key(b"k"), b"v", 1)?;
        // Longer than the entry lives.
        std::thread::sleep(Duration::from_millis(20));
        right(it.purge_expired()? >= 1)
    }),
    ("operations", operations),
];

/// Calls about changes, and those that take long.
const CHANGES: [(&str, Call); 5] = [
    ("watch", |it| watch(it, WatchStart::Now)),
    ("watch from existing entries", |it| watch(it, WatchStart::Existing)),
    ("watch expiry", watch_expiry),
    ("callback", |it| {
        let callback = it.on_change(Box::new(|_| ()))?;
        it.set(no_group(), key(b"k"), b"v")?;
        callback.end();
        Ok(())
    }),
    ("copy into", |it| {
        let from = kv::open("memory:")?;
        for name in [&b""[..], b"shop:copied", b"copied"] {
            from.set_ttl(group(name), key(b"copied"), b"v", 600_000)?;
            from.set(group(name), key(b"other"), b"v")?;
        }
        let copied = kv::copy(&from, it, &CopyOptions::default(), &mut |_| true)?;
        right(copied.entries == 6 && copied.missing == 0)
    }),
];

/// Calls that scan the default group, which a cluster permits to live scans alone.
const WHOLE: [(&str, Call); 3] = [
    ("scan", |it| right(rows(it.scan(Scan::all(no_group())))?.len() >= 4)),
    ("copy out", |it| {
        let to = kv::open("memory:")?;
        right(kv::copy(it, &to, &CopyOptions::default(), &mut |_| true)?.entries >= 308)
    }),
    ("delete the default group", |it| right(it.delete_group(no_group())? >= 4)),
];

/// Makes all calls; `prepare` runs before each. Returns those that failed. `whole`: also those that
/// scan the default group.
pub fn failing(
    store: &Store,
    whole: bool,
    mut prepare: impl FnMut(),
) -> Vec<(&'static str, Error)> {
    let mut failed = Vec::new();
    let mut try_out = |name: &'static str, call: &dyn Fn(&Store) -> kv::Result<()>| {
        prepare();
        if let Err(error) = call(store) {
            failed.push((name, error));
        }
    };
    for (name, call) in CALLS.iter().chain(&CHANGES) {
        try_out(name, call);
    }
    for (id, (name, write)) in WRITES.iter().enumerate() {
        try_out(name, &|it| write(it, format!("2{id}").as_bytes()));
    }
    for (name, call) in WHOLE.iter().filter(|_| whole) {
        try_out(name, call);
    }
    failed
}

/// Fails if a call has another result than it should have.
fn right(is_so: bool) -> kv::Result<()> {
    if is_so { Ok(()) } else { Err(Error::new(ErrorKind::Corrupt, "a wrong result")) }
}

fn operations(store: &Store) -> kv::Result<()> {
    let operations = Idempotency::new(store);
    for (name, completes) in [(&b"one"[..], true), (b"two", false)] {
        let name = key(name);
        let BeginOutcome::Started(token) = operations.begin(name, b"request", 60_000)? else {
            return right(false);
        };
        match completes {
            true => operations.complete(name, token, b"response")?,
            false => operations.release(name, token)?,
        };
        right(operations.get(name)?.is_some() == completes)?;
        right(operations.forget(name)? == completes)?;
    }
    Ok(())
}

/// Polls until an event with this word arrives.
fn expect(watch: &kv::Watch, expected: &str) -> kv::Result<()> {
    loop {
        match watch.poll(Some(PATIENCE))? {
            None => return Err(Error::new(ErrorKind::Corrupt, format!("no event {expected}"))),
            Some(Event::Lagged { .. }) => {}
            Some(event) if word(&event) == expected => return Ok(()),
            Some(_) => {}
        }
    }
}

fn watch_all(store: &Store, start: WatchStart) -> kv::Result<kv::Watch> {
    let selection = Selection { group: Selector::Any, key: Selector::Any };
    store.watch(selection, 100_000, start)
}

fn watch(store: &Store, start: WatchStart) -> kv::Result<()> {
    let selection = Selection { group: Selector::Exact(GROUP.into()), key: Selector::Any };
    let watch = store.watch(selection, 100_000, start)?;
    store.set(group(GROUP), key(b"watched"), b"v")?;
    store.delete(group(GROUP), key(b"watched"))?;
    expect(&watch, "set shop:a/watched=v")?;
    expect(&watch, "delete shop:a/watched")
}

fn watch_expiry(store: &Store) -> kv::Result<()> {
    let watch = watch_all(store, WatchStart::Now)?;
    // The entry of the default group is set last, so the other has expired when its event arrives.
    for name in [GROUP, &b""[..]] {
        store.set_ttl(group(name), key(b"brief"), b"v", 10)?;
    }
    expect(&watch, "expire /brief")?;
    store.purge_expired()?;
    expect(&watch, "expire shop:a/brief")
}
