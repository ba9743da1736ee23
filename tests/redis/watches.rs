//! Watches: what other stores and processes write, what expires, and what may have been missed.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};

use kv::{ErrorKind, Selection, Selector, Store, Watch, WatchStart};

use crate::redis::{Raised, kind, open, set, start};
use crate::support::redis::{Proxy, Reply, Server, Setup};
use crate::support::{
    Child, Meetings, group, key, listen, no_group, race_until_met, say, until, word,
};

/// How long news may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// The time without an event after which a gap may have swallowed the last write.
const A_WHILE: Duration = Duration::from_millis(300);

fn watch(store: &Store, group: Selector) -> Watch {
    let selection = Selection { group, key: Selector::Any };
    store.watch(selection, 100_000, WatchStart::Now).expect("a watch")
}

fn watch_all(store: &Store) -> Watch {
    watch(store, Selector::Any)
}

/// Returns the next event, which comes in time.
fn next(watch: &Watch) -> String {
    let event = watch.poll(Some(PATIENCE)).expect("an open watch");
    word(&event.expect("an event in time"))
}

/// Opens a store apart from all others: the same options would give one engine to several.
fn open_apart(server: &Server, number: usize) -> Store {
    open(&server.location(&format!("prefix=p&pool_size={}", 10 + number)))
}

