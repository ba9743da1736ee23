//! The limits of a file as a whole: a quota state under the empty name, and whether it evicts.

use rusqlite::params;

use crate::engine::apply::WHOLE_STORE;
use crate::engine::sqlite::eviction::lru;
use crate::engine::sqlite::eviction::quotas;
use crate::engine::sqlite::file::connection::Connection;
use crate::engine::sqlite::file::schema::{find_meta, write_meta};
use crate::engine::sqlite::file::session::Session;
use crate::engine::sqlite::file::tables;
use crate::error::Result;
use crate::model::{Eviction, LimitOptions, Limits};

/// The name in `kv_meta` of the flag that the file evicts.
const EVICTS: &str = "evict";

/// Returns the limits of the file.
pub(crate) fn find(session: &mut Session) -> Result<Limits> {
    let Some(account) = quotas::find(session, WHOLE_STORE)? else {
        return Ok(Limits::default());
    };
    let eviction = match evicts(session.connection())? {
        true => Eviction::LeastRecentlyUsed,
        false => Eviction::None,
    };
    let (max_entries, max_bytes) = (account.quota.max_keys, account.quota.max_bytes);
    Ok(Limits { max_entries, max_bytes, max_memory: 0, eviction })
}

/// Returns whether the file evicts.
pub(crate) fn evicts(connection: &Connection) -> Result<bool> {
    Ok(find_meta(connection, EVICTS)?.is_some_and(|it| it != 0))
}

/// Changes the limits of the file that `options` set, and counts its usage if they have changed.
/// The session is in a transaction.
pub(crate) fn configure(session: &mut Session, options: LimitOptions) -> Result<()> {
    let before = find(session)?;
    let after = options.over(before)?;
    if after == before {
        return Ok(());
    }
    let connection = session.connection();
    if before.evicts() && !after.evicts() {
        lru::remove(connection)?;
    }
    if after.is_unlimited() {
        connection.execute(tables::DROP_QUOTA, params![WHOLE_STORE])?;
        return Ok(());
    }
    if after.evicts() && !before.evicts() {
        lru::create(connection)?;
    }
    write_meta(connection, EVICTS, i64::from(after.evicts()))?;
    count(session, after)
}

/// Counts the usage of the file and of its namespaces again, and adds the entries that other
/// programs have written to the LRU order. The session is in a transaction.
pub(crate) fn recount(session: &mut Session) -> Result<()> {
    quotas::recount(session)?;
    let limits = find(session)?;
    if limits.evicts() {
        lru::adopt(session.connection())?;
    }
    if limits.is_unlimited() { Ok(()) } else { count(session, limits) }
}

fn count(session: &Session, limits: Limits) -> Result<()> {
    let usage = quotas::measure_store(session)?;
    quotas::write(session.connection(), WHOLE_STORE, limits.quota(), usage)
}
