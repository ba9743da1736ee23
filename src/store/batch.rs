//! A batch that is built step by step.

use crate::error::Result;
use crate::model::{Op, flat, reserve};

/// An ordered list of steps, with copies of their bytes.
#[derive(Debug, Clone, Default)]
pub struct Batch {
    steps: Vec<u8>,
    len: usize,
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

    /// Returns the steps, ready to be committed.
    pub fn ops(&self) -> Result<Vec<Op<'_>>> {
        flat::decode_ops(&self.steps)
    }

    /// Removes all steps.
    pub fn clear(&mut self) {
        self.steps.clear();
        self.len = 0;
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
