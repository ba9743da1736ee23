//! Both glob dialects, compared with the engines whose rules they claim to follow.

use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::net::UnixStream;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::support::{Place, Random, until};
use kv::{Dialect, Glob};

/// Characters that mean something in one dialect or are next to such, and a few of two, three and
/// four bytes.
const CHARACTERS: [&str; 20] = [
    "a",
    "b",
    "c",
    "z",
    "*",
    "*",
    "?",
    "[",
    "]",
    "^",
    "-",
    "\\",
    "A",
    "!",
    "\u{80}",
    "\u{e9}",
    "\u{20ac}",
    "\u{10000}",
    "\u{10ffff}",
    "/",
];
/// Bytes for the dialect that knows bytes only.
const BYTES: &[u8] = b"abcz**?[]^-\\A!\x00\x01\x80\xFE\xFF]";

fn text(random: &mut Random, len: std::ops::Range<usize>) -> String {
    let len = random.within(len);
    (0..len).map(|_| *random.pick(&CHARACTERS)).collect()
}

/// Returns a pattern that has a fair chance to match `text`: the text with some of it replaced.
fn pattern_near(random: &mut Random, text: &str) -> String {
    let mut pattern = String::new();
    for letter in text.chars() {
        match random.within(0..9) {
            0 => pattern.push('*'),
            1 => pattern.push('?'),
            2 => pattern.push_str(&format!("[{letter}]")),
            3 => pattern.push_str(&format!("[^{}]", random.pick(&CHARACTERS))),
            4 => pattern.push_str(&format!("[a-{letter}]")),
            5 => pattern.push_str(random.pick::<&str>(&CHARACTERS)),
            _ => pattern.push(letter),
        }
    }
    pattern
}

