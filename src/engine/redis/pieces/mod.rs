//! Values in pieces. Of a named group each piece is a string key; in the default group the pieces
//! are appended to one, which gets the name of the entry at the commit.

pub(super) mod keys;
pub(super) mod lease;
pub(super) mod writing;
