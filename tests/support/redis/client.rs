//! A client of Redis that shares nothing with the library: what the tests compare with.

use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

/// How long a reply may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// A connection through the server's socket, which needs neither TLS nor a free port.
pub struct Client {
    to: UnixStream,
    from: BufReader<UnixStream>,
}

/// The reply of a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    Nil,
    Status(String),
    Error(String),
    Integer(i64),
    Bytes(Vec<u8>),
    Array(Vec<Reply>),
}

impl Client {
    /// Connects to the socket at `path`.
    pub fn connect(path: &Path) -> std::io::Result<Client> {
        let to = UnixStream::connect(path)?;
        to.set_read_timeout(Some(PATIENCE))?;
        let from = BufReader::new(to.try_clone()?);
        Ok(Client { to, from })
    }

    /// Sends a command and returns its reply, which may be an error; fails if none comes.
    pub fn try_call(&mut self, words: &[&[u8]]) -> std::io::Result<Reply> {
        let mut bytes = format!("*{}\r\n", words.len()).into_bytes();
        for word in words {
            bytes.extend_from_slice(format!("${}\r\n", word.len()).as_bytes());
            bytes.extend_from_slice(word);
            bytes.extend_from_slice(b"\r\n");
        }
        self.to.write_all(&bytes)?;
        self.reply()
    }

    /// Sends a command of bytes and returns its reply, which is no error.
    pub fn bytes(&mut self, words: &[&[u8]]) -> Reply {
        let reply = self.try_call(words).expect("the server replies");
        if let Reply::Error(error) = &reply {
            panic!("{:?}: {error}", words.first().map(|it| it.escape_ascii().to_string()));
        }
        reply
    }

    /// Sends a command of words and returns its reply, which is no error.
    pub fn call(&mut self, words: &[&str]) -> Reply {
        let words: Vec<_> = words.iter().map(|it| it.as_bytes()).collect();
        self.bytes(&words)
    }

    fn reply(&mut self) -> std::io::Result<Reply> {
        let mut line = Vec::new();
        self.from.read_until(b'\n', &mut line)?;
        let Some(line) = line.strip_suffix(b"\r\n") else {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        };
        let text = String::from_utf8_lossy(line.get(1..).unwrap_or_default()).into_owned();
        let number = || text.parse::<i64>().expect("a number");
        Ok(match line.first() {
            Some(b'+') => Reply::Status(text),
            Some(b'-') => Reply::Error(text),
            Some(b':') => Reply::Integer(number()),
            Some(b'$') => match usize::try_from(number()) {
                Err(_) => Reply::Nil,
                Ok(len) => {
                    let mut bytes = vec![0; len + 2];
                    self.from.read_exact(&mut bytes)?;
                    bytes.truncate(len);
                    Reply::Bytes(bytes)
                }
            },
            Some(b'*') => match usize::try_from(number()) {
                Err(_) => Reply::Nil,
                Ok(len) => Reply::Array((0..len).map(|_| self.reply()).collect::<Result<_, _>>()?),
            },
            other => panic!("a reply begins with {other:?}"),
        })
    }
}

impl Reply {
    /// Returns the bytes, or `None` for nil.
    pub fn value(self) -> Option<Vec<u8>> {
        match self {
            Reply::Nil => None,
            Reply::Bytes(bytes) => Some(bytes),
            other => panic!("{other:?} is no value"),
        }
    }

    pub fn integer(self) -> i64 {
        match self {
            Reply::Integer(number) => number,
            other => panic!("{other:?} is no number"),
        }
    }

    /// Returns the bytes or status as a text.
    pub fn text(self) -> String {
        match self {
            Reply::Status(text) => text,
            other => String::from_utf8(other.value().expect("not nil")).expect("UTF-8"),
        }
    }

    pub fn list(self) -> Vec<Reply> {
        match self {
            Reply::Array(replies) => replies,
            other => panic!("{other:?} is no array"),
        }
    }

    /// Returns a list of bytes in byte order.
    pub fn sorted(self) -> Vec<Vec<u8>> {
        let mut all: Vec<_> = self.list().into_iter().filter_map(Reply::value).collect();
        all.sort();
        all
    }
}
