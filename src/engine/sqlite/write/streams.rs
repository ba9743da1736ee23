//! Transactions on values in pieces.

use crate::call::{CallContext, UNBOUND};
use crate::engine::Piece;
use crate::engine::sqlite::file::stream::StoredStream;
use crate::engine::sqlite::open_streams::{OpenStreams, lease_from};
use crate::engine::sqlite::write::transaction::Transaction;
use crate::engine::sqlite::write::writer::Writer;
use crate::error::Result;
use crate::model::{Durability, StreamId};

impl Writer {
    /// Begins a stream, with a lease.
    pub(crate) fn begin_stream(&self, call: &CallContext) -> Result<StreamId> {
        let lease = lease_from(self.clock.now());
        let begin = |it: &mut Transaction<'_>| StoredStream::begin(&mut it.session, lease);
        self.with_streams(call, begin).map(StoredStream::id)
    }

    /// Appends a piece to a stream, and renews its lease.
    pub(crate) fn append_piece(&self, call: &CallContext, piece: Piece<'_>) -> Result<()> {
        self.poison.check()?;
        self.stall().wait(call)?;
        let now = self.clock.now();
        self.with_streams(call, |transaction| {
            self.stall().pause();
            transaction.check_room(now, (piece.group, piece.key), piece.end())?;
            let (stream, lease) = (StoredStream::with_id(piece.stream), lease_from(now));
            stream.append(&mut transaction.session, piece.at, piece.bytes, lease)
        })
    }

    /// Leaves a stream that is no value to the purge.
    pub(crate) fn discard_stream(&self, id: StreamId) -> Result<()> {
        let stream = StoredStream::with_id(id);
        self.with_streams(&UNBOUND, |transaction| stream.discard(&mut transaction.session))
    }

    /// Runs `read` in a transaction that can lease the streams it finds.
    pub(crate) fn with_leases<R>(
        &self,
        call: &CallContext,
        read: impl FnOnce(&mut Transaction<'_>, i64) -> Result<R>,
    ) -> Result<R> {
        let lease = lease_from(self.clock.now());
        self.with_streams(call, |transaction| read(transaction, lease))
    }

    /// Renews the leases of the streams that this process has open.
    pub(crate) fn renew_leases(&self, open: &OpenStreams) -> Result<()> {
        self.with_streams(&UNBOUND, |transaction| self.renew(transaction, open))
    }

    /// Removes some of the pieces that are of no more use; returns whether there were any.
    pub(crate) fn purge_streams(&self, open: &OpenStreams) -> Result<bool> {
        let now = self.clock.now().as_millis();
        self.with_streams(&UNBOUND, |transaction| {
            // The clock may have been set forward.
            self.renew(transaction, open)?;
            StoredStream::purge_step(&mut transaction.session, now)
        })
    }

    fn renew(&self, transaction: &mut Transaction<'_>, open: &OpenStreams) -> Result<()> {
        let lease = lease_from(self.clock.now());
        let mut ids = open.ids().into_iter();
        ids.try_for_each(|id| StoredStream::with_id(id).lease(&mut transaction.session, lease))
    }

    /// Runs `work` in a transaction of its own, which waits for no fsync: the one that makes the
    /// stream a value covers it.
    fn with_streams<R>(
        &self,
        call: &CallContext,
        work: impl FnOnce(&mut Transaction<'_>) -> Result<R>,
    ) -> Result<R> {
        self.alone(call, |session| {
            let mut transaction = session.begin_durable(&*self.clock, Durability::Normal)?;
            let done = work(&mut transaction)?;
            self.finish(&mut transaction)?;
            Ok(done)
        })
    }
}
