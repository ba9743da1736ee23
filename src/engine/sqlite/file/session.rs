//! A connection with its prepared statements.

use std::time::Duration;

use crate::call::CallContext;
use crate::engine::sqlite::file::connection::Connection;
use crate::engine::sqlite::file::format::Format;
use crate::engine::sqlite::file::statement::Sql;
use crate::engine::sqlite::file::tables::FormatSql;
use crate::engine::sqlite::file::texts::text;
use crate::engine::sqlite::native::{Binding, Parameter, Row, Statement, WalIndex};
use crate::error::{Error, Result};

/// A connection with its prepared statements. Fields are dropped in this order, as SQLite requires.
pub(crate) struct Session {
    prepared: [Option<Statement>; Sql::COUNT],
    index: Option<WalIndex>,
    /// The binding to the bound call that uses the session, if one does.
    binding: Option<Binding>,
    format: Format,
    connection: Connection,
}

/// The end of a query before its last row.
enum Failure {
    /// The statement has failed.
    OfStatement(rusqlite::Error),
    /// The function that receives the rows has failed.
    OfCaller(Error),
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Failure {
        Failure::OfStatement(error)
    }
}

impl Session {
    /// Returns a session on a connection to a file of `format`, from which it has read before.
    pub(crate) fn new(connection: Connection, format: Format) -> Session {
        let index = WalIndex::of(connection.raw());
        let prepared = [const { None }; Sql::COUNT];
        Session { prepared, index, binding: None, format, connection }
    }

    /// Returns the format of the file.
    pub(crate) fn format(&self) -> Format {
        self.format
    }

    /// Returns the statements of the file's format that run rarely.
    pub(crate) fn sql(&self) -> FormatSql {
        FormatSql::of(self.format)
    }

    /// Binds the session to `call` until [`Session::unbind`]: statements and waits for locks end
    /// when the call has to.
    pub(crate) fn bind(&mut self, call: &CallContext, busy_timeout: Duration) -> Result<()> {
        self.binding = None;
        if call.is_bound() {
            let binding = Binding::new(self.connection.raw(), call, busy_timeout);
            self.binding = Some(binding.map_err(|error| self.explain(error))?);
        }
        Ok(())
    }

    /// Ends the binding: statements run to their end, whether or not the call is cancelled.
    pub(crate) fn unbind(&mut self) {
        self.binding = None;
    }

    /// Returns the connection.
    pub(crate) fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Returns the wal-index, if SQLite keeps it in a layout known here.
    pub(crate) fn wal_index(&self) -> Option<&WalIndex> {
        self.index.as_ref()
    }

    /// Returns whether a transaction is open.
    pub(crate) fn in_transaction(&self) -> bool {
        !self.connection.is_autocommit()
    }

    /// Runs a statement and returns the number of rows it has changed.
    pub(crate) fn execute(&mut self, sql: Sql, parameters: &[Parameter<'_>]) -> Result<u64> {
        let mut statement = self.take(sql).map_err(|error| self.explain(error))?;
        let changes = statement.execute(parameters);
        self.put_back(sql, statement);
        changes.map_err(|error| self.explain(error))
    }

    /// Runs an insert and returns the rowid of the new row.
    pub(crate) fn insert(&mut self, sql: Sql, parameters: &[Parameter<'_>]) -> Result<i64> {
        let mut statement = self.take(sql).map_err(|error| self.explain(error))?;
        let inserted = statement.execute(parameters).map(|_| statement.last_insert_rowid());
        self.put_back(sql, statement);
        inserted.map_err(|error| self.explain(error))
    }

    /// Runs a query and calls `each` for its rows until that returns false. `each` may run other
    /// statements.
    pub(crate) fn query(
        &mut self,
        sql: Sql,
        parameters: &[Parameter<'_>],
        mut each: impl FnMut(&mut Session, Row<'_>) -> Result<bool>,
    ) -> Result<()> {
        let mut statement = self.take(sql).map_err(|error| self.explain(error))?;
        let done = statement.query(parameters, |row| each(self, row).map_err(Failure::OfCaller));
        self.put_back(sql, statement);
        done.map_err(|failure| match failure {
            Failure::OfStatement(error) => self.explain(error),
            Failure::OfCaller(error) => error,
        })
    }

    /// Begins a query and returns its statement, from which the caller fetches the rows.
    /// [`end`](Session::end) takes the statement back.
    pub(crate) fn begin(&mut self, sql: Sql, parameters: &[Parameter<'_>]) -> Result<Statement> {
        let mut statement = self.take(sql).map_err(|error| self.explain(error))?;
        match statement.begin(parameters) {
            Ok(()) => Ok(statement),
            Err(error) => Err(self.explain(error)),
        }
    }

    /// Ends a query that [`begin`](Session::begin) has begun.
    pub(crate) fn end(&mut self, sql: Sql, mut statement: Statement) {
        statement.reset();
        self.put_back(sql, statement);
    }

    /// Runs a query and returns the result of `read` for its first row, or `None` without a row.
    pub(crate) fn query_first<R>(
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

    /// Returns the error of the last call on this connection, with the operating system's number if
    /// that has failed.
    pub(crate) fn explain(&self, error: rusqlite::Error) -> Error {
        let error = self.connection.explain(error);
        self.binding.iter().fold(error, |error, it| it.call().explain(error))
    }

    /// Takes a statement out of the session while it runs, so that others can run meanwhile.
    fn take(&mut self, sql: Sql) -> rusqlite::Result<Statement> {
        match self.prepared.get_mut(sql as usize).and_then(Option::take) {
            Some(statement) => Ok(statement),
            None => Statement::prepare(self.connection.raw(), text(sql, self.format)),
        }
    }

    fn put_back(&mut self, sql: Sql, statement: Statement) {
        if let Some(place) = self.prepared.get_mut(sql as usize) {
            *place = Some(statement);
        }
    }
}
