//! A Lua script and the hash by which EVALSHA names it.

use sha1::{Digest, Sha1};

/// A script, which servers identify by the SHA-1 hash of its text.
pub(crate) struct Script {
    text: String,
    hash: String,
}

impl Script {
    /// Returns the script with this text.
    pub(crate) fn new(text: &str) -> Self {
        let hash = Sha1::digest(text).iter().map(|byte| format!("{byte:02x}")).collect();
        Script { text: text.to_owned(), hash }
    }

    /// Returns the text, for EVAL on a server that does not have the script yet.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Returns the hash of the text.
    pub(crate) fn hash(&self) -> &str {
        &self.hash
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_is_identified_by_the_hash_of_its_text() {
        assert_eq!(Script::new("abc").hash(), "a9993e364706816aba3e25717850c26c9cd0d89d");
    }
}
