//! Reading many plain keys: their expiries are returned whenever there are any, and read only then.

use kv::{Key, Store};

use crate::redis::{open, set, start};
use crate::support::redis::{Server, Setup};
use crate::support::{key, no_group};

/// Returns the numbers of the keys that are there, and of those that expire.
fn read(store: &Store, names: &[Vec<u8>]) -> (Vec<usize>, Vec<usize>) {
    let keys: Vec<_> = names.iter().map(|name| (no_group(), key(name))).collect();
    let entries = store.get_many(&keys).expect("get many");
    let of = |is_so: fn(&kv::Entry) -> bool| {
        let found = entries.iter().enumerate();
        found.filter(|(_, it)| it.as_ref().is_some_and(is_so)).map(|it| it.0).collect()
    };
    (of(|_| true), of(|it| it.expires_at.is_some()))
}

fn names(count: usize) -> Vec<Vec<u8>> {
    (0..count).map(|id| format!("key{id}").into_bytes()).collect()
}

fn fill(store: &Store, names: &[Vec<u8>]) {
    for name in names {
        set(store, name, b"v");
    }
}

/// How often the server was asked when a key expires.
fn asked(server: &Server) -> u64 {
    let stats = server.client().call(&["INFO", "commandstats"]).text();
    let line = stats.lines().find_map(|it| it.strip_prefix("cmdstat_pexpiretime:calls="));
    line.map_or(0, |it| it.split(',').next().expect("a number").parse().expect("a number"))
}

/// Others set and clear expiries between reads of few and of many keys.
fn expiries_come_and_go(server: &Server, store: &Store) {
    let mut client = server.client();
    for count in [3, 40] {
        let names = names(count);
        fill(store, &names);
        let all: Vec<usize> = (0..count).collect();
        for _ in 0..2 {
            assert_eq!(read(store, &names), (all.clone(), vec![]));
        }
        client.call(&["PEXPIRE", "p:key2", "100000"]);
        client.call(&["DEL", "p:key1"]);
        let left: Vec<usize> = all.iter().copied().filter(|id| *id != 1).collect();
        for _ in 0..2 {
            assert_eq!(read(store, &names), (left.clone(), vec![2]));
            // The entry that expires is none of these.
            assert_eq!(read(store, &names[..2]), (vec![0], vec![]));
        }
        let entry = store.get_many(&[(no_group(), Key::new(b"key2").expect("a key"))]);
        let found = entry.expect("get many").remove(0).expect("alive").expires_at;
        let theirs = client.call(&["PEXPIRETIME", "p:key2"]).integer();
        assert_eq!(found.map(|it| it.as_millis()), Some(theirs + 1));
        client.call(&["PERSIST", "p:key2"]);
        for _ in 0..2 {
            assert_eq!(read(store, &names), (left.clone(), vec![]));
        }
    }
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn expiries_are_returned_when_the_first_key_gets_one_and_when_the_last_has_lost_it() {
    let server = start(Setup::default());
    expiries_come_and_go(&server, &open(&server.location("prefix=p")));
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn a_user_without_the_right_to_ask_gets_expiries_all_the_same() {
    let setup = Setup::default().line("user app on >app ~* &* +@all -info");
    let server = start(setup);
    let location = server.location("prefix=p").replacen("://", "://app:app@", 1);
    expiries_come_and_go(&server, &open(&location));
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn where_no_key_expires_none_is_asked_for_its_expiry() {
    let server = start(Setup::default());
    let (store, names) = (open(&server.location("prefix=p")), names(100));
    fill(&store, &names);

    for _ in 0..5 {
        assert_eq!(read(&store, &names).0.len(), 100);
    }
    assert_eq!(asked(&server), 0);

    store.set_ttl(no_group(), key(b"key0"), b"v", 100_000).expect("set");
    assert_eq!(read(&store, &names).1, [0]);
    assert!(asked(&server) >= 100);
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn a_server_that_forgets_the_script_between_two_reads_gets_it_again() {
    let server = start(Setup::default());
    let (store, names) = (open(&server.location("prefix=p")), names(10));
    fill(&store, &names);
    store.set_ttl(no_group(), key(b"key3"), b"v", 100_000).expect("set");

    for _ in 0..5 {
        server.client().call(&["SCRIPT", "FLUSH"]);
        let (found, mortal) = read(&store, &names);
        assert_eq!((found.len(), mortal), (10, vec![3]));
    }
}
