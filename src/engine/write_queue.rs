//! Group commit: the leader of a queue does its own work and that of the callers queued behind it.
//!
//! The first caller of a free queue becomes its leader. Callers that arrive meanwhile queue their
//! work and block. The leader takes queued work over as a [`WriteGroup`], does it together and
//! reports each result to its follower; then it passes the lead to the first caller that is still
//! queued. A group thus shares the cost of one fsync or one system call.
//!
//! No follower waits for a thread that has failed: a group that is dropped reports the failure to
//! its followers, and a leader that is dropped, by a panic too, passes the lead on.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;

use parking_lot::{Condvar, Mutex, MutexGuard};

use crate::call::CallContext;
use crate::error::Error;

/// A queue of work of type `W`, each with a result of type `R`.
pub(crate) struct WriteQueue<W, R> {
    leaders_max: usize,
    /// Returns the result of work whose leader has failed.
    abandoned: fn() -> R,
    state: Mutex<State<W, R>>,
}

struct State<W, R> {
    leaders: usize,
    waiting: VecDeque<Arc<Waiter<W, R>>>,
}

/// A caller that blocks until its work is done or it becomes a leader. It is not parked by the
/// standard library, whose record of a thread of the program stays in memory after the last close.
struct Waiter<W, R> {
    work: W,
    progress: Mutex<Progress<W, R>>,
    woken: Condvar,
}

enum Progress<W, R> {
    Waiting,
    Leads,
    /// The work is done. The waiters in the list have their results too and are not woken yet.
    Done(R, Vec<Arc<Waiter<W, R>>>),
}

/// The role of a caller that has joined the queue.
pub(crate) enum Role<'q, W, R> {
    /// The caller leads until the leader is dropped.
    Leader(Leader<'q, W, R>),
    /// Another leader has done its work.
    Follower(R),
}

/// The reason why work was withdrawn from the queue. Nothing of it was done.
#[derive(Debug)]
pub(crate) enum Withdrawn {
    /// The call was cancelled or its deadline has passed.
    Ended(Error),
    /// No leader has taken the work over by the deadline.
    TimedOut,
}

impl<W, R> WriteQueue<W, R> {
    /// Returns an empty queue with at most `leaders_max` leaders at a time.
    pub(crate) fn new(leaders_max: usize, abandoned: fn() -> R) -> Self {
        let state = State { leaders: 0, waiting: VecDeque::new() };
        WriteQueue { leaders_max, abandoned, state: Mutex::new(state) }
    }

    /// Returns whether work is queued.
    pub(crate) fn has_waiting(&self) -> bool {
        !self.state.lock().waiting.is_empty()
    }

