//! The rules of the store, each as a case that runs on every engine.

#[path = "../support/mod.rs"]
mod support;

mod answers;
mod exceptions;
mod fixture;
mod leases;

/// Runs each case on every engine: `memory::NAME`, `sqlite::NAME`, ... A further engine is one line
/// here and an [`fixture::Engine`].
macro_rules! on_engines {
    ($($name:ident)+) => {
        on_engine! { memory Memory: $($name)+ }
        on_engine! { sqlite Sqlite: $($name)+ }
        on_engine! { redis_server RedisServer: $($name)+ }
        on_engine! { redis_cluster RedisCluster: $($name)+ }
        on_engine! { redis_scope RedisScope: $($name)+ }
    };
}

macro_rules! on_engine {
    ($module:ident $engine:ident: $($name:ident)+) => {
        mod $module {
            $(#[test]
            fn $name() {
                let case = crate::case_name(module_path!(), stringify!($name));
                crate::fixture::run(crate::fixture::Engine::$engine, &case, super::$name);
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
        $(fn $name($at: &crate::fixture::Fixture) $body)+
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
    purge
    quota
    range
    read
    scan
    scope
    snapshot
    text
    transactions
    versions
    watch
    write
}
