//! The cost of watches, quotas and a Redis, from the files of the other benchmarks.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::chart::surcharges::{Figure, Group};
use crate::report::digits;

/// A group of bars: its title, its file, and for each bar a label with the fields of its
/// microseconds and of the text behind it.
type Source = (&'static str, &'static str, &'static [(&'static str, &'static str, Behind)]);

/// The text behind a bar.
enum Behind {
    /// Nothing but the time: it is what the others are compared with.
    Base,
    /// A ratio.
    Ratio(&'static str),
    /// The 99th percentile; the bar is the median.
    P99(&'static str),
}

use Behind::{Base, P99, Ratio};

const SOURCES: [Source; 4] = [
    (
        "set, beside watches",
        "watch.json",
        &[
            ("kv alone", "/set_none_us", Base),
            ("1 other watch", "/set_others_1_us", Ratio("/set_others_1_to_none")),
            ("100 other watches", "/set_others_100_us", Ratio("/set_others_100_to_none")),
            ("a callback", "/set_callback_us", Ratio("/set_callback_to_none")),
            ("1 watch gets it", "/set_getting_1_us", Ratio("/set_getting_1_to_none")),
            ("100 watches get it", "/set_getting_100_us", Ratio("/set_getting_100_to_none")),
            ("the change log", "/set_log_us", Ratio("/set_log_to_none")),
        ],
    ),
    (
        "set, in a namespace of 1,000,000 keys",
        "quota.json",
        &[
            ("kv, same length", "/same_size_none_us", Base),
            ("under a quota", "/same_size_quota_us", Ratio("/same_size_quota_to_none")),
            ("kv, other length", "/other_size_none_us", Base),
            ("under a quota", "/other_size_quota_us", Ratio("/other_size_quota_to_none")),
            ("kv, new key", "/new_key_none_us", Base),
            ("under a quota", "/new_key_quota_us", Ratio("/new_key_quota_to_none")),
            ("refused by it", "/refused_us", Ratio("/refused_to_none")),
        ],
    ),
    (
        "from the call of a set to the poll of a watch, median",
        "watch.json",
        &[
            ("same process", "/same_from_call_p50_us", P99("/same_from_call_p99_us")),
            (
                "other process",
                "/across_normal_from_call_p50_us",
                P99("/across_normal_from_call_p99_us"),
            ),
            ("with fsyncs", "/across_full_from_call_p50_us", P99("/across_full_from_call_p99_us")),
        ],
    ),
    (
        "calls of a Redis on loopback, beside hiredis",
        "redis.json",
        &[
            ("hiredis GET", "/get/hiredis_us", Base),
            ("kv get", "/get/kv_us", Ratio("/get/ratio")),
            ("hiredis SET", "/set/hiredis_us", Base),
            ("kv set", "/set/kv_us", Ratio("/set/ratio")),
            ("hiredis, 1000 GET", "/many_gets/hiredis_us", Base),
            ("kv, batch of gets", "/many_gets/kv_us", Ratio("/many_gets/ratio")),
            ("kv, some expire", "/many_gets_mortal/kv_us", Ratio("/many_gets_mortal/ratio")),
            ("hiredis, 1000 SET", "/many_sets/hiredis_us", Base),
            ("kv, batch of sets", "/many_sets/kv_us", Ratio("/many_sets/ratio")),
        ],
    ),
];

/// Reads the groups from the files in the directory of the results, and the versions of the Redis
/// and of hiredis.
pub fn read(results: &Path) -> Result<(Vec<Group>, String)> {
    let groups = SOURCES.iter().map(|source| group(results, source)).collect::<Result<_>>()?;
    let versions = parse(&results.join("redis.json"))?;
    let versions = versions.pointer("/versions").and_then(Value::as_str);
    Ok((groups, versions.context("redis.json has no versions")?.to_owned()))
}

fn parse(path: &Path) -> Result<Value> {
    let text = fs::read_to_string(path).with_context(|| format!("read {}", path.display()))?;
    serde_json::from_str(&text).with_context(|| format!("parse {}", path.display()))
}

fn group(results: &Path, (title, file, figures): &Source) -> Result<Group> {
    let path = results.join(file);
    let values = parse(&path)?;
    let number = |field: &str| {
        let number = values.pointer(field).and_then(Value::as_f64);
        number.with_context(|| format!("{} has no number {field}", path.display()))
    };
    let figures = figures.iter().map(|(label, us, behind)| {
        let us = number(us)?;
        let value = match behind {
            Base => format!("{} µs", digits(us)),
            Ratio(field) => format!("{} µs · {:.2}×", digits(us), number(field)?),
            P99(field) => format!("{} µs · p99 {}", digits(us), digits(number(field)?)),
        };
        Ok(Figure { label: (*label).to_owned(), us, is_base: matches!(behind, Base), value })
    });
    let figures = figures.collect::<Result<Vec<_>>>()?;
    Ok(Group { title: (*title).to_owned(), figures })
}
