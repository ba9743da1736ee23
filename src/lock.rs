//! Locks: one owner at a time, for the length of a lease.
//!
//! A lock is an entry of the group [`LOCK_GROUP`] whose ttl is the lease, so that every thread and
//! process with the same store shares it, and a dead owner loses it. The entry of the empty key
//! counts the grants; `docs/storage.md` describes the bytes of both. The version of the entry is
//! the proof of its owner: a nonce makes it differ from those of all other grants on engines whose
//! version is that of the value.

use std::hash::{BuildHasher, RandomState};
use std::time::{Duration, Instant};

use crate::error::{Error, ErrorKind, Result};
use crate::model::{
    Commit, Condition, Entry, ExpiryRule, Group, Key, Op, Quoted, Reply, SetExpiry, Version,
};
use crate::store::{Delete, Put, Store};
use crate::watch::{Selection, Selector, Watch};

/// The group that holds the locks. No namespace can have this name: it has a dot.
pub const LOCK_GROUP: &[u8] = b"kv.lock";
/// The longest description of an owner, in bytes.
pub const LOCK_OWNER_LEN_MAX: usize = 1024;
/// The most attempts of an acquire that neither succeed nor find the lock held.
const ATTEMPTS: usize = 100;
/// The most events that are taken before a look at the lock.
const EVENTS_MAX: usize = 16;
/// The first byte of an entry.
const FORMAT: u8 = 1;

/// The operations on the locks of a store.
#[derive(Clone, Copy)]
pub struct Locks<'s> {
    store: &'s Store,
}

/// A lock that was acquired.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grant {
    /// The fencing token, which is higher than those of all earlier grants of the store.
    pub token: u64,
    /// The version of the lock's entry, by which its owner is recognised.
    pub version: Version,
}

/// The outcome of one attempt.
enum Attempt {
    Granted(Grant),
    /// Another owner holds the lock, for so long at most.
    Held(Duration),
    /// Another caller has changed the lock or its counter meanwhile.
    Overtaken,
}

impl<'s> Locks<'s> {
    /// Returns the operations on the locks in `store`.
    pub fn new(store: &'s Store) -> Self {
        Locks { store }
    }

    /// Acquires the lock `name` for `lease_ms` milliseconds, waiting for it for at most `wait`;
    /// `None` if another owner holds it all that time. `owner` describes the caller to others.
    ///
    /// A waiter sleeps until the lock is released or its lease ends. Waiters are granted the lock
    /// in no particular order.
    pub fn acquire(
        &self,
        name: &[u8],
        owner: &[u8],
        lease_ms: i64,
        wait: Duration,
    ) -> Result<Option<Grant>> {
        let acquire = || {
            let (key, lease) = (lock_key(name)?, lease(lease_ms)?);
            let value = encode(owner)?;
            if self.store.open_engine()?.evicts() {
                let message = "a store that evicts entries could evict a lock; open another store \
                               for locks, without evict";
                return Err(Error::new(ErrorKind::Unsupported, message));
            }
            let begun = Instant::now();
            let mut watch = None;
            let mut attempt = self.settle(key, &value, lease)?;
            loop {
                let held_for = match attempt {
                    Attempt::Granted(grant) => return Ok(Some(grant)),
                    Attempt::Held(time) => time,
                    Attempt::Overtaken => return Err(overtaken()),
                };
                let left = wait.saturating_sub(begun.elapsed());
                if left.is_zero() {
                    return Ok(None);
                }
                match &watch {
                    // The lock may have been released before the watch began: look again.
                    None => watch = Some(self.watch(key)?),
                    Some(watch) => wait_for_change(watch, left.min(held_for))?,
                }
                attempt = match self.holder(key)? {
                    Attempt::Overtaken => self.settle(key, &value, lease)?,
                    held => held,
                };
            }
        };
        acquire().map_err(|error| named("acquire", name, error))
    }

