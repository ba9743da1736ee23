//! Drafts: what a transaction is about to change, worked out while others read the rows.

use crate::call::CallContext;
use crate::clock::Timestamp;
use crate::engine::apply::{self, KeyedRow, RowMeta, Table};
use crate::engine::rows::edits::Edits;
use crate::engine::rows::entries::prefix_bounds;
use crate::engine::rows::indexed::Rows;
use crate::engine::rows::journal::Journal;
use crate::engine::rows::lru::LruOrder;
use crate::engine::rows::name::Name;
use crate::engine::rows::overlay::{Edit, Overlay, RowEdit, merged};
use crate::engine::rows::row::{Row, RowBuffer};
use crate::engine::rows::streams::RowStreams;
use crate::error::Result;
use crate::model::{
    ChangeKind, Expiry, Group, GroupRange, Key, KeyBound, KeyRange, NewValue, QuotaState,
    RangeDigest, RangeHasher, Scan, Usage, Value, Version, copy_value,
};

/// A transaction on [`Rows`], which it reads and does not change. Batches read what the batches
/// before them have written to the same draft.
pub(crate) struct Draft<'r> {
    rows: &'r Rows,
    call: &'r CallContext,
    buffer: &'r mut RowBuffer,
    streams: &'r RowStreams,
    journal: Option<&'r mut dyn Journal>,
    /// The change of the removal that follows.
    change: Option<(ChangeKind, Version)>,
    overlay: Overlay,
    usage: Vec<(Box<[u8]>, Usage)>,
    /// The access number at which the transaction began; later accesses are its own.
    began_at: u64,
    /// The position in the LRU order below which all rows have edits.
    lru_from: u64,
}

impl<'r> Draft<'r> {
    /// Begins a transaction of `call` on `rows`.
    pub(crate) fn new(
        rows: &'r Rows,
        call: &'r CallContext,
        buffer: &'r mut RowBuffer,
        streams: &'r RowStreams,
    ) -> Self {
        let began_at = rows.lru.as_ref().map_or(0, LruOrder::next);
        let (overlay, usage) = (Overlay::default(), Vec::new());
        let (journal, change) = (None, None);
        Draft {
            rows,
            call,
            buffer,
            streams,
            journal,
            change,
            overlay,
            usage,
            began_at,
            lru_from: 0,
        }
    }

    /// Returns the transaction with a journal.
    pub(crate) fn with_journal(self, journal: &'r mut dyn Journal) -> Self {
        Draft { journal: Some(journal), ..self }
    }

    /// Returns the changes, for [`Rows::apply`].
    pub(crate) fn into_edits(self) -> Edits {
        Edits { overlay: self.overlay, usage: self.usage }
    }

    fn row(&mut self, group: Group<'_>, key: Key<'_>) -> Option<&Row> {
        match self.overlay.get(group.as_bytes(), key.as_bytes()) {
            Some(edited) => edited,
            None => self.rows.find(group, key),
        }
    }

    /// Returns the rows of a group between two bounds, in key order.
    fn between<'d>(
        &'d mut self,
        group: Group<'_>,
        bounds: (KeyBound<'d>, KeyBound<'d>),
    ) -> impl Iterator<Item = &'d Row> + use<'d, 'r> {
        let edits = self.overlay.group(group.as_bytes());
        let is_cleared = edits.is_some_and(|it| it.is_cleared);
        let edits = edits.map(|it| it.between(&bounds)).into_iter().flatten();
        let rows = (!is_cleared).then(|| self.rows.entries.between(group, bounds));
        merged(rows.into_iter().flatten(), edits)
    }

    /// Returns the rows of a group whose keys begin with `prefix`, in key order.
    fn prefix<'d>(
        &'d mut self,
        group: Group<'_>,
        prefix: &[u8],
    ) -> impl Iterator<Item = &'d Row> + use<'d, 'r> {
        self.between(group, prefix_bounds(prefix))
    }
}

