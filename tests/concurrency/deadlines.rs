//! Deadlines and cancels end calls that wait or work, nothing is written then, and others go on.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::time::Duration;

use crate::support::redis::{Server, Setup};
use crate::support::{Child, Place, group, key, listen, no_group, say, sqlite};
use kv::Hub;
use kv::{
    BackupSource, CallContext, Engine, Error, ErrorKind, GroupRange, Maintenance, Op, Query, Reply,
    Result, Scan, Selection, Selector, SetExpiry, Store, SystemClock, Transaction, Values,
};
use kv::{MemoryEngine, MemoryOptions};
use kv::{SqliteEngine, SqliteOptions};

/// A time that calls with a deadline do not wait for: a test in which one does hangs.
const FOR_EVER: &str = "600s";
/// Rows that no loop gets through without looking at its context.
const MANY: usize = 20_000;

const SHORT: Option<Duration> = Some(Duration::from_millis(20));

fn kind<T>(result: Result<T>) -> Option<ErrorKind> {
    result.err().map(|error| error.kind())
}

/// Holds a file's lock until the parent sends a line.
pub fn child(role: &[String]) {
    let [path] = role else { panic!("no role: {role:?}") };
    let connection = rusqlite::Connection::open(path).expect("the file");
    connection.execute_batch("BEGIN IMMEDIATE").expect("the lock");
    say("locked");
    listen();
    connection.execute_batch("ROLLBACK").expect("the lock goes");
}

/// Returns another process that holds the lock of a file.
fn lock(path: &Path) -> Child {
    let mut child = Child::start("deadlines", &[path.to_str().expect("UTF-8")]);
    assert_eq!(child.read_line(), "locked");
    child
}

fn let_go(mut child: Child) {
    child.send_line("let go");
    child.join();
}

fn open(path: &Path) -> Store {
    let options = format!("busy_timeout={FOR_EVER}&purge_interval=0");
    kv::open(&sqlite(path, &options)).expect("a store")
}

fn set(store: &Store, name: &[u8]) -> Result<()> {
    store.set(no_group(), key(name), b"v").map(drop)
}

/// Runs `call` and cancels it when it waits: so long that its thread was polled twice.
fn cancelled<T: Send>(context: &CallContext, call: impl FnOnce() -> Result<T> + Send) -> Result<T> {
    let arming = context.arm(None);
    let (inside, entered) = channel();
    let polls = AtomicUsize::new(0);
    context.set_poll(Some(Arc::new(move || {
        if polls.fetch_add(1, Ordering::SeqCst) == 1 {
            inside.send(()).expect("a thread waits");
        }
        false
    })));
    std::thread::scope(|scope| {
        let call = scope.spawn(call);
        entered.recv_timeout(Duration::from_secs(60)).expect("the call waits and is polled");
        context.set_poll(None);
        context.cancel(arming);
        call.join().expect("no panic")
    })
}

#[test]
fn a_write_does_not_wait_for_another_process_beyond_its_deadline_or_a_cancel() {
    let place = Place::in_memory();
    let path = place.file("locked.db");
    let store = open(&path);
    set(&store, b"before").expect("a set");
    let call = CallContext::new();
    let bound = store.bind(&call);
    let child = lock(&path);

    call.arm(SHORT);
    assert_eq!(kind(set(&bound, b"late")), Some(ErrorKind::Deadline));
    call.arm(SHORT);
    assert_eq!(kind(bound.flush()), Some(ErrorKind::Deadline));
    assert_eq!(kind(cancelled(&call, || set(&bound, b"late"))), Some(ErrorKind::Cancelled));
    assert_eq!(kind(cancelled(&call, || bound.purge_expired())), Some(ErrorKind::Cancelled));
    call.arm(SHORT);
    let mut transaction = Transaction::new();
    let value = b"of a transaction";
    let condition = kv::Condition::Any;
    let noted = transaction.set(&bound, no_group(), key(b"t"), value, condition, SetExpiry::Never);
    assert_eq!(noted, Ok(true));
    assert_eq!(kind(transaction.commit(&bound)), Some(ErrorKind::Deadline));
    call.arm(None);
    assert_eq!(bound.exists(no_group(), key(b"before")), Ok(true), "reads wait for no writer");

    let_go(child);
    assert_eq!(set(&bound, b"after"), Ok(()));
    assert_eq!(transaction.commit(&bound), Ok(true), "it is as it was");
    assert_eq!(store.count(GroupRange::Prefix(b"")), Ok(3), "before, after and t");
}

