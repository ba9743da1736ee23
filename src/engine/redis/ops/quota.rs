//! Quotas: the limits of namespaces and their usage.

use std::collections::BTreeSet;

use redis::{Cmd, cmd};

use crate::call::CallContext;
use crate::engine::Quotas;
use crate::engine::apply::usage_drift;
use crate::engine::redis::RedisEngine;
use crate::engine::redis::client::error::unexpected;
use crate::engine::redis::client::reply::{as_bytes, bytes, checked, number};
use crate::engine::redis::client::script::Script;
use crate::engine::redis::client::slot::slot_of;
use crate::engine::redis::client::value::Value;
use crate::engine::redis::context::Context;
use crate::engine::redis::layout::Spread;
use crate::engine::redis::scripts;
use crate::error::Result;
use crate::model::{Group, Namespace, Quota, QuotaState, Usage};

/// The most groups whose usage one script counts.
const PAGE: usize = 500;
/// The most times that the usage of a namespace is added up to compare it.
const RECOUNTS_MAX: usize = 5;

impl Quotas for RedisEngine {
    fn set_quota(&self, call: &CallContext, namespace: &Namespace, quota: Quota) -> Result<()> {
        let context = self.context(call);
        context.check_write()?;
        let name = namespace.name();
        let fill = |command: &mut Cmd| {
            command.arg(1).arg(context.layout.account_key(name));
            command.arg(context.layout.bucket(slot_of(name))).arg(name);
            command.arg(quota.max_keys).arg(quota.max_groups).arg(quota.max_bytes);
        };
        let slot = context.bucket_slot(slot_of(name));
        // The script may be run twice, which has the same result.
        context.server.run(slot, &scripts::QUOTA, true, &fill)?;
        if quota == Quota::default() {
            return Ok(());
        }
        // From now on new groups are counted by their writers, and each group of before here.
        context.each_page(name, &scripts::COUNT_USAGE, &mut bytes)
    }

    fn account(&self, call: &CallContext, namespace: &Namespace) -> Result<QuotaState> {
        let context = self.context(call);
        let mut read = cmd("HMGET");
        read.arg(context.layout.account_key(namespace.name()));
        read.arg(&["max_keys", "max_groups", "max_bytes", "keys", "groups", "bytes"]);
        let slot = context.bucket_slot(slot_of(namespace.name()));
        let Value::Array(parts) = checked(context.server.call_one(slot, &read)?)? else {
            return Err(unexpected("a quota and its usage"));
        };
        let numbers: Vec<u64> = parts.iter().map(number).collect::<Result<_>>()?;
        let [max_keys, max_groups, max_bytes, keys, groups, bytes] = numbers[..] else {
            return Err(unexpected("a quota and its usage"));
        };
        let quota = Quota { max_keys, max_groups, max_bytes };
        Ok(QuotaState { quota, usage: Usage { keys, groups, bytes }, max_memory: 0 })
    }
}

impl Context {
    /// Compares the recorded usage of each namespace that has groups with a count of its entries.
    pub(crate) fn check_usage(&self) -> Result<()> {
        if self.layout.spread() == Spread::Groups {
            return Ok(());
        }
        let groups = self.count_groups(b"")?;
        let in_group = |name: &[u8]| Some(Namespace::name_in(Group::new(name).ok()?)?.to_vec());
        let names: BTreeSet<Vec<u8>> =
            groups.iter().filter_map(|(name, _)| in_group(name)).collect();
        names.iter().try_for_each(|name| self.check_namespace(name))
    }

    /// Compares the usage of a namespace. One of several pages may be written to meanwhile: it is
    /// compared only if its recorded usage is the same before and after.
    fn check_namespace(&self, name: &[u8]) -> Result<()> {
        for _ in 0..RECOUNTS_MAX {
            let mut recorded: Vec<Usage> = Vec::new();
            let mut counted = Usage::default();
            self.each_page(name, &scripts::RECOUNT, &mut |reply| {
                let Value::Array(parts) = reply else {
                    return Err(unexpected("that of a recount"));
                };
                let Some((last, parts)) = parts.split_last() else { return Ok(Vec::new()) };
                let numbers: Vec<u64> = parts.iter().map(number).collect::<Result<_>>()?;
                let [keys, groups, bytes, more_keys, more_groups, more_bytes] = numbers[..] else {
                    return Err(unexpected("that of a recount"));
                };
                recorded.push(Usage { keys, groups, bytes });
                counted.keys += more_keys;
                counted.groups += more_groups;
                counted.bytes += more_bytes;
                Ok(as_bytes(last)?.to_vec())
            })?;
            let Some(first) = recorded.first() else { return Ok(()) };
            if recorded.iter().any(|it| it != first) {
                continue;
            }
            return match *first == counted {
                true => Ok(()),
                false => Err(usage_drift(name, *first, counted)),
            };
        }
        // It changes all the time, so there is no moment to compare it at.
        Ok(())
    }

    /// Runs a script for each page of the groups of a namespace. `take` returns the last name of
    /// the page in the reply, empty at the end.
    fn each_page(
        &self,
        name: &[u8],
        script: &Script,
        take: &mut dyn FnMut(Value) -> Result<Vec<u8>>,
    ) -> Result<()> {
        let lower = [b"[", name, b":"].concat();
        let fill = |lower: &[u8], command: &mut Cmd| {
            command.arg(name).arg(lower).arg(PAGE);
        };
        self.run_in_pages(slot_of(name), script, lower, &fill, take)
    }
}
