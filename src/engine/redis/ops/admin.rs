//! The calls of an operator on a store in a Redis.

use std::collections::BTreeSet;

use redis::{Cmd, Value, cmd};

use crate::call::CallContext;
use crate::engine::apply::usage_drift;
use crate::engine::redis::RedisEngine;
use crate::engine::redis::client::error::unexpected;
use crate::engine::redis::client::reply::{as_bytes, bytes, checked, count_of, number};
use crate::engine::redis::context::{Context, buckets_of};
use crate::engine::redis::layout::{bucket_of, bucket_of_unit};
use crate::engine::redis::ops::scan::next_bound;
use crate::engine::redis::scripts;
use crate::engine::{BackupSource, Maintenance, Quotas};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{
    Group, GroupRange, Namespace, Quota, QuotaState, Quoted, Stats, Usage, prefix_end,
};

/// The most entries that one script measures.
const PAGE: usize = 1_000;

/// The measure of groups.
#[derive(Default)]
struct Measure {
    entries: u64,
    expired: u64,
    bytes: u64,
}

impl Maintenance for RedisEngine {
    fn stats(&self, call: &CallContext, range: GroupRange<'_>) -> Result<Stats> {
        let context = self.context(call);
        let measure = context.measure(range)?;
        Ok(Stats {
            entries: measure.entries,
            bytes: measure.bytes,
            expired_entries: measure.expired,
            readers: context.server.connections(),
            ..context.counters.stats()
        })
    }

    fn compact(&self, _: &CallContext) -> Result<()> {
        // A server returns memory by itself.
        Ok(())
    }

    fn check(&self, call: &CallContext) -> Result<()> {
        let context = self.context(call);
        context.measure(GroupRange::Prefix(b""))?;
        context.check_usage()
    }

    fn flush(&self, _: &CallContext) -> Result<()> {
        let message = "the durability of writes is a setting of the redis server: set appendfsync \
                       there";
        Err(Error::new(ErrorKind::Unsupported, message))
    }

    fn poison(&self) {
        self.context.poison.set();
    }

    fn quotas(&self) -> Option<&dyn Quotas> {
        Some(self)
    }

    fn backup_source(&self) -> Option<&dyn BackupSource> {
        None
    }
}

impl Quotas for RedisEngine {
    fn set_quota(&self, call: &CallContext, namespace: &Namespace, quota: Quota) -> Result<()> {
        let context = self.context(call);
        context.poison.check()?;
        let bucket = bucket_of_unit(namespace.name());
        let fill = |command: &mut Cmd| {
            context.append_bucket_keys(bucket, command);
            command.arg(context.layout.bucket(bucket)).arg(namespace.name());
            command.arg(quota.max_keys).arg(quota.max_groups).arg(quota.max_bytes);
        };
        // The script may be run twice: a second count has the same result.
        context.server.run(context.bucket_slot(bucket), &scripts::QUOTA, true, &fill).map(drop)
    }

    fn account(&self, call: &CallContext, namespace: &Namespace) -> Result<QuotaState> {
        let context = self.context(call);
        let bucket = bucket_of_unit(namespace.name());
        let name = [&context.layout.bucket(bucket)[..], b"q:", namespace.name()].concat();
        let mut read = cmd("HMGET");
        read.arg(name).arg(&["max_keys", "max_groups", "max_bytes", "keys", "groups", "bytes"]);
        let Value::Array(parts) =
            checked(context.server.call_one(context.bucket_slot(bucket), &read)?)?
        else {
            return Err(unexpected("a quota and its usage"));
        };
        let numbers: Vec<u64> = parts.iter().map(number).collect::<Result<_>>()?;
        let [max_keys, max_groups, max_bytes, keys, groups, bytes] = numbers[..] else {
            return Err(unexpected("a quota and its usage"));
        };
        let quota = Quota { max_keys, max_groups, max_bytes };
        Ok(QuotaState { quota, usage: Usage { keys, groups, bytes } })
    }
}

impl Context {
    /// Measures the groups of `range`, and verifies the named ones.
    fn measure(&self, range: GroupRange<'_>) -> Result<Measure> {
        let mut all = Measure::default();
        let names = match range {
            GroupRange::One(group) => vec![group.as_bytes().to_vec()],
            GroupRange::Prefix(prefix) => self.all_groups(prefix)?,
        };
        for name in &names {
            match &name[..] {
                [] => self.measure_strings(&mut all)?,
                name => self.measure_named(Group::new(name)?, &mut all)?,
            }
        }
        Ok(all)
    }

