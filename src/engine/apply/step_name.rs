//! The name of a step in the message of its error.

use crate::error::Error;
use crate::model::{Key, Op, Quoted};

/// Returns `error` with a context that names the step, or the number of steps of a longer batch.
pub(crate) fn name_step(error: Error, ops: &[Op<'_>]) -> Error {
    let [op] = ops else {
        return error.context(format_args!("batch of {} steps", ops.len()));
    };
    let verb = match op {
        Op::Check { .. } | Op::CheckRange { .. } => "check",
        Op::Get { .. } => "get",
        Op::Set { .. } | Op::SetStream { .. } => "set",
        Op::Delete { .. } => "delete",
        Op::Take { .. } => "take",
        Op::Increment { .. } => "increment",
        Op::Append { .. } => "append",
        Op::Expire { .. } => "expire",
        Op::DeletePrefix { prefix: b"", .. } => "delete all",
        Op::DeletePrefix { .. } => "delete prefix",
        Op::DeleteAll { .. } => "delete all groups",
    };
    let group = op.group();
    let in_group = match (op, group.as_bytes()) {
        (_, b"") => String::new(),
        (Op::DeleteAll { .. }, prefix) => format!(" that begin with {}", Quoted(prefix)),
        (_, name) => format!(" in group {}", Quoted(name)),
    };
    let name = match op {
        Op::DeletePrefix { prefix: b"", .. } => None,
        Op::DeletePrefix { prefix, .. } => Some(*prefix),
        _ => op.key().map(Key::as_bytes),
    };
    match name {
        Some(name) => error.context(format_args!("{verb} {}{in_group}", Quoted(name))),
        None => error.context(format_args!("{verb}{in_group}")),
    }
}