fn server() -> Server {
    start(Setup::default())
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn two_stores_get_events_of_each_other_and_each_event_once() {
    let server = server();
    let (one, two) = (open_apart(&server, 1), open_apart(&server, 2));
    let stranger = open(&server.location("prefix=q"));
    let watches = [watch_all(&one), watch_all(&two)];
    let elsewhere = watch_all(&stranger);

    set(&one, b"a\0", b"\xFF");
    two.set(group(b"g"), key(b"b"), b"2").expect("set");
    one.increment(group(b"g"), key(b"n"), 1, 0).expect("increment");
    assert!(two.delete(no_group(), key(b"a\0")).expect("delete"));
    one.delete_group(group(b"g")).expect("delete");

    let fence = |store: &Store| _ = set(store, b"fence", b"");
    fence(&one);
    fence(&stranger);
    for watch in &watches {
        let events: Vec<_> = (0..5).map(|_| next(watch)).collect();
        let expected =
            ["set /a\\x00=\\xff", "set g/b=2", "set g/n=1", "delete /a\\x00", "delete-group g"];
        assert_eq!(events, expected);
        assert_eq!(next(watch), "set /fence=");
    }
    assert_eq!(next(&elsewhere), "set /fence=");
}

/// The order is that in which the server did it, for all who listen.
#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn all_watches_get_the_same_order_of_all_writers() {
    let server = server();
    let stores = [1, 2].map(|number| open_apart(&server, number));
    let watches = [watch_all(&stores[0]), watch_all(&stores[1])];
    let meetings = Meetings::default();
    let increment = |store: &Store, name| {
        let increment = || store.increment(group(name), key(b"n"), 1, 0);
        meetings.call(increment).expect("increment");
    };
    let rounds = race_until_met(|_| {
        std::thread::scope(|scope| {
            for store in &stores {
                for name in [&b""[..], b"g"] {
                    scope.spawn(|| (0..200).for_each(|_| increment(store, name)));
                }
            }
        });
        meetings.count() > 0
    });
    let [one, two] =
        watches.each_ref().map(|it| -> Vec<_> { (0..800 * rounds).map(|_| next(it)).collect() });
    assert_eq!(one, two);
    for name in ["", "g"] {
        let begin = format!("set {name}/n=");
        let numbers: Vec<i64> = one
            .iter()
            .filter_map(|it| it.strip_prefix(&begin))
            .map(|it| it.parse().expect("a number"))
            .collect();
        assert_eq!(numbers, (1..=400 * rounds as i64).collect::<Vec<_>>());
    }
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn a_watch_on_which_nothing_comes_uses_no_processor() {
    let server = server();
    let mut child = Child::start("watches", &[&server.location("prefix=p")]);
    assert_eq!(child.read_line(), "open");

    child.send_line("rest 500");
    let ticks: u64 = child.read_line().parse().expect("a number");
    child.kill();

    assert!(ticks < 10, "{ticks} hundredths of a second in half a second without events");
}

/// Returns the processor time of this process, in hundredths of a second, while it only waits.
fn ticks_in(millis: u64) -> u64 {
    let ticks = || {
        let stat = std::fs::read_to_string("/proc/self/stat").expect("Linux");
        let fields = stat.rsplit(')').next().expect("the fields behind the name");
        let times = fields.split_whitespace().skip(11).take(2);
        times.map(|it| it.parse::<u64>().expect("a number")).sum::<u64>()
    };
    let before = ticks();
    // The processor time of this span, in which no event arrives, is what is measured.
    std::thread::sleep(Duration::from_millis(millis));
    ticks() - before
}

/// The other process; see [`Child`].
pub fn child(role: &[String]) {
    let [location] = role else { panic!("no role: {role:?}") };
    let store = open(location);
    let watch = watch_all(&store);
    say("open");
    while let Some(line) = listen() {
        match line.split_once(' ') {
            Some(("set", name)) => _ = set(&store, name.as_bytes(), b"child"),
            Some(("rest", millis)) => say(&ticks_in(millis.parse().expect("a time")).to_string()),
            _ => say(&next(&watch)),
        }
    }
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn processes_get_events_of_each_other() {
    let server = server();
    let location = server.location("prefix=p");
    let store = open(&location);
    let ours = watch_all(&store);
    let mut child = Child::start("watches", &[&location]);
    assert_eq!(child.read_line(), "open");

    store.set(group(b"g"), key(b"k"), b"parent").expect("set");
    child.send_line("next");
    assert_eq!(child.read_line(), "set g/k=parent");
    child.send_line("set k");
    child.send_line("next");
    assert_eq!(child.read_line(), "set /k=child");
    assert_eq!(next(&ours), "set g/k=parent");
    assert_eq!(next(&ours), "set /k=child");
    child.kill();
    set(&store, b"alone", b"");
    assert_eq!(next(&ours), "set /alone=");
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn an_expiry_is_published_by_the_server_and_by_the_purge() {
    let server = server();
    let store = open(&server.location("prefix=p&purge_interval=50ms"));
    let other = open(&server.location("prefix=p&purge_interval=0"));
    let watches = [watch_all(&store), watch_all(&other)];

    for name in [&b""[..], b"g"] {
        let begun = Instant::now();
        store.set_ttl(group(name), key(b"k"), b"v", 30).expect("set");
        for watch in &watches {
            assert!(next(watch).starts_with("set "));
            assert_eq!(next(watch), format!("expire {}/k", name.escape_ascii()));
        }
        println!("the expiry of {name:?} is published after {:?}", begun.elapsed());
        assert_eq!(store.get(group(name), key(b"k")), Ok(None));
    }
    // Another expiry, event or message would stand before this write.
    set(&store, b"fence", b"");
    for watch in &watches {
        assert_eq!(next(watch), "set /fence=");
    }
    // A key of another prefix, and one of a foreign client under ours.
    server.redis_cli(&[b"SET", b"other:k", b"v", b"PX", b"10"]);
    server.redis_cli(&[b"SET", b"p:foreign", b"v", b"PX", b"10"]);
    for watch in &watches {
        assert_eq!(next(watch), "expire /foreign");
    }
    set(&store, b"fence", b"");
    for watch in &watches {
        assert_eq!(next(watch), "set /fence=");
    }
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn notifications_that_others_need_stay_switched_on() {
    let server = server();
    let mut client = server.client();
    client.call(&["CONFIG", "SET", "notify-keyspace-events", "Kgx"]);
    let store = open(&server.location("prefix=p"));
    let _watch = watch_all(&store);

    let flags = client.call(&["CONFIG", "GET", "notify-keyspace-events"]).list().remove(1).text();
    for flag in ["K", "g", "x", "E"] {
        assert!(flags.contains(flag) || flags.contains('A') && flag != "K", "{flags}");
    }
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn notifications_that_others_switch_off_are_switched_on_again() {
    let server = server();
    let store = open(&server.location("prefix=p&call_timeout=2s"));
    let _watch = watch_all(&store);
    let mut client = server.client();
    client.call(&["CONFIG", "SET", "notify-keyspace-events", ""]);

    until("the setting is back", 2 * PATIENCE, || {
        let flags = client.call(&["CONFIG", "GET", "notify-keyspace-events"]).list().remove(1);
        flags.text().contains('E')
    });
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn a_user_that_is_removed_is_announced_to_its_watches() {
    let server = start(
        Setup::default()
            .line("user root on >toor ~* &* +@all")
            .line("user app on >app ~* &* +@all")
            .admin("root", "toor"),
    );
    let location = server.location("prefix=p&call_timeout=2s");
    let store = open(&location.replacen("://", "://app:app@", 1));
    let watch = watch_all(&store);
    let mut admin = server.client();

    admin.call(&["ACL", "DELUSER", "app"]);
    assert_eq!(next(&watch), "lagged 0", "the user is gone");
    admin.call(&["ACL", "SETUSER", "app", "on", ">app", "~*", "&*", "+@all"]);
    assert_eq!(next(&watch), "lagged 0", "it is back");
    set(&store, b"k", b"v");
    assert_eq!(next(&watch), "set /k=v");
}

/// Without them a watch would miss expiries.
#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn a_watch_is_refused_where_notifications_cannot_be_had() {
    let setup = Setup::default()
        .line("user root on >toor ~* &* +@all")
        .line("user app on >app ~* &* +@all -config")
        .admin("root", "toor");
    let server = start(setup);
    let location = server.location("prefix=p").replacen("://", "://app:app@", 1);
    let store = open(&location);
    let all = Selection { group: Selector::Any, key: Selector::Any };
    let refused = || {
        let refused =
            store.watch(all.clone(), 16, WatchStart::Now).map(drop).expect_err("not allowed");
        assert_eq!(refused.kind(), ErrorKind::Unsupported, "{refused}");
        assert!(refused.message().contains("notify-keyspace-events"), "{refused}");
    };
    refused();
    // An option does without events of expiries.
    let without = open(&format!("{location}&expiry_events=off"));
    let watch = watch_all(&without);
    set(&without, b"k", b"v");
    assert_eq!(next(&watch), "set /k=v");

    // A user that may read the setting, but not change it.
    let mut admin = server.client();
    admin.call(&["ACL", "SETUSER", "app", "+config|get"]);
    admin.call(&["CONFIG", "SET", "notify-keyspace-events", "Kx"]);
    refused();
    admin.call(&["CONFIG", "SET", "notify-keyspace-events", "Ex"]);
    let mut watch = None;
    until("the right is noticed", PATIENCE, || {
        watch = store.watch(all.clone(), 16, WatchStart::Now).ok();
        watch.is_some()
    });
    let watch = watch.expect("a watch");
    store.set_ttl(no_group(), key(b"k"), b"v", 20).expect("set");
    assert_eq!((next(&watch), next(&watch)), ("set /k=v".to_owned(), "expire /k".to_owned()));
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn writes_of_foreign_clients_are_not_published() {
    let server = server();
    let store = open(&server.location("prefix=p"));
    let all = watch_all(&store);
    server.redis_cli(&[b"SET", b"p:k", b"foreign"]);
    server.redis_cli(&[b"DEL", b"p:k"]);
    set(&store, b"fence", b"");
    assert_eq!(next(&all), "set /fence=");
    // Nor does a message of theirs harm a watch.
    for channel in ["p{changes}0", "p", "__keyevent@0__:expired"] {
        for message in ["", "x", "1 - 5\n1:99999:5:5;abc", "\n", "a b c\n9:0:0:0;"] {
            server.client().call(&["PUBLISH", channel, message]);
        }
    }
    set(&store, b"k", b"ours");
    let event = loop {
        let event = next(&all);
        if !event.starts_with("lagged") {
            break event;
        }
    };
    assert_eq!(event, "set /k=ours");
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn there_is_no_log_to_begin_from() {
    let server = server();
    let store = open(&server.location("prefix=p"));
    let all = Selection { group: Selector::Any, key: Selector::Any };
    assert_eq!(kind(store.changes(0).map(drop)), ErrorKind::Unsupported);
    assert_eq!(kind(store.watch(all, 16, WatchStart::Since(0)).map(drop)), ErrorKind::Unsupported);
}

/// Returns the events up to and with the one `last`.
fn up_to(watch: &Watch, last: &str) -> Vec<String> {
    let mut events = Vec::new();
    while events.last().is_none_or(|it| it != last) {
        events.push(next(watch));
    }
    events
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn a_connection_that_is_cut_is_a_gap_and_is_announced() {
    let server = server();
    let store = open(&server.location("prefix=p"));
    let writer = open_apart(&server, 1);
    let watches = [watch_all(&store), watch(&store, Selector::Exact(b"g"[..].into()))];
    set(&store, b"k", b"before");
    assert_eq!(next(&watches[0]), "set /k=before");

    for round in 0..3 {
        server.client().call(&["CLIENT", "KILL", "TYPE", "pubsub"]);
        for watch in &watches {
            assert_eq!(next(watch), "lagged 0", "{round}");
        }
        // After the announcement nothing is missed.
        writer.set(group(b"g"), key(b"k"), b"after").expect("set");
        for watch in &watches {
            assert_eq!(next(watch), "set g/k=after", "{round}");
        }
    }
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn a_restart_of_the_server_is_a_gap_and_is_announced() {
    let server = start(Setup::default().lasting());
    let store = open(&server.location("prefix=p"));
    let watch = watch_all(&store);
    set(&store, b"k", b"before");
    server.restart();
    // This one may fall into the gap.
    set(&store, b"k", b"after");

    up_to(&watch, "lagged 0");
    set(&store, b"k", b"later");
    assert!(up_to(&watch, "set /k=later").len() <= 2, "nothing but what was written");
    store.set_ttl(no_group(), key(b"mortal"), b"", 20).expect("set");
    assert_eq!(up_to(&watch, "expire /mortal").len(), 2, "the notifications are back as well");
}

/// A connection that stands but carries nothing delays the writes once, not each of them.
#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn a_silent_subscription_is_given_up_after_one_write() {
    let server = server();
    let proxy = Proxy::to(server.port());
    let store = open(&proxy.location("prefix=p&call_timeout=1s"));
    let watch = watch_all(&store);
    set(&store, b"k", b"before");
    assert_eq!(next(&watch), "set /k=before");
    proxy.silence_subscribers();

    let is_slow = |number: &u8| {
        let begun = Instant::now();
        set(&store, b"k", &[b'0' + number]);
        begun.elapsed() > Duration::from_millis(700)
    };
    // A busy machine delays some more; each would wait for a silent subscription.
    assert!((0..10).filter(is_slow).count() <= 4, "the writes have waited");
    up_to(&watch, "lagged 0");
    set(&store, b"k", b"after");
    up_to(&watch, "set /k=after");
}

/// A write during the cuts is either an event or covered by a `LAGGED`.
#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn nothing_is_lost_unannounced_while_connections_are_cut() {
    let server = server();
    let store = open(&server.location("prefix=p"));
    let writer = open_apart(&server, 1);
    let watch = watch_all(&store);
    let (over, written) = (AtomicBool::new(false), AtomicU32::new(0));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let _over = Raised(&over);
            let mut client = server.client();
            for _ in 0..10 {
                // Each cut meets a connection that is there, amid writes.
                let before = written.load(Ordering::Relaxed);
                until("writes go on", PATIENCE, || written.load(Ordering::Relaxed) > before + 50);
                until("the subscriber is there", PATIENCE, || {
                    let killed = client.call(&["CLIENT", "KILL", "TYPE", "pubsub"]);
                    killed != Reply::Integer(0)
                });
            }
        });
        for id in 0_u32.. {
            if over.load(Ordering::Relaxed) {
                break;
            }
            set(&writer, b"n", id.to_string().as_bytes());
            written.store(id, Ordering::Relaxed);
        }
    });
    let mut events = Vec::new();
    while events.last().is_none_or(|it| it != "set /end=") {
        // The very last write may fall into a gap: only what follows the announcement is sure.
        set(&writer, b"end", b"");
        while let Some(event) = watch.poll(Some(A_WHILE)).expect("open") {
            events.push(word(&event));
        }
    }
    let (mut expected, mut gaps, mut unannounced) = (0, 0, 0);
    let mut covered = false;
    for event in &events {
        match event.strip_prefix("set /n=") {
            Some(number) => {
                let number: u32 = number.parse().expect("a number");
                unannounced += u32::from(number != expected && !covered);
                assert!(number >= expected, "{number} after {expected}");
                (expected, covered) = (number + 1, false);
            }
            None if event.starts_with("lagged") => (gaps, covered) = (gaps + 1, true),
            None => (),
        }
    }
    println!("{gaps} gaps announced in {} events", events.len());
    assert!(gaps > 0);
    assert_eq!(unannounced, 0);
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn a_slow_reader_loses_events_by_number_and_no_writer_waits_for_it() {
    let server = server();
    let store = open(&server.location("prefix=p"));
    let all = Selection { group: Selector::Any, key: Selector::Any };
    let slow = store.watch(all, 16, WatchStart::Now).expect("a watch");
    let writer = open_apart(&server, 1);
    for id in 0..100_u8 {
        set(&writer, &[id], b"");
    }
    let fast = watch_all(&store);
    set(&store, b"end", b"");
    assert_eq!(next(&fast), "set /end=");
    let events: Vec<_> = (0..17).map(|_| next(&slow)).collect();
    assert!(events[..16].iter().all(|it| it.starts_with("set ")));
    assert_eq!(events[16], "lagged 85");
}

/// When a write returns, its events are in the queues of this process, in the order of the server.
#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn a_write_returns_when_its_own_watches_know() {
    let server = server();
    let store = open(&server.location("prefix=p"));
    let other = open_apart(&server, 1);
    let watch = watch_all(&store);
    let over = AtomicBool::new(false);
    let mut noise = 0_u32;
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !over.load(Ordering::Relaxed) {
                set(&other, b"noise", b"");
            }
        });
        let _over = Raised(&over);
        let begun = Instant::now();
        for id in 0_u32.. {
            if id >= 300 && noise > 0 {
                break;
            }
            assert!(begun.elapsed() < 6 * PATIENCE, "the other store does not write");
            let name = format!("own{id}");
            set(&store, name.as_bytes(), b"");
            let expected = format!("set /{name}=");
            let mut is_published = false;
            while let Some(event) = watch.poll(Some(Duration::ZERO)).expect("open") {
                let word = word(&event);
                is_published |= word == expected;
                noise += u32::from(word == "set /noise=");
            }
            assert!(is_published, "{name} has returned, and its watch does not know");
        }
    });
}