    /// Gives a lock another lease, of `lease_ms` milliseconds from now; returns false if it is no
    /// longer that of `grant`.
    pub fn renew(&self, name: &[u8], grant: Grant, lease_ms: i64) -> Result<bool> {
        let renew = || {
            let (group, key, expiry) = (group()?, lock_key(name)?, lease(lease_ms)?);
            let rule = ExpiryRule::default();
            let steps = [check(name, grant)?, Op::Expire { group, key, expiry, rule }];
            Ok(self.store.commit(&steps)?.0 == Commit::Applied)
        };
        renew().map_err(|error| named("renew", name, error))
    }

    /// Releases a lock; returns false if it is no longer that of `grant`.
    pub fn release(&self, name: &[u8], grant: Grant) -> Result<bool> {
        let release = || {
            let key = lock_key(name)?;
            let deleted = self.store.delete_version(group()?, key, check_grant(grant)?)?;
            Ok(deleted == Delete::Deleted)
        };
        release().map_err(|error| named("release", name, error))
    }

    /// Returns the entry of a lock, with the description of its owner as the value, or `None` if
    /// it is free.
    pub fn get(&self, name: &[u8]) -> Result<Option<Entry>> {
        let get = || {
            let Some(entry) = self.store.get(group()?, lock_key(name)?)? else { return Ok(None) };
            let owner = decode(&entry.value)?.into();
            Ok(Some(Entry { value: owner, ..entry }))
        };
        get().map_err(|error| named("get", name, error))
    }

    /// Tries until the lock is granted or held by another owner.
    fn settle(&self, key: Key<'_>, value: &[u8], lease: SetExpiry) -> Result<Attempt> {
        for _ in 0..ATTEMPTS {
            match self.attempt(key, value, lease)? {
                Attempt::Overtaken => {}
                settled => return Ok(settled),
            }
        }
        Ok(Attempt::Overtaken)
    }

    fn attempt(&self, key: Key<'_>, value: &[u8], expiry: SetExpiry) -> Result<Attempt> {
        let (group, counter) = (group()?, Key::new(b"")?);
        let steps = [
            Op::Check { group, key: counter, condition: Condition::Present },
            Op::Set { group, key, value, condition: Condition::Absent, expiry },
            Op::Increment { group, key: counter, delta: 1, created: SetExpiry::Never },
        ];
        let (commit, replies) = self.store.commit(&steps)?;
        match (commit, &replies[..]) {
            (Commit::Applied, [_, Reply::Written { version }, Reply::Integer { value, .. }]) => {
                Ok(Attempt::Granted(Grant { token: *value as u64, version: *version }))
            }
            (Commit::Refused { index: 0, .. }, _) => {
                self.begin_counter().map(|()| Attempt::Overtaken)
            }
            _ => self.holder(key),
        }
    }

    /// Creates the counter. Its first number is the time, so that tokens rise also after the group
    /// was deleted.
    fn begin_counter(&self) -> Result<()> {
        let now = self.store.open_engine()?.now(self.store.call())?.as_micros();
        let (group, key) = (group()?, Key::new(b"")?);
        let (absent, never) = (Condition::Absent, SetExpiry::Never);
        // Another caller may have created it.
        let (Put::Written(_) | Put::Conflict(_)) =
            self.store.put(group, key, now.to_string().as_bytes(), absent, never)?;
        Ok(())
    }

    /// Returns for how long the lock is held.
    fn holder(&self, key: Key<'_>) -> Result<Attempt> {
        let Some(entry) = self.store.info(group()?, key)? else { return Ok(Attempt::Overtaken) };
        let now = self.store.open_engine()?.now(self.store.call())?;
        let left = entry.expires_at.map(|at| at.as_millis().saturating_sub(now.as_millis()));
        // At least a millisecond: the clock may be at the end of the lease just now.
        let left = left.map_or(u64::MAX, |left| left.max(1) as u64);
        Ok(Attempt::Held(Duration::from_millis(left)))
    }