/// Runs 20 calls at once, of which each has to wait for the lock of a file; returns how long they
/// took.
fn waits_of_many(store: &Store) -> Vec<Duration> {
    std::thread::scope(|scope| {
        let calls = (0..20u8).map(|at| {
            scope.spawn(move || {
                let began = std::time::Instant::now();
                let ended = match at % 4 {
                    0 => store.flush(),
                    1 => store.purge_expired().map(drop),
                    _ => set(store, &[at]),
                };
                assert_eq!(kind(ended), Some(ErrorKind::Busy));
                began.elapsed()
            })
        });
        let calls: Vec<_> = calls.collect();
        calls.into_iter().map(|call| call.join().expect("no panic")).collect()
    })
}

#[test]
fn the_busy_timeout_bounds_the_sum_of_what_a_call_waits_and_not_each_wait() {
    let place = Place::in_memory();
    let path = place.file("many.db");
    let timeout = Duration::from_millis(400);
    let store = kv::open(&sqlite(&path, "busy_timeout=400ms&purge_interval=0")).expect("a store");
    let child = lock(&path);
    for waited in waits_of_many(&store) {
        assert!(waited >= timeout / 2 && waited < timeout * 2, "{waited:?}");
    }
    let_go(child);
    assert_eq!(set(&store, b"after"), Ok(()));
}

#[test]
fn a_follower_of_a_leader_that_waits_can_leave_and_the_leader_goes_on() {
    let place = Place::in_memory();
    let path = place.file("queue.db");
    let store = open(&path);
    set(&store, b"before").expect("a set");
    let child = lock(&path);
    let call = CallContext::new();
    let bound = store.bind(&call);

    std::thread::scope(|scope| {
        let leader = scope.spawn(|| set(&store, b"leader"));
        // The first of these may come before the leader, not all of them.
        for _ in 0..10 {
            call.arm(SHORT);
            assert_eq!(kind(set(&bound, b"late")), Some(ErrorKind::Deadline));
            assert_eq!(kind(cancelled(&call, || bound.flush())), Some(ErrorKind::Cancelled));
        }
        let_go(child);
        assert_eq!(leader.join().expect("no panic"), Ok(()));
    });
    assert_eq!(store.count(GroupRange::Prefix(b"")), Ok(2));
}

#[test]
fn a_leader_whose_call_ends_leaves_the_turn_to_those_behind_it() {
    let place = Place::in_memory();
    let path = place.file("leader.db");
    let store = open(&path);
    set(&store, b"before").expect("a set");
    let child = lock(&path);
    let call = CallContext::new();
    let bound = store.bind(&call);

    std::thread::scope(|scope| {
        let arming = call.arm(None);
        let leader = scope.spawn(|| set(&bound, b"late"));
        let others: Vec<_> = (0..4u8)
            .map(|at| {
                scope.spawn({
                    let store = &store;
                    move || set(store, &[at])
                })
            })
            .collect();
        call.cancel(arming);
        assert_eq!(kind(leader.join().expect("no panic")), Some(ErrorKind::Cancelled));
        let_go(child);
        for other in others {
            assert_eq!(other.join().expect("no panic"), Ok(()));
        }
    });
    assert_eq!(store.count(GroupRange::Prefix(b"")), Ok(5));
}

/// Writes [`MANY`] entries into the group `app:many`.
fn fill(engine: &dyn Engine) {
    let names: Vec<[u8; 4]> = (0..MANY as u32).map(u32::to_be_bytes).collect();
    let set = |name| Op::Set {
        group: group(b"app:many"),
        key: key(name),
        value: b"v",
        condition: kv::Condition::Any,
        expiry: SetExpiry::Never,
    };
    let ops: Vec<Op<'_>> = names.iter().map(|name| set(name)).collect();
    let mut replies = vec![Reply::None; ops.len()];
    engine.commit(&CallContext::default(), None, &ops, &mut replies).expect("a batch");
}

