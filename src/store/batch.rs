//! A batch that is built step by step.

use crate::error::Result;
use crate::model::{Commit, Durability, Op, Reply, flat, reserve};
use crate::store::store::Store;

/// An ordered list of steps, with copies of their bytes.
#[derive(Debug, Clone, Default)]
pub struct Batch {
    steps: Vec<u8>,
    len: usize,
    /// The strictest durability that a step has asked for.
    durability: Option<Durability>,
}

impl Batch {
    /// Appends one step, or none if there is no memory for its bytes.
    pub fn push(&mut self, op: &Op<'_>) -> Result<()> {
        flat::encode_op(op, &mut self.steps)?;
        self.len += 1;
        Ok(())
    }

    /// Appends the steps in `buffer`, which is in [flat form](crate::model::flat), or none if one
    /// of them is malformed.
    pub fn add_flat(&mut self, buffer: &[u8]) -> Result<()> {
        let added = flat::decode_ops(buffer)?.len();
        reserve(&mut self.steps, buffer.len())?;
        self.steps.extend_from_slice(buffer);
        self.len += added;
        Ok(())
    }

    /// Makes the batch at least as durable as a step of it has to be. A step cannot make it less
    /// durable than its store.
    pub fn require(&mut self, durability: Durability) {
        if durability == Durability::Full {
            self.durability = Some(durability);
        }
    }

    /// Applies the steps atomically; see [`Store::commit`].
    pub fn commit(&self, store: &Store) -> Result<(Commit, Vec<Reply>)> {
        store.commit_durably(self.durability, &self.ops()?)
    }

    /// Returns the steps, ready to be committed.
    pub fn ops(&self) -> Result<Vec<Op<'_>>> {
        flat::decode_ops(&self.steps)
    }

    /// Removes all steps.
    pub fn clear(&mut self) {
        self.steps.clear();
        self.len = 0;
        self.durability = None;
    }

    /// Returns how many steps there are.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Returns whether there is no step.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }
}