impl Table for Draft<'_> {
    type Location = ();

    fn overwrites(&self) -> bool {
        true
    }

    fn is_limited(&self) -> bool {
        self.rows.is_limited
    }

    fn evicts(&self) -> bool {
        self.rows.lru.is_some()
    }

    fn touch(&mut self, group: Group<'_>, key: Key<'_>) -> Result<()> {
        self.rows.read(group, key, |_| true);
        Ok(())
    }

    fn least_recently_used(&mut self) -> Result<Option<KeyedRow<()>>> {
        while let Some((position, group, row)) =
            self.rows.least_recently_used(self.lru_from, self.began_at)
        {
            if self.overlay.get(group, row.key()).is_none() {
                return Ok(Some(keyed_row(group, row)));
            }
            // The rows before it are edited as well.
            self.lru_from = position + 1;
        }
        Ok(None)
    }

    fn is_logged(&self) -> bool {
        self.journal.as_ref().is_some_and(|it| it.notes_changes())
    }

    fn log(
        &mut self,
        kind: ChangeKind,
        _: Group<'_>,
        _: Option<Key<'_>>,
        _: NewValue<'_>,
        version: Version,
    ) -> Result<()> {
        // A set has its version in the row.
        self.change = (kind != ChangeKind::Set).then_some((kind, version));
        Ok(())
    }

    fn find(&mut self, group: Group<'_>, key: Key<'_>) -> Result<Option<apply::Row<()>>> {
        Ok(self.row(group, key).map(meta))
    }

    fn value(&mut self, group: Group<'_>, key: Key<'_>, _: &apply::Row<()>) -> Result<Value> {
        match self.row(group, key) {
            Some(row) => copy_value(row.entry()?.value),
            None => Ok(Value::default()),
        }
    }

    fn overwrite(
        &mut self,
        group: Group<'_>,
        key: Key<'_>,
        value: &[u8],
        meta: RowMeta,
        alike: bool,
    ) -> Result<bool> {
        let is_alike = |row: &Row| row.value().len() == value.len();
        if alike && !self.row(group, key).is_some_and(is_alike) {
            return Ok(false);
        }
        self.put(group, key, NewValue::Bytes(value), meta, None)?;
        Ok(true)
    }

    fn put(
        &mut self,
        group: Group<'_>,
        key: Key<'_>,
        value: NewValue<'_>,
        meta: RowMeta,
        _: Option<&apply::Row<()>>,
    ) -> Result<()> {
        let row = match value {
            NewValue::Bytes(bytes) => {
                self.buffer.row(key.as_bytes(), bytes, meta.version, meta.expires_at)?
            }
            NewValue::Stream(stream, size) => {
                self.streams.row(stream, size, meta.version, meta.expires_at)?
            }
        };
        if let Some(journal) = &mut self.journal {
            let is_stream = matches!(value, NewValue::Stream(..));
            journal.put(group.as_bytes(), &row, is_stream)?;
        }
        self.overlay.add(self.rows.name(group), Edit::Row(RowEdit::Put(row)));
        Ok(())
    }

    fn set_expiry(
        &mut self,
        group: Group<'_>,
        key: Key<'_>,
        expires_at: Option<Expiry>,
    ) -> Result<()> {
        if let Some(row) = self.row(group, key).cloned() {
            let row = row.with_expiry(self.buffer, expires_at)?;
            if let Some(journal) = &mut self.journal {
                journal.set_expiry(group.as_bytes(), row.key(), expires_at)?;
            }
            self.overlay.add(self.rows.name(group), Edit::Row(RowEdit::Put(row)));
        }
        Ok(())
    }

    fn remove(&mut self, group: Group<'_>, key: Key<'_>, _: &apply::Row<()>) -> Result<()> {
        let change = self.change.take();
        if let Some(row) = self.row(group, key).cloned() {
            if let Some(journal) = &mut self.journal {
                journal.remove(group.as_bytes(), row.key(), change)?;
            }
            self.overlay.add(self.rows.name(group), Edit::Row(RowEdit::Remove(row)));
        }
        Ok(())
    }

    fn digest(&mut self, range: KeyRange<'_>, now: Timestamp) -> Result<RangeDigest> {
        let (mut digest, mut pace) = (RangeHasher::default(), self.call.pace());
        for row in self.between(range.group, Scan::of_range(range).range()) {
            pace.step()?;
            if row.is_live(now) {
                digest.add(row.key(), row.version());
            }
        }
        Ok(digest.finish())
    }

    fn count_prefix(&mut self, group: Group<'_>, prefix: &[u8], now: Timestamp) -> Result<u64> {
        let (mut live, mut pace) = (0, self.call.pace());
        for row in self.prefix(group, prefix) {
            pace.step()?;
            live += u64::from(row.is_live(now));
        }
        Ok(live)
    }

    fn remove_prefix(&mut self, group: Group<'_>, prefix: &[u8]) -> Result<()> {
        let (name, change) = (self.rows.name(group), self.change.take());
        if let Some(journal) = &mut self.journal {
            journal.remove_prefix(group.as_bytes(), prefix, change)?;
        }
        if prefix.is_empty() {
            self.overlay.add(name, Edit::Clear);
            return Ok(());
        }
        let mut pace = self.call.pace();
        let rows = self.prefix(group, prefix).map(|row| pace.step().map(|()| row.clone()));
        for row in rows.collect::<Result<Vec<_>>>()? {
            self.overlay.add(name.clone(), Edit::Row(RowEdit::Remove(row)));
        }
        Ok(())
    }

    fn list_groups(&mut self, prefix: &[u8]) -> Result<Vec<Box<[u8]>>> {
        let base = self.rows.entries.groups(GroupRange::Prefix(prefix));
        let mut names: Vec<Box<[u8]>> = base.map(|it| (*it.name).into()).collect();
        let edited = self.overlay.names().filter(|name| name.starts_with(prefix));
        names.extend(edited.map(|name| Box::from(&**name)));
        names.sort();
        names.dedup();
        let mut with_rows = Vec::new();
        for name in names {
            if self.has_rows(Group::new(&name)?)? {
                with_rows.push(name);
            }
        }
        Ok(with_rows)
    }

    fn list_prefix(&mut self, group: Group<'_>, prefix: &[u8]) -> Result<Vec<KeyedRow<()>>> {
        let mut pace = self.call.pace();
        let rows = self.prefix(group, prefix);
        rows.map(|row| {
            pace.step()?;
            Ok(keyed_row(group.as_bytes(), row))
        })
        .collect()
    }

    fn list_expired(
        &mut self,
        range: GroupRange<'_>,
        now: Timestamp,
        limit: usize,
        own: Option<(Group<'_>, Key<'_>)>,
    ) -> Result<Vec<KeyedRow<()>>> {
        let is_selected = |group: &Name, row: &Row| {
            let is_own = |own: (Group<'_>, Key<'_>)| {
                own.0.as_bytes() == &**group && own.1.as_bytes() == row.key()
            };
            range.contains(group) && !own.is_some_and(is_own)
        };
        let puts = self.overlay.puts();
        let mut expired: Vec<(Name, Row)> = puts
            .filter(|(group, row)| !row.is_live(now) && is_selected(group, row))
            .map(|(group, row)| (group.clone(), row.clone()))
            .collect();
        let (own_count, mut pace) = (expired.len(), self.call.pace());
        for (group, row) in self.rows.expired(now) {
            pace.step()?;
            if expired.len() - own_count == limit {
                break;
            }
            if is_selected(group, row) && self.overlay.get(group, row.key()).is_none() {
                expired.push((group.clone(), row.clone()));
            }
        }
        if own_count > 0 {
            expired.sort_by_key(|(_, row)| (row.expires_at(), row.version()));
        }
        expired.truncate(limit);
        Ok(expired.iter().map(|(group, row)| keyed_row(group, row)).collect())
    }

    fn has_rows(&mut self, group: Group<'_>) -> Result<bool> {
        match self.overlay.group(group.as_bytes()) {
            None => Ok(self.rows.entries.group(group).is_some()),
            Some(_) => Ok(self.prefix(group, b"").next().is_some()),
        }
    }

    fn value_len(&mut self, group: Group<'_>, key: Key<'_>, _: &apply::Row<()>) -> Result<u64> {
        Ok(self.row(group, key).map_or(0, |row| row.value().len() as u64))
    }

    fn account(&mut self, namespace: &[u8]) -> Result<Option<QuotaState>> {
        let Some(account) = self.rows.accounts.get(namespace) else { return Ok(None) };
        let edited = self.usage.iter().rev().find(|(name, _)| **name == *namespace);
        let usage = edited.map_or(account.usage, |(_, usage)| *usage);
        Ok(Some(QuotaState { usage, ..*account }))
    }

    fn set_usage(&mut self, namespace: &[u8], usage: Usage) -> Result<()> {
        match self.usage.iter_mut().find(|(name, _)| **name == *namespace) {
            Some((_, earlier)) => *earlier = usage,
            None => self.usage.push((namespace.into(), usage)),
        }
        Ok(())
    }
}

fn meta(row: &Row) -> apply::Row<()> {
    apply::Row { version: row.version(), expires_at: row.expires_at(), location: () }
}

fn keyed_row(group: &[u8], row: &Row) -> KeyedRow<()> {
    KeyedRow { group: group.into(), key: row.key().into(), row: meta(row) }
}
