//! The quota states of namespaces, and a cache of them.

use std::collections::HashMap;

use rusqlite::params;

use crate::engine::apply::{WHOLE_STORE, usage_drift};
use crate::engine::sqlite::file::connection::Connection;
use crate::engine::sqlite::file::session::Session;
use crate::engine::sqlite::file::statement::Sql;
use crate::engine::sqlite::file::tables;
use crate::engine::sqlite::native::Parameter::{Blob, Integer};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{GroupRange, Namespace, Quota, QuotaState, Usage};

/// Namespaces in the cache; a further one empties it.
const KNOWN_MAX: usize = 16_384;

/// A cache of `kv_quotas`, which also holds that a namespace has no quota. It is cleared when
/// another process has committed.
#[derive(Debug, Default)]
pub(crate) struct QuotaCache {
    known: HashMap<Box<[u8]>, Option<QuotaState>>,
}

impl QuotaCache {
    /// Empties the cache, after a commit of another process or a rollback.
    pub(crate) fn clear(&mut self) {
        self.known.clear();
    }

    /// Returns the quota state of a namespace, or `None` if it has no quota.
    pub(crate) fn get(&mut self, session: &mut Session, name: &[u8]) -> Result<Option<QuotaState>> {
        if let Some(known) = self.known.get(name) {
            return Ok(*known);
        }
        let account = find(session, name)?;
        if self.known.len() >= KNOWN_MAX {
            self.known.clear();
        }
        self.known.insert(name.into(), account);
        Ok(account)
    }

    /// Writes the usage of a namespace with a quota.
    pub(crate) fn set_usage(
        &mut self,
        session: &mut Session,
        name: &[u8],
        usage: Usage,
    ) -> Result<()> {
        let numbers = [usage.keys, usage.groups, usage.bytes].map(|it| Integer(to_sql(it)));
        let [keys, groups, bytes] = numbers;
        session.execute(Sql::SetUsage, &[Blob(name), keys, groups, bytes])?;
        if let Some(Some(account)) = self.known.get_mut(name) {
            account.usage = usage;
        }
        Ok(())
    }
}

/// Reads the quota state of a namespace from the file.
pub(crate) fn find(session: &mut Session, name: &[u8]) -> Result<Option<QuotaState>> {
    session.query_first(Sql::QuotaState, &[Blob(name)], |_, row| {
        let number = |column| row.expect_integer(column).map(|it| it as u64);
        let quota = Quota { max_keys: number(0)?, max_groups: number(1)?, max_bytes: number(2)? };
        let usage = Usage { keys: number(3)?, groups: number(4)?, bytes: number(5)? };
        Ok(QuotaState { quota, usage, max_memory: 0 })
    })
}

/// Counts the usage of a namespace and writes its quota state, or removes that if `quota` has no
/// limit. The session is in a transaction.
pub(crate) fn set_quota(session: &Session, namespace: &Namespace, quota: Quota) -> Result<()> {
    let (connection, name) = (session.connection(), namespace.name());
    if quota.is_unlimited() {
        connection.execute(tables::DROP_QUOTA, params![name])?;
        return Ok(());
    }
    write(connection, name, quota, measure(session, namespace)?)
}

/// Counts the usage of every namespace with a quota again. The session is in a transaction.
pub(crate) fn recount(session: &Session) -> Result<()> {
    for StoredAccount { name, quota, .. } in stored(session.connection())? {
        if *name != *WHOLE_STORE {
            set_quota(session, &namespace_of(&name)?, quota)?;
        }
    }
    Ok(())
}

/// Compares the stored usage of the store and of every namespace with a count of the entries. Fails
/// with [`ErrorKind::Corrupt`] and both numbers if they differ.
pub(crate) fn check(session: &Session) -> Result<()> {
    for StoredAccount { name, usage, .. } in stored(session.connection())? {
        let counted = match &*name {
            WHOLE_STORE => measure_store(session)?,
            name => measure(session, &namespace_of(name)?)?,
        };
        if usage != counted {
            return Err(usage_drift(&name, usage, counted));
        }
    }
    Ok(())
}

/// A row of `kv_quotas`.
struct StoredAccount {
    name: Box<[u8]>,
    quota: Quota,
    usage: Usage,
}

fn stored(connection: &Connection) -> Result<Vec<StoredAccount>> {
    connection.rows(tables::ACCOUNTS, |row| {
        let number = |column| row.get::<_, i64>(column).map(|it| it as u64);
        Ok(StoredAccount {
            name: row.get::<_, Vec<u8>>(0)?.into(),
            quota: Quota { max_keys: number(1)?, max_groups: number(2)?, max_bytes: number(3)? },
            usage: Usage { keys: number(4)?, groups: number(5)?, bytes: number(6)? },
        })
    })
}

fn namespace_of(name: &[u8]) -> Result<Namespace> {
    Namespace::new(name)
        .map_err(|error| Error::new(ErrorKind::Corrupt, format!("kv_quotas: {}", error.message())))
}

/// Counts the entries of a namespace, expired ones included.
fn measure(session: &Session, namespace: &Namespace) -> Result<Usage> {
    let range = GroupRange::Prefix(namespace.prefix());
    let (from, end) = range.bounds();
    let sql = session.sql().measure_namespace;
    session.connection().query_row(sql, params![from, end], |row| {
        let (keys, groups, bytes): (i64, i64, f64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        Ok(Usage { keys: keys as u64, groups: groups as u64, bytes: bytes as u64 })
    })
}

/// Counts the entries of the whole file, expired ones included. Its groups do not count.
pub(crate) fn measure_store(session: &Session) -> Result<Usage> {
    session.connection().query_row(session.sql().measure_store, [], |row| {
        let (keys, bytes): (i64, f64) = (row.get(0)?, row.get(1)?);
        Ok(Usage { keys: keys as u64, groups: 0, bytes: bytes as u64 })
    })
}

/// Writes a quota state with the usage that was counted. The connection is in a transaction.
pub(crate) fn write(
    connection: &Connection,
    name: &[u8],
    quota: Quota,
    usage: Usage,
) -> Result<()> {
    let limits = [quota.max_keys, quota.max_groups, quota.max_bytes].map(to_sql);
    let [max_keys, max_groups, max_bytes] = limits;
    let [keys, groups, bytes] = [usage.keys, usage.groups, usage.bytes].map(to_sql);
    let row = params![name, max_keys, max_groups, max_bytes, keys, groups, bytes];
    connection.execute(tables::SET_QUOTA, row)?;
    Ok(())
}

fn to_sql(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
