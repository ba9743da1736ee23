//! What runs on the server in one step.

use std::sync::LazyLock;

use sha1::{Digest, Sha1};

/// A script, which servers know by the hash of its text.
pub struct Script {
    text: String,
    hash: String,
}

impl Script {
    fn new(text: &str) -> Self {
        let hash = Sha1::digest(text).iter().map(|byte| format!("{byte:02x}")).collect();
        Script { text: text.to_owned(), hash }
    }

    /// Returns the text, for a server that does not know it yet.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns the hash of the text.
    pub fn hash(&self) -> &str {
        &self.hash
    }
}

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
    COMMIT = "lua/rows.lua" "lua/commit.lua";
    /// Sets one plain key, whatever is there.
    SET = "lua/set.lua";
    /// Sets many plain keys, whatever is there.
    SET_MANY = "lua/rows.lua" "lua/set_many.lua";
    /// Reads a field of a hash, with the server's time.
    GET_FIELD = "lua/get_field.lua";
    /// Reads many plain keys.
    GET_MANY = "lua/mortal.lua" "lua/get_many.lua";
    /// Reads when plain keys expire.
    EXPIRIES = "lua/mortal.lua" "lua/expiries.lua";
    /// Counts entries of named groups.
    COUNT = "lua/rows.lua" "lua/count.lua";
    /// Lists named groups.
    GROUPS = "lua/rows.lua" "lua/groups.lua";
    /// Reads entries of a named group.
    WALK = "lua/rows.lua" "lua/walk.lua";
    /// Reads all plain keys.
    WALK_PLAIN = "lua/rows.lua" "lua/walk_plain.lua";
    /// Reads plain keys that a walk has found.
    READ_PLAIN = "lua/rows.lua" "lua/read_plain.lua";
    /// Sends an empty message.
    MARK = "lua/rows.lua" "lua/mark.lua";
    /// Removes dead entries.
    EXPIRE = "lua/rows.lua" "lua/expire.lua";
    /// Sets a quota.
    QUOTA = "lua/rows.lua" "lua/quota.lua";
    /// Measures and verifies a named group.
    MEASURE = "lua/rows.lua" "lua/measure.lua";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_is_known_by_the_hash_of_its_text() {
        assert_eq!(Script::new("abc").hash(), "a9993e364706816aba3e25717850c26c9cd0d89d");
        assert!(COMMIT.text().starts_with("-- What all scripts share"));
    }
}