    /// Returns the names of all groups in the lists, also of those with expired entries only, and
    /// that of the default group.
    fn all_groups(&self, prefix: &[u8]) -> Result<Vec<Vec<u8>>> {
        let mut names = Vec::new();
        if prefix.is_empty() {
            names.push(Vec::new());
        }
        let follows = prefix_end(prefix);
        let last = follows.map_or(b"+".to_vec(), |end| [b"(", &end[..]].concat());
        let list = |bucket| {
            let mut list = cmd("ZRANGEBYLEX");
            list.arg([&self.layout.bucket(bucket)[..], b"g"].concat());
            list.arg([b"[", prefix].concat()).arg(&last);
            (self.bucket_slot(bucket), list)
        };
        let lists: Vec<_> = buckets_of(GroupRange::Prefix(prefix)).map(list).collect();
        for reply in self.server.call_many(&lists)? {
            let Value::Array(found) = checked(reply)? else {
                return Err(unexpected("a list of groups"));
            };
            for name in found {
                names.push(bytes(name)?);
            }
        }
        Ok(names)
    }

    /// Compares the recorded usage of each namespace that has groups with a count of its entries.
    fn check_usage(&self) -> Result<()> {
        let groups = self.all_groups(b"")?;
        let in_group = |name: &Vec<u8>| Some(Namespace::name_in(Group::new(name).ok()?)?.to_vec());
        let names: BTreeSet<Vec<u8>> = groups.iter().filter_map(in_group).collect();
        for name in names {
            let bucket = bucket_of_unit(&name);
            let fill = |command: &mut Cmd| {
                self.append_bucket_keys(bucket, command);
                command.arg(self.layout.bucket(bucket)).arg(&name);
            };
            let reply =
                self.server.run(self.bucket_slot(bucket), &scripts::RECOUNT, true, &fill)?;
            let Value::Array(parts) = reply else { return Err(unexpected("that of a recount")) };
            let numbers: Vec<u64> = parts.iter().map(number).collect::<Result<_>>()?;
            let usage_of = |numbers: &[u64]| match *numbers {
                [keys, groups, bytes] => Usage { keys, groups, bytes },
                _ => Usage::default(),
            };
            let (recorded, counted) = numbers.split_at(numbers.len() / 2);
            let (recorded, counted) = (usage_of(recorded), usage_of(counted));
            if recorded != counted {
                return Err(usage_drift(&name, recorded, counted));
            }
        }
        Ok(())
    }

    fn measure_strings(&self, all: &mut Measure) -> Result<()> {
        self.scan_strings(b"", &mut |keys| {
            let mut lens = Vec::with_capacity(keys.len());
            for key in &keys {
                let slot = self.slot(Group::DEFAULT, key)?;
                lens.push((slot, cmd("STRLEN").arg(self.layout.string_key(key)?).clone()));
            }
            for (key, len) in keys.iter().zip(self.server.call_many(&lens)?) {
                all.entries += 1;
                all.bytes += key.len() as u64 + count_of(&checked(len)?)?;
            }
            Ok(true)
        })
    }

    fn measure_named(&self, group: Group<'_>, all: &mut Measure) -> Result<()> {
        let slot = self.slot(group, b"")?;
        let bucket = self.layout.bucket(bucket_of(group));
        let mut lower = b"-".to_vec();
        loop {
            let fill = |command: &mut Cmd| {
                self.append_group_keys(group, command);
                command.arg(&bucket).arg(group.as_bytes()).arg(&lower).arg(PAGE);
            };
            let reply = self.server.run(slot, &scripts::MEASURE, true, &fill)?;
            let Value::Array(parts) = reply else {
                return Err(unexpected("that of a measurement"));
            };
            let [last, live, expired, bytes, damage] = &parts[..] else {
                return Err(unexpected("that of a measurement"));
            };
            if let damage @ [_, ..] = as_bytes(damage)? {
                let (name, damage) = (Quoted(group.as_bytes()), String::from_utf8_lossy(damage));
                let message = format!("group {name}: {damage}");
                return Err(Error::new(ErrorKind::Corrupt, message));
            }
            all.entries += count_of(live)?;
            all.expired += count_of(expired)?;
            all.bytes += number(bytes)?;
            match as_bytes(last)? {
                [] => return Ok(()),
                last => lower = next_bound(&lower, last, false)?,
            }
        }
    }
}