    /// Returns the role of the caller. It leads if there is room for a leader; otherwise the work
    /// that `work` returns is queued, and this blocks until the work is done or the caller becomes
    /// a leader. The work is withdrawn when `call` has to end or `deadline` has passed, unless a
    /// leader has taken it over: then this waits for the result.
    pub(crate) fn join(
        &self,
        call: &CallContext,
        deadline: Option<Instant>,
        work: impl FnOnce() -> W,
    ) -> Result<Role<'_, W, R>, Withdrawn> {
        if let Some(leader) = self.lead() {
            return Ok(Role::Leader(leader));
        }
        let waiter = Arc::new(Waiter {
            work: work(),
            progress: Mutex::new(Progress::Waiting),
            woken: Condvar::new(),
        });
        let mut state = self.state.lock();
        if state.leaders < self.leaders_max {
            state.leaders += 1;
            return Ok(Role::Leader(Leader { queue: self }));
        }
        state.waiting.push_back(waiter.clone());
        drop(state);
        self.wait(&waiter, call, deadline)
    }

    fn lead(&self) -> Option<Leader<'_, W, R>> {
        let mut state = self.state.lock();
        if state.leaders >= self.leaders_max {
            return None;
        }
        state.leaders += 1;
        Some(Leader { queue: self })
    }

    fn wait(
        &self,
        waiter: &Waiter<W, R>,
        call: &CallContext,
        deadline: Option<Instant>,
    ) -> Result<Role<'_, W, R>, Withdrawn> {
        let mut deadline = deadline;
        let mut progress = waiter.progress.lock();
        loop {
            match std::mem::replace(&mut *progress, Progress::Waiting) {
                Progress::Leads => return Ok(Role::Leader(Leader { queue: self })),
                Progress::Done(result, others) => {
                    drop(progress);
                    wake(others);
                    return Ok(Role::Follower(result));
                }
                Progress::Waiting => {}
            }
            let is_late = deadline.is_some_and(|it| Instant::now() >= it);
            let reason = match call.check_unlocked(&mut progress) {
                Err(ended) => Some(Withdrawn::Ended(ended)),
                Ok(()) => is_late.then_some(Withdrawn::TimedOut),
            };
            let withdraw = || self.withdraw(waiter);
            match reason {
                Some(reason) if MutexGuard::unlocked(&mut progress, withdraw) => {
                    return Err(reason);
                }
                // A leader has taken the work over, and reports its result.
                Some(Withdrawn::TimedOut) => deadline = None,
                _ if matches!(*progress, Progress::Waiting) => {
                    call.wait(&waiter.woken, &mut progress, deadline.filter(|_| !is_late));
                }
                _ => {}
            }
        }
    }

    /// Removes a waiter from the queue; returns whether it was still there.
    fn withdraw(&self, waiter: &Waiter<W, R>) -> bool {
        let mut state = self.state.lock();
        let index = state.waiting.iter().position(|it| std::ptr::eq(&**it, waiter));
        index.and_then(|index| state.waiting.remove(index)).is_some()
    }
}

/// The right to do queued work. Dropping it passes the right on to the first caller in the queue.
pub(crate) struct Leader<'q, W, R> {
    queue: &'q WriteQueue<W, R>,
}

impl<W, R> Leader<'_, W, R> {
    /// Takes queued work over, from the head of the queue on, as long as `fits` returns true for
    /// it.
    pub(crate) fn group(&self, mut fits: impl FnMut(&W) -> bool) -> WriteGroup<W, R> {
        let mut state = self.queue.state.lock();
        let mut members = VecDeque::new();
        while state.waiting.front().is_some_and(|it| fits(&it.work)) {
            members.extend(state.waiting.pop_front());
        }
        WriteGroup { members, abandoned: self.queue.abandoned }
    }

    /// Returns whether there is queued work and `matches` returns true for the first of it.
    pub(crate) fn is_followed_by(&self, matches: impl FnOnce(&W) -> bool) -> bool {
        self.queue.state.lock().waiting.front().is_some_and(|it| matches(&it.work))
    }

    /// Puts a group of which nothing was done back at the head of the queue.
    pub(crate) fn put_back(&self, mut group: WriteGroup<W, R>) {
        let mut state = self.queue.state.lock();
        group.members.drain(..).rev().for_each(|member| state.waiting.push_front(member));
    }
}

impl<W, R> Drop for Leader<'_, W, R> {
    fn drop(&mut self) {
        let mut state = self.queue.state.lock();
        let next = state.waiting.pop_front();
        if next.is_none() {
            state.leaders -= 1;
        }
        drop(state);
        if let Some(next) = next {
            next.wake(Progress::Leads);
        }
    }
}

/// Work that a leader has taken over. When this is dropped, the followers without a result receive
/// the queue's `abandoned`.
pub(crate) struct WriteGroup<W, R> {
    members: VecDeque<Arc<Waiter<W, R>>>,
    abandoned: fn() -> R,
}

impl<W, R> WriteGroup<W, R> {
    /// Returns the work of the group in the order in which it was queued.
    pub(crate) fn work(&self) -> impl Iterator<Item = &W> {
        self.members.iter().map(|member| &member.work)
    }

