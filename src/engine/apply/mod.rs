//! The batch applier: the rules by which a batch changes the rows of an engine, written once.
//!
//! Redis has the same rules in `src/engine/redis/scripts/commit.lua`, because a script cannot roll
//! back; a change here needs the same change there.

mod applier;
mod eviction;
mod quota;
mod removal;
mod step_name;
mod table;

pub use applier::{Applied, BatchApplier};
pub use eviction::WHOLE_STORE;
pub use step_name::name_step;
pub use table::{KeyedRow, Row, RowMeta, Table};
