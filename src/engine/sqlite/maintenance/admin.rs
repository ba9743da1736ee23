//! The calls of an operator on a file: statistics, quotas, compaction, checks.

use std::fs;
use std::time::{Duration, Instant};

use rusqlite::params;

use crate::call::CallContext;
use crate::engine::poison::BUG;
use crate::engine::sqlite::SqliteEngine;
use crate::engine::sqlite::eviction::limits;
use crate::engine::sqlite::eviction::quotas;
use crate::engine::sqlite::file::attached;
use crate::engine::sqlite::file::connect::checkpoints_need_the_writer;
use crate::engine::sqlite::file::connection::Connection;
use crate::engine::sqlite::file::format::Format;
use crate::engine::sqlite::file::free_space;
use crate::engine::sqlite::file::schema;
use crate::engine::sqlite::file::tables;
use crate::engine::sqlite::native::set_busy_timeout;
use crate::engine::{BackupSource, Maintenance, Quotas};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{GroupRange, Namespace, Quota, QuotaState, Stats, StoreUsage};
use crate::observe::{CallCounters, Metrics};
use crate::os;

/// How long one attempt to truncate the WAL waits for readers, and the number of attempts.
const TRUNCATE_WAIT: Duration = Duration::from_millis(5);
const TRUNCATE_ATTEMPTS: u32 = 20;

/// The rules of values in pieces: a statement that counts what breaks it, and its words.
const STREAM_RULES: [(&str, &str); 2] = [
    (tables::BROKEN_STREAMS, "values in pieces that are not complete"),
    (
        tables::UNOWNED_STREAMS,
        "pieces or streams without an owner; compact the store to remove them",
    ),
];

impl SqliteEngine {
    /// Returns the sizes of the file and of its WAL.
    #[inline(never)]
    fn sizes(&self) -> Result<(u64, u64)> {
        let wal = os::side_path(&self.options.path, os::WAL);
        let file_bytes = fs::metadata(&self.options.path)?.len();
        Ok((file_bytes, fs::metadata(wal).map_or(0, |wal| wal.len())))
    }
}

impl Maintenance for SqliteEngine {
    fn stats(&self, call: &CallContext) -> Result<Stats> {
        let (format, limits) = self
            .readers
            .read(call, |session| Ok((session.format().number(), limits::find(session)?)))?;
        let (file_bytes, wal_bytes) = self.sizes()?;
        Ok(Stats {
            file_bytes,
            wal_bytes,
            readers: self.readers.open_count(),
            sqlite_version: rusqlite::version(),
            read_only: self.options.read_only,
            write_errno: self.options.write_denial,
            oldest_snapshot_ms: self.readers.oldest_snapshot_ms(),
            format: format as u32,
            max_bytes: limits.max_bytes,
            max_entries: limits.max_entries,
            ..self.counters.stats()
        })
    }

    fn metrics(&self, call: &CallContext) -> Result<Metrics> {
        let free_bytes =
            self.readers.read(call, |session| free_space::free_bytes(session.connection()))?;
        let (file_bytes, wal_bytes) = self.sizes()?;
        Ok(Metrics {
            oldest_snapshot_ms: self.readers.oldest_snapshot_ms(),
            readers: self.readers.open_count(),
            file_bytes,
            wal_bytes,
            free_bytes,
            cache_bytes: self.keys.cache.as_ref().map_or(0, |cache| cache.memory()),
            page_bytes: self.readers.page_bytes(),
            max_memory: self.options.max_memory.0,
            read_only: u64::from(self.options.read_only),
            poisoned: u64::from(self.writer.poison().is_set()),
            ..self.counters.metrics()
        })
    }

    fn calls(&self) -> &CallCounters {
        &self.counters.calls
    }

    fn name(&self) -> &str {
        self.counters.store()
    }

