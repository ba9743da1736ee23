//! Thirty-two threads of two processes begin the same operations; each runs once.

use std::path::Path;
use std::sync::Barrier;

use crate::support::{Child, Place, key, listen, race_until_met, say, sqlite};
use kv::{BeginOutcome, CompleteOutcome, Idempotency, Store};

/// Of each process.
const THREADS: usize = 16;
const OPERATIONS: u32 = 50;

fn open(path: &Path) -> Store {
    kv::open(&sqlite(path, "purge_interval=0")).expect("the store opens")
}

/// Runs one operation or waits for its response; returns whether this caller has run it.
fn run(store: &Store, operation: u32, response: &str) -> (bool, Vec<u8>) {
    let records = Idempotency::new(store);
    let name = operation.to_le_bytes();
    let mut has_run = false;
    loop {
        match records.begin(key(&name), b"hash", 0).expect("begin") {
            BeginOutcome::Started(token) => {
                assert!(!has_run, "started twice");
                has_run = true;
                let settled = records.complete(key(&name), token, response.as_bytes());
                assert_eq!(settled, Ok(CompleteOutcome::Done));
            }
            BeginOutcome::InProgress => std::thread::yield_now(),
            BeginOutcome::Completed(entry) => return (has_run, entry.value.to_vec()),
            BeginOutcome::Mismatch => panic!("operation {operation} has another hash"),
        }
    }
}

/// Runs all operations in all threads of one process; returns how many of them it has run, and the
/// response of each.
fn run_all(store: &Store, process: &str, first: u32) -> (usize, Vec<Vec<u8>>) {
    let barrier = Barrier::new(THREADS);
    let ran: Vec<(usize, Vec<Vec<u8>>)> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .map(|thread| {
                let barrier = &barrier;
                scope.spawn(move || {
                    let mut count = 0;
                    let mut responses = Vec::new();
                    for operation in first..first + OPERATIONS {
                        // All at once, every time.
                        barrier.wait();
                        let ours = format!("{operation} by {process} {thread}");
                        let (has_run, response) = run(store, operation, &ours);
                        assert_eq!(has_run, response == ours.as_bytes());
                        count += usize::from(has_run);
                        responses.push(response);
                    }
                    (count, responses)
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().expect("no panic")).collect()
    });
    let responses = ran[0].1.clone();
    assert!(
        ran.iter().all(|(_, theirs)| *theirs == responses),
        "all threads have the same responses"
    );
    (ran.iter().map(|(count, _)| count).sum(), responses)
}

/// The other process; see [`Child`].
pub fn child(role: &[String]) {
    let [path] = role else { panic!("no role: {role:?}") };
    let store = open(Path::new(path));
    say("open");
    while let Some(line) = listen() {
        let Ok(first) = line.parse() else { break };
        let (count, responses) = run_all(&store, "child", first);
        say(&count.to_string());
        for response in responses {
            say(&String::from_utf8(response).expect("text"));
        }
    }
}

#[test]
fn each_operation_is_run_once_by_thirty_two_threads_of_two_processes() {
    let place = Place::on_disk();
    let path = place.file("once.db");
    let store = open(&path);
    let mut child = Child::start("run_once", &[path.to_str().expect("a path in UTF-8")]);
    assert_eq!(child.read_line(), "open");

    // Rounds go on until one had winners in both processes.
    race_until_met(|round| {
        let first = u32::from(round) * OPERATIONS;
        child.send_line(&first.to_string());
        let (ours, responses) = run_all(&store, "parent", first);
        let theirs: usize = child.read_line().parse().expect("a number");
        println!("{ours} here, {theirs} there");
        assert_eq!(ours + theirs, OPERATIONS as usize);
        for response in responses {
            assert_eq!(
                child.read_line().as_bytes(),
                response,
                "both processes have the same response"
            );
        }
        ours > 0 && theirs > 0
    });
    child.send_line("stop");
    child.join();
    store.check().expect("sound");
}
