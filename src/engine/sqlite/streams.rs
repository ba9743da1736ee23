//! Values that are written and read in pieces.

use crate::call::CallContext;
use crate::engine::sqlite::SqliteEngine;
use crate::engine::sqlite::read::lookup::{FoundValue, find_value};
use crate::engine::sqlite::read::value_reader::reader_of;
use crate::engine::{Piece, Streams, ValueReader};
use crate::error::Result;
use crate::model::{Durability, Group, Key, Op, StreamId};

impl Streams for SqliteEngine {
    fn check_writes(&self, _: Option<Durability>) -> Result<()> {
        self.check_writable()?;
        self.writer.poison().check()
    }

    fn begin_stream(&self, call: &CallContext, _: Group<'_>, _: Key<'_>) -> Result<StreamId> {
        self.check_writable()?;
        let id = self.writer.begin_stream(call)?;
        self.streams.add(id);
        Ok(id)
    }

    fn append_piece(&self, call: &CallContext, piece: Piece<'_>) -> Result<()> {
        self.check_writable()?;
        self.writer.append_piece(call, piece)
    }

    fn discard_stream(&self, _: Group<'_>, _: Key<'_>, stream: StreamId) {
        self.streams.remove(stream);
        // After a failure its lease runs out.
        if self.writer.discard_stream(stream).is_ok() {
            self.streams.request_purge();
        }
    }
}

impl SqliteEngine {
    /// Returns a reader of the live value under a key. One in pieces is leased.
    pub(super) fn open_reader(
        &self,
        call: &CallContext,
        group: Group<'_>,
        key: Key<'_>,
    ) -> Result<Option<Box<dyn ValueReader>>> {
        let now = || self.clock.now();
        let found = self.readers.read(call, |session| find_value(session, group, key, &now))?;
        self.counters.count_read(found.is_some());
        if found.is_some() {
            self.record_access(group, key);
        }
        let (found, kept) = match found {
            Some(FoundValue::Stream(stream, info)) if !self.options.read_only => {
                // Another value may be there by now.
                let leased = self.writer.with_leases(call, |transaction, lease| {
                    let session = transaction.session();
                    let found = find_value(session, group, key, &now)?;
                    let kept = match found {
                        Some(FoundValue::Stream(stream, _)) => {
                            stream.lease(session, lease)?;
                            Some(self.streams.keep(stream.id()))
                        }
                        _ => None,
                    };
                    Ok((found, kept))
                });
                match leased {
                    Err(error) if error.ends_call() => return Err(error),
                    // Reads go on where nothing can be written. This process keeps the pieces.
                    Err(_) => {
                        let kept = self.streams.keep(stream.id());
                        (Some(FoundValue::Stream(stream, info)), Some(kept))
                    }
                    Ok(leased) => leased,
                }
            }
            found => (found, None),
        };
        Ok(found.map(|found| reader_of(found, &self.readers, kept)))
    }

    /// Ends the streams that a batch has made values.
    pub(super) fn end_streams(&self, ops: &[Op<'_>]) {
        ops.iter().filter_map(Op::stream).for_each(|stream| self.streams.remove(stream));
    }
}
