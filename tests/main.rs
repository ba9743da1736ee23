//! The tests from outside the library, in one program.
//!
//! A module that starts other processes to be tested with has its part in [`PARTS`]; what changes
//! its own process, such as the environment, is done in one of those.

mod support;

// In the order of reading; rustfmt would sort lines that stand together.
mod conformance;

mod redis;

mod config;

mod files;

mod log;

mod concurrency;

mod oracles;

mod sources;

/// A name, and what a process that plays the part does with the words of its role.
type Part = (&'static str, fn(&[String]));

/// The parts that other processes of these tests play.
const PARTS: &[Part] = &[
    ("echo", support::child::echo),
    ("services", config::services::child),
    ("cache", files::cache::child),
    ("change_log", files::change_log::child),
    ("copy", files::copy::child),
    ("own_files", files::own_files::child),
    ("deadlines", concurrency::deadlines::child),
    ("entry_cache", concurrency::entry_cache::child),
    ("freshness", concurrency::freshness::child),
    ("no_inotify", concurrency::no_inotify::child),
    ("processes", concurrency::processes::child),
    ("quota_race", concurrency::quota_race::child),
    ("idle_readers", files::idle_readers::child),
    ("log", log::process::child),
    ("lock_holder", files::lock_holder::child),
    ("locks", files::locks::child),
    ("locks_writer", files::locks::writer),
    ("names", files::names::child),
    ("streams", files::streams::child),
    ("read_only", files::read_only::child),
    ("restore", files::restore::child),
    ("run_once", concurrency::run_once::child),
    ("redis_pieces", redis::pieces::write_and_wait),
    ("signals", redis::signals::child),
    ("transfers", concurrency::transfers::child),
    ("watch_histories", concurrency::watch_histories::child),
    ("watches", redis::watches::child),
];
