//! Servers that drip, never end or lie: every call ends by its deadline, and reads no more than a
//! limit.

use std::io::{Read, Write};
use std::time::{Duration, Instant};

use kv::{ErrorKind, GroupRange, Store};

use crate::redis::open;
use crate::support::redis::{Scripted, drip, ordinary};
use crate::support::{group, key, no_group};

/// The time that a busy machine may add to a deadline.
const SLACK: Duration = Duration::from_millis(1_500);
const DEADLINE: Duration = Duration::from_millis(400);
const OPTIONS: &str = "prefix=p&connect_timeout=400ms&call_timeout=400ms&purge_interval=0";

/// Returns the error of a call, which ends by its deadline.
fn refused_in_time<T>(call: impl FnOnce() -> kv::Result<T>) -> kv::Error {
    let begun = Instant::now();
    let error = call().map(drop).expect_err("the server lies");
    let taken = begun.elapsed();
    assert!(taken < DEADLINE + SLACK, "answered after {taken:?}: {error}");
    error
}

/// Returns a store on a server that replies as usual, but to a transaction with `reply`.
fn with_reply(
    reply: impl Fn(&mut std::net::TcpStream) -> std::io::Result<()> + Send + Sync + 'static,
) -> Store {
    let server = Scripted::start(move |words, to| match &words[0][..] {
        b"EXEC" => reply(to),
        _ => to.write_all(ordinary(words)),
    });
    open(&server.location(OPTIONS))
}

fn get(store: &Store) -> kv::Result<Option<kv::Entry>> {
    store.get(no_group(), key(b"k"))
}

#[test]
fn a_sign_in_that_drips_ends_by_the_deadline() {
    let server = Scripted::start(|_, to| drip(to, b"$1000000\r\n"));
    let error = refused_in_time(|| kv::open(&server.location(OPTIONS)));
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
}

#[test]
fn a_handshake_that_drips_ends_by_the_deadline() {
    // The head of a TLS record of 16,000 bytes.
    let server = Scripted::raw(|mut to| drop(drip(&mut to, b"\x16\x03\x03\x3e\x80\x02")));
    let location = server.location(OPTIONS).replace("redis:", "rediss:");
    let error = refused_in_time(|| kv::open(&location));
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
}

#[test]
fn a_reply_that_drips_ends_by_the_deadline_whatever_its_form() {
    for head in [&b"$1000000\r\n"[..], b"+", b"-ERR ", b"*10\r\n$5\r\n"] {
        let store = with_reply(move |to| drip(to, head));
        let error = refused_in_time(|| get(&store));
        assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
        let error = refused_in_time(|| store.set(no_group(), key(b"k"), b"v"));
        assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
        assert!(error.message().contains("whether it was written is not known"), "{error}");
    }
}

#[test]
fn a_bound_deadline_ends_a_reply_that_drips() {
    let server = Scripted::start(|words, to| match &words[0][..] {
        b"EXEC" => drip(to, b"$1000000\r\n"),
        _ => to.write_all(ordinary(words)),
    });
    let store = open(&server.location("prefix=p&purge_interval=0&call_timeout=60s"));
    let call = kv::CallContext::new();
    let bound = store.bind(&call);
    call.arm(Some(Duration::from_millis(200)));
    let error = refused_in_time(|| get(&bound));
    assert_eq!(error.kind(), ErrorKind::Deadline, "{error}");
}

/// A reply may take longer than the deadline if it arrives fast enough.
#[test]
fn a_large_reply_that_arrives_steadily_is_read_to_its_end() {
    let store = with_reply(|to| {
        to.write_all(b"*2\r\n$6291456\r\n")?;
        for _ in 0..6 {
            to.write_all(&vec![7; 1 << 20])?;
            // 10 MiB/s.
            std::thread::sleep(Duration::from_millis(100));
        }
        to.write_all(b"\r\n")?;
        to.write_all(b":-1\r\n")
    });
    let begun = Instant::now();
    let entry = get(&store).expect("a large reply").expect("an entry");
    assert_eq!(entry.value.len(), 6 << 20);
    assert!(begun.elapsed() > DEADLINE);
}