    /// Returns whether all work of the group has its result.
    pub(crate) fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// Reports the result of the first work without one, and wakes its follower.
    pub(crate) fn report(&mut self, result: R) {
        if let Some(member) = self.members.pop_front() {
            member.wake(Progress::Done(result, Vec::new()));
        }
    }

    /// Reports the results of all work, in the order of [`WriteGroup::work`]. The leader wakes only
    /// the first follower, which wakes the others, so that the leader continues at once.
    pub(crate) fn report_all(mut self, results: impl IntoIterator<Item = R>) {
        let mut results = results.into_iter();
        let (Some(first), Some(result)) = (self.members.pop_front(), results.next()) else {
            return;
        };
        let mut others = Vec::with_capacity(self.members.len());
        for other_result in results {
            let Some(other) = self.members.pop_front() else { break };
            *other.progress.lock() = Progress::Done(other_result, Vec::new());
            others.push(other);
        }
        first.wake(Progress::Done(result, others));
    }
}

impl<W, R> Drop for WriteGroup<W, R> {
    fn drop(&mut self) {
        while !self.members.is_empty() {
            self.report((self.abandoned)());
        }
    }
}

impl<W, R> Waiter<W, R> {
    fn wake(&self, progress: Progress<W, R>) {
        *self.progress.lock() = progress;
        self.woken.notify_one();
    }
}

