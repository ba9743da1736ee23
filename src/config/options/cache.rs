//! The options that several kinds of store have: those of cache mode, and the durability.

use crate::model::{Durability, Eviction};

/// Rules, and behind them those of cache mode, whose limits are `stored` in the file or not.
macro_rules! with_cache {
    ($it:ident => $cache:expr, stored: $stored:expr, [$($rule:expr,)*]) => {
        &[
            $($rule,)*
            $crate::config::options::rule::stored($stored, $crate::config::options::rule::rule(
                "max_bytes", "0", "the limit of bytes of groups, keys and values; 0: no limit",
                Takes::Size(|$it, size| $cache.limits.max_bytes = Some(size)),
            )),
            $crate::config::options::rule::stored($stored, $crate::config::options::rule::rule(
                "max_entries", "0", "the limit of entries; 0: no limit",
                Takes::Count(|$it, count| {
                    $cache.limits.max_entries = Some(count);
                    Ok(())
                }),
            )),
            $crate::config::options::rule::stored($stored, $crate::config::options::rule::rule(
                "evict", "none", "the effect of a write that exceeds a limit",
                Takes::Word(&["none", "lru"], |$it, word| {
                    $cache.limits.eviction = Some($crate::config::options::cache::eviction(word));
                }),
            )),
            rule(
                "default_ttl", "0", "the ttl of entries that are written without one; 0: for ever",
                Takes::Duration(|$it, time| $cache.default_ttl = time),
            ),
        ]
    };
}

pub(super) use with_cache;

pub(super) fn eviction(word: &str) -> Eviction {
    if word == "lru" { Eviction::LeastRecentlyUsed } else { Eviction::None }
}

/// Returns the durability that a word names.
pub(super) fn durability(word: &str) -> Durability {
    if word == "full" { Durability::Full } else { Durability::Normal }
}
