//! A Redis server of the test's own.

use std::io;
use std::net::TcpListener;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::{Certificates, Client, Reply, ServerClock, keeper};
use crate::support::Random;
use crate::support::until;

/// How long a server may take to start, to load its data and to end.
const PATIENCE: Duration = Duration::from_secs(30);

/// The configuration of a server.
#[derive(Clone, Default)]
pub struct Setup {
    lines: Vec<String>,
    clock: Option<Arc<ServerClock>>,
    certificates: Option<Arc<Certificates>>,
    /// The user by whose name [`Server::client`] speaks, and the password.
    admin: Option<(String, String)>,
    is_sentinel: bool,
}

impl Setup {
    /// Makes it a Sentinel, which has no entries.
    pub fn sentinel(mut self) -> Setup {
        self.is_sentinel = true;
        self
    }

    /// Adds a line to the configuration.
    pub fn line(mut self, line: impl Into<String>) -> Setup {
        self.lines.push(line.into());
        self
    }

    /// Lets the server live by `clock`.
    pub fn clock(mut self, clock: &Arc<ServerClock>) -> Setup {
        self.clock = Some(clock.clone());
        self
    }

    /// Makes the server keep what it has acknowledged when it is killed.
    pub fn lasting(self) -> Setup {
        self.line("appendonly yes").line("appendfsync always")
    }

    /// Makes the server listen to TLS alone; `verify` is its `tls-auth-clients`.
    pub fn tls(mut self, certificates: &Arc<Certificates>, verify: &str) -> Setup {
        self.certificates = Some(certificates.clone());
        self.line(format!("tls-auth-clients {verify}"))
            .line(format!("tls-ca-cert-file {}", certificates.authority().display()))
            .line(format!("tls-cert-file {}", certificates.server().display()))
            .line(format!("tls-key-file {}", certificates.server_key().display()))
            .line(format!("tls-client-cert-file {}", certificates.client().display()))
            .line(format!("tls-client-key-file {}", certificates.client_key().display()))
    }

    /// Returns the authority that has signed the server's certificate, if it listens to TLS.
    pub fn authority(&self) -> Option<PathBuf> {
        self.certificates.as_ref().map(|it| it.authority())
    }

    /// Names the user, with password, that the test itself is.
    pub fn admin(mut self, user: &str, password: &str) -> Setup {
        self.admin = Some((user.to_owned(), password.to_owned()));
        self
    }
}

/// A server; killed when dropped.
pub struct Server {
    setup: Setup,
    place: PathBuf,
    port: u16,
    process: Mutex<Option<Child>>,
}

impl Server {
    /// Starts a server on a free port and returns it when it replies.
    pub fn start(setup: Setup) -> Server {
        let place = keeper::new_place();
        for _ in 0..20 {
            // Another process may take the port before the server does.
            let server = Server {
                setup: setup.clone(),
                place: place.clone(),
                port: free_port(),
                process: Mutex::default(),
            };
            if server.try_start() {
                return server;
            }
        }
        panic!("no server starts; its last words: {}", last_words(&place));
    }

    fn try_start(&self) -> bool {
        self.write_configuration();
        let mut command = Command::new("redis-server");
        command.arg(self.place.join("redis.conf"));
        command.args(self.setup.is_sentinel.then_some("--sentinel"));
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        if let Some(clock) = &self.setup.clock {
            clock.rule(&mut command);
        }
        let _ = std::fs::remove_file(self.socket());
        let child = keeper::spawn(command).expect("redis-server starts");
        *self.process.lock().expect("no panic") = Some(child);
        let mut has_ended = false;
        until("the server is ready", PATIENCE, || {
            has_ended = self.has_ended();
            has_ended || self.is_ready()
        });
        !has_ended
    }

    fn write_configuration(&self) {
        let (plain, tls) = match self.setup.certificates {
            None => (self.port, 0),
            Some(_) => (0, self.port),
        };
        let place = self.place.display();
        // The memory allocator's thread would wait by a clock that stands still: not at all.
        let mut text = format!(
            "bind 127.0.0.1\nport {plain}\ntls-port {tls}\nunixsocket {place}/socket\n\
             unixsocketperm 700\ndir {place}\nlogfile {place}/log\nsave \"\"\n\
             enable-debug-command local\nrepl-diskless-sync-delay 0\n\
             jemalloc-bg-thread no\n"
        );
        for line in &self.setup.lines {
            text += line;
            text.push('\n');
        }
        // A server whose port was taken has removed it.
        std::fs::create_dir_all(&self.place).expect("a folder");
        std::fs::write(self.place.join("redis.conf"), text).expect("a configuration");
    }

