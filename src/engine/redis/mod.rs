//! Redis: one server or a cluster, behind the same rules. docs/storage.md says how entries are laid
//! out there and which rules cannot hold.
//!
//! A batch is a script, so it is one step of the server and one round trip. The server's clock rules.

mod care;
mod cluster;
mod commit;
mod core;
mod ears;
mod error;
mod feed;
mod get;
mod get_many;
mod groups;
mod lanes;
mod layout;
mod message;
mod node;
mod options;
mod plain;
mod purge;
mod reply;
mod row;
mod script;
mod server;
mod set;
mod steps;
mod tls;
mod verdict;
mod walk;
mod wire;

pub use options::{Address, POOL_SIZE_MAX, PREFIX_LEN_MAX, Password, RedisOptions};

use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64};

use crate::call::CallContext;
use crate::clock::Timestamp;
use crate::engine::apply::name_step;
use crate::engine::redis::core::{Core, Shared};
use crate::engine::redis::feed::Feed;
use crate::engine::redis::layout::Layout;
use crate::engine::redis::purge::Purger;
use crate::engine::redis::server::Server;
use crate::engine::redis::wire::Login;
use crate::engine::{Beginning, ChangeCursor, Cursor, Engine};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{
    CacheOptions, Commit, EntryRef, Group, GroupRange, Key, Observer, Op, Query, Reply, SetExpiry,
    Version,
};

/// Entries in a Redis.
pub struct RedisEngine {
    core: Arc<Core>,
    /// Ends before what it works on.
    _purger: Option<Purger>,
}

impl RedisEngine {
    /// Returns an engine on what `options` name, which tells `observer` of changes. Fails if nobody
    /// answers there or does not let us in.
    pub fn open(options: &RedisOptions, observer: Arc<dyn Observer>) -> Result<Self> {
        options.check()?;
        let tls = if options.tls { Some(tls::configure(options)?) } else { None };
        let login = Login {
            tls,
            username: options.username.clone(),
            password: options.password.clone(),
            database: options.database,
            connect_timeout: options.connect_timeout,
            call_timeout: options.call_timeout,
        };
        let server = Arc::new(Server::new(options, login));
        let layout = Layout::new(&options.prefix);
        let feed = Feed::new(server.clone(), layout.clone(), options, observer.clone())?;
        let shared = Arc::new(Shared {
            layout,
            default_expiry: CacheOptions {
                default_ttl: options.default_ttl,
                ..CacheOptions::default()
            }
            .default_expiry(),
            live_scans: options.live_scans,
            observer,
            feed,
            some_expire: AtomicBool::new(false),
            poisoned: AtomicBool::new(false),
            next_home: AtomicU8::new(0),
            hits: AtomicU64::new(0),
            misses: AtomicU64::new(0),
            commits: AtomicU64::new(0),
            expirations: AtomicU64::new(0),
        });
        let core = Arc::new(Core { server, shared });
        core.now()?;
        let _purger = Purger::start(&core, options.purge_interval)?;
        Ok(RedisEngine { core, _purger })
    }

    /// Returns what carries out the calls of a context.
    fn core(&self, call: &CallContext) -> Cow<'_, Arc<Core>> {
        match call.is_bound() {
            true => Cow::Owned(Arc::new(self.core.bind(call))),
            false => Cow::Borrowed(&self.core),
        }
    }
}

impl Engine for RedisEngine {
    fn now(&self, call: &CallContext) -> Result<Timestamp> {
        self.core(call).now()
    }

    fn default_expiry(&self) -> SetExpiry {
        self.core.default_expiry
    }

    fn get(
        &self,
        call: &CallContext,
        group: Group<'_>,
        key: Key<'_>,
        found: &mut dyn FnMut(EntryRef<'_>),
    ) -> Result<bool> {
        let core = self.core(call);
        core.counted(group, key, core.get(group, key, found))
    }

    fn value(
        &self,
        call: &CallContext,
        group: Group<'_>,
        key: Key<'_>,
        found: &mut dyn FnMut(&[u8]),
    ) -> Result<bool> {
        let core = self.core(call);
        core.counted(group, key, core.value(group, key, found))
    }

    fn scan(&self, call: &CallContext, query: Query<'_>) -> Result<Box<dyn Cursor>> {
        groups::begin(&self.core(call), query, None)
    }

    fn count(&self, call: &CallContext, range: GroupRange<'_>) -> Result<u64> {
        let core = self.core(call);
        let plain = match range {
            GroupRange::One(group) if group.is_default() => {
                return core.count_plain();
            }
            GroupRange::Prefix(b"") => core.count_plain()?,
            _ => 0,
        };
        Ok(plain + core.count_named(range)?)
    }

    fn commit(&self, call: &CallContext, ops: &[Op<'_>], replies: &mut [Reply]) -> Result<Commit> {
        let core = self.core(call);
        if ops.iter().any(Op::is_write) {
            core.check_poison()?;
        }
        let committed = match core.delete_plain_live(ops, replies)? {
            Some(commit) => Ok(commit),
            None => core.commit(ops, replies),
        };
        committed.map_err(|error| name_step(error, ops))
    }

    fn expire(&self, call: &CallContext, range: GroupRange<'_>, limit: usize) -> Result<u64> {
        self.core.check_poison()?;
        self.core(call).purge(range, limit)
    }

    fn watch(
        &self,
        call: &CallContext,
        begin: &mut dyn FnMut(),
        existing: Option<Query<'_>>,
    ) -> Result<Beginning> {
        let core = &*self.core(call);
        let entries = match existing {
            // What is read in one step is of the very moment.
            Some(query @ Query::Entries(_)) if !core.live_scans => {
                let walk = |origin: &str| groups::begin(core, query, Some(origin));
                Some(core.feed.mark(call, walk, begin)?)
            }
            existing => {
                core.feed.mark(call, |origin| core.send_mark(origin), begin)?;
                existing.map(|query| groups::begin(&self.core, query, None)).transpose()?
            }
        };
        Ok(Beginning { newest: 0, entries })
    }

    fn changes(
        &self,
        _: &CallContext,
        _: Version,
        _: Option<Version>,
    ) -> Result<Box<dyn ChangeCursor>> {
        Err(no_log())
    }

    fn oldest_change(&self, _: &CallContext) -> Result<Version> {
        Err(no_log())
    }
}

fn no_log() -> Error {
    Error::new(ErrorKind::Unsupported, "a store in redis keeps no log of changes")
}
