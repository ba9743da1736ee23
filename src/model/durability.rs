//! The failures that an acknowledged write survives.

/// The durability of a write. A killed process loses nothing at either level.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Durability {
    /// A loss of power may undo the last commits, but never breaks their atomicity or the file.
    #[default]
    Normal,
    /// Every acknowledged commit survives a loss of power: one fsync each, shared by group commit.
    Full,
}
