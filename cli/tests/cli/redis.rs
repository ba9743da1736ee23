//! Stores in a Redis: the same commands, and no password in any message.

use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::support::Place;

const PASSWORD: &str = "correct-horse";

/// A server that ends with the test.
struct Server {
    child: Child,
    port: u16,
}

impl Server {
    /// Begins one, or returns `None` where there is none to be had and none is required.
    fn begin(place: &Place) -> Option<Server> {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        drop(listener);
        let begun = Command::new("redis-server")
            .args(["--port", &port.to_string(), "--save", "", "--requirepass", PASSWORD])
            .current_dir(place.path())
            .stdout(Stdio::null())
            .spawn();
        let Ok(child) = begun else {
            assert!(std::env::var_os("KV_REQUIRE_REDIS").is_none(), "redis-server: {begun:?}");
            eprintln!("SKIPPED: no redis-server to run");
            return None;
        };
        let until = Instant::now() + Duration::from_secs(20);
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(Instant::now() < until, "the server does not answer");
            std::thread::sleep(Duration::from_millis(10));
        }
        Some(Server { child, port })
    }

    fn location(&self, password: &str) -> String {
        format!("redis://:{password}@127.0.0.1:{}/0?prefix=myapp", self.port)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn the_commands_work_on_a_redis_and_copy_to_a_file_and_back() {
    let place = Place::new();
    let Some(server) = Server::begin(&place) else { return };
    let location = server.location(PASSWORD);
    let kv = |line: &str| {
        let words: Vec<_> = line.split_whitespace().collect();
        place.run(&[&words[..], &["--store", &location]].concat())
    };
    kv("set user:1 v").ok();
    kv("set t v -g g --ttl 1h").ok();
    assert_eq!(kv("get user:1").ok(), "\"v\"\n");
    assert_eq!(kv("list user:*").ok(), "user:1\n");
    assert_eq!(kv("incr n -g g").ok(), "1\n");
    kv("get x").failed(1);
    let lines = kv("export").ok();
    assert_eq!(lines.lines().count(), 3);
    assert_eq!(place.run(&["copy", &location, "a.db"]).err, "created a.db\ncopied 3 keys\n");
    assert_eq!(place.kv("export --db-path a.db").ok(), lines);
    kv("delete user:1").ok();
    assert_eq!(place.run(&["copy", "a.db", &location, "--if-absent"]).code, 0);
    assert_eq!(kv("export").ok(), lines);
}

#[test]
fn no_message_has_the_password() {
    let place = Place::new();
    let Some(server) = Server::begin(&place) else { return };
    let wrong = server.location("wrong-horse");
    let nowhere = format!("redis://:{PASSWORD}@127.0.0.1:1/0");
    let right = server.location(PASSWORD);
    let odd = format!("{right}&colour=red");
    for location in [&wrong, &nowhere, &odd, &right] {
        for line in ["get k", "set k v", "changes on", "backup b.db", "copy app.db", "list --help"]
        {
            let words: Vec<_> = line.split_whitespace().collect();
            let output = place.command(&words).env("KV_STORE", location).output().expect("kv runs");
            let said = [output.stdout, output.stderr].concat();
            let said = String::from_utf8_lossy(&said);
            assert!(!said.contains("horse"), "{line}: {said}");
        }
        let ran = place.run(&["copy", location, location]);
        assert!(ran.code > 1 && !ran.err.contains("horse"), "{ran:?}");
    }
}
