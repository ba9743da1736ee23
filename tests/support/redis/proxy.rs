//! A way to a server that can be cut.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::support::Random;

/// The fate of the server's replies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// They pass.
    Pass,
    /// After so many bytes, counted over all connections, the connection is cut.
    CutAfter(u64),
    /// They are held back for ever: the connection stands, but says nothing.
    Silence,
    /// They arrive in pieces, now and then too late by this time, or cut in the middle.
    Unruly(Duration),
}

/// A port of its own through which everything passes to the server's, unless a test decides
/// otherwise.
/// It goes on until the process ends.
pub struct Proxy {
    port: u16,
    state: Arc<State>,
}

struct State {
    fate: Mutex<Fate>,
    /// Bytes of replies since the fate was decided.
    replied: AtomicU64,
    /// The connections below this number have no other end any more.
    vanished: AtomicU64,
    accepted: AtomicU64,
    open: Mutex<Vec<TcpStream>>,
}

impl Proxy {
    /// Returns a way to `port`.
    pub fn to(port: u16) -> Proxy {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let own = listener.local_addr().expect("an address").port();
        let state = Arc::new(State {
            fate: Mutex::new(Fate::Pass),
            replied: AtomicU64::new(0),
            vanished: AtomicU64::new(0),
            accepted: AtomicU64::new(0),
            open: Mutex::default(),
        });
        let shared = state.clone();
        std::thread::spawn(move || {
            for (number, client) in (1..).zip(listener.incoming().map_while(Result::ok)) {
                let Ok(server) = TcpStream::connect(("127.0.0.1", port)) else { continue };
                shared.accepted.store(number, Ordering::SeqCst);
                connect(number, client, server, &shared);
            }
        });
        Proxy { port: own, state }
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// Lets the server vanish from every connection there is, as if its machine lost its power:
    /// nothing passes in either direction, and no end is announced. New connections reach it.
    pub fn vanish(&self) {
        self.state.vanished.store(self.state.accepted.load(Ordering::SeqCst), Ordering::SeqCst);
    }

    pub fn location(&self, options: &str) -> String {
        format!("redis://127.0.0.1:{}?{options}", self.port)
    }

    /// Decides the fate of all replies from now on.
    pub fn decide(&self, fate: Fate) {
        let mut decided = self.state.fate.lock().expect("no panic");
        self.state.replied.store(0, Ordering::SeqCst);
        *decided = fate;
    }

    /// Returns how many bytes of replies have passed since the fate was decided.
    pub fn replied(&self) -> u64 {
        self.state.replied.load(Ordering::SeqCst)
    }

    /// Returns how many connections to the proxy are established, as their client's side sees it.
    pub fn clients(&self) -> usize {
        let table = std::fs::read_to_string("/proc/self/net/tcp").expect("Linux");
        let remote = format!("0100007F:{:04X}", self.port);
        let is_ours = |line: &&str| {
            let mut fields = line.split_whitespace().skip(2);
            // State 01 is an established connection.
            fields.next() == Some(remote.as_str()) && fields.next() == Some("01")
        };
        table.lines().filter(is_ours).count()
    }

    /// Cuts every connection there is.
    pub fn cut(&self) {
        for stream in self.state.open.lock().expect("no panic").drain(..) {
            // It fails if it was closed already, which is as good.
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

/// Carries bytes both ways, each in a thread.
fn connect(number: u64, client: TcpStream, server: TcpStream, state: &Arc<State>) {
    for stream in [&client, &server] {
        stream.set_nodelay(true).expect("a socket");
        state.open.lock().expect("no panic").push(stream.try_clone().expect("a second handle"));
    }
    let (from_client, to_client) = (client.try_clone().expect("a second handle"), client);
    let (from_server, to_server) = (server.try_clone().expect("a second handle"), server);
    let shared = state.clone();
    std::thread::spawn(move || {
        carry(from_client, to_server, |bytes, to| {
            shared.has_vanished(number) || to.write_all(bytes).is_ok()
        });
    });
    let shared = state.clone();
    std::thread::spawn(move || {
        let mut random = Random::of(number);
        carry(from_server, to_client, |bytes, to| {
            shared.has_vanished(number) || shared.deliver(bytes, to, &mut random)
        });
    });
}

impl State {
    fn has_vanished(&self, number: u64) -> bool {
        number <= self.vanished.load(Ordering::SeqCst)
    }

    /// Delivers a reply by its fate; returns whether the connection goes on.
    fn deliver(&self, bytes: &[u8], to: &mut TcpStream, random: &mut Random) -> bool {
        let fate = *self.fate.lock().expect("no panic");
        if let Fate::Unruly(late) = fate {
            return deliver_unruly(bytes, to, random, late);
        }
        let Some(passed) = self.pass(bytes.len()) else { return true };
        to.write_all(&bytes[..bytes.len().min(passed)]).is_ok() && passed >= bytes.len()
    }

    /// Returns how many of `len` bytes pass, `None` for all of them but never more.
    fn pass(&self, len: usize) -> Option<usize> {
        // Decided and counted under one lock: no byte slips through between the two.
        let fate = self.fate.lock().expect("no panic");
        match *fate {
            Fate::Pass => {
                self.replied.fetch_add(len as u64, Ordering::SeqCst);
                Some(usize::MAX)
            }
            Fate::CutAfter(limit) => {
                let left = limit.saturating_sub(self.replied.load(Ordering::SeqCst));
                let passed = left.min(len as u64);
                self.replied.fetch_add(passed, Ordering::SeqCst);
                Some(if passed == len as u64 { usize::MAX } else { passed as usize })
            }
            Fate::Silence | Fate::Unruly(_) => None,
        }
    }
}

/// Delivers a reply in pieces, of which one in 600 is late; one reply in 200 is cut.
fn deliver_unruly(bytes: &[u8], to: &mut TcpStream, random: &mut Random, late: Duration) -> bool {
    let cut = random.one_in(200).then(|| random.within(0..bytes.len()));
    let mut rest = &bytes[..cut.unwrap_or(bytes.len())];
    while !rest.is_empty() {
        if random.one_in(600) {
            // The time by which the reply is late, by design.
            std::thread::sleep(late);
        }
        let (piece, behind) = rest.split_at(random.within(1..rest.len().min(3_000) + 1));
        if to.write_all(piece).is_err() {
            return false;
        }
        rest = behind;
    }
    cut.is_none()
}

/// Carries bytes until one side closes or `deliver` returns false.
fn carry(
    mut from: TcpStream,
    mut to: TcpStream,
    mut deliver: impl FnMut(&[u8], &mut TcpStream) -> bool,
) {
    let mut bytes = vec![0; 64 << 10];
    while let Ok(len @ 1..) = from.read(&mut bytes) {
        if !deliver(&bytes[..len], &mut to) {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Both);
    let _ = from.shutdown(Shutdown::Both);
}
