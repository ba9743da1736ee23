//! Batches, and batches of one step.

use crate::engine::apply::name_step;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{Commit, Op, Reply, Version};
use crate::store::store::Store;

/// The outcome of a batch of one.
pub(super) enum Outcome {
    /// The batch was applied, with this reply.
    Applied(Reply),
    /// The condition did not hold: the entry is at this version, 0 if there is none.
    Conflict(Version),
}

impl Store {
    /// Applies `ops` atomically; see [`Engine::commit`](crate::engine::Engine::commit).
    pub fn commit(&self, ops: &[Op<'_>]) -> Result<(Commit, Vec<Reply>)> {
        validate(ops)?;
        let mut replies = vec![Reply::None; ops.len()];
        let commit = self.open_engine()?.commit(&self.call, ops, &mut replies)?;
        Ok((commit, replies))
    }

    /// Applies a batch of one.
    pub(super) fn commit_one(&self, op: Op<'_>) -> Result<Outcome> {
        validate(&[op])?;
        let mut replies = [Reply::None];
        let commit = self.open_engine()?.commit(&self.call, &[op], &mut replies)?;
        let [reply] = replies;
        Ok(match commit {
            Commit::Applied => Outcome::Applied(reply),
            Commit::Refused { version, .. } => Outcome::Conflict(version),
        })
    }
}

fn validate(ops: &[Op<'_>]) -> Result<()> {
    ops.iter().try_for_each(Op::validate).map_err(|error| name_step(error, ops))
}

/// Returns the error of a reply that does not fit its step, which is a bug of the engine.
pub(super) fn unexpected(reply: Reply) -> Error {
    Error::new(ErrorKind::Panic, format!("the engine answered with {reply:?}"))
}