    fn watch(&self, key: Key<'_>) -> Result<Watch> {
        let exact = |name: &[u8]| Selector::Exact(name.into());
        let selection = Selection { group: exact(LOCK_GROUP), key: exact(key.as_bytes()) };
        self.store.watch_for_wait(selection)
    }
}

/// Returns the step of a batch that requires a lock to be that of `grant`.
pub fn check(name: &[u8], grant: Grant) -> Result<Op<'_>> {
    let condition = Condition::Version(check_grant(grant)?);
    Ok(Op::Check { group: group()?, key: lock_key(name)?, condition })
}

/// Waits until the watch has an event or `time` has passed, and takes all events.
fn wait_for_change(watch: &Watch, time: Duration) -> Result<()> {
    let closed = |error: Error| match error.kind() {
        ErrorKind::Closed => Error::new(ErrorKind::Closed, "the store was closed meanwhile"),
        _ => error,
    };
    watch.poll(Some(time)).map_err(closed)?;
    // One look at the lock is enough for all events that are queued.
    for _ in 0..EVENTS_MAX {
        if watch.take_if(|_| true).map_err(closed)?.is_none() {
            break;
        }
    }
    Ok(())
}

fn group() -> Result<Group<'static>> {
    Group::new(LOCK_GROUP)
}

fn lock_key(name: &[u8]) -> Result<Key<'_>> {
    if name.is_empty() {
        return Err(Error::new(ErrorKind::Argument, "the name of a lock is not empty"));
    }
    Key::new(name)
}

fn lease(lease_ms: i64) -> Result<SetExpiry> {
    if lease_ms < 1 {
        let message = format!("a lease of {lease_ms} ms; it is at least 1 ms");
        return Err(Error::new(ErrorKind::Argument, message));
    }
    SetExpiry::from_ttl(lease_ms)
}

fn check_grant(grant: Grant) -> Result<Version> {
    if grant.version == 0 {
        return Err(Error::new(ErrorKind::Argument, "the lock was not acquired: it is all zero"));
    }
    Ok(grant.version)
}

/// Returns the value of a lock's entry: the format, 8 random bytes and the owner.
fn encode(owner: &[u8]) -> Result<Vec<u8>> {
    if owner.len() > LOCK_OWNER_LEN_MAX {
        let message = format!(
            "an owner of {} bytes is over the limit of {LOCK_OWNER_LEN_MAX} bytes",
            owner.len()
        );
        return Err(Error::new(ErrorKind::TooLarge, message));
    }
    // The standard library has no other random numbers than the keys of its hasher, which are
    // from the system.
    let nonce = RandomState::new().hash_one(()).to_le_bytes();
    Ok([&[FORMAT], &nonce[..], owner].concat())
}

fn decode(value: &[u8]) -> Result<&[u8]> {
    match value {
        [FORMAT, rest @ ..] if rest.len() >= 8 => Ok(rest.get(8..).unwrap_or_default()),
        _ => {
            let message = "the bytes there are not a lock of this version";
            Err(Error::new(ErrorKind::Corrupt, message))
        }
    }
}

fn overtaken() -> Error {
    let message = format!("the lock came and went {ATTEMPTS} times");
    Error::new(ErrorKind::Busy, message)
}

fn named(verb: &str, name: &[u8], error: Error) -> Error {
    error.context(format_args!("{verb} lock {}", Quoted(name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_owner_round_trips_and_other_bytes_are_no_lock() {
        for owner in [&b""[..], b"worker 7", &[0xFF; LOCK_OWNER_LEN_MAX]] {
            assert_eq!(decode(&encode(owner).expect("short")), Ok(owner));
        }
        assert!(encode(&[0; LOCK_OWNER_LEN_MAX + 1]).is_err());
        for bad in [&b""[..], b"\x01", b"\x01234567", b"\x0212345678"] {
            assert!(decode(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn two_grants_of_one_owner_differ() {
        assert_ne!(encode(b"a"), encode(b"a"));
    }
}
