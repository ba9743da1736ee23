//! Views: a snapshot that is read by several calls, one at a time.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::call::CallContext;
use crate::clock::Timestamp;
use crate::engine::read_batch::State;
use crate::engine::sqlite::file::session::Session;
use crate::engine::sqlite::read::cursor;
use crate::engine::sqlite::read::leases::Lease;
use crate::engine::sqlite::read::lookup::{FoundValue, find_entry, find_info, find_value};
use crate::engine::sqlite::read::owned_query::OwnedQuery;
use crate::engine::sqlite::read::reader::Snapshot;
use crate::engine::sqlite::read::state::ReadState;
use crate::engine::sqlite::read::value_reader::{PieceSource, reader_of};
use crate::engine::streams::piece_at;
use crate::engine::{Cursor, ValueReader, View};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{
    EntryBuf, EntryInfo, EntryRef, Group, GroupRange, Key, KeyRange, Query, RangeDigest, ScanEntry,
    check_room, refill,
};

/// The most entries of a page of a scan, and about the most bytes.
const PAGE: usize = 1_000;
const PAGE_BYTES: usize = 1 << 20;

/// A snapshot, whose live entries are those at `now`.
pub(crate) struct SqliteView {
    snapshot: Arc<Lease<Snapshot>>,
    now: Timestamp,
}

impl SqliteView {
    /// Returns the view that reads `snapshot`.
    pub(crate) fn new(snapshot: Arc<Lease<Snapshot>>, now: Timestamp) -> SqliteView {
        SqliteView { snapshot, now }
    }

    fn read<R>(
        &self,
        call: &CallContext,
        work: impl FnOnce(&mut Session) -> Result<R>,
    ) -> Result<R> {
        lend(&self.snapshot, call, |mut snapshot| work(snapshot.session()))
    }
}

fn lend<R>(
    snapshot: &Lease<Snapshot>,
    call: &CallContext,
    work: impl FnOnce(Snapshot) -> Result<R>,
) -> Result<R> {
    let mut held = snapshot.hold(call, ("snapshot", "take another"))?;
    let ended = || Error::new(ErrorKind::Closed, "the snapshot has ended");
    held.inner().ok_or_else(ended)?.lend(call, work)
}

impl PieceSource for Arc<Lease<Snapshot>> {
    fn with_session(
        &self,
        call: &CallContext,
        read: &mut dyn FnMut(&mut Session) -> Result<()>,
    ) -> Result<()> {
        lend(self, call, |mut snapshot| read(snapshot.session()))
    }
}

impl View for SqliteView {
    fn now(&self) -> Timestamp {
        self.now
    }

    fn get(
        &self,
        call: &CallContext,
        group: Group<'_>,
        key: Key<'_>,
        found: &mut dyn FnMut(EntryRef<'_>),
    ) -> Result<bool> {
        let read = |session: &mut Session| {
            find_entry(session, group, key, &|| self.now, found).map(|found| found.live().is_some())
        };
        self.read(call, read)
    }

    fn info(
        &self,
        call: &CallContext,
        group: Group<'_>,
        key: Key<'_>,
    ) -> Result<Option<EntryInfo>> {
        self.read(call, |session| find_info(session, group, key, &|| self.now))
    }

    fn open_value(
        &self,
        call: &CallContext,
        group: Group<'_>,
        key: Key<'_>,
    ) -> Result<Option<Box<dyn ValueReader>>> {
        let found = self.read(call, |session| find_value(session, group, key, &|| self.now))?;
        Ok(found.map(|found| reader_of(found, &self.snapshot, None)))
    }

    fn scan(&self, call: &CallContext, query: Query<'_>) -> Result<Box<dyn Cursor>> {
        let mut cursor = PagedCursor {
            snapshot: self.snapshot.clone(),
            call: call.clone(),
            now: self.now,
            rest: Some(OwnedQuery::of(query)),
            page: VecDeque::new(),
            current: None,
            piece: Vec::new(),
        };
        cursor.read_page()?;
        Ok(Box::new(cursor))
    }

    fn count(&self, call: &CallContext, range: GroupRange<'_>) -> Result<u64> {
        let now = self.now;
        self.read(call, |session| ReadState { session, now }.count(range))
    }

    fn digest(&self, call: &CallContext, range: KeyRange<'_>) -> Result<RangeDigest> {
        let now = self.now;
        self.read(call, |session| ReadState { session, now }.digest(range))
    }
}

/// A scan that reads page after page of the snapshot, so that other calls read it in between.
struct PagedCursor {
    snapshot: Arc<Lease<Snapshot>>,
    call: CallContext,
    now: Timestamp,
    /// The part of the scan behind the page; `None` once all was read.
    rest: Option<OwnedQuery>,
    page: VecDeque<EntryBuf>,
    /// The entry that the caller borrows.
    current: Option<EntryBuf>,
    /// The piece of a value that the caller borrows.
    piece: Vec<u8>,
}

impl PagedCursor {
    fn read_page(&mut self) -> Result<()> {
        let Some(mut rest) = self.rest.take() else { return Ok(()) };
        let (page, now) = (&mut self.page, self.now);
        let is_whole = lend(&self.snapshot, &self.call, |snapshot| {
            let mut cursor = cursor::open(snapshot, rest.query()?, now)?;
            let mut bytes = 0;
            while (page.len() < PAGE && bytes < PAGE_BYTES) || !rest.has_pages() {
                let Some(entry) = cursor.next()? else { return Ok(true) };
                let len = entry.group.len() + entry.key.len() + entry.value.len();
                check_room(len)?;
                let mut kept = EntryBuf::default();
                kept.keep(&entry);
                page.push_back(kept);
                bytes += len;
            }
            Ok(false)
        })?;
        if let (false, Some(last)) = (is_whole, page.back()) {
            self.rest = rest.move_behind(last.get(), page.len()).then_some(rest);
        }
        Ok(())
    }
}

impl Cursor for PagedCursor {
    fn next(&mut self) -> Result<Option<ScanEntry<'_>>> {
        if self.page.is_empty() {
            self.current = None;
            self.read_page()?;
        }
        self.current = self.page.pop_front();
        Ok(self.current.as_ref().map(EntryBuf::get))
    }

    fn value_at(&mut self, offset: u64) -> Result<&[u8]> {
        let Some(entry) = self.current.as_ref().map(EntryBuf::get) else { return Ok(&[]) };
        let (now, piece) = (self.now, &mut self.piece);
        lend(&self.snapshot, &self.call, |mut snapshot| {
            let (session, key) = (snapshot.session(), Key::new(entry.key)?);
            match find_value(session, Group::new(entry.group)?, key, &|| now)? {
                Some(FoundValue::Stream(stream, _)) => stream.rest_of_piece(session, offset, piece),
                Some(FoundValue::Whole(entry)) => refill(piece, piece_at(&entry.value, offset)),
                None => refill(piece, b""),
            }
        })?;
        Ok(&self.piece)
    }
}
