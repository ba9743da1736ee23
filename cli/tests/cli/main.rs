//! The command from outside: the binary with files, pipes and terminals.

mod support;
mod view;

mod browse;
mod copy;
mod documents;
mod examples;
mod fixtures;
mod foreign;
mod interrupts;
mod keys;
mod listing;
mod locks;
mod log;
mod maintenance;
mod million;
mod opening;
mod petrock;
mod pieces;
mod pieces_get;
mod pieces_lines;
mod pieces_memory;
mod places;
mod read_only;
mod recover;
mod redis;
mod several;
mod shell;
mod shell_completion;
mod shell_help;
mod shell_interrupts;
mod shell_lines;
mod shell_opening;
mod terminal;
mod transfer;
mod watch;
