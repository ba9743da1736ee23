//! Rights: passwords, users, and rights that are taken away.

use std::time::Duration;

use kv::{ErrorKind, Store};

use crate::redis::{clients, get, kind, open, set, start};
use crate::support::redis::{Server, Setup};
use crate::support::{group, key, no_group, until};

const SECRET: &str = "s3cr:et@/?#%";
const ESCAPED: &str = "s3cr%3Aet%40%2F%3F%23%25";
const WRONG: &str = "hunter2hunter2";

/// Returns a location with what stands before the host.
fn with(server: &Server, login: &str, options: &str) -> String {
    server.location(options).replacen("://", &format!("://{login}@"), 1)
}

/// Opens a store and reads from it: a wrong password may be noticed at either.
fn try_out(location: &str) -> kv::Result<Store> {
    let store = kv::open(location)?;
    store.get(no_group(), key(b"k"))?;
    Ok(store)
}

fn guarded() -> Server {
    start(Setup::default().line(format!("requirepass \"{SECRET}\"")).admin("default", SECRET))
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn a_password_opens_and_a_wrong_or_missing_one_does_not() {
    let server = guarded();

    let store = try_out(&with(&server, &format!(":{ESCAPED}"), "prefix=p")).expect("let in");
    set(&store, b"k", b"v");
    assert_eq!(get(&store, b"k").as_deref(), Some(&b"v"[..]));

    let by_name = try_out(&with(&server, &format!("default:{ESCAPED}"), "prefix=p"));
    assert_eq!(get(&by_name.expect("let in"), b"k").as_deref(), Some(&b"v"[..]));
    for login in [format!(":{WRONG}"), format!("default:{WRONG}"), format!("stranger:{ESCAPED}")] {
        let refused = try_out(&with(&server, &login, "prefix=p")).map(drop);
        assert_eq!(kind(refused), ErrorKind::Permission, "{login}");
    }
    assert_eq!(kind(try_out(&server.location("prefix=p")).map(drop)), ErrorKind::Permission);
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn no_password_is_ever_shown() {
    let server = guarded();
    let mut shown = Vec::new();
    let mut show = |what: &dyn std::fmt::Debug| shown.push(format!("{what:?}"));

    let store = try_out(&with(&server, &format!(":{ESCAPED}"), "prefix=p")).expect("let in");
    show(&store.usage());
    show(&store.increment(no_group(), key(b"text"), 1, 0));
    for secret in [ESCAPED, WRONG] {
        for login in [format!(":{secret}"), format!("default:{secret}"), format!("ann:{secret}")] {
            for options in ["prefix=p", "colour=red", "pool_size=0", "call_timeout=x"] {
                show(&try_out(&with(&server, &login, options)).map(drop));
            }
            show(&kv::open(&format!("redis://{login}@")).map(drop));
            show(&kv::open(&format!("redis://{login}@host:port")).map(drop));
            show(&kv::open(&format!("redis://{login}@:1/x")).map(drop));
            show(&kv::open(&format!("rediss://{login}@127.0.0.1:{}", server.port())).map(drop));
            show(&kv::open(&format!("redis-cluster://{login}@127.0.0.1:1,b:x")).map(drop));
            show(&kv::open(&format!("redos://{login}@127.0.0.1")).map(drop));
            show(&kv::open(&format!("redis://{login}127.0.0.1:1")).map(drop));
            show(&kv::open(&format!("redis://{login}%zz@127.0.0.1:1")).map(drop));
        }
    }
    server.kill();
    show(&store.get(no_group(), key(b"k")));
    show(&std::fs::read("/proc/self/cmdline").map(|it| it.escape_ascii().to_string()));

    for text in &shown {
        for secret in [SECRET, ESCAPED, WRONG, "s3cr"] {
            assert!(!text.contains(secret), "{text}");
        }
    }
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn a_user_may_do_what_its_rights_say() {
    let setup = Setup::default()
        .line("user root on >toor ~* &* +@all")
        .line("user default off")
        .line("user app on >app ~app* &app* +@all -@dangerous")
        .line("user reader on >reader %R~app* &app* +@read +@connection")
        .admin("root", "toor");
    let server = start(setup);

    let app = try_out(&with(&server, "app:app", "prefix=app")).expect("let in");
    set(&app, b"k", b"v");
    app.set(group(b"g"), key(b"k"), b"v").expect("set");
    assert_eq!(app.increment(no_group(), key(b"n"), 1, 0), Ok(1));
    let elsewhere = kv::open(&with(&server, "app:app", "prefix=other"));
    let refused = elsewhere.and_then(|it| it.set(no_group(), key(b"k"), b"v"));
    assert_eq!(kind(refused), ErrorKind::Permission);

    let reader = kv::open(&with(&server, "reader:reader", "prefix=app"));
    let refused = reader.and_then(|it| it.set(no_group(), key(b"k"), b"other"));
    assert_eq!(kind(refused), ErrorKind::Permission);
    assert_eq!(get(&app, b"k").as_deref(), Some(&b"v"[..]));
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn rights_that_are_taken_away_and_given_back_need_no_new_store() {
    let setup = Setup::default()
        .line("user root on >toor ~* &* +@all")
        .line("user app on >app ~* &* +@all")
        .admin("root", "toor");
    let server = start(setup);
    let store = open(&with(&server, "app:app", "prefix=p&call_timeout=1s"));
    set(&store, b"k", b"1");
    let mut admin = server.client();
    let refused = |what: &str| {
        let (none, k) = (no_group(), key(b"k"));
        // A server that deletes a user cuts its connections a moment later, maybe amid this call.
        let first = kind(store.set(none, k, b"x"));
        assert!(
            [ErrorKind::Permission, ErrorKind::Unavailable].contains(&first),
            "{what}: {first:?}"
        );
        let kinds = [kind(store.set(none, k, b"x")), kind(store.increment(none, k, 1, 0))];
        assert_eq!(kinds, [ErrorKind::Permission; 2], "{what}");
    };

    admin.call(&["ACL", "SETUSER", "app", "-@write", "-@scripting"]);
    refused("commands");
    admin.call(&["ACL", "SETUSER", "app", "+@all", "resetkeys"]);
    refused("keys");
    admin.call(&["ACL", "SETUSER", "app", "~*"]);
    assert_eq!(store.increment(no_group(), key(b"k"), 1, 0), Ok(2));

    // The server closes the connections of a user that is deleted.
    let cut =
        || until("the connections are closed", Duration::from_secs(20), || clients(&server) == 0);
    admin.call(&["ACL", "DELUSER", "app"]);
    cut();
    refused("no user");
    admin.call(&["ACL", "SETUSER", "app", "on", ">app", "~*", "&*", "+@all"]);
    assert_eq!(store.increment(no_group(), key(b"k"), 1, 0), Ok(3));

    // The password changes: connections that stand go on, new ones are refused.
    admin.call(&["ACL", "SETUSER", "app", "resetpass", ">other"]);
    admin.call(&["CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"]);
    cut();
    refused("another password");
    admin.call(&["ACL", "SETUSER", "app", ">app"]);
    assert_eq!(get(&store, b"k").as_deref(), Some(&b"3"[..]));
}
