//! The Redis engine: a store in one server or a cluster. docs/storage.md has the layout of the keys
//! and the rules that cannot hold.
//!
//! A batch is one Lua script, so it is atomic on the server and one round trip. Expiry follows the
//! clock of the server.

mod client;
mod context;
mod layout;
mod listen;
mod ops;
mod options;
mod pieces;
mod refusal;
mod rights;
mod row;
mod scripts;

pub(crate) use client::address::{PORT, SENTINEL_PORT};
pub(crate) use client::options::ClientOptions;
#[cfg(test)]
pub(crate) use client::secret::Secret;
pub(crate) use layout::Spread;
pub(crate) use options::RedisOptions;

use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU16};
use std::time::Duration;

use crate::call::CallContext;
use crate::clock::Timestamp;
use crate::engine::apply::name_step;
use crate::engine::counters::Counters;
use crate::engine::poison::Poison;
use crate::engine::redis::client::server::Server;
use crate::engine::redis::client::slot::slot_of;
use crate::engine::redis::context::{Context, Shared};
use crate::engine::redis::layout::Layout;
use crate::engine::redis::listen::listener::ChangeListener;
use crate::engine::redis::ops::groups;
use crate::engine::redis::ops::purge::Purger;
use crate::engine::redis::pieces::lease::Leases;
use crate::engine::redis::pieces::writing::Writing;
use crate::engine::redis::refusal::{no_snapshots, not_durable};
use crate::engine::redis::rights::Rights;
use crate::engine::{ChangeLog, Cursor, Engine, Medium, Streams, ValueReader, WatchSnapshot};
use crate::error::Result;
use crate::model::{
    CacheOptions, Commit, Durability, EntryInfo, EntryRef, Expiry, Group, GroupRange, Key,
    Observer, Op, Query, Reply, SetExpiry,
};
use crate::observe::SlowCalls;

/// A store in a Redis.
pub(crate) struct RedisEngine {
    context: Arc<Context>,
    /// The purge thread, if entries are purged at an interval.
    _purger: Option<Purger>,
    _slow_calls: SlowCalls,
}

impl RedisEngine {
    /// Returns an engine for the server that `options` name, which publishes changes to `observer`.
    /// Fails if the server cannot be reached or refuses the user.
    pub(crate) fn open(options: &RedisOptions, observer: Arc<dyn Observer>) -> Result<Self> {
        let store = options.store_name();
        let server = Arc::new(Server::new(&options.client, &store)?);
        let layout = Layout::new(&options.prefix, options.spread);
        let listener =
            ChangeListener::new(server.clone(), layout.clone(), options, observer.clone())?;
        server.check()?;
        let sample = layout.layout_key();
        let slot = if server.is_cluster() { slot_of(&sample) } else { 0 };
        let rights = Rights::read(&server, slot, &sample, listener.channel())?;
        let leases = Leases::new(server.clone());
        let shared = Arc::new(Shared {
            layout,
            default_expiry: CacheOptions {
                default_ttl: options.default_ttl,
                ..CacheOptions::default()
            }
            .default_expiry(),
            live_scans: options.live_scans,
            observer,
            listener,
            some_expire: AtomicBool::new(false),
            poison: Poison::of(&store),
            rights,
            stream_max: options.stream_max,
            writing: Writing::default(),
            leases,
            next_bucket: AtomicU16::new(0),
            counters: Counters::of(store),
        });
        let context = Arc::new(Context { server, shared });
        context.check_layout()?;
        let can_purge = context.check_write().is_ok();
        let interval = if can_purge { options.purge_interval } else { Duration::ZERO };
        let _purger = Purger::start(&context, interval)?;
        let _slow_calls = SlowCalls::observe(&context.counters.calls, options.slow);
        Ok(RedisEngine { context, _purger, _slow_calls })
    }

    /// Returns the context of a call.
    fn context(&self, call: &CallContext) -> Cow<'_, Arc<Context>> {
        match call.is_bound() {
            true => Cow::Owned(Arc::new(self.context.bind(call))),
            false => Cow::Borrowed(&self.context),
        }
    }
}

impl Engine for RedisEngine {
    fn medium(&self) -> Medium {
        Medium::Redis
    }

