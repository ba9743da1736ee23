//! The command as people use it: the real binary, real files, pipes and terminals.

mod support;

mod care;
mod copy;
mod documents;
mod fixtures;
mod keys;
mod listing;
mod million;
mod opening;
mod petrock;
mod redis;
mod shell;
mod terminal;
mod transfer;
mod watch;