/// Checks that long work on [`MANY`] entries ends in a context that is cancelled.
fn long_work_ends(engine: &dyn Engine) {
    fill(engine);
    let call = CallContext::new();
    let ended = Some(ErrorKind::Cancelled);
    let (one, all) = (GroupRange::One(group(b"app:many")), GroupRange::Prefix(b""));
    let delete = [Op::DeletePrefix { group: group(b"app:many"), prefix: b"" }];
    let some = [Op::DeletePrefix { group: group(b"app:many"), prefix: b"\0" }];
    let namespace = kv::Namespace::new(b"app").expect("a name");
    let scan = |call: &CallContext, query: Query<'_>| {
        let mut cursor = engine.scan(call, query)?;
        let mut count = 0;
        while cursor.next()?.is_some() {
            count += 1;
        }
        Ok::<usize, Error>(count)
    };
    let none_match = Scan {
        pattern: kv::Pattern::Glob(kv::Glob::new(b"*none", kv::Dialect::Sqlite)),
        ..Scan::all(group(b"app:many"))
    };

    call.cancel(0);
    assert_eq!(kind(engine.count(&call, one)), ended);
    assert_eq!(kind(engine.count(&call, all)), ended);
    assert_eq!(kind(engine.usage(&call, all)), ended);
    assert_eq!(kind(scan(&call, Query::Entries(none_match))), ended);
    assert_eq!(
        kind(scan(&call, Query::Range { range: all, after: None, values: Values::Bytes })),
        ended
    );
    assert_eq!(kind(engine.commit(&call, None, &delete, &mut [Reply::None])), ended);
    assert_eq!(kind(engine.commit(&call, None, &some, &mut [Reply::None])), ended);
    let quotas = engine.quotas().expect("quotas");
    let quota = kv::Quota { max_keys: 100_000, ..kv::Quota::default() };
    assert_eq!(kind(quotas.set_quota(&call, &namespace, quota)), ended);

    call.arm(None);
    assert_eq!(quotas.set_quota(&call, &namespace, quota), Ok(()));
    assert_eq!(engine.count(&call, one), Ok(MANY as u64));
    assert_eq!(scan(&call, Query::Entries(none_match)), Ok(0));
    assert_eq!(
        scan(&call, Query::Range { range: all, after: None, values: Values::Bytes }),
        Ok(MANY)
    );
    let applied = engine.commit(&call, None, &delete, &mut [Reply::None]);
    assert_eq!(applied, Ok(kv::Commit::Applied));
}

#[test]
fn long_work_in_memory_ends() {
    let engine = MemoryEngine::new(
        MemoryOptions::default(),
        Arc::new(SystemClock),
        Arc::new(Hub::default()),
    );
    long_work_ends(&engine.expect("an engine"));
}

#[test]
fn long_work_on_a_file_ends() {
    let place = Place::in_memory();
    let path = place.file("long.db");
    drop(open(&path));
    let engine = SqliteEngine::open(
        SqliteOptions::new(path),
        Arc::new(SystemClock),
        Arc::new(Hub::default()),
    );
    let engine = engine.expect("an engine");
    fill(&engine);
    let call = CallContext::new();
    call.cancel(0);
    let ended = Some(ErrorKind::Cancelled);
    let delete = [Op::DeletePrefix { group: group(b"app:many"), prefix: b"" }];
    assert_eq!(kind(engine.commit(&call, None, &delete, &mut [Reply::None])), ended);
    assert_eq!(kind(engine.check(&call)), ended);
    assert_eq!(kind(engine.compact(&call)), ended);
    assert_eq!(kind(engine.backup(&call, &place.file("copy.db"), &mut |_| true)), ended);
    assert!(!place.file("copy.db").exists());
    long_work_ends(&engine);
}

#[test]
fn a_writer_in_memory_does_not_wait_for_the_lock_beyond_its_deadline() {
    let engine = MemoryEngine::new(
        MemoryOptions::default(),
        Arc::new(SystemClock),
        Arc::new(Hub::default()),
    );
    let engine = Arc::new(engine.expect("an engine"));
    let (inside, entered) = channel();
    let (leave, left) = channel::<()>();
    std::thread::scope(|scope| {
        let engine = &engine;
        scope.spawn(move || {
            let mut hold = || {
                inside.send(()).expect("a thread waits");
                left.recv().expect("the word to leave");
            };
            engine.watch(&CallContext::default(), &mut hold, None).map(drop)
        });
        entered.recv().expect("it is held");
        let call = CallContext::new();
        let set = Op::Set {
            group: no_group(),
            key: key(b"k"),
            value: b"v",
            condition: kv::Condition::Any,
            expiry: SetExpiry::Never,
        };
        call.arm(SHORT);
        assert_eq!(
            kind(engine.commit(&call, None, &[set], &mut [Reply::None])),
            Some(ErrorKind::Deadline)
        );
        let commit = || engine.commit(&call, None, &[set], &mut [Reply::None]);
        assert_eq!(kind(cancelled(&call, commit)), Some(ErrorKind::Cancelled));
        leave.send(()).expect("it waits");
    });
    assert_eq!(engine.count(&CallContext::default(), GroupRange::Prefix(b"")), Ok(0));
}

