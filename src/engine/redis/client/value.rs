//! The values of replies.

use redis::ServerErrorKind;

/// A reply of a server, or a part of one.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    /// No value.
    Nil,
    /// A number.
    Int(i64),
    /// Bytes.
    BulkString(Vec<u8>),
    /// A list.
    Array(Vec<Value>),
    /// A status other than OK.
    SimpleString(String),
    /// The status OK.
    Okay,
    /// An error.
    ServerError(ServerError),
}

/// An error that a server replies: a code, and details behind it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ServerError {
    code: String,
    details: Option<String>,
}

impl ServerError {
    /// Returns the error that a line is, without its first byte.
    pub(crate) fn of_line(line: &str) -> ServerError {
        let (code, details) = match line.split_once(' ') {
            Some((code, details)) => (code, Some(details.to_owned())),
            None => (line, None),
        };
        ServerError { code: code.to_owned(), details }
    }

    /// Returns the code.
    pub(crate) fn code(&self) -> &str {
        &self.code
    }

    /// Returns the text behind the code.
    pub(crate) fn details(&self) -> Option<&str> {
        self.details.as_deref()
    }

    /// Returns the kind of a code that servers and clusters have for conditions of their own.
    pub(crate) fn kind(&self) -> Option<ServerErrorKind> {
        Some(match &self.code[..] {
            "NOSCRIPT" => ServerErrorKind::NoScript,
            "NOPERM" => ServerErrorKind::NoPerm,
            "CROSSSLOT" => ServerErrorKind::CrossSlot,
            "READONLY" => ServerErrorKind::ReadOnly,
            "ASK" => ServerErrorKind::Ask,
            "MOVED" => ServerErrorKind::Moved,
            "LOADING" => ServerErrorKind::BusyLoading,
            "CLUSTERDOWN" => ServerErrorKind::ClusterDown,
            "MASTERDOWN" => ServerErrorKind::MasterDown,
            "TRYAGAIN" => ServerErrorKind::TryAgain,
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_has_a_code_and_details() {
        let moved = ServerError::of_line("MOVED 3999 127.0.0.1:6381");
        assert_eq!((moved.code(), moved.details()), ("MOVED", Some("3999 127.0.0.1:6381")));
        assert_eq!(moved.kind(), Some(ServerErrorKind::Moved));
        let other = ServerError::of_line("OOM");
        assert_eq!((other.code(), other.details(), other.kind()), ("OOM", None, None));
    }
}