#[test]
fn the_sqlite_dialect_agrees_with_sqlite_on_40_000_pairs() {
    let mut random = Random::announced("oracles::glob", 20_231_114);
    let sqlite = rusqlite::Connection::open_in_memory().expect("a database in memory");
    let mut select = sqlite.prepare("SELECT ?2 GLOB ?1").expect("a statement");
    let mut matched = 0;

    for _ in 0..40_000 {
        let text = text(&mut random, 0..8);
        let pattern = match random.one_in(2) {
            true => pattern_near(&mut random, &text),
            false => self::text(&mut random, 0..8),
        };

        let theirs: bool = select.query_row([&pattern, &text], |row| row.get(0)).expect("a reply");

        let glob = Glob::new(pattern.as_bytes(), Dialect::Sqlite);
        assert_eq!(glob.matches(text.as_bytes()), theirs, "{text:?} GLOB {pattern:?}");
        let prefix = glob.literal_prefix();
        assert!(!theirs || text.as_bytes().starts_with(&prefix), "prefix of {pattern:?}: {text:?}");
        matched += u32::from(theirs);
    }

    println!("{matched} of 40,000 pairs match");
    assert!((4_000..36_000).contains(&matched), "the pairs are too much alike");
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn the_redis_dialect_agrees_with_redis() {
    let mut redis = Redis::start();
    let mut random = Random::announced("oracles::glob", 7);
    let mut keys: Vec<Vec<u8>> = (0..400).map(|_| random.bytes(BYTES, 1..6)).collect();
    keys.sort();
    keys.dedup();
    redis.fill(&keys);
    let patterns: Vec<Vec<u8>> = (0..4_000)
        .map(|_| {
            let mut pattern = random.bytes(BYTES, 0..7);
            if random.one_in(2) {
                pattern.push(b'*');
            }
            pattern
        })
        .filter(|pattern| !depends_on_the_machine(pattern))
        .collect();

    let replies = redis.keys(&patterns);

    let mut matched = 0;
    for (pattern, theirs) in patterns.iter().zip(replies) {
        let glob = Glob::new(pattern, Dialect::Redis);
        let ours: Vec<_> = keys.iter().filter(|key| glob.matches(key)).cloned().collect();
        assert_eq!(ours, theirs, "KEYS {:?}", pattern.escape_ascii().to_string());
        let prefix = glob.literal_prefix();
        assert!(theirs.iter().all(|key| key.starts_with(&prefix)), "prefix of {pattern:?}");
        matched += theirs.len();
    }
    println!("{matched} matches of {} keys by {} patterns", keys.len(), patterns.len());
    assert!(matched > 3_000, "the patterns match too little");
}

/// Returns whether a range in `pattern` may end in a byte above 127: Redis compares those as
/// `char`, which is signed on some machines only. We follow those where it is not.
fn depends_on_the_machine(pattern: &[u8]) -> bool {
    let is_high = |byte: Option<&u8>| byte.is_some_and(|byte| *byte > 127);
    let is_range = |at: usize| pattern[at] == b'-' && at > 0;
    (0..pattern.len())
        .any(|at| is_range(at) && (is_high(pattern.get(at - 1)) || is_high(pattern.get(at + 1))))
}

/// A Redis server of our own, reachable through a socket in a directory of ours.
struct Redis {
    process: Child,
    to: UnixStream,
    from: BufReader<UnixStream>,
    _place: Place,
}

impl Redis {
    fn start() -> Redis {
        let place = Place::in_memory();
        let socket = place.file("redis.sock");
        let process = Command::new("redis-server")
            .args(["--port", "0", "--save", "", "--appendonly", "no", "--unixsocket"])
            .arg(&socket)
            .arg("--dir")
            .arg(place.path())
            .stdout(Stdio::null())
            .spawn()
            .expect("redis-server starts");
        let mut connected = None;
        until("redis-server accepts connections", Duration::from_secs(20), || {
            connected = UnixStream::connect(&socket).ok();
            connected.is_some()
        });
        let to = connected.expect("a connection");
        let from = BufReader::new(to.try_clone().expect("a second handle"));
        Redis { process, to, from, _place: place }
    }

    fn fill(&mut self, keys: &[Vec<u8>]) {
        let mut words: Vec<&[u8]> = vec![b"MSET"];
        for key in keys {
            words.extend([&key[..], b"1"]);
        }
        self.to.write_all(&command(&words)).expect("the server listens");
        assert_eq!(self.line(), "+OK");
    }

    /// Returns, in byte order, the keys that each pattern matches.
    fn keys(&mut self, patterns: &[Vec<u8>]) -> Vec<Vec<Vec<u8>>> {
        let mut replies = Vec::with_capacity(patterns.len());
        // Replies are large: more commands at once could fill the pipes both ways.
        for patterns in patterns.chunks(50) {
            let commands: Vec<_> = patterns.iter().map(|it| command(&[b"KEYS", it])).collect();
            self.to.write_all(&commands.concat()).expect("the server listens");
            for _ in patterns {
                let mut found: Vec<_> = (0..self.number('*')).map(|_| self.bulk()).collect();
                found.sort();
                replies.push(found);
            }
        }
        replies
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.from.read_line(&mut line).expect("the server replies");
        line.trim_end().to_owned()
    }

    fn number(&mut self, mark: char) -> usize {
        let line = self.line();
        let number = line.strip_prefix(mark).and_then(|it| it.parse().ok());
        number.unwrap_or_else(|| panic!("the server says {line:?}"))
    }

    fn bulk(&mut self) -> Vec<u8> {
        let mut bytes = vec![0; self.number('$') + 2];
        self.from.read_exact(&mut bytes).expect("the server replies");
        bytes.truncate(bytes.len() - 2);
        bytes
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        // It fails if the server has ended already, which is as good.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Returns a command as the server reads it: an array of counted strings.
fn command(words: &[&[u8]]) -> Vec<u8> {
    let mut bytes = format!("*{}\r\n", words.len()).into_bytes();
    for word in words {
        bytes.extend_from_slice(format!("${}\r\n", word.len()).as_bytes());
        bytes.extend_from_slice(word);
        bytes.extend_from_slice(b"\r\n");
    }
    bytes
}
