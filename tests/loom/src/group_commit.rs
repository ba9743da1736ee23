//! The write queue: src/engine/write_queue.rs.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Instant;

use loom::thread;

use crate::call::CallContext;
use crate::harness::Model;
use crate::write_queue::{Role, Withdrawn, WriteQueue};

type Queue = WriteQueue<u32, Option<u32>>;

/// The queue and the number of leaders that are at work.
struct Writer {
    queue: Queue,
    leaders: AtomicU32,
    applied: AtomicU32,
}

impl Writer {
    fn new() -> Arc<Writer> {
        let queue = Queue::new(1, || None);
        Arc::new(Writer { queue, leaders: AtomicU32::new(0), applied: AtomicU32::new(0) })
    }

    /// Writes as the engine does: a leader does its own work and that of its group.
    fn write(&self, work: u32, deadline: Option<Instant>) -> Result<u32, Withdrawn> {
        match self.queue.join(&CallContext, deadline, || work)? {
            Role::Follower(result) => Ok(result.expect("no leader fails here")),
            Role::Leader(leader) => {
                assert_eq!(self.leaders.fetch_add(1, Ordering::SeqCst), 0, "two leaders");
                let group = leader.group(|_| true);
                self.applied.fetch_add(1, Ordering::SeqCst);
                let results: Vec<_> = group.work().map(|work| Some(work * 10)).collect();
                self.applied.fetch_add(results.len() as u32, Ordering::SeqCst);
                group.report_all(results);
                self.leaders.fetch_sub(1, Ordering::SeqCst);
                drop(leader);
                Ok(work * 10)
            }
        }
    }
}

/// Three writers: each gets the result of its own work, and no one waits for ever.
fn three_writers() {
    let writer = Writer::new();
    let others: Vec<_> = [2, 3]
        .map(|work| {
            let writer = writer.clone();
            thread::spawn(move || {
                assert_eq!(writer.write(work, None).expect("no deadline"), work * 10)
            })
        })
        .into();
    assert_eq!(writer.write(1, None).expect("no deadline"), 10);
    others.into_iter().for_each(|other| other.join().expect("no panic"));
    assert_eq!(writer.applied.load(Ordering::SeqCst), 3, "work is done once");
}

/// A follower whose deadline may pass at any moment: its work is done and reported, or neither.
fn late_follower() {
    let writer = Writer::new();
    let other = writer.clone();
    let late = thread::spawn(move || {
        // It has passed already: the model chooses whether a leader is quicker.
        u32::from(other.write(2, Some(Instant::now())).is_ok())
    });
    assert_eq!(writer.write(1, None).expect("no deadline"), 10);
    let done = 1 + late.join().expect("no panic");
    assert_eq!(writer.applied.load(Ordering::SeqCst), done, "work that was withdrawn is not done");
}

/// A leader that fails with its group: the followers get an error, and the lead is passed on.
fn failing_leader() {
    let queue = Arc::new(Queue::new(1, || None));
    let other = queue.clone();
    let following = thread::spawn(move || match other.join(&CallContext, None, || 2) {
        Ok(Role::Follower(result)) => assert_eq!(result, None),
        Ok(Role::Leader(leader)) => drop(leader),
        Err(_) => panic!("nothing ends this call"),
    });
    match queue.join(&CallContext, None, || 1) {
        Ok(Role::Leader(leader)) => drop(leader.group(|_| true)),
        Ok(Role::Follower(_)) => panic!("the other does no work"),
        Err(_) => panic!("nothing ends this call"),
    }
    following.join().expect("no panic");
}

/// The planted fault: a leader that takes work over and forgets it.
fn forgetful_leader() {
    let queue = Arc::new(Queue::new(1, || None));
    let other = queue.clone();
    let following = thread::spawn(move || drop(other.join(&CallContext, None, || 2)));
    if let Ok(Role::Leader(leader)) = queue.join(&CallContext, None, || 1) {
        std::mem::forget(leader.group(|_| true));
    }
    following.join().expect("no panic");
}

/// Returns the models.
pub fn models() -> Vec<Model> {
    vec![
        Model::new("each writer gets its own result", three_writers),
        Model::new("work that was withdrawn is not done", late_follower),
        Model::new("a leader that fails leaves no follower waiting", failing_leader),
        Model::new("a leader forgets its group", forgetful_leader).planted(),
    ]
}
