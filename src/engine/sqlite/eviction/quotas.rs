//! The quota states of namespaces, and a cache of them.

use std::collections::HashMap;

use rusqlite::params;

use crate::engine::sqlite::file::connection::Connection;
use crate::engine::sqlite::file::session::Session;
use crate::engine::sqlite::file::statement::Sql;
use crate::engine::sqlite::file::tables;
use crate::engine::sqlite::native::Parameter::{Blob, Integer};
use crate::error::Result;
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
        Ok(QuotaState { quota, usage })
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
    let range = GroupRange::Prefix(namespace.prefix());
    let (from, end) = range.bounds();
    let (keys, groups, bytes): (i64, i64, f64) =
        connection.query_row(session.sql().measure_namespace, params![from, end], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })?;
    write(connection, name, quota, (keys, groups, bytes as i64))
}

/// Writes a quota state with the usage that was counted: keys, groups and bytes. The connection is
/// in a transaction.
pub(crate) fn write(
    connection: &Connection,
    name: &[u8],
    quota: Quota,
    (keys, groups, bytes): (i64, i64, i64),
) -> Result<()> {
    let limits = [quota.max_keys, quota.max_groups, quota.max_bytes].map(to_sql);
    let [max_keys, max_groups, max_bytes] = limits;
    let row = params![name, max_keys, max_groups, max_bytes, keys, groups, bytes];
    connection.execute(tables::SET_QUOTA, row)?;
    Ok(())
}

fn to_sql(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