#[test]
fn a_cursor_obeys_the_deadline_of_each_call_and_has_ended_after_it() {
    let place = Place::in_memory();
    for location in ["memory:".to_owned(), sqlite(&place.file("scan.db"), "")] {
        let store = kv::open(&location).expect("a store");
        set(&store, b"a").and_then(|()| set(&store, b"b")).expect("sets");
        let call = CallContext::new();
        let mut cursor = store.bind(&call).scan(Scan::all(no_group())).expect("a cursor");
        assert!(matches!(cursor.next(), Ok(Some(_))));
        call.arm(Some(Duration::ZERO));
        assert_eq!(kind(cursor.next().map(drop)), Some(ErrorKind::Deadline));
        call.arm(None);
        assert!(matches!(cursor.next(), Ok(None)), "the scan has ended");
        assert_eq!(store.count(GroupRange::Prefix(b"")), Ok(2), "the store has no deadline");
    }
}

#[test]
fn a_poll_obeys_the_handle_of_its_watch_while_it_waits() {
    let store = kv::open("memory:").expect("a store");
    let call = CallContext::new();
    let all = Selection { group: Selector::Any, key: Selector::Any };
    let watch = store.bind(&call).watch(all, 16, kv::WatchStart::Now).expect("a watch");
    assert_eq!(kind(cancelled(&call, || watch.poll(None))), Some(ErrorKind::Cancelled));
    call.arm(SHORT);
    assert_eq!(kind(watch.poll(None)), Some(ErrorKind::Deadline));
    set(&store, b"k").expect("a set");
    assert!(matches!(watch.poll(None), Ok(Some(_))), "it does not wait for what is there");
    assert_eq!(watch.poll(Some(Duration::ZERO)), Ok(None));
    call.arm(None);
    std::thread::scope(|scope| {
        let poll = scope.spawn(|| watch.poll(None));
        set(&store, b"l").expect("a set");
        assert!(matches!(poll.join().expect("no panic"), Ok(Some(_))));
    });
}

#[test]
fn a_bound_store_is_the_same_store() {
    let store = kv::open("memory:").expect("a store");
    let call = CallContext::new();
    let bound = store.bind(&call);
    let was_called = Arc::new(AtomicBool::new(false));
    let flag = was_called.clone();
    let callback = Box::new(move |_: &kv::Change| flag.store(true, Ordering::SeqCst));
    store.on_change(callback).expect("a callback");
    set(&bound, b"k").expect("a set");
    assert!(was_called.load(Ordering::SeqCst));
    drop(bound);
    was_called.store(false, Ordering::SeqCst);
    set(&store, b"k").expect("a set");
    assert!(
        was_called.load(Ordering::SeqCst),
        "the callback goes with the store, not with the bound one"
    );
    let scope = kv::Namespace::new(b"app").expect("a name");
    call.cancel(0);
    let bound = store.bind(&call);
    assert_eq!(kind(bound.scope(&scope).map(drop)), Some(ErrorKind::Cancelled));
    call.arm(None);
    let scoped = bound.scope(&scope).expect("a scope");
    call.cancel(0);
    assert_eq!(set(&scoped, b"k"), Ok(()), "a scope is bound by itself or not at all");
}

