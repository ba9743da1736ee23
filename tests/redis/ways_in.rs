//! The ways to a server: its Unix socket, other names of schemes, and passwords that stand in no
//! location.

use std::fs;
use std::time::Duration;

use kv::{ErrorKind, Store};

use crate::redis::{clients, get, kind, open, set, start};
use crate::support::redis::{Server, Setup};
use crate::support::{Place, no_group, until};

/// Returns the location of a store behind the socket of a server.
fn socket(server: &Server, scheme: &str, options: &str) -> String {
    format!("{scheme}://{}?{options}", server.socket().display())
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn a_store_behind_a_socket_is_that_of_the_port() {
    let server = start(Setup::default());
    let store = open(&server.location("prefix=p"));
    set(&store, b"k", b"v");
    for scheme in ["redis+unix", "unix", "valkey+unix"] {
        let store = open(&socket(&server, scheme, "prefix=p"));
        assert_eq!(get(&store, b"k").as_deref(), Some(&b"v"[..]), "{scheme}");
    }
    let other = open(&socket(&server, "unix", "db=3&prefix=p"));
    assert_eq!(get(&other, b"k"), None);
    set(&other, b"k", &vec![7; 1 << 20]);
    assert_eq!(get(&other, b"k").map(|it| it.len()), Some(1 << 20));
    let valkey = server.location("prefix=p").replacen("redis", "valkey", 1);
    assert_eq!(get(&open(&valkey), b"k").as_deref(), Some(&b"v"[..]));

    let place = Place::in_memory();
    let services = place.file("services.yaml");
    let addr = server.socket();
    let text = format!(
        "services: {{it: {{type: kvstore_redis, config: {{addr: {}, prefix: p}}}}}}\n",
        addr.display()
    );
    fs::write(&services, text).expect("a file");
    let store = kv::open_config(services.to_str().expect("UTF-8"), "it").expect("an open store");
    assert_eq!(get(&store, b"k").as_deref(), Some(&b"v"[..]));

    server.kill();
    let error = kv::open(&socket(&server, "unix", "")).map(drop).expect_err("no server");
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(error.message().contains("/socket"), "{error}");
}

fn guarded(password: &str) -> Server {
    start(Setup::default().line(format!("requirepass \"{password}\"")).admin("default", password))
}

/// Closes the connections of a store and waits until it has none.
fn cut(server: &Server) {
    server.client().call(&["CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"]);
    until("the connections are closed", Duration::from_secs(20), || clients(server) == 0);
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn a_password_in_a_file_may_change_while_the_store_is_open() {
    let server = start(
        Setup::default()
            .line("user root on >toor ~* &* +@all")
            .line("requirepass first")
            .admin("root", "toor"),
    );
    let place = Place::in_memory();
    let file = place.file("password");
    fs::write(&file, "first\n").expect("a file");
    let location = server.location(&format!("prefix=p&password_file={}", file.display()));
    let store: Store = open(&location);
    set(&store, b"k", b"1");

    server.client().call(&["CONFIG", "SET", "requirepass", "second"]);
    cut(&server);
    assert_eq!(kind(store.get(no_group(), crate::support::key(b"k"))), ErrorKind::Permission);
    fs::write(&file, "second\r\n").expect("a file");
    assert_eq!(get(&store, b"k").as_deref(), Some(&b"1"[..]));

    fs::remove_file(&file).expect("a file");
    cut(&server);
    assert_eq!(get(&store, b"k").as_deref(), Some(&b"1"[..]), "the password that was read last");
    let error = kv::open(&location.replace("prefix=p", "prefix=q")).map(drop);
    let error = error.expect_err("no file");
    assert!(error.message().contains("password_file"), "{error}");
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn a_password_in_a_variable_opens() {
    // Another variable would have to be set, which a test of many threads must not do.
    let password = std::env::var("PATH").expect("every process has one");
    let server = guarded(&password);
    let store = open(&server.location("prefix=p&password_env=PATH"));
    set(&store, b"k", b"v");
    let missing = kv::open(&server.location("prefix=p&password_env=KV_NO_SUCH_VARIABLE"));
    let error = missing.map(drop).expect_err("no password");
    assert_eq!(error.kind(), ErrorKind::Argument);
    assert!(error.message().contains("KV_NO_SUCH_VARIABLE"), "{error}");
}

/// A Sentinel is a Redis without entries.
#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn a_sentinel_is_recognised() {
    let server = crate::support::redis::Scripted::start(|words, to| {
        use std::io::Write;
        match &words[0][..] {
            b"PING" => to.write_all(b"+PONG\r\n"),
            _ => to.write_all(b"-ERR unknown command 'TIME', with args beginning with: \r\n"),
        }
    });
    let error = kv::open(&server.location("prefix=p")).map(drop).expect_err("no store");
    assert!(error.message().contains("Sentinel"), "{error}");
}
