//! The name of a step in the message of its error.

use crate::error::Error;
use crate::model::{Op, Quoted};

/// Returns `error` with a context that names the step, or the number of steps of a longer batch.
pub(crate) fn name_step(error: Error, ops: &[Op<'_>]) -> Error {
    let [op] = ops else {
        return error.context(format_args!("batch of {} steps", ops.len()));
    };
    let verb = match op {
        Op::Check { .. } => "check",
        Op::Get { .. } => "get",
        Op::Set { .. } => "set",
        Op::Delete { .. } => "delete",
        Op::Take { .. } => "take",
        Op::Increment { .. } => "increment",
        Op::Append { .. } => "append",
        Op::Expire { .. } => "expire",
        Op::DeletePrefix { .. } => "delete prefix in",
    };
    let group = op.group();
    let in_group = match group.as_bytes() {
        b"" => String::new(),
        name => format!(" in group {}", Quoted(name)),
    };
    match op.key() {
        Some(key) => error.context(format_args!("{verb} {}{in_group}", Quoted(key.as_bytes()))),
        None => error.context(format_args!("{verb}{in_group}")),
    }
}
