//! The Lua scripts, each of which is one atomic step on the server.

use std::sync::LazyLock;

use crate::engine::redis::client::script::Script;

/// Declares scripts as the concatenation of their files; `rows.lua` has the shared functions.
macro_rules! scripts {
    ($($(#[$doc:meta])* $name:ident = $($file:literal)+;)+) => {
        $($(#[$doc])*
        pub(crate) static $name: LazyLock<Script> =
            LazyLock::new(|| Script::new(concat!($(include_str!($file), "\n"),+)));)+
    };
}

scripts! {
    /// Applies a batch.
    COMMIT = "rows.lua" "commit.lua";
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
    /// Counts the live entries of named groups.
    COUNT = "rows.lua" "count.lua";
    /// Lists the named groups with a live entry.
    GROUPS = "rows.lua" "groups.lua";
    /// Reads entries of a named group.
    SCAN_GROUP = "rows.lua" "scan_group.lua";
    /// Reads all string keys with a prefix.
    SCAN_STRINGS = "rows.lua" "scan_strings.lua";
    /// Reads string keys that a live scan has found.
    READ_STRINGS = "rows.lua" "read_strings.lua";
    /// Publishes a barrier message.
    BARRIER = "rows.lua" "barrier.lua";
    /// Purges expired entries of named groups.
    EXPIRE = "rows.lua" "expire.lua";
    /// Sets a quota and counts the usage.
    QUOTA = "rows.lua" "usage.lua" "quota.lua";
    /// Counts the usage of a namespace beside the recorded one.
    RECOUNT = "rows.lua" "usage.lua" "recount.lua";
    /// Measures and verifies a named group.
    MEASURE = "rows.lua" "measure.lua";
}
