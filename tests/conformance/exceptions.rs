//! The cases that an engine cannot hold, and its result instead.

use crate::conformance::fixture::Engine;
use crate::support::redis::aloud;

use Engine::{RedisCluster, RedisScope, RedisServer};

/// Cases that an engine does not hold, for one reason.
struct Exception {
    /// The rule that holds instead. `answers.rs` shows it.
    because: &'static str,
    on: &'static [Engine],
    /// `THEME::CASE`, or `THEME::*` for all of one.
    cases: &'static [&'static str],
}

const EVERY_REDIS: &[Engine] = &[RedisServer, RedisCluster, RedisScope];
const OUTSIDE_SCOPES: &[Engine] = &[RedisServer, RedisCluster];
const SCOPE: &[Engine] = &[RedisScope];

const EXCEPTIONS: &[Exception] = &[
    Exception {
        because: "a version is that of the value: it has no order, is no time, and comes again \
                  with the value",
        on: EVERY_REDIS,
        cases: &[
            "versions::versions_rise_while_the_clock_stands",
            "versions::versions_are_microseconds_of_the_clock_when_it_moves",
            "versions::versions_rise_when_the_clock_steps_back",
            "versions::each_kind_of_write_changes_the_version",
            "versions::writes_of_one_batch_have_rising_versions",
            "conditions::an_entry_written_again_after_its_deletion_has_another_version",
            "transactions::a_read_value_that_changed_is_a_conflict_and_nothing_is_written",
            "transactions::a_value_that_came_back_is_still_a_conflict",
            "transactions::writes_are_applied_in_their_order",
            "watch::the_version_of_an_event_is_that_of_the_entry_and_versions_rise",
            "watch::events_are_in_the_order_of_the_commits_under_many_writers",
        ],
    },
    Exception {
        because: "the store as a whole has no limits: the options are unknown",
        on: EVERY_REDIS,
        cases: &[
            "accounts::accounts_are_what_a_recount_finds_where_entries_are_evicted",
            "cache::*",
        ],
    },
    Exception {
        because: "the server removes expired entries of the default group itself, when it comes upon \
                  them: no purge counts them, nor do they come alive again",
        on: OUTSIDE_SCOPES,
        cases: &[
            "care::usage_counts_live_entries_and_their_bytes",
            "expire::an_entry_whose_clock_steps_back_lives_again_until_it_is_purged",
            "purge::a_purge_counts_and_removes_only_expired_entries",
            "purge::a_purge_takes_more_than_one_step",
            "purge::what_a_batch_that_failed_had_touched_still_expires",
            "snapshot::a_purge_and_a_prefix_delete_inside_a_scan_do_not_disturb_it",
            "watch::a_purge_publishes_each_entry_that_it_removes",
            "watch::calls_that_change_nothing_are_not_published",
            "write::large_values_are_taken_counted_and_deleted_like_small_ones",
        ],
    },
    Exception {
        because: "a scan of many groups reads each at a moment of its own, also for a watch that \
                  begins with what is there",
        on: EVERY_REDIS,
        cases: &[
            "range::a_scan_from_a_position_is_a_snapshot",
            "scope::a_scope_watches_its_namespace_alone_under_local_names",
            "watch::a_watch_can_begin_with_what_is_there",
            "watch::what_is_there_is_read_as_it_is_asked_for_from_one_snapshot",
        ],
    },
    Exception {
        because: "the server keeps no snapshot between two calls",
        on: EVERY_REDIS,
        cases: &["store_snapshots::*"],
    },
    Exception {
        because: "what an acknowledged write survives is a setting of the server",
        on: EVERY_REDIS,
        cases: &["write::a_write_can_have_a_durability_of_its_own"],
    },
    Exception {
        because: "groups are deleted one after the other, the default group key by key",
        on: EVERY_REDIS,
        cases: &["groups::all_groups_are_deleted_in_a_batch_with_other_steps"],
    },
    Exception {
        because: "no scope sets a quota, on any engine",
        on: SCOPE,
        cases: &[
            "accounts::a_group_whose_room_its_own_dead_entries_made_still_counts",
            "accounts::accounts_are_what_a_recount_finds",
            "quota::*",
        ],
    },
    Exception {
        because: "the name of its namespace counts: in lengths, in bytes and in messages, on any \
                  engine",
        on: SCOPE,
        cases: &[
            "care::errors_name_what_was_attempted_and_on_what",
            "care::usage_counts_live_entries_and_their_bytes",
            "copy::a_group_whose_name_is_too_long_in_the_scope_stops_the_copy",
            "copy::everything_arrives_with_its_expiry_and_a_version_of_the_target",
            "limits::a_group_and_a_key_at_their_limits_work_everywhere",
            "range::a_scan_may_begin_behind_the_longest_names",
            "scope::a_group_name_that_is_too_long_with_its_namespace_is_refused",
            "scope::a_scope_counts_its_own_entries_in_its_figures",
        ],
    },
];

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

/// Returns whether a case is to hold on an engine, or `KV_TRY_EXCEPTIONS` wants to see it fail.
pub fn is_to_run(engine: Engine, case: &str) -> bool {
    let Some(exception) = EXCEPTIONS.iter().find(|it| it.names(engine, case)) else { return true };
    println!("{case} does not hold on {engine:?}: {}", exception.because);
    std::env::var_os("KV_TRY_EXCEPTIONS").is_some()
}

fn all_cases() -> impl Iterator<Item = String> {
    let themes = crate::conformance::THEMES.iter();
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
