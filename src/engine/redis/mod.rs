//! Redis: one server or a cluster, behind the same rules. docs/storage.md says how entries are laid
//! out there and which rules cannot hold.
//!
//! A batch is a script, so it is one step of the server and one round trip. The server's clock rules.

mod care;
mod cluster;
mod ears;
mod error;
mod feed;
mod lanes;
mod layout;
mod message;
mod node;
mod options;
mod plain;
mod purge;
mod row;
mod script;
mod server;
mod steps;
mod tls;
mod walk;
mod wire;

pub use options::{Address, POOL_SIZE_MAX, PREFIX_LEN_MAX, Password, RedisOptions};

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};

use redis::{Cmd, ServerErrorKind, Value, cmd};

use crate::clock::Timestamp;
use crate::engine::apply::name_step;
use crate::engine::redis::error::{two_slots, unexpected};
use crate::engine::redis::feed::Feed;
use crate::engine::redis::layout::{HOMES, Home, Layout, home_of, home_of_unit, slot_of};
use crate::engine::redis::message::Message;
use crate::engine::redis::options::WALK_KEYS_MAX;
use crate::engine::redis::purge::Purger;
use crate::engine::redis::row::{entry_of, version_of};
use crate::engine::redis::server::{Request, Server, checked, is_error};
use crate::engine::redis::steps::{Outcome, as_bytes, integer};
use crate::engine::redis::wire::Login;
use crate::engine::{Beginning, ChangeCursor, Cursor, Engine};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{
    Change, Commit, EntryRef, Expiry, Group, GroupRange, Key, Namespace, Observer, Op, Query,
    Reply, SetExpiry, VALUE_LEN_MAX, Version,
};

/// Entries in a Redis.
pub struct RedisEngine {
    core: Arc<Core>,
    /// Ends before what it works on.
    _purger: Option<Purger>,
}

/// What the engine and its threads share.
struct Core {
    server: Arc<Server>,
    layout: Layout,
    live_walks: bool,
    observer: Arc<dyn Observer>,
    feed: Feed,
    poisoned: AtomicBool,
    /// The home at which the next purge begins.
    next_home: AtomicU8,
    hits: AtomicU64,
    misses: AtomicU64,
    commits: AtomicU64,
    expirations: AtomicU64,
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
        let core = Arc::new(Core {
            server,
            layout,
            live_walks: options.live_walks,
            observer,
            feed,
            poisoned: AtomicBool::new(false),
            next_home: AtomicU8::new(0),
            hits: AtomicU64::new(0),
            misses: AtomicU64::new(0),
            commits: AtomicU64::new(0),
            expirations: AtomicU64::new(0),
        });
        core.now()?;
        let _purger = Purger::start(&core, options.purge_interval)?;
        Ok(RedisEngine { core, _purger })
    }
}

impl Core {
    fn check_poison(&self) -> Result<()> {
        if self.poisoned.load(Ordering::Acquire) {
            return Err(Error::new(ErrorKind::Poisoned, "an earlier failure stopped all writes"));
        }
        Ok(())
    }

    fn now(&self) -> Result<Timestamp> {
        let replies = self.server.call(0, &Request::one(&cmd("TIME"), true))?;
        parse_time(&checked(first(replies)?)?)
    }

    /// Returns the slot of an entry.
    fn slot(&self, group: Group<'_>, key: &[u8]) -> Result<u16> {
        match group.as_bytes() {
            // Only a cluster has slots.
            _ if !self.server.is_cluster() => Ok(0),
            [] => Ok(slot_of(&self.layout.plain_key(key)?)),
            _ => Ok(slot_of(&self.layout.home(home_of(group)))),
        }
    }

    /// Returns the slot of a home.
    fn home_slot(&self, home: Home) -> u16 {
        if self.server.is_cluster() { slot_of(&self.layout.home(home)) } else { 0 }
    }

