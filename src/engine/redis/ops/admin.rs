//! The calls of an operator on a store in a Redis.

use redis::{Cmd, cmd};

use crate::call::CallContext;
use crate::engine::poison::BUG;
use crate::engine::redis::RedisEngine;
use crate::engine::redis::client::error::unexpected;
use crate::engine::redis::client::reply::{as_bytes, checked, count_of, number};
use crate::engine::redis::client::value::Value;
use crate::engine::redis::context::Context;
use crate::engine::redis::layout::Spread;
use crate::engine::redis::ops::scan::next_bound;
use crate::engine::redis::scripts;
use crate::engine::{BackupSource, Maintenance, Quotas};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{Group, GroupRange, Quoted, Stats, StoreUsage};
use crate::observe::{CallCounters, Metrics};

/// The most entries that one script measures.
const PAGE: usize = 1_000;

impl Maintenance for RedisEngine {
    fn stats(&self, call: &CallContext) -> Result<Stats> {
        let context = self.context(call);
        Ok(Stats { readers: context.server.connections(), ..context.counters.stats() })
    }

    fn metrics(&self, _: &CallContext) -> Result<Metrics> {
        let traffic = self.context.server.traffic();
        Ok(Metrics {
            connections: self.context.server.connections(),
            connects: traffic.connects.get(),
            failed_connects: traffic.failed_connects.get(),
            retries: traffic.retries.get(),
            redirections: traffic.redirections.get(),
            failovers: traffic.failovers.get(),
            read_only: u64::from(self.context.rights.check_write().is_err()),
            poisoned: u64::from(self.context.poison.is_set()),
            ..self.context.counters.metrics()
        })
    }

    fn calls(&self) -> &CallCounters {
        &self.context.counters.calls
    }

    fn name(&self) -> &str {
        self.context.counters.store()
    }

    fn usage(&self, call: &CallContext, range: GroupRange<'_>) -> Result<StoreUsage> {
        self.context(call).measure(range)
    }

    fn compact(&self, call: &CallContext) -> Result<()> {
        // A server returns memory by itself.
        let context = self.context(call);
        context.check_write()?;
        context.list_buckets()?;
        context.relist()
    }

    fn check(&self, call: &CallContext) -> Result<()> {
        let context = self.context(call);
        context.measure(GroupRange::Prefix(b""))?;
        context.check_usage()
    }

    fn flush(&self, _: &CallContext) -> Result<()> {
        // A server syncs by its own settings, and no call of a client waits for that.
        Ok(())
    }

    fn poison(&self) {
        self.context.poison.set(BUG);
    }

    fn quotas(&self) -> Option<&dyn Quotas> {
        (self.context.layout.spread() == Spread::Namespaces).then_some(self)
    }

    fn backup_source(&self) -> Option<&dyn BackupSource> {
        None
    }
}

impl Context {
    /// Counts the entries of `range`, and verifies the named groups.
    fn measure(&self, range: GroupRange<'_>) -> Result<StoreUsage> {
        let mut all = StoreUsage::default();
        let names = match range {
            GroupRange::One(group) => vec![group.as_bytes().to_vec()],
            GroupRange::Prefix(prefix) => {
                if prefix.is_empty() {
                    self.measure_strings(&mut all)?;
                }
                self.count_groups(prefix)?.into_iter().map(|(name, _)| name).collect()
            }
        };
        for name in &names {
            match &name[..] {
                [] => self.measure_strings(&mut all)?,
                name => self.measure_named(Group::new(name)?, &mut all)?,
            }
        }
        Ok(all)
    }

    fn measure_strings(&self, all: &mut StoreUsage) -> Result<()> {
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

    fn measure_named(&self, group: Group<'_>, all: &mut StoreUsage) -> Result<()> {
        let slot = self.slot(group, b"")?;
        let mut lower = b"-".to_vec();
        loop {
            let fill = |command: &mut Cmd| {
                self.append_group(group, command);
                command.arg(&lower).arg(PAGE);
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
            all.expired_entries += count_of(expired)?;
            all.bytes += number(bytes)?;
            match as_bytes(last)? {
                [] => return Ok(()),
                last => lower = next_bound(&lower, last, false)?,
            }
        }
    }
}
