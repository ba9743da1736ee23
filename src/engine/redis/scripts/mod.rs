//! The Lua scripts, each of which is one atomic step on the server.

use std::sync::LazyLock;

use crate::engine::redis::client::script::Script;

/// The code of a file beside this one, as `build.rs` leaves it: without comments and indents.
macro_rules! code {
    ($file:literal) => {
        include_str!(concat!(env!("OUT_DIR"), "/", $file))
    };
}

/// The functions that scripts share: of all of them, of the index of a named group, of its reads,
/// of its writes, of quotas, of batches, and of the expiries of string keys.
const ROWS: &str = code!("rows.lua");
const TREE: &str = code!("tree.lua");
const GROUP: &str = code!("group.lua");
const WRITE_GROUP: &str = code!("write_group.lua");
const ACCOUNT: &str = code!("account.lua");
const BATCH_ROWS: &str = code!("batch_rows.lua");
const BATCH_RANGES: &str = code!("batch_ranges.lua");
const BATCH_STEPS: &str = code!("batch_steps.lua");
const EXPIRING: &str = code!("expiring.lua");

/// Declares scripts as the concatenation of shared functions and of a file.
macro_rules! scripts {
    ($($(#[$doc:meta])* $name:ident = $($shared:ident)* $file:literal;)+) => {
        $($(#[$doc])*
        pub(crate) static $name: LazyLock<Script> =
            LazyLock::new(|| Script::new(&[$($shared,)* code!($file)].join("\n")));)+
    };
}

scripts! {
    /// Applies a batch.
    COMMIT = ROWS TREE GROUP WRITE_GROUP ACCOUNT BATCH_ROWS BATCH_RANGES BATCH_STEPS "commit.lua";
    /// Sets one string key, without a condition.
    SET = "set.lua";
    /// Sets many string keys, without conditions.
    SET_MANY = ROWS "set_many.lua";
    /// Reads a field of a hash and the time of the server.
    GET_FIELD = "get_field.lua";
    /// Returns the limit that a value would exceed.
    ROOM = ROWS TREE GROUP ACCOUNT "room.lua";
    /// Appends a piece to a string key.
    APPEND_PIECE = "append_piece.lua";
    /// Reads a part of a string key.
    READ_STRING = ROWS "read_string.lua";
    /// Reads many string keys with their expiries.
    GET_MANY = EXPIRING "get_many.lua";
    /// Reads the expiries of string keys.
    EXPIRIES = EXPIRING "expiries.lua";
    /// Counts the live entries of a named group.
    COUNT = ROWS TREE GROUP "count.lua";
    /// Counts the live entries of some groups of a bucket.
    GROUPS = ROWS TREE GROUP "groups.lua";
    /// Reads entries of a named group.
    SCAN_GROUP = ROWS TREE GROUP "scan_group.lua";
    /// Reads all string keys with a prefix.
    SCAN_STRINGS = ROWS "scan_strings.lua";
    /// Reads string keys that a live scan has found.
    READ_STRINGS = ROWS "read_strings.lua";
    /// Publishes a barrier message.
    BARRIER = ROWS "barrier.lua";
    /// Purges expired entries of named groups.
    EXPIRE = ROWS TREE GROUP WRITE_GROUP ACCOUNT "expire.lua";
    /// Sets the limits of a namespace.
    QUOTA = ROWS "quota.lua";
    /// Counts some groups of a namespace in its usage.
    COUNT_USAGE = ROWS TREE GROUP WRITE_GROUP ACCOUNT "count_usage.lua";
    /// Adds up the usage of some groups of a namespace.
    RECOUNT = ROWS TREE GROUP ACCOUNT "recount.lua";
    /// Lists the first expiries of some groups of a bucket.
    RELIST = ROWS TREE GROUP WRITE_GROUP "relist.lua";
    /// Measures and verifies a named group.
    MEASURE = ROWS TREE GROUP "measure.lua";
    /// Adds a bucket to the list of those in use.
    REGISTER = "register.lua";
    /// Returns the commands that the user may not run.
    REFUSED = "refused.lua";
    /// Begins a task, unless another process has begun it just now.
    BEGIN_TASK = "begin_task.lua";
}