#[test]
fn replies_have_limits_that_the_error_names() {
    let endless_line = |to: &mut std::net::TcpStream| -> std::io::Result<()> {
        to.write_all(b"+")?;
        loop {
            to.write_all(&[b'a'; 4096])?;
        }
    };
    let nested = |to: &mut std::net::TcpStream| to.write_all(&b"*1\r\n".repeat(10_000));
    let many = |to: &mut std::net::TcpStream| to.write_all(b"*1000000000\r\n");
    let large = |to: &mut std::net::TcpStream| to.write_all(b"$4000000000\r\n");
    for (store, limit) in [
        (with_reply(endless_line), "65536 bytes"),
        (with_reply(nested), "32 levels"),
        (with_reply(many), "1073741824 bytes"),
        (with_reply(large), "1073741824 bytes"),
    ] {
        let error = refused_in_time(|| get(&store));
        assert_eq!(error.kind(), ErrorKind::TooLarge, "{error}");
        assert!(error.message().contains(limit), "{error}");
    }
}

#[test]
fn a_reply_of_another_protocol_is_refused() {
    for bytes in [&b"HTTP/1.1 400 Bad Request\r\n"[..], b"$x\r\n", b"*-5\r\n", b":1x\r\n"] {
        let store = with_reply(|to| to.write_all(bytes));
        let error = refused_in_time(|| get(&store));
        assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
    }
}

/// A scan has at most as many pages as there are keys, and some more for tables that are sparse.
#[test]
fn a_scan_that_never_returns_to_its_start_ends() {
    let server = Scripted::start(|words, to| match &words[0][..] {
        b"SCAN" => to.write_all(b"*2\r\n$1\r\n7\r\n*0\r\n"),
        _ => to.write_all(ordinary(words)),
    });
    let store = open(&server.location("prefix=p&purge_interval=0&scans=live"));
    let begun = Instant::now();
    let error = store.count(GroupRange::One(no_group())).expect_err("the server lies");
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
    assert!(error.message().contains("pages"), "{error}");
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
}

/// Calls of several threads that share a write end by their deadlines as well.
#[test]
fn calls_that_share_a_connection_end_by_the_deadline() {
    // A server of one thread: 50 ms for each call, over all connections.
    let turn = std::sync::Mutex::new(());
    let server = Scripted::start(move |words, to| {
        if words[0] == b"EXEC" {
            let _turn = turn.lock().expect("no panic");
            std::thread::sleep(Duration::from_millis(50));
        }
        to.write_all(ordinary(words))
    });
    let store = open(&server.location(OPTIONS));
    std::thread::scope(|scope| {
        for _ in 0..60 {
            scope.spawn(|| {
                let begun = Instant::now();
                let result = get(&store);
                let taken = begun.elapsed();
                assert!(taken < DEADLINE + Duration::from_millis(600), "{taken:?}: {result:?}");
            });
        }
    });
}

/// A server that is silent about the name of a socket: packets to it are dropped.
#[test]
fn connecting_ends_by_the_deadline_of_the_call() {
    // No address of this block has a route to a host.
    let location = "redis://192.0.2.1:6379?prefix=p&connect_timeout=30s&call_timeout=400ms";
    let error = refused_in_time(|| kv::open(location));
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
}

#[test]
fn a_cut_in_the_middle_of_a_large_write_is_an_error() {
    let server = Scripted::raw(|mut client| {
        let mut bytes = [0; 4096];
        let mut seen = 0;
        while let Ok(len @ 1..) = client.read(&mut bytes) {
            seen += len;
            if seen > 100_000 {
                return;
            }
            let replies = bytes[..len].windows(4).filter(|it| *it == b"PING" || *it == b"TIME");
            for word in replies.map(<[u8]>::to_vec).collect::<Vec<_>>() {
                if client.write_all(ordinary(&[word])).is_err() {
                    return;
                }
            }
        }
    });
    let store = kv::open(&server.location(OPTIONS));
    let Ok(store) = store else { return };
    let large = vec![7; 32 << 20];
    let error = refused_in_time(|| store.set(group(b"g"), key(b"k"), &large));
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
    assert!(error.message().contains("whether it was written is not known"), "{error}");
}
