//! The rules of the store, each as a case that runs on every engine.

mod answers;
mod exceptions;
mod fixture;
mod leases;

/// Runs each case on every engine: `memory::NAME`, `sqlite::NAME`, `log::NAME`, ... A further
/// engine is one line here and an [`fixture::Engine`].
macro_rules! on_engines {
    ($($name:ident)+) => {
        on_engine! { memory Memory true: $($name)+ }
        on_engine! { sqlite Sqlite true: $($name)+ }
        on_engine! { log Log true: $($name)+ }
        on_engine! { redis_server RedisServer redis_server: $($name)+ }
        on_engine! { redis_cluster RedisCluster redis_server: $($name)+ }
        on_engine! { redis_scope RedisScope redis_server: $($name)+ }
    };
}

/// The third word is the condition under which there is such an engine to test with.
macro_rules! on_engine {
    ($module:ident $engine:ident $is_here:tt: $($name:ident)+) => {
        mod $module {
            $(#[test]
            #[cfg_attr(not($is_here), ignore = "redis-server is not installed")]
            fn $name() {
                let case = crate::conformance::case_name(module_path!(), stringify!($name));
                crate::conformance::fixture::run(crate::conformance::fixture::Engine::$engine, &case, super::$name);
            })+
        }
    };
}

/// Returns `THEME::NAME` of a case in the module of an engine.
fn case_name(module: &str, name: &str) -> String {
    let theme = module.rsplit("::").nth(1).expect("a theme");
    format!("{theme}::{name}")
}

/// Wraps the cases of a theme. Each gets a [`fixture::Fixture`] with an empty store.
macro_rules! cases {
    ($(fn $name:ident($at:ident) $body:block)+) => {
        $(fn $name($at: &crate::conformance::fixture::Fixture) $body)+
        pub const CASES: &[&str] = &[$(stringify!($name)),+];
        on_engines! { $($name)+ }
    };
}

/// Declares the themes, and `THEMES` with the cases of each.
macro_rules! themes {
    ($($theme:ident)+) => {
        $(mod $theme;)+
        const THEMES: &[(&str, &[&str])] = &[$((stringify!($theme), $theme::CASES)),+];
    };
}

themes! {
    accounts
    batch
    cache
    care
    conditions
    copy
    copy_target
    counters
    default_ttl
    expire
    glob
    groups
    idempotency
    json
    limits
    lock
    metrics
    purge
    quota
    range
    read
    scan
    scope
    snapshot
    store_snapshots
    streams
    text
    transaction_scans
    transactions
    versions
    watch
    write
}
