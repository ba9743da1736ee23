//! Encrypted connections: whom the store trusts, and who is trusted.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use kv::{ErrorKind, Selection, Selector, WatchStart};

use crate::redis::{get, kind, open, set, start};
use crate::support::redis::{Certificates, Cluster, Server, Setup};
use crate::support::{group, key, no_group};

fn certificates() -> Arc<Certificates> {
    Arc::new(Certificates::new())
}

fn start_tls(certificates: &Arc<Certificates>, verify: &str) -> Server {
    start(Setup::default().tls(certificates, verify))
}

fn trusting(authority: &Path) -> String {
    format!("prefix=p&connect_timeout=1s&call_timeout=1s&tls_ca={}", authority.display())
}

/// Opens a store and writes to it: either may find out.
fn try_out(location: &str) -> kv::Result<()> {
    kv::open(location)?.set(no_group(), key(b"k"), b"v").map(drop)
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn a_server_whose_authority_is_known_is_used() {
    let ours = certificates();
    let server = start_tls(&ours, "no");
    let store = open(&server.location(&trusting(&ours.authority())));
    set(&store, b"k", &[7; 100_000]);

    assert_eq!(get(&store, b"k"), Some(vec![7; 100_000]));
    assert_eq!(server.client().call(&["STRLEN", "p:k"]).integer(), 100_000);
    let by_name = server.location(&trusting(&ours.authority())).replace("127.0.0.1", "localhost");
    assert_eq!(get(&open(&by_name), b"k").map(|it| it.len()), Some(100_000));
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn a_server_of_another_authority_or_name_is_not_trusted() {
    let ours = certificates();
    let others = Certificates::new();
    let server = start_tls(&ours, "no");
    let elsewhere = Arc::new(Certificates::of("DNS:example.org,IP:192.0.2.1"));
    let impostor = start_tls(&elsewhere, "no");

    let mut refusals = vec![
        try_out(&server.location(&trusting(&others.authority()))),
        try_out(&impostor.location(&trusting(&elsewhere.authority()))),
    ];
    // The authorities of the system do not know it.
    refusals.push(try_out(&server.location("prefix=p&connect_timeout=1s")));
    for refused in refusals {
        let error = refused.expect_err("not trusted");
        assert_eq!(error.kind(), ErrorKind::Permission, "{error}");
        assert!(error.message().to_lowercase().contains("certificate"), "{error}");
    }
    for server in [&server, &impostor] {
        assert_eq!(server.client().call(&["DBSIZE"]).integer(), 0);
    }
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn a_server_that_asks_for_a_certificate_gets_one() {
    let ours = certificates();
    let server = start_tls(&ours, "yes");
    let trust = trusting(&ours.authority());
    let shown = |cert: &Path, key: &Path| {
        server.location(&format!("{trust}&tls_cert={}&tls_key={}", cert.display(), key.display()))
    };

    // The server may cut the connection before its refusal is read.
    let refused = [ErrorKind::Permission, ErrorKind::Unavailable];
    try_out(&shown(&ours.client(), &ours.client_key())).expect("it is known");
    assert!(refused.contains(&kind(try_out(&server.location(&trust)))));
    let others = Certificates::new();
    let foreign = try_out(&shown(&others.client(), &others.client_key()));
    assert!(refused.contains(&kind(foreign)));
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn errors_of_the_files_name_their_option() {
    let ours = certificates();
    let server = start_tls(&ours, "no");
    let (ca, cert, key) = (ours.authority(), ours.client(), ours.client_key());
    let (ca, cert, key) = (ca.display(), cert.display(), key.display());
    for (options, named) in [
        (format!("tls_ca={ca}x"), "tls_ca"),
        (format!("tls_ca={key}"), "tls_ca"),
        (format!("tls_ca={ca}&tls_cert={cert}"), "tls_key"),
        (format!("tls_ca={ca}&tls_key={key}"), "tls_cert"),
        (format!("tls_ca={ca}&tls_cert={key}&tls_key={key}"), "tls_cert"),
        (format!("tls_ca={ca}&tls_cert={cert}&tls_key={cert}"), "tls_key"),
    ] {
        let error = kv::open(&server.location(&options)).map(drop).expect_err("refused");
        assert!(error.message().contains(named), "{options}: {error}");
    }
    let plain = server.location(&format!("tls_ca={ca}")).replace("rediss:", "redis:");
    assert_eq!(kind(kv::open(&plain).map(drop)), ErrorKind::Argument);
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn plain_calls_to_an_encrypted_server_and_the_reverse_fail_in_time() {
    let ours = certificates();
    let encrypted = start_tls(&ours, "no");
    let plain = start(Setup::default());
    let timeouts = "connect_timeout=500ms&call_timeout=500ms";
    let begun = std::time::Instant::now();

    let unencrypted = encrypted.location(timeouts).replace("rediss:", "redis:");
    assert_eq!(kind(try_out(&unencrypted)), ErrorKind::Unavailable);
    let trust = format!("{timeouts}&tls_ca={}", ours.authority().display());
    let not_understood = plain.location(&trust).replace("redis:", "rediss:");
    assert_eq!(kind(try_out(&not_understood)), ErrorKind::Unavailable);

    assert!(begun.elapsed() < std::time::Duration::from_secs(5), "{:?}", begun.elapsed());
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn a_cluster_is_spoken_to_in_tls_on_every_node() {
    let ours = certificates();
    let cluster = Cluster::start(5_000, &Setup::default().tls(&ours, "no"));
    let trust = format!("prefix=p&tls_ca={}", ours.authority().display());
    let store = open(&cluster.location(&trust));
    let watch = store
        .watch(Selection { group: Selector::Any, key: Selector::Any }, 100, WatchStart::Now)
        .expect("a watch");
    let names: Vec<String> = (0..30).map(|it| format!("key{it}")).collect();
    for name in &names {
        set(&store, name.as_bytes(), b"v");
        store.set(group(name.as_bytes()), key(b"k"), b"v").expect("set");
    }

    let counts = cluster.masters().map(|it| it.client().call(&["DBSIZE"]).integer());
    assert!(counts.into_iter().all(|count| count > 0), "every node has some");
    assert!(names.iter().all(|name| get(&store, name.as_bytes()) == Some(b"v".to_vec())));
    for _ in 0..2 * names.len() {
        watch.poll(Some(Duration::from_secs(10))).expect("open").expect("an event in time");
    }
    let others = format!("prefix=p&tls_ca={}", Certificates::new().authority().display());
    let begun = Instant::now();
    assert_eq!(kind(try_out(&cluster.location(&others))), ErrorKind::Permission);
    assert!(begun.elapsed() < Duration::from_secs(4), "at once, not after {:?}", begun.elapsed());
}
