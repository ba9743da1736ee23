//! A client of Redis that shares nothing with the library: what the tests compare with.

use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// A connection through the server's socket, which needs neither TLS nor a free port.
pub struct Client {
    to: UnixStream,
    from: BufReader<UnixStream>,
}

/// What a server answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    Nil,
    Status(String),
    Error(String),
    Integer(i64),
    Bytes(Vec<u8>),
    Array(Vec<Answer>),
}

impl Client {
    /// Connects to the socket at `path`.
    pub fn connect(path: &Path) -> std::io::Result<Client> {
        let to = UnixStream::connect(path)?;
        to.set_read_timeout(Some(PATIENCE))?;
        let from = BufReader::new(to.try_clone()?);
        Ok(Client { to, from })
    }

    /// Sends a command and returns its answer, which may be an error; fails if none comes.
    pub fn try_call(&mut self, words: &[&[u8]]) -> std::io::Result<Answer> {
        let mut bytes = format!("*{}\r\n", words.len()).into_bytes();
        for word in words {
            bytes.extend_from_slice(format!("${}\r\n", word.len()).as_bytes());
            bytes.extend_from_slice(word);
            bytes.extend_from_slice(b"\r\n");
        }
        self.to.write_all(&bytes)?;
        self.answer()
    }

    /// Sends a command of bytes and returns its answer, which is no error.
    pub fn bytes(&mut self, words: &[&[u8]]) -> Answer {
        let answer = self.try_call(words).expect("the server answers");
        if let Answer::Error(error) = &answer {
            panic!("{:?}: {error}", words.first().map(|it| it.escape_ascii().to_string()));
        }
        answer
    }

    /// Sends a command of words and returns its answer, which is no error.
    pub fn call(&mut self, words: &[&str]) -> Answer {
        let words: Vec<_> = words.iter().map(|it| it.as_bytes()).collect();
        self.bytes(&words)
    }

    fn answer(&mut self) -> std::io::Result<Answer> {
        let mut line = Vec::new();
        self.from.read_until(b'\n', &mut line)?;
        let Some(line) = line.strip_suffix(b"\r\n") else {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        };
        let text = String::from_utf8_lossy(line.get(1..).unwrap_or_default()).into_owned();
        let number = || text.parse::<i64>().expect("a number");
        Ok(match line.first() {
            Some(b'+') => Answer::Status(text),
            Some(b'-') => Answer::Error(text),
            Some(b':') => Answer::Integer(number()),
            Some(b'$') => match usize::try_from(number()) {
                Err(_) => Answer::Nil,
                Ok(len) => {
                    let mut bytes = vec![0; len + 2];
                    self.from.read_exact(&mut bytes)?;
                    bytes.truncate(len);
                    Answer::Bytes(bytes)
                }
            },
            Some(b'*') => match usize::try_from(number()) {
                Err(_) => Answer::Nil,
                Ok(len) => {
                    Answer::Array((0..len).map(|_| self.answer()).collect::<Result<_, _>>()?)
                }
            },
            other => panic!("an answer begins with {other:?}"),
        })
    }
}

impl Answer {
    /// Returns the bytes, or `None` for nil.
    pub fn value(self) -> Option<Vec<u8>> {
        match self {
            Answer::Nil => None,
            Answer::Bytes(bytes) => Some(bytes),
            other => panic!("{other:?} is no value"),
        }
    }

    pub fn integer(self) -> i64 {
        match self {
            Answer::Integer(number) => number,
            other => panic!("{other:?} is no number"),
        }
    }

    /// Returns the bytes or status as a text.
    pub fn text(self) -> String {
        match self {
            Answer::Status(text) => text,
            other => String::from_utf8(other.value().expect("not nil")).expect("UTF-8"),
        }
    }

    pub fn list(self) -> Vec<Answer> {
        match self {
            Answer::Array(answers) => answers,
            other => panic!("{other:?} is no array"),
        }
    }

    /// Returns a list of bytes in byte order.
    pub fn sorted(self) -> Vec<Vec<u8>> {
        let mut all: Vec<_> = self.list().into_iter().filter_map(Answer::value).collect();
        all.sort();
        all
    }
}
