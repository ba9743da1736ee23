//! The batches of a group commit, which share a transaction of their engine.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use crate::engine::apply::Applied;
use crate::engine::write_queue::{Leader, Withdrawn};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{Change, Commit, Durability, Op, Reply, flat};

/// The most batches in one transaction, which limits how long the first waits for the last.
const GROUP_LEN_MAX: usize = 256;
/// Bytes of batches after which a transaction takes no more of them.
const GROUP_BYTES_MAX: usize = 4 * 1024 * 1024;

/// The work that a writer queues.
pub(crate) enum Work {
    /// A batch in flat form, and its durability.
    Batch(Vec<u8>, Durability),
    /// Exclusive use of the connection; no leader takes it over.
    Exclusive,
}

/// The result of a batch, and its changes for the callbacks.
#[derive(Debug, Clone)]
pub(crate) struct Committed {
    /// Whether the batch was applied.
    pub commit: Commit,
    /// The changes that the observer selects.
    pub changes: Vec<Arc<Change>>,
}

/// The result that a leader reports to a follower.
pub(crate) type Report = Result<(Committed, Vec<Reply>)>;

/// One batch of a group.
pub(crate) struct Member<'m> {
    durability: Durability,
    ops: Result<Cow<'m, [Op<'m>]>>,
    replies: Vec<Reply>,
    outcome: Result<Committed>,
}

impl Work {
    /// Returns the work of a batch. Without memory for a copy of its steps, the batch waits for its
    /// turn and is committed alone.
    pub(crate) fn of(ops: &[Op<'_>], durability: Durability) -> Work {
        let mut batch = Vec::new();
        match ops.iter().try_for_each(|op| flat::encode_op(op, &mut batch)) {
            Ok(()) => Work::Batch(batch, durability),
            Err(_) => Work::Exclusive,
        }
    }
}

/// Returns the report on work whose leader has failed.
pub(crate) fn abandoned() -> Report {
    let message = "the thread that was committing this batch failed";
    Err(Error::new(ErrorKind::Poisoned, message))
}

/// Returns whether batches wait behind the leader.
pub(crate) fn has_followers(leader: &Leader<'_, Work, Report>) -> bool {
    leader.is_followed_by(|work| matches!(work, Work::Batch(..)))
}

/// Returns the stricter of `own` and the durability of the first batch behind the leader.
pub(crate) fn common_durability(leader: &Leader<'_, Work, Report>, own: Durability) -> Durability {
    let is_full = |work: &Work| matches!(work, Work::Batch(_, Durability::Full));
    if leader.is_followed_by(is_full) { Durability::Full } else { own }
}

/// Returns the test for the batches that a leader takes into a transaction of this durability:
/// those at the head of the queue that ask for no more, up to the limits.
pub(crate) fn within_limits(durability: Durability) -> impl FnMut(&Work) -> bool {
    let (mut len, mut bytes) = (0, 0);
    move |work| {
        let Work::Batch(batch, wanted) = work else { return false };
        let fits = len < GROUP_LEN_MAX && bytes < GROUP_BYTES_MAX && *wanted <= durability;
        len += 1;
        bytes += batch.len();
        fits
    }
}

impl<'m> Member<'m> {
    /// Returns the member of the leader's own batch.
    pub(crate) fn new(ops: &'m [Op<'m>], durability: Durability) -> Member<'m> {
        Member::with(Ok(Cow::Borrowed(ops)), durability)
    }

    /// Returns the member of a follower's batch.
    pub(crate) fn decode(work: &'m Work) -> Member<'m> {
        match work {
            Work::Batch(batch, durability) => {
                Member::with(flat::decode_own_ops(batch).map(Cow::Owned), *durability)
            }
            Work::Exclusive => Member::with(Ok(Cow::Borrowed(&[])), Durability::Normal),
        }
    }

    fn with(ops: Result<Cow<'m, [Op<'m>]>>, durability: Durability) -> Member<'m> {
        let replies = vec![Reply::None; ops.as_ref().map_or(0, |ops| ops.len())];
        Member { durability, ops, replies, outcome: abandoned().map(|(committed, _)| committed) }
    }

    /// Applies the batch by `apply`, inside the transaction of the group.
    pub(crate) fn apply(
        &mut self,
        apply: impl FnOnce(&[Op<'_>], &mut [Reply]) -> Result<Applied>,
    ) -> Result<Applied> {
        match &self.ops {
            Ok(ops) => apply(ops, &mut self.replies),
            Err(error) => Ok(Applied::Rejected(error.clone())),
        }
    }

    /// Sets the outcome of the batch after its transaction was committed. Its own changes are the
    /// range `own` of `changes`.
    pub(crate) fn conclude(
        &mut self,
        applied: Applied,
        changes: &[Arc<Change>],
        own: Range<usize>,
    ) {
        self.outcome = match applied {
            Applied::Done(commit) => {
                Ok(Committed { commit, changes: changes.get(own).unwrap_or_default().to_vec() })
            }
            Applied::Rejected(error) => Err(error),
        };
    }

    /// Sets `error` as the outcome of the batch.
    pub(crate) fn fail(&mut self, error: &Error) {
        self.outcome = Err(error.clone());
    }

    /// Commits the batch in a transaction of its own by `commit`.
    pub(crate) fn commit_alone(
        &mut self,
        commit: impl FnOnce(Durability, &[Op<'_>], &mut [Reply]) -> Result<Committed>,
    ) {
        self.outcome = match &self.ops {
            Ok(ops) => commit(self.durability, ops, &mut self.replies),
            Err(error) => Err(error.clone()),
        };
    }

    /// Returns whether the batch was applied.
    pub(crate) fn is_applied(&self) -> bool {
        self.outcome.as_ref().is_ok_and(|it| it.commit == Commit::Applied)
    }

    /// Returns the report on the batch.
    pub(crate) fn report(self) -> Report {
        self.outcome.map(|committed| (committed, self.replies))
    }
}

/// Moves the replies of a report to those of the caller, and returns the commit.
pub(crate) fn filled(
    (committed, from): (Committed, Vec<Reply>),
    replies: &mut [Reply],
) -> Committed {
    replies.iter_mut().zip(from).for_each(|(reply, it)| *reply = it);
    committed
}

/// Returns the error of a call whose work was withdrawn.
pub(crate) fn ended(withdrawn: Withdrawn) -> Error {
    match withdrawn {
        Withdrawn::Ended(error) => error,
        Withdrawn::TimedOut => {
            let message = "the call has waited for the busy_timeout behind other writes of this \
                           process; try again, or open the store with a longer one";
            Error::new(ErrorKind::Busy, message)
        }
    }
}
