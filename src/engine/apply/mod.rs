//! The batch applier: the rules by which a batch changes the rows of an engine, written once.
//!
//! Redis has the same rules in `batch_*.lua` of `src/engine/redis/scripts`, because a script
//! cannot roll back; a change here needs the same change there.

mod applier;
mod eviction;
mod quota;
mod removal;
mod room;
mod step_name;
mod table;

pub(crate) use applier::{Applied, BatchApplier};
pub(crate) use eviction::WHOLE_STORE;
pub(crate) use quota::usage_drift;
pub(crate) use room::check_room;
pub(crate) use step_name::name_step;
pub(crate) use table::{KeyedRow, Row, RowMeta, Table};