fn wake<W, R>(waiters: Vec<Arc<Waiter<W, R>>>) {
    for waiter in waiters {
        waiter.woken.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::UNBOUND;
    use crate::error::ErrorKind;
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::thread::{self, Scope};
    use std::time::Duration;

    type Queue = WriteQueue<u32, Option<u32>>;
    type Group = WriteGroup<u32, Option<u32>>;

    fn queue(leaders_max: usize) -> Queue {
        WriteQueue::new(leaders_max, || None)
    }

    fn lead(queue: &Queue) -> Leader<'_, u32, Option<u32>> {
        match queue.join(&UNBOUND, None, || 0) {
            Ok(Role::Leader(leader)) => leader,
            _ => panic!("the queue has a leader already"),
        }
    }

    /// Joins the queue in a new thread, and returns once the work is queued. The thread returns its
    /// result, or 0 if it becomes a leader.
    fn follow<'s, 'q: 's>(
        scope: &'s Scope<'s, 'q>,
        queue: &'q Queue,
        work: u32,
    ) -> thread::ScopedJoinHandle<'s, Option<u32>> {
        let before = queue.state.lock().waiting.len();
        let follower = scope.spawn(move || match queue.join(&UNBOUND, None, || work) {
            Ok(Role::Leader(_)) => Some(0),
            Ok(Role::Follower(result)) => result,
            Err(_) => panic!("nothing ends this call"),
        });
        while queue.state.lock().waiting.len() == before {
            thread::yield_now();
        }
        follower
    }

    fn result(follower: thread::ScopedJoinHandle<'_, Option<u32>>) -> Option<u32> {
        follower.join().expect("no panic")
    }

    #[test]
    fn a_leader_does_the_work_of_its_group_and_passes_the_lead_on() {
        let queue = queue(1);
        thread::scope(|scope| {
            let leader = lead(&queue);
            let followers: Vec<_> = (1..=4).map(|work| follow(scope, &queue, work)).collect();

            let group = leader.group(|work| *work < 4);
            assert_eq!(group.work().copied().collect::<Vec<_>>(), [1, 2, 3]);
            let results: Vec<_> = group.work().map(|work| Some(work * 10)).collect();
            group.report_all(results);
            drop(leader);

            let results: Vec<_> = followers.into_iter().map(result).collect();
            assert_eq!(results, [Some(10), Some(20), Some(30), Some(0)]);
        });
        assert_eq!(queue.state.lock().leaders, 0);
    }

    #[test]
    fn there_are_as_many_leaders_as_the_queue_allows() {
        let queue = queue(2);
        thread::scope(|scope| {
            let (first, second) = (lead(&queue), lead(&queue));
            let follower = follow(scope, &queue, 1);
            let mut group = second.group(|_| true);
            group.report(Some(7));
            assert!(group.is_empty());
            assert_eq!(result(follower), Some(7));
            drop((first, second));
        });
        assert_eq!(queue.state.lock().leaders, 0);
    }

    #[test]
    fn a_panic_of_a_leader_reports_to_its_group_and_passes_the_lead_on() {
        let queue = queue(1);
        thread::scope(|scope| {
            let leader = lead(&queue);
            let taken = follow(scope, &queue, 1);
            let queued = follow(scope, &queue, 2);

            let panicked = catch_unwind(AssertUnwindSafe(move || {
                let _group = leader.group(|work| *work == 1);
                panic!("planted");
            }));

            assert!(panicked.is_err());
            assert_eq!(result(taken), None);
            assert_eq!(result(queued), Some(0));
        });
        assert_eq!(queue.state.lock().leaders, 0);
    }

    #[test]
    fn a_group_that_is_put_back_is_taken_over_in_the_same_order() {
        let queue = queue(1);
        thread::scope(|scope| {
            let leader = lead(&queue);
            let followers: Vec<_> = (1..=3).map(|work| follow(scope, &queue, work)).collect();
            leader.put_back(leader.group(|work| *work < 3));
            let group = leader.group(|_| true);
            assert_eq!(group.work().copied().collect::<Vec<_>>(), [1, 2, 3]);
            group.report_all([Some(1), Some(2), Some(3)]);
            let results: Vec<_> = followers.into_iter().map(result).collect();
            assert_eq!(results, [Some(1), Some(2), Some(3)]);
        });
    }

    #[test]
    fn queued_work_is_withdrawn_at_its_deadline_and_by_a_cancel() {
        let queue = queue(1);
        let leader = lead(&queue);
        let soon = Instant::now() + Duration::from_millis(1);
        let late = queue.join(&UNBOUND, Some(soon), || 1);
        assert!(matches!(late, Err(Withdrawn::TimedOut)));

        let call = CallContext::new();
        let arming = call.arm(None);
        call.cancel(arming);
        let Err(Withdrawn::Ended(ended)) = queue.join(&call, None, || 2) else {
            panic!("a cancelled call went on");
        };
        assert_eq!(ended.kind(), ErrorKind::Cancelled);
        assert!(leader.group(|_| true).is_empty());
    }

    /// Joins the queue in a new thread. Returns the group that `leader` took over before the
    /// deadline of the thread, the thread, and the deadline.
    fn taken_over<'s, 'q: 's>(
        scope: &'s Scope<'s, 'q>,
        queue: &'q Queue,
        leader: &Leader<'_, u32, Option<u32>>,
    ) -> (Group, thread::ScopedJoinHandle<'s, Option<u32>>, Instant) {
        // On a busy machine the thread may withdraw its work before the leader gets a processor;
        // each further try has twice the time.
        for attempt in 0..12 {
            let deadline = Instant::now() + Duration::from_millis(20 << attempt);
            let follower = scope.spawn(move || match queue.join(&UNBOUND, Some(deadline), || 1) {
                Ok(Role::Follower(result)) => result,
                _ => None,
            });
            while !follower.is_finished() {
                let group = leader.group(|_| true);
                if !group.is_empty() {
                    return (group, follower, deadline);
                }
                thread::yield_now();
            }
        }
        panic!("the leader did not take the work over");
    }

    #[test]
    fn work_that_was_taken_over_is_waited_for_beyond_its_deadline() {
        let queue = queue(1);
        thread::scope(|scope| {
            let leader = lead(&queue);
            let (mut group, follower, deadline) = taken_over(scope, &queue, &leader);
            while Instant::now() < deadline {
                thread::yield_now();
            }
            // The deadline has passed, and the follower blocks all the same.
            assert!(!follower.is_finished());
            group.report(Some(5));
            assert_eq!(result(follower), Some(5));
        });
    }
}