fn redis(options: &str) -> (Server, Store) {
    let server = Server::start(Setup::default());
    let options = format!("purge_interval=0&call_timeout={FOR_EVER}&{options}");
    let store = kv::open(&server.location(&options)).expect("a store");
    (server, store)
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn a_call_does_not_wait_for_a_redis_beyond_its_deadline_or_a_cancel() {
    let (server, store) = redis("pool_size=2");
    set(&store, b"k").expect("a set");
    let call = CallContext::new();
    let bound = store.bind(&call);
    let (none, k) = (no_group(), key(b"k"));
    let get = || bound.get(none, k).map(|entry| entry.map(|entry| entry.value.to_vec()));
    let count = || bound.count(GroupRange::Prefix(b""));
    assert_eq!(get(), Ok(Some(b"v".to_vec())));

    server.pause();
    call.arm(SHORT);
    assert_eq!(kind(get()), Some(ErrorKind::Deadline));
    call.arm(SHORT);
    assert_eq!(kind(count()), Some(ErrorKind::Deadline));
    assert_eq!(kind(cancelled(&call, get)), Some(ErrorKind::Cancelled));
    let scan = || bound.scan(Scan::all(none)).map(drop);
    assert_eq!(kind(cancelled(&call, scan)), Some(ErrorKind::Cancelled));
    let all = Selection { group: Selector::Any, key: Selector::Any };
    let watch = || bound.watch(all.clone(), 16, kv::WatchStart::Now).map(drop);
    assert_eq!(kind(cancelled(&call, watch)), Some(ErrorKind::Cancelled));
    // A plain call on the other connection waits on.
    std::thread::scope(|scope| {
        let patient = scope.spawn(|| store.get(none, k).map(|entry| entry.is_some()));
        for _ in 0..3 {
            call.arm(SHORT);
            assert_eq!(kind(get()), Some(ErrorKind::Deadline));
        }
        server.resume();
        assert_eq!(patient.join().expect("no panic"), Ok(true));
    });
    call.arm(None);
    assert_eq!(get(), Ok(Some(b"v".to_vec())));
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn a_connection_whose_call_has_ended_is_not_used_again() {
    let (server, store) = redis("pool_size=1");
    let call = CallContext::new();
    let bound = store.bind(&call);
    let value = |name: &[u8]| {
        let entry = bound.get(no_group(), key(name));
        entry.map(|entry| entry.map(|entry| entry.value.to_vec()))
    };
    for name in [b"a", b"b"] {
        bound.set(no_group(), key(name), name).expect("a set");
    }
    server.pause();
    call.arm(SHORT);
    assert_eq!(kind(value(b"a")), Some(ErrorKind::Deadline));
    server.resume();
    call.arm(None);
    // The reply to the first call arrives on another connection.
    for _ in 0..3 {
        assert_eq!(value(b"b"), Ok(Some(b"b".to_vec())));
        assert_eq!(value(b"a"), Ok(Some(b"a".to_vec())));
    }
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn a_write_that_was_sent_is_not_known_and_one_that_was_not_has_not_happened() {
    let (server, store) = redis("pool_size=1");
    let call = CallContext::new();
    let bound = store.bind(&call);
    set(&bound, b"warm").expect("a set");
    server.pause();
    call.arm(SHORT);
    let sent = set(&bound, b"sent").expect_err("no reply");
    assert_eq!(sent.kind(), ErrorKind::Unavailable);
    assert!(sent.message().contains("not known"), "{sent}");
    assert!(sent.message().contains("deadline"), "{sent}");
    // There is no connection now, and none is made while the server hangs.
    let unsent = cancelled(&call, || set(&bound, b"unsent"));
    assert_eq!(kind(unsent), Some(ErrorKind::Cancelled));
    server.resume();
    call.arm(None);
    assert_eq!(bound.exists(no_group(), key(b"unsent")), Ok(false));
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn a_call_that_waits_for_a_connection_can_leave() {
    let (server, store) = redis("pool_size=1");
    set(&store, b"k").expect("a set");
    let call = CallContext::new();
    let bound = store.bind(&call);
    server.pause();
    std::thread::scope(|scope| {
        let patient = scope.spawn(|| set(&store, b"l"));
        // The first of these may come before the patient one, not all of them.
        for _ in 0..5 {
            call.arm(SHORT);
            let ended = kind(bound.exists(no_group(), key(b"k")));
            assert_eq!(ended, Some(ErrorKind::Deadline));
            let exists = || bound.exists(no_group(), key(b"k"));
            assert_eq!(kind(cancelled(&call, exists)), Some(ErrorKind::Cancelled));
        }
        server.resume();
        assert_eq!(patient.join().expect("no panic"), Ok(()));
    });
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn large_values_go_both_ways_through_a_bound_store() {
    let (_server, store) = redis("");
    let call = CallContext::new();
    let bound = store.bind(&call);
    call.arm(Some(Duration::from_secs(600)));
    let value = vec![7; 20 << 20];
    bound.set(no_group(), key(b"large"), &value).expect("a set");
    let entry = bound.get(no_group(), key(b"large")).expect("a get").expect("it is there");
    assert!(entry.value[..] == value[..]);
}
