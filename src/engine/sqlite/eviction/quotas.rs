//! The accounts of namespaces with a quota, as far as they are known.

use std::collections::HashMap;

use rusqlite::{Connection, params};

use crate::engine::sqlite::file::session::Session;
use crate::engine::sqlite::file::statement::{self, Sql};
use crate::engine::sqlite::native::Parameter::{Blob, Integer};
use crate::error::Result;
use crate::model::{GroupRange, Namespace, Quota, QuotaState, Usage};

/// Namespaces that are remembered; with more, all are looked up anew.
const KNOWN_MAX: usize = 16_384;

/// What was read of `kv_quotas` since another process has last written, also that there is nothing.
#[derive(Debug, Default)]
pub struct QuotaCache {
    known: HashMap<Box<[u8]>, Option<QuotaState>>,
}

impl QuotaCache {
    /// Forgets everything: another process may have changed it, or it was rolled back.
    pub fn clear(&mut self) {
        self.known.clear();
    }

    /// Returns the account of a namespace, or `None` if it has no quota.
    pub fn get(&mut self, session: &mut Session, name: &[u8]) -> Result<Option<QuotaState>> {
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

    /// Writes down what a namespace with a quota holds.
    pub fn set_usage(&mut self, session: &mut Session, name: &[u8], usage: Usage) -> Result<()> {
        let numbers = [usage.keys, usage.groups, usage.bytes].map(|it| Integer(to_sql(it)));
        let [keys, groups, bytes] = numbers;
        session.execute(Sql::SetUsage, &[Blob(name), keys, groups, bytes])?;
        if let Some(Some(account)) = self.known.get_mut(name) {
            account.usage = usage;
        }
        Ok(())
    }
}

/// Reads the account of a namespace.
pub fn find(session: &mut Session, name: &[u8]) -> Result<Option<QuotaState>> {
    session.query_first(Sql::QuotaState, &[Blob(name)], |_, row| {
        let number = |column| row.expect_integer(column).map(|it| it as u64);
        let quota = Quota { max_keys: number(0)?, max_groups: number(1)?, max_bytes: number(2)? };
        let usage = Usage { keys: number(3)?, groups: number(4)?, bytes: number(5)? };
        Ok(QuotaState { quota, usage })
    })
}

/// Counts what a namespace holds and opens its account, or closes it if nothing is limited. The
/// connection is in a transaction.
pub fn set_quota(connection: &Connection, namespace: &Namespace, quota: Quota) -> Result<()> {
    let name = namespace.name();
    if quota.is_unlimited() {
        connection.execute(statement::DROP_QUOTA, params![name])?;
        return Ok(());
    }
    let range = GroupRange::Prefix(namespace.prefix());
    let (from, end) = range.bounds();
    let (keys, groups, bytes): (i64, i64, f64) =
        connection.query_row(statement::MEASURE_NAMESPACE, params![from, end], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })?;
    open(connection, name, quota, (keys, groups, bytes as i64))
}

/// Opens an account for what was counted: keys, groups and bytes. The connection is in a
/// transaction.
pub fn open(
    connection: &Connection,
    name: &[u8],
    quota: Quota,
    (keys, groups, bytes): (i64, i64, i64),
) -> Result<()> {
    let limits = [quota.max_keys, quota.max_groups, quota.max_bytes].map(to_sql);
    let [max_keys, max_groups, max_bytes] = limits;
    let row = params![name, max_keys, max_groups, max_bytes, keys, groups, bytes];
    connection.execute(statement::SET_QUOTA, row)?;
    Ok(())
}

fn to_sql(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