    /// Returns the path of its Unix socket.
    pub fn socket(&self) -> PathBuf {
        self.place.join("socket")
    }

    fn is_ready(&self) -> bool {
        let Ok(mut client) = Client::connect(&self.socket()) else { return false };
        match client.try_call(&[b"PING"]) {
            Ok(Reply::Error(error)) => !error.starts_with("LOADING"),
            reply => reply.is_ok(),
        }
    }

    fn has_ended(&self) -> bool {
        let mut process = self.process.lock().expect("no panic");
        process.as_mut().is_none_or(|it| it.try_wait().expect("a process of ours").is_some())
    }

    /// Returns whether the server runs.
    pub fn is_alive(&self) -> bool {
        !self.has_ended()
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// Returns the number of its process.
    pub fn id(&self) -> u32 {
        self.process.lock().expect("no panic").as_ref().expect("it runs").id()
    }

    /// Returns the location of a store on this server, without a password.
    pub fn location(&self, options: &str) -> String {
        let scheme = if self.setup.certificates.is_some() { "rediss" } else { "redis" };
        format!("{scheme}://127.0.0.1:{}?{options}", self.port)
    }

    /// Returns a client that may do everything.
    pub fn client(&self) -> Client {
        let mut client = Client::connect(&self.socket()).expect("the server listens");
        if let Some((user, password)) = &self.setup.admin {
            client.call(&["AUTH", user, password]);
        }
        client
    }

    /// Returns the output of the `redis-cli` that is installed, byte for byte.
    pub fn redis_cli(&self, words: &[&[u8]]) -> Vec<u8> {
        use std::os::unix::ffi::OsStrExt;
        let words = words.iter().map(|it| std::ffi::OsStr::from_bytes(it));
        let output = Command::new("redis-cli")
            .arg("--raw")
            .arg("-s")
            .arg(self.socket())
            .args(words)
            .stderr(Stdio::inherit())
            .output()
            .expect("redis-cli");
        assert!(output.status.success(), "redis-cli: {:?}", output.status);
        // It ends each reply with a line feed of its own.
        output.stdout.strip_suffix(b"\n").unwrap_or(&output.stdout).to_vec()
    }

    /// Kills the server the hard way and returns when it is gone.
    pub fn kill(&self) {
        if let Some(mut child) = self.process.lock().expect("no panic").take() {
            // It fails if the server has ended already, which is as good.
            let _ = child.kill();
            let status = child.wait().expect("a process of ours");
            assert_ne!(status.signal(), Some(libc::SIGSEGV), "{}", last_words(&self.place));
        }
    }

    /// Starts the server again, on the same port and with what it had written to its disk.
    pub fn restart(&self) {
        self.kill();
        assert!(self.try_start(), "the server does not come back: {}", last_words(&self.place));
    }

    /// Stops the server where it is, as if the machine hung.
    pub fn pause(&self) {
        self.signal(libc::SIGSTOP);
    }

    /// Lets the server go on.
    pub fn resume(&self) {
        self.signal(libc::SIGCONT);
    }

    fn signal(&self, signal: i32) {
        let id = i32::try_from(self.id()).expect("a process");
        // SAFETY: kill takes numbers alone, and the process is our own child, not yet waited for.
        let sent = unsafe { libc::kill(id, signal) };
        assert_eq!(sent, 0, "{}", io::Error::last_os_error());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
        // Files that stay behind go with the process.
        let _ = std::fs::remove_dir_all(&self.place);
    }
}

/// Returns a port without a listener, below those that the system gives to outgoing
/// connections: so it is free again after the server was killed.
pub fn free_port() -> u16 {
    static RANDOM: Mutex<Option<Random>> = Mutex::new(None);
    let mut random = RANDOM.lock().expect("no panic");
    let random = random.get_or_insert_with(|| {
        let now = std::time::UNIX_EPOCH.elapsed().unwrap_or_default().as_nanos() as u64;
        Random::of(now ^ u64::from(std::process::id()))
    });
    loop {
        let port = random.within(10_000..32_000) as u16;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

fn last_words(place: &Path) -> String {
    let log = std::fs::read_to_string(place.join("log")).unwrap_or_default();
    let lines: Vec<_> = log.lines().rev().take(5).collect();
    lines.into_iter().rev().collect::<Vec<_>>().join("\n")
}