    /// Returns the one slot of all steps, or says which two are in different ones.
    fn common_slot(&self, ops: &[Op<'_>]) -> Result<u16> {
        let mut common: Option<(u16, &Op<'_>)> = None;
        for op in ops {
            let key = op.key().map_or(&b""[..], Key::as_bytes);
            if op.group().as_bytes().is_empty() {
                self.layout.plain_key(key)?;
                if op.key().is_none() {
                    self.check_plain_walk()?;
                }
            }
            let slot = self.slot(op.group(), key)?;
            match common {
                Some((known, first)) if known != slot => {
                    return Err(two_slots(label(first), label(op)));
                }
                _ => common = Some((slot, op)),
            }
        }
        Ok(common.map_or(0, |(slot, _)| slot))
    }

    /// Reads one entry.
    fn get(
        &self,
        group: Group<'_>,
        key: Key<'_>,
        found: &mut dyn FnMut(EntryRef<'_>),
    ) -> Result<bool> {
        let slot = self.slot(group, key.as_bytes())?;
        if group.as_bytes().is_empty() {
            return self.get_plain(slot, key, found);
        }
        let hash = [&self.layout.home(home_of(group))[..], b"h:", group.as_bytes()].concat();
        // Two commands in one go cannot be redirected.
        let (time, field) = if self.server.is_cluster() {
            let fill = |command: &mut Cmd| {
                command.arg(1).arg(&hash).arg(key.as_bytes());
            };
            let Value::Array(parts) = self.server.run(slot, &script::GET_FIELD, true, &fill)?
            else {
                return Err(unexpected("an entry"));
            };
            pair(parts)?
        } else {
            let mut packed = cmd("TIME").get_packed_command();
            packed.extend(cmd("HGET").arg(&hash).arg(key.as_bytes()).get_packed_command());
            let request = Request { packed, count: 2, is_read: true };
            pair(self.server.call(slot, &request)?)?
        };
        let field = checked(field)?;
        if field == Value::Nil {
            return Ok(false);
        }
        let entry = entry_of(as_bytes(&field)?);
        let now = parse_time(&checked(time)?)?;
        if entry.expires_at.is_some_and(|at| at.is_past(now)) {
            return Ok(false);
        }
        found(entry);
        Ok(true)
    }

    fn get_plain(
        &self,
        slot: u16,
        key: Key<'_>,
        found: &mut dyn FnMut(EntryRef<'_>),
    ) -> Result<bool> {
        let name = self.layout.plain_key(key.as_bytes())?;
        let parts = if self.server.is_cluster() {
            let fill = |command: &mut Cmd| {
                command.arg(0).arg(&name);
            };
            self.server.run(slot, &script::GET_MANY, true, &fill)?
        } else {
            // The value and when it dies, of one moment.
            let mut packed = cmd("MULTI").get_packed_command();
            packed.extend(cmd("GET").arg(&name).get_packed_command());
            packed.extend(cmd("PEXPIRETIME").arg(&name).get_packed_command());
            packed.extend(cmd("EXEC").get_packed_command());
            let mut replies =
                self.server.call(slot, &Request { packed, count: 4, is_read: true })?;
            let executed = replies.pop();
            for reply in replies {
                checked(reply)?;
            }
            checked(executed.ok_or_else(|| unexpected("there"))?)?
        };
        let Value::Array(parts) = parts else { return Err(unexpected("an entry")) };
        let (value, expiry) = pair(parts)?;
        let value = checked(value)?;
        if value == Value::Nil {
            return Ok(false);
        }
        let value = as_bytes(&value)?;
        let expires_at = plain_expiry(&expiry)?;
        found(EntryRef { value, version: version_of(value), expires_at });
        Ok(true)
    }

    /// Runs a batch in the fastest way there is for it.
    fn commit(&self, ops: &[Op<'_>], replies: &mut [Reply]) -> Result<Commit> {
        let slot = self.common_slot(ops)?;
        let is_write = ops.iter().any(Op::is_write);
        if !is_write && let Some(commit) = self.get_many_plain(slot, ops, replies)? {
            return Ok(commit);
        }
        let wanted = self.is_wanted(ops);
        let (number, origin) = self.feed.origin();
        let expected = wanted && self.feed.expect(number);
        let outcome = self.run_batch(slot, ops, replies, &origin, wanted);
        let is_told = outcome.as_ref().is_ok_and(|it| !it.message.is_empty());
        if expected && is_told {
            // Those who watch in this process have heard of it when the call returns.
            self.feed.wait_for(number);
        } else if expected {
            self.feed.forget(number);
        }
        let Outcome { commit, message } = outcome?;
        if is_write && commit == Commit::Applied {
            self.commits.fetch_add(1, Ordering::Relaxed);
        }
        if wanted {
            self.call_back(&message);
        }
        Ok(commit)
    }

    /// Answers whether somebody in this process wants to hear of what the steps change.
    fn is_wanted(&self, ops: &[Op<'_>]) -> bool {
        let wants = |op: &Op<'_>| op.is_write() && self.observer.wants(op.group(), op.key());
        !self.observer.is_idle() && ops.iter().any(wants)
    }

    /// Runs the callbacks for what a script says it has changed.
    fn call_back(&self, message: &[u8]) {
        if let Some(message) = Message::parse(message) {
            let is_wanted = |it: &Arc<Change>| {
                let key = Key::new(it.key()).ok();
                Group::new(it.group()).is_ok_and(|group| self.observer.wants(group, key))
            };
            let changes: Vec<_> = message.changes.into_iter().filter(is_wanted).collect();
            self.observer.call_back(&changes);
        }
    }

    fn run_batch(
        &self,
        slot: u16,
        ops: &[Op<'_>],
        replies: &mut [Reply],
        origin: &str,
        wanted: bool,
    ) -> Result<Outcome> {
        if let Some(outcome) = self.set_plain(slot, ops, replies, origin, wanted)? {
            return Ok(outcome);
        }
        let fill = |command: &mut Cmd| {
            command.arg(0).arg(self.layout.plain()).arg(self.feed.channel()).arg(origin);
            command.arg(flag(wanted)).arg(flag(self.server.is_cluster()));
            let walk_max = if self.live_walks { u64::MAX >> 12 } else { WALK_KEYS_MAX };
            command.arg(walk_max).arg(VALUE_LEN_MAX);
            steps::append(ops, &self.layout, command);
        };
        let is_read = !ops.iter().any(Op::is_write);
        let answer = self.server.run(slot, &script::COMMIT, is_read, &fill)?;
        steps::read(answer, ops, replies)
    }

    /// Runs a script in each of `homes` and returns the replies.
    fn run_homes(
        &self,
        homes: impl IntoIterator<Item = Home>,
        script: &script::Script,
        fill: &dyn Fn(&[u8], &mut Cmd),
    ) -> Result<Vec<Value>> {
        let run = |home| {
            let name = self.layout.home(home);
            let fill = |command: &mut Cmd| {
                command.arg(0);
                fill(&name, command);
            };
            self.server.run(self.home_slot(home), script, true, &fill)
        };
        let mut homes = homes.into_iter();
        // The first makes sure that the server knows the script.
        let mut replies: Vec<Value> = homes.next().map(run).transpose()?.into_iter().collect();
        let homes: Vec<Home> = homes.collect();
        if self.server.is_cluster() || homes.is_empty() {
            for home in homes {
                replies.push(run(home)?);
            }
            return Ok(replies);
        }
        let mut packed = Vec::new();
        for home in &homes {
            let mut command = cmd("EVALSHA");
            command.arg(script.hash()).arg(0);
            fill(&self.layout.home(*home), &mut command);
            packed.extend(command.get_packed_command());
        }
        let request = Request { packed, count: homes.len(), is_read: true };
        for (home, reply) in homes.iter().zip(self.server.call(0, &request)?) {
            // Somebody may have made it forget all scripts.
            let is_forgotten = is_error(&reply, ServerErrorKind::NoScript);
            replies.push(if is_forgotten { run(*home)? } else { checked(reply)? });
        }
        Ok(replies)
    }

    /// Counts the live entries of named groups in `range`.
    fn count_named(&self, range: GroupRange<'_>) -> Result<u64> {
        let fill = |home: &[u8], command: &mut Cmd| match range {
            GroupRange::One(group) => {
                command.arg(home).arg(group.as_bytes());
            }
            GroupRange::Prefix(prefix) => {
                command
                    .arg(home)
                    .arg(prefix)
                    .arg(crate::model::prefix_end(prefix).unwrap_or_default());
            }
        };
        let replies = self.run_homes(homes_of(range), &script::COUNT, &fill)?;
        replies.iter().map(|reply| Ok(integer(reply)? as u64)).sum()
    }
}

impl Engine for RedisEngine {
    fn now(&self) -> Result<Timestamp> {
        self.core.now()
    }

    fn default_expiry(&self) -> SetExpiry {
        SetExpiry::Never
    }

    fn get(
        &self,
        group: Group<'_>,
        key: Key<'_>,
        found: &mut dyn FnMut(EntryRef<'_>),
    ) -> Result<bool> {
        let core = &self.core;
        let hit = core
            .get(group, key, found)
            .map_err(|error| name_step(error, &[Op::Get { group, key }]))?;
        let counter = if hit { &core.hits } else { &core.misses };
        counter.fetch_add(1, Ordering::Relaxed);
        Ok(hit)
    }

    fn scan(&self, query: Query<'_>) -> Result<Box<dyn Cursor>> {
        walk::begin(&self.core, query, None)
    }

    fn count(&self, range: GroupRange<'_>) -> Result<u64> {
        let plain = match range {
            GroupRange::One(group) if group.as_bytes().is_empty() => {
                return self.core.count_plain();
            }
            GroupRange::Prefix(b"") => self.core.count_plain()?,
            _ => 0,
        };
        Ok(plain + self.core.count_named(range)?)
    }

    fn commit(&self, ops: &[Op<'_>], replies: &mut [Reply]) -> Result<Commit> {
        if ops.iter().any(Op::is_write) {
            self.core.check_poison()?;
        }
        let committed = match self.core.delete_plain_live(ops, replies)? {
            Some(commit) => Ok(commit),
            None => self.core.commit(ops, replies),
        };
        committed.map_err(|error| name_step(error, ops))
    }

    fn expire(&self, range: GroupRange<'_>, limit: usize) -> Result<u64> {
        self.core.check_poison()?;
        self.core.purge(range, limit)
    }

    fn watch(&self, begin: &mut dyn FnMut(), existing: Option<Query<'_>>) -> Result<Beginning> {
        let core = &self.core;
        let entries = match existing {
            // What is read in one step is of the very moment.
            Some(query @ Query::Entries(_)) if !core.live_walks => {
                let walk = |origin: &str| walk::begin(core, query, Some(origin));
                Some(core.feed.mark(walk, begin)?)
            }
            existing => {
                core.feed.mark(|origin| core.send_mark(origin), begin)?;
                existing.map(|query| walk::begin(core, query, None)).transpose()?
            }
        };
        Ok(Beginning { newest: 0, entries })
    }

    fn changes(&self, _: Version, _: Option<Version>) -> Result<Box<dyn ChangeCursor>> {
        Err(no_log())
    }

    fn oldest_change(&self) -> Result<Version> {
        Err(no_log())
    }
}

fn no_log() -> Error {
    Error::new(ErrorKind::Unsupported, "a store in redis keeps no log of changes")
}

/// Returns the homes in which groups of `range` may be.
fn homes_of(range: GroupRange<'_>) -> std::ops::RangeInclusive<Home> {
    let one = match range {
        GroupRange::One(group) => Some(home_of(group)),
        // A prefix that names a namespace.
        GroupRange::Prefix(prefix) => {
            Group::new(prefix).ok().and_then(Namespace::name_in).map(home_of_unit)
        }
    };
    match one {
        Some(home) => home..=home,
        None => 0..=(HOMES - 1) as Home,
    }
}

/// Returns what a message calls the place of a step.
fn label<'a>(op: &Op<'a>) -> &'a [u8] {
    match op.group().as_bytes() {
        [] => op.key().map_or(&b""[..], Key::as_bytes),
        group => group,
    }
}

fn flag(on: bool) -> &'static str {
    if on { "1" } else { "0" }
}

fn first(replies: Vec<Value>) -> Result<Value> {
    replies.into_iter().next().ok_or_else(|| unexpected("there"))
}

fn pair(replies: Vec<Value>) -> Result<(Value, Value)> {
    <[Value; 2]>::try_from(replies).map(Into::into).map_err(|_| unexpected("a pair"))
}

/// Returns the time in a reply to TIME.
fn parse_time(reply: &Value) -> Result<Timestamp> {
    let number = |value: &Value| -> Option<i64> {
        std::str::from_utf8(as_bytes(value).ok()?).ok()?.parse().ok()
    };
    let Value::Array(parts) = reply else { return Err(unexpected("a time")) };
    let (Some(seconds), Some(micros)) =
        (parts.first().and_then(number), parts.get(1).and_then(number))
    else {
        return Err(unexpected("a time"));
    };
    Ok(Timestamp::from_micros(seconds * 1_000_000 + micros))
}

/// Returns when a plain key dies. It lives for its last millisecond too, so for us it dies in the
/// next.
fn plain_expiry(reply: &Value) -> Result<Option<Expiry>> {
    let at = integer(reply)?;
    Ok((at >= 0).then(|| Expiry::at_millis(at.saturating_add(1))))
}
