//! Rows in memory: the store of the memory engine, and of the log engine.
//!
//! Each row has a number, under which the slab has it. A hash index finds the number of a key, and
//! a tree in each group has the numbers in key order. Slab and trees are copied on write, so that
//! their clones, [`Entries`], are a snapshot.
//!
//! A transaction is worked out as a [`Draft`], which reads the rows and collects edits, while
//! others read on. [`Rows::apply`] then makes the edits, which cannot fail. Readers lock the rows
//! for a single look-up; all that takes longer reads a snapshot: a [`RowsView`], or a [`cursor`].

pub(crate) mod cursor;
mod draft;
mod edits;
mod entries;
mod index;
mod indexed;
mod journal;
mod lru;
mod name;
mod overlay;
mod replay;
mod row;
mod slab;
mod store;
mod streams;
mod tree;
mod view;

pub(crate) use draft::Draft;
pub(crate) use entries::Entries;
pub(crate) use indexed::Rows;
pub(crate) use journal::Journal;
pub(crate) use replay::SnapshotOrder;
pub(crate) use row::{Row, RowBuffer};
pub(crate) use store::RowStore;
