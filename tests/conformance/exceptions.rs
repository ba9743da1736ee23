//! Which cases an engine cannot hold, and what it answers instead.

use crate::fixture::Engine;
use crate::support::redis::aloud;

use Engine::{RedisCluster, RedisScope, RedisServer};

/// Cases that an engine does not hold, for one reason.
struct Exception {
    /// What is so instead. `answers.rs` and `tests/redis` show it.
    because: &'static str,
    on: &'static [Engine],
    /// `THEME::CASE`, or `THEME::*` for all of one.
    cases: &'static [&'static str],
}

const EVERY_REDIS: &[Engine] = &[RedisServer, RedisCluster, RedisScope];
const OUTSIDE_SCOPES: &[Engine] = &[RedisServer, RedisCluster];

const EXCEPTIONS: &[Exception] = &[];

impl Exception {
    fn names(&self, engine: Engine, case: &str) -> bool {
        self.on.contains(&engine) && self.cases.iter().any(|pattern| is_of(pattern, case))
    }
}

fn is_of(pattern: &str, case: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(theme) => case.starts_with(theme),
        None => case == pattern,
    }
}

/// Answers whether a case is to hold on an engine, or `KV_TRY_EXCEPTIONS` wants to see it fail.
pub fn is_to_run(engine: Engine, case: &str) -> bool {
    let Some(exception) = EXCEPTIONS.iter().find(|it| it.names(engine, case)) else { return true };
    println!("{case} does not hold on {engine:?}: {}", exception.because);
    std::env::var_os("KV_TRY_EXCEPTIONS").is_some()
}

fn all_cases() -> impl Iterator<Item = String> {
    let themes = crate::THEMES.iter();
    themes.flat_map(|(theme, cases)| cases.iter().map(move |case| format!("{theme}::{case}")))
}

#[test]
fn every_exception_names_cases_and_all_are_counted() {
    for exception in EXCEPTIONS {
        for pattern in exception.cases {
            assert!(all_cases().any(|case| is_of(pattern, &case)), "{pattern} names no case");
        }
    }
    let total = all_cases().count();
    for engine in Engine::ALL {
        let of = |it: &Exception| all_cases().filter(|case| it.names(engine, case)).count();
        let excepted: usize = EXCEPTIONS.iter().map(of).sum();
        let run = total - excepted;
        aloud(&format!("conformance: {engine:?} is to hold {run} of {total} cases"));
        for exception in EXCEPTIONS.iter().filter(|it| of(it) > 0) {
            aloud(&format!("    {:3} not: {}", of(exception), exception.because));
        }
    }
}
