//! The Lua scripts, each of which is one atomic step on the server.

use std::sync::LazyLock;

use crate::engine::redis::client::script::Script;

/// Declares scripts as the concatenation of their files: `rows.lua` has functions of all scripts,
/// `tree.lua` and `group.lua` those that read a named group, `write_group.lua` and `account.lua`
/// those that write it.
macro_rules! scripts {
    ($($(#[$doc:meta])* $name:ident = $($file:literal)+;)+) => {
        $($(#[$doc])*
        pub(crate) static $name: LazyLock<Script> =
            LazyLock::new(|| Script::new(concat!($(include_str!($file), "\n"),+)));)+
    };
}

scripts! {
    /// Applies a batch.
    COMMIT = "rows.lua" "tree.lua" "group.lua" "write_group.lua" "account.lua" "commit.lua";
    /// Sets one string key, without a condition.
    SET = "set.lua";
    /// Sets many string keys, without conditions.
    SET_MANY = "rows.lua" "set_many.lua";
    /// Reads a field of a hash and the time of the server.
    GET_FIELD = "get_field.lua";
    /// Reads many string keys with their expiries.
    GET_MANY = "expiring.lua" "get_many.lua";
    /// Reads the expiries of string keys.
    EXPIRIES = "expiring.lua" "expiries.lua";
    /// Counts the live entries of a named group.
    COUNT = "rows.lua" "tree.lua" "group.lua" "count.lua";
    /// Counts the live entries of some groups of a bucket.
    GROUPS = "rows.lua" "tree.lua" "group.lua" "groups.lua";
    /// Reads entries of a named group.
    SCAN_GROUP = "rows.lua" "tree.lua" "group.lua" "scan_group.lua";
    /// Reads all string keys with a prefix.
    SCAN_STRINGS = "rows.lua" "scan_strings.lua";
    /// Reads string keys that a live scan has found.
    READ_STRINGS = "rows.lua" "read_strings.lua";
    /// Publishes a barrier message.
    BARRIER = "rows.lua" "barrier.lua";
    /// Purges expired entries of named groups.
    EXPIRE = "rows.lua" "tree.lua" "group.lua" "write_group.lua" "account.lua" "expire.lua";
    /// Sets the limits of a namespace.
    QUOTA = "rows.lua" "quota.lua";
    /// Counts some groups of a namespace in its usage.
    COUNT_USAGE = "rows.lua" "tree.lua" "group.lua" "write_group.lua" "account.lua"
        "count_usage.lua";
    /// Adds up the usage of some groups of a namespace.
    RECOUNT = "rows.lua" "tree.lua" "group.lua" "account.lua" "recount.lua";
    /// Lists the first expiries of some groups of a bucket.
    RELIST = "rows.lua" "tree.lua" "group.lua" "write_group.lua" "relist.lua";
    /// Measures and verifies a named group.
    MEASURE = "rows.lua" "tree.lua" "group.lua" "measure.lua";
    /// Adds a bucket to the list of those in use.
    REGISTER = "register.lua";
    /// Returns the commands that the user may not run.
    REFUSED = "refused.lua";
    /// Begins a task, unless another process has begun it just now.
    BEGIN_TASK = "begin_task.lua";
}
