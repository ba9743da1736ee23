//! Pipelining: concurrent calls of several threads are sent in one write.
//!
//! A server runs one command after the other and spends most of its time in system calls. So each
//! leader of the queue sends the calls queued behind it together with its own. A call without
//! concurrent callers is sent directly, at no extra cost.

use std::time::Instant;

use redis::Value;

use crate::call::UNBOUND;
use crate::engine::redis::client::connection::CallError;
use crate::engine::redis::client::pool::{Pool, PooledConnection};
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
        let queued = || Call { commands: commands.to_vec(), count };
        match self.queue.join(&UNBOUND, Some(deadline), queued) {
            Ok(Role::Leader(leader)) => {
                let acquired = pool.acquire(deadline, &UNBOUND);
                let pooled = acquired.map_err(|error| CallError { error, sent: false })?;
                send_together(commands, count, &leader, pooled)
            }
            Ok(Role::Follower(reply)) => reply,
            Err(_) => Err(unsent("redis: no connection was free in time; raise pool_size")),
        }
    }
}

/// Sends the commands of the leader and of its group in one write, and reports the replies.
fn send_together(
    commands: &[u8],
    count: usize,
    leader: &Leader<'_, Call, Reply>,
    mut pooled: PooledConnection<'_>,
) -> Reply {
    let mut left = CALLS_MAX;
    let mut group = leader.group(|_| {
        let fits = left > 0;
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
    if failure.is_none() {
        pooled.keep();
    }
    own
}

fn unsent(message: &'static str) -> CallError {
    CallError { error: Error::new(ErrorKind::Unavailable, message), sent: false }
}

/// Returns the error of a call whose leader has failed. The call may have been sent.
fn abandoned() -> Reply {
    let message = "redis: the thread that was sending this call failed";
    Err(CallError { error: Error::new(ErrorKind::Unavailable, message), sent: true })
}