    fn now(&self, call: &CallContext) -> Result<Timestamp> {
        self.context(call).now()
    }

    fn default_expiry(&self) -> SetExpiry {
        self.context.default_expiry
    }

    fn get(
        &self,
        call: &CallContext,
        group: Group<'_>,
        key: Key<'_>,
        found: &mut dyn FnMut(EntryRef<'_>),
    ) -> Result<bool> {
        let context = self.context(call);
        context.counted(group, key, context.get(group, key, found), |hit| *hit)
    }

    fn value(
        &self,
        call: &CallContext,
        group: Group<'_>,
        key: Key<'_>,
        found: &mut dyn FnMut(&[u8]),
    ) -> Result<bool> {
        let context = self.context(call);
        context.counted(group, key, context.value(group, key, found), |hit| *hit)
    }

    fn info(
        &self,
        call: &CallContext,
        group: Group<'_>,
        key: Key<'_>,
    ) -> Result<Option<EntryInfo>> {
        let context = self.context(call);
        context.counted(group, key, context.info(group, key), Option::is_some)
    }

    fn expiry(
        &self,
        call: &CallContext,
        group: Group<'_>,
        key: Key<'_>,
    ) -> Result<Option<Option<Expiry>>> {
        let context = self.context(call);
        context.counted(group, key, context.expiry(group, key), Option::is_some)
    }

    fn open_value(
        &self,
        call: &CallContext,
        group: Group<'_>,
        key: Key<'_>,
    ) -> Result<Option<Box<dyn ValueReader>>> {
        let context = self.context(call);
        context.counted(group, key, context.open_value(group, key), Option::is_some)
    }

    fn streams(&self) -> Option<&dyn Streams> {
        Some(self)
    }

    fn scan(&self, call: &CallContext, query: Query<'_>) -> Result<Box<dyn Cursor>> {
        groups::begin(&self.context(call), query, None)
    }

    fn count(&self, call: &CallContext, range: GroupRange<'_>) -> Result<u64> {
        let context = self.context(call);
        let strings = match range {
            GroupRange::One(group) if group.is_default() => {
                return context.count_strings();
            }
            GroupRange::Prefix(b"") => context.count_strings()?,
            _ => 0,
        };
        Ok(strings + context.count_named(range)?)
    }

    fn commit(
        &self,
        call: &CallContext,
        durability: Option<Durability>,
        ops: &[Op<'_>],
        replies: &mut [Reply],
    ) -> Result<Commit> {
        let context = self.context(call);
        if ops.iter().any(Op::is_write) {
            context.check_write()?;
            if durability == Some(Durability::Full) {
                return Err(name_step(not_durable(), ops));
            }
        }
        let committed = match (ops, &mut *replies) {
            ([Op::DeleteAll { groups }], [reply]) => context.delete_all(groups.as_bytes(), reply),
            _ => context.commit_or_delete_live(ops, replies),
        };
        committed.map_err(|error| name_step(error, ops))
    }

    fn expire(&self, call: &CallContext, range: GroupRange<'_>, limit: usize) -> Result<u64> {
        self.context.check_write()?;
        self.context(call).purge(range, limit)
    }

    fn watch(
        &self,
        call: &CallContext,
        begin: &mut dyn FnMut(),
        existing: Option<Query<'_>>,
    ) -> Result<WatchSnapshot> {
        let context = &*self.context(call);
        let entries = match existing {
            // One script reads the entries and sends the barrier, so both are of the same moment.
            Some(query @ Query::Entries(_)) if !context.live_scans => {
                let scan = |origin: &str| groups::begin(context, query, Some(origin));
                Some(context.listener.barrier(call, scan, begin)?)
            }
            existing => {
                context.listener.barrier(call, |origin| context.send_barrier(origin), begin)?;
                existing.map(|query| groups::begin(&self.context, query, None)).transpose()?
            }
        };
        Ok(WatchSnapshot { newest: 0, entries })
    }

    fn change_log(&self) -> Option<&dyn ChangeLog> {
        None
    }

    fn snapshot(self: Arc<Self>, _: &CallContext) -> Result<Arc<dyn Engine>> {
        Err(no_snapshots())
    }
}
