//! A connection with its prepared statements.

use std::time::Duration;

use rusqlite::Connection;

use crate::call::CallContext;
use crate::engine::sqlite::file::statement::Sql;
use crate::engine::sqlite::native::{Binding, Parameter, Row, Statement, WalIndex, system_errno};
use crate::error::{Error, ErrorKind, Result};

/// A connection and what belongs to it. Fields are dropped in this order, as SQLite demands.
pub struct Session {
    prepared: [Option<Statement>; Sql::COUNT],
    index: Option<WalIndex>,
    /// The bound call that this works for, if it is one.
    binding: Option<Binding>,
    connection: Connection,
}

impl Session {
    /// Returns a session on `connection`, which has read from its database.
    pub fn new(connection: Connection) -> Session {
        let index = WalIndex::of(&connection);
        Session { prepared: [const { None }; Sql::COUNT], index, binding: None, connection }
    }

    /// Makes statements and waits for locks end when `call` is to, until [`Session::unbind`].
    pub fn bind(&mut self, call: &CallContext, busy_timeout: Duration) -> Result<()> {
        self.binding = None;
        if call.is_bound() {
            self.binding = Some(Binding::new(&self.connection, call, busy_timeout)?);
        }
        Ok(())
    }

    /// Lets the statements from now on run to their end, whatever becomes of the call.
    pub fn unbind(&mut self) {
        self.binding = None;
    }

    /// Returns the connection.
    pub fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Returns the index of the write-ahead log, if SQLite keeps it where we know.
    pub fn wal_index(&self) -> Option<&WalIndex> {
        self.index.as_ref()
    }

    /// Answers whether a transaction is open.
    pub fn in_transaction(&self) -> bool {
        !self.connection.is_autocommit()
    }

    /// Runs a statement; returns how many rows it has changed.
    pub fn execute(&mut self, sql: Sql, parameters: &[Parameter<'_>]) -> Result<u64> {
        self.try_execute(sql, parameters).map_err(|error| self.explain(error))
    }

    /// The same, for those who have to tell SQLite's errors apart.
    pub fn try_execute(&mut self, sql: Sql, parameters: &[Parameter<'_>]) -> rusqlite::Result<u64> {
        let mut statement = self.take(sql)?;
        let changes = statement.execute(parameters);
        self.put_back(sql, statement);
        changes
    }

    /// Runs an insert; returns the rowid it has made.
    pub fn insert(&mut self, sql: Sql, parameters: &[Parameter<'_>]) -> Result<i64> {
        let mut statement = self.take(sql).map_err(|error| self.explain(error))?;
        let inserted = statement.execute(parameters).map(|_| statement.last_insert_rowid());
        self.put_back(sql, statement);
        inserted.map_err(|error| self.explain(error))
    }

    /// Runs a query and calls `each` for its rows until it returns false. `each` may run others.
    pub fn query(
        &mut self,
        sql: Sql,
        parameters: &[Parameter<'_>],
        mut each: impl FnMut(&mut Session, Row<'_>) -> Result<bool>,
    ) -> Result<()> {
        let mut statement = self.take(sql).map_err(|error| self.explain(error))?;
        let done = statement.query(parameters, |row| each(self, row));
        self.put_back(sql, statement);
        done.map_err(|error| self.explain(error))?
    }

    /// Takes a query out to fetch its rows one after the other; [`end`](Session::end) puts it back.
    pub fn begin(&mut self, sql: Sql, parameters: &[Parameter<'_>]) -> Result<Statement> {
        let mut statement = self.take(sql).map_err(|error| self.explain(error))?;
        match statement.begin(parameters) {
            Ok(()) => Ok(statement),
            Err(error) => Err(self.explain(error)),
        }
    }

    /// Ends a query that [`begin`](Session::begin) took out.
    pub fn end(&mut self, sql: Sql, mut statement: Statement) {
        statement.reset();
        self.put_back(sql, statement);
    }

    /// Runs a query and returns what `read` makes of its first row, or `None` if there is none.
    pub fn query_first<R>(
        &mut self,
        sql: Sql,
        parameters: &[Parameter<'_>],
        read: impl FnOnce(&mut Session, Row<'_>) -> Result<R>,
    ) -> Result<Option<R>> {
        let (mut read, mut found) = (Some(read), None);
        self.query(sql, parameters, |session, row| {
            if let Some(read) = read.take() {
                found = Some(read(session, row)?);
            }
            Ok(false)
        })?;
        Ok(found)
    }

    /// Returns what a failure of the last call on this connection means, with the operating
    /// system's number if it was the one who refused.
    pub fn explain(&self, error: rusqlite::Error) -> Error {
        let errno = system_errno(&self.connection);
        let error = Error::from(error);
        let error = self.binding.iter().fold(error, |error, it| it.call().explain(error));
        match (error.kind(), errno) {
            (ErrorKind::Io, libc::EACCES | libc::EPERM) => {
                Error::new(ErrorKind::Permission, error.message().to_owned()).with_os_error(errno)
            }
            (ErrorKind::Io, 1..) => error.with_os_error(errno),
            _ => error,
        }
    }

    /// A statement is out of the session while it runs, so that others can run meanwhile.
    fn take(&mut self, sql: Sql) -> rusqlite::Result<Statement> {
        match self.prepared.get_mut(sql as usize).and_then(Option::take) {
            Some(statement) => Ok(statement),
            None => Statement::prepare(&self.connection, sql.text()),
        }
    }

    fn put_back(&mut self, sql: Sql, statement: Statement) {
        if let Some(place) = self.prepared.get_mut(sql as usize) {
            *place = Some(statement);
        }
    }
}
