//! What runs on the server in one step.

use std::sync::LazyLock;

use crate::engine::redis::client::script::Script;

/// Declares scripts; those on `rows` begin with what they share.
macro_rules! scripts {
    ($($(#[$doc:meta])* $name:ident = $($file:literal)+;)+) => {
        $($(#[$doc])*
        pub static $name: LazyLock<Script> =
            LazyLock::new(|| Script::new(concat!($(include_str!($file), "\n"),+)));)+
    };
}

scripts! {
    /// Applies a batch.
    COMMIT = "rows.lua" "commit.lua";
    /// Sets one plain key, whatever is there.
    SET = "set.lua";
    /// Sets many plain keys, whatever is there.
    SET_MANY = "rows.lua" "set_many.lua";
    /// Reads a field of a hash, with the server's time.
    GET_FIELD = "get_field.lua";
    /// Reads many plain keys.
    GET_MANY = "expiring.lua" "get_many.lua";
    /// Reads when plain keys expire.
    EXPIRIES = "expiring.lua" "expiries.lua";
    /// Counts entries of named groups.
    COUNT = "rows.lua" "count.lua";
    /// Lists named groups.
    GROUPS = "rows.lua" "groups.lua";
    /// Reads entries of a named group.
    SCAN_GROUP = "rows.lua" "scan_group.lua";
    /// Reads all plain keys.
    SCAN_STRINGS = "rows.lua" "scan_strings.lua";
    /// Reads plain keys that a walk has found.
    READ_STRINGS = "rows.lua" "read_strings.lua";
    /// Sends an empty message.
    BARRIER = "rows.lua" "barrier.lua";
    /// Removes dead entries.
    EXPIRE = "rows.lua" "expire.lua";
    /// Sets a quota.
    QUOTA = "rows.lua" "quota.lua";
    /// Measures and verifies a named group.
    MEASURE = "rows.lua" "measure.lua";
}
