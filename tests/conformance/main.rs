//! The rules of the store, each as a case that runs on every engine.

#[path = "../support/mod.rs"]
mod support;

mod fixture;

/// Runs each case on every engine: `memory::NAME`, `sqlite::NAME`. A further engine is one line
/// here and a function in `fixture.rs`.
macro_rules! on_engines {
    ($($name:ident)+) => {
        on_engine! { memory: $($name)+ }
        on_engine! { sqlite: $($name)+ }
    };
}

macro_rules! on_engine {
    ($engine:ident: $($name:ident)+) => {
        mod $engine {
            $(#[test]
            fn $name() {
                super::$name(&crate::fixture::$engine());
            })+
        }
    };
}

/// Wraps the cases of a theme. Each gets a [`fixture::Fixture`] with an empty store.
macro_rules! cases {
    ($(fn $name:ident($at:ident) $body:block)+) => {
        $(fn $name($at: &crate::fixture::Fixture) $body)+
        on_engines! { $($name)+ }
    };
}

mod batch;
mod cache;
mod care;
mod conditions;
mod copy;
mod copy_target;
mod counters;
mod default_ttl;
mod expire;
mod glob;
mod groups;
mod idempotency;
mod json;
mod limits;
mod purge;
mod quota;
mod range;
mod read;
mod scan;
mod scope;
mod snapshot;
mod text;
mod transactions;
mod versions;
mod watch;
mod write;
