//! Pipelining: concurrent calls of several threads are sent in one write.
//!
//! A server runs one command after the other and spends most of its time in system calls. So each
//! leader of the queue sends the calls queued behind it together with its own. A call without
//! concurrent callers is sent directly, at no extra cost.

use std::time::Instant;

use crate::call::UNBOUND;
use crate::engine::redis::client::error::CallError;
use crate::engine::redis::client::pool::{Pool, PooledConnection};
use crate::engine::redis::client::value::Value;
use crate::engine::write_queue::{Leader, Role, WriteQueue};
use crate::error::{Error, ErrorKind};

/// The most threads that send at a time, while the replies of the others are on their way. With
/// more senders fewer calls share a write; with fewer, more threads have to be woken by another.
const SENDERS_MAX: usize = 4;
/// The most bytes of a call that shares a write; a larger one is sent alone, so that no small call
/// waits behind it.
const BYTES_MAX: usize = 4 << 10;
/// The most calls of other threads in one write.
const CALLS_MAX: usize = 32;

/// The pipeline of the calls to one server.
pub(crate) struct Pipeline {
    queue: WriteQueue<Call, Reply>,
}

/// Commands in the protocol of the server, and their number.
struct Call {
    commands: Vec<u8>,
    count: usize,
    deadline: Instant,
}

type Reply = Result<Vec<Value>, CallError>;

impl Default for Pipeline {
    fn default() -> Self {
        Pipeline { queue: WriteQueue::new(SENDERS_MAX, abandoned) }
    }
}

impl Pipeline {
    /// Returns whether a call is small enough to share a write with others.
    pub(crate) fn accepts(commands: &[u8]) -> bool {
        commands.len() <= BYTES_MAX
    }

    /// Makes a call, and those queued behind it, on a connection of `pool`.
    pub(crate) fn call(
        &self,
        commands: &[u8],
        count: usize,
        deadline: Instant,
        pool: &Pool,
    ) -> Reply {
        let queued = || Call { commands: commands.to_vec(), count, deadline };
        match self.queue.join(&UNBOUND, Some(deadline), queued) {
            Ok(Role::Leader(leader)) => {
                let pooled = pool.acquire(deadline, &UNBOUND)?;
                send_together(commands, count, deadline, &leader, pooled)
            }
            Ok(Role::Follower(reply)) => reply,
            Err(_) => {
                let message = "redis: no connection was free in time; raise pool_size";
                Err(CallError::unsent(Error::new(ErrorKind::Unavailable, message)))
            }
        }
    }
}

/// Sends the commands of the leader and of its group in one write, and reports the replies, all by
/// the leader's deadline.
fn send_together(
    commands: &[u8],
    count: usize,
    deadline: Instant,
    leader: &Leader<'_, Call, Reply>,
    mut pooled: PooledConnection<'_>,
) -> Reply {
    let mut left = CALLS_MAX;
    // A call that has much more time than the leader would fail too early with it.
    let latest = deadline + deadline.saturating_duration_since(Instant::now()) / 4;
    let mut group = leader.group(|call| {
        let fits = left > 0 && call.deadline <= latest;
        left = left.saturating_sub(1);
        fits
    });
    let connection = pooled.get();
    let sent = match group.is_empty() {
        true => connection.send(commands),
        false => {
            let mut all = commands.to_vec();
            group.work().for_each(|call| all.extend_from_slice(&call.commands));
            connection.send(&all)
        }
    };
    let mut failure = sent.err();
    let mut receive = |count: usize| match &failure {
        Some(failed) => Err(failed.clone()),
        None => {
            let replies: Reply = (0..count).map(|_| connection.receive()).collect();
            failure = replies.as_ref().err().cloned();
            replies
        }
    };
    let own = receive(count);
    let counts: Vec<usize> = group.work().map(|call| call.count).collect();
    for count in counts {
        group.report(receive(count));
    }
    pooled.release(failure.as_ref());
    own
}

/// Returns the error of a call whose leader has failed. The call may have been sent.
fn abandoned() -> Reply {
    let message = "redis: the thread that was sending this call failed";
    let error = Error::new(ErrorKind::Unavailable, message);
    Err(CallError { sent: true, ..CallError::unsent(error) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::sync::Arc;
    use std::time::Duration;

    use crate::engine::redis::client::address::Address;
    use crate::engine::redis::client::login::Login;
    use crate::engine::redis::client::options::ClientOptions;

    #[test]
    fn a_panic_of_a_leader_fails_the_calls_that_it_has_taken_over() {
        let login = Login::new(&ClientOptions::default(), Arc::default()).expect("a login");
        let pool = Pool::new(Address::tcp("192.0.2.1", 1), Arc::new(login), 1, true);
        let (pipeline, deadline) = (Pipeline::default(), Instant::now() + Duration::from_secs(60));
        let lead = || match pipeline.queue.join(&UNBOUND, None, || panic!("a leader")) {
            Ok(Role::Leader(leader)) => leader,
            _ => panic!("there is room for a leader"),
        };
        let mut leaders: Vec<_> = (0..SENDERS_MAX).map(|_| lead()).collect();
        std::thread::scope(|scope| {
            let follower = scope.spawn(|| pipeline.call(b"PING", 1, deadline, &pool));
            let leader = leaders.pop().expect("a leader");
            while !leader.is_followed_by(|_| true) {
                std::thread::yield_now();
            }
            let panicked = catch_unwind(AssertUnwindSafe(move || {
                let _group = leader.group(|_| true);
                panic!("planted");
            }));
            assert!(panicked.is_err());
            let failed = follower.join().expect("no panic").expect_err("its leader has failed");
            assert_eq!(failed.error.kind(), ErrorKind::Unavailable);
            assert!(failed.sent);
        });
    }
}