    fn usage(&self, call: &CallContext, range: GroupRange<'_>) -> Result<StoreUsage> {
        let (from, end) = range.bounds();
        let now = self.clock.now().as_millis();
        self.readers.read(call, |session| {
            let connection = session.connection();
            let measured = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?));
            let (entries, bytes): (i64, f64) =
                connection.query_row(session.sql().measure, params![now, from, end], measured)?;
            let parameters = params![now, from, end];
            let expired: i64 =
                connection.query_row(tables::COUNT_EXPIRED, parameters, |row| row.get(0))?;
            let (entries, bytes, expired_entries) = (entries as u64, bytes as u64, expired as u64);
            Ok(StoreUsage { entries, bytes, expired_entries })
        })
    }

    fn compact(&self, call: &CallContext) -> Result<()> {
        self.check_writable()?;
        self.writer.poison().check()?;
        self.readers.release_all();
        self.writer.alone(call, |writer| {
            writer.recount(&*self.clock)?;
            writer.bind(call)?;
            writer.connection().execute_batch(writer.sql().delete_orphaned_values)?;
            writer.connection().execute_batch(writer.sql().delete_unowned_pieces)?;
            free_space::compact(writer.connection())?;
            writer.unbind();
            // The file shrinks when the WAL is moved into it.
            match checkpoints_need_the_writer() {
                true => self.requests.request(|work| work.checkpoint = true),
                false => self.truncate_wal(writer.connection())?,
            }
            Ok(())
        })
    }

    fn check(&self, call: &CallContext) -> Result<()> {
        self.readers.read(call, |session| {
            let connection = session.connection();
            connection.verify("PRAGMA integrity_check(1)")?;
            attached::check(connection, session.format())?;
            let changes = schema::has_change_log(connection)?.then_some((
                tables::LAST_CHANGES,
                "changes without a possible later one; run DELETE FROM kv_changes with the sqlite3 \
                 shell, and switch the change log off and on again",
            ));
            let of_streams = STREAM_RULES.iter().copied();
            let of_streams = of_streams.filter(|_| session.format() != Format::One);
            let rules = [
                (session.sql().dangling_values, "entries whose values are missing from kv_values"),
                (session.sql().shared_values, "entries that share a value with another"),
                (
                    tables::LAST_VERSIONS,
                    "entries whose version has no later one, so that they cannot be written; run \
                     UPDATE kv_entries SET version = 1 WHERE version = 9223372036854775807 OR \
                     version < 0 with the sqlite3 shell",
                ),
                (
                    tables::LAST_CLOCKS,
                    "newest version without a later one, so that nothing can be written; run \
                     UPDATE kv_meta SET value = (SELECT max(version) FROM kv_entries) WHERE name \
                     = 'clock' with the sqlite3 shell",
                ),
            ];
            for (sql, damage) in rules.into_iter().chain(changes).chain(of_streams) {
                let count: i64 = connection.query_row(sql, [], |row| row.get(0))?;
                if count != 0 {
                    return Err(Error::new(ErrorKind::Corrupt, format!("{count} {damage}")));
                }
            }
            quotas::check(session)
        })
    }

    fn flush(&self, call: &CallContext) -> Result<()> {
        if self.options.read_only {
            return Ok(());
        }
        let began = Instant::now();
        let synced = self.writer.sync(call);
        self.counters.syncs.note(began.elapsed());
        synced
    }

    fn poison(&self) {
        self.writer.poison().set(BUG);
    }

    fn quotas(&self) -> Option<&dyn Quotas> {
        Some(self)
    }

    fn backup_source(&self) -> Option<&dyn BackupSource> {
        Some(self)
    }
}

impl Quotas for SqliteEngine {
    fn set_quota(&self, call: &CallContext, namespace: &Namespace, quota: Quota) -> Result<()> {
        self.check_writable()?;
        self.writer.alone(call, |writer| writer.set_quota(&*self.clock, namespace, quota))
    }

    fn account(&self, call: &CallContext, namespace: &Namespace) -> Result<QuotaState> {
        let account = self.readers.read(call, |session| quotas::find(session, namespace.name()))?;
        Ok(account.unwrap_or_default())
    }
}

impl SqliteEngine {
    /// Checkpoints the WAL and truncates it, if readers release it soon; otherwise the next
    /// checkpoint moves it. The writers of all processes wait meanwhile, so the attempts are short.
    fn truncate_wal(&self, connection: &Connection) -> Result<()> {
        let set_timeout = |timeout| {
            set_busy_timeout(connection.raw(), timeout).map_err(|error| connection.explain(error))
        };
        set_timeout(TRUNCATE_WAIT)?;
        let truncate = || -> Result<bool> {
            self.readers.release_all();
            let sql = "PRAGMA wal_checkpoint(TRUNCATE)";
            Ok(connection.query_row(sql, [], |row| row.get::<_, i64>(0))? == 0)
        };
        let mut truncated = Ok(false);
        for _ in 0..TRUNCATE_ATTEMPTS {
            truncated = truncate();
            if !matches!(truncated, Ok(false)) {
                break;
            }
        }
        set_timeout(self.options.busy_timeout)?;
        truncated.map(drop)
    }
}
