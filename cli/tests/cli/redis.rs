//! Stores in a Redis: every command works, and no message contains the password.

use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};

use crate::shell::{enter, send};
use crate::shell_interrupts::stop_waiting;
use crate::support::{TestFolder, long_value, until};
use crate::terminal::terminal;

pub const PASSWORD: &str = "correct-horse";

/// A server that is stopped when it is dropped.
pub struct Server {
    pub child: Child,
    port: u16,
}

impl Server {
    /// Starts a server and waits until it accepts connections.
    pub fn start(folder: &TestFolder) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        drop(listener);
        let child = Command::new("redis-server")
            .args(["--port", &port.to_string(), "--save", "", "--requirepass", PASSWORD])
            .current_dir(folder.path())
            .stdout(Stdio::null())
            .spawn()
            .expect("redis-server runs");
        let server = Server { child, port };
        until("a server that accepts connections", || {
            TcpStream::connect(("127.0.0.1", port)).is_ok()
        });
        server
    }

    /// Returns the location of a store, with this password.
    pub fn location(&self, password: &str) -> String {
        format!("redis://:{password}@127.0.0.1:{}/0?prefix=myapp", self.port)
    }
}

impl Server {
    /// Sends a signal to the server.
    fn signal(&self, name: &str) {
        let status = Command::new("kill").args([name, &self.child.id().to_string()]).status();
        assert!(status.expect("kill").success());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn the_commands_work_on_a_redis_and_copy_to_a_file_and_back() {
    let folder = TestFolder::new();
    let server = Server::start(&folder);
    let location = server.location(PASSWORD);
    let kv = |line: &str| folder.kv_on(&location, line);
    kv("set user:1 v").ok();
    kv("set t v -g g --ttl 1h").ok();
    assert_eq!(kv("get user:1").ok(), "\"v\"\n");
    assert_eq!(kv("list user:*").ok(), "user:1\n");
    assert_eq!(kv("incr n -g g").ok(), "1\n");
    kv("get x").failed(1);
    let lines = kv("export").ok();
    assert_eq!(lines.lines().count(), 3);
    assert_eq!(folder.run(&["copy", &location, "a.db"]).err, "created a.db\ncopied 3 keys\n");
    assert_eq!(folder.kv("export --db-path a.db").ok(), lines);
    kv("delete user:1").ok();
    assert_eq!(folder.run(&["copy", "a.db", &location, "--if-absent"]).code, 0);
    assert_eq!(kv("export").ok(), lines);
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn long_values_are_set_read_exported_and_imported() {
    let folder = TestFolder::new();
    let server = Server::start(&folder);
    let location = server.location(PASSWORD);
    let kv = |line: &str| folder.kv_on(&location, line);
    let value = long_value(6 * kv::PIECE_LEN + 7);
    folder.write("big", &value);
    for group in ["", " -g g"] {
        kv(&format!("set big @big --if-absent --ttl 1h{group}")).ok();
        kv(&format!("set big @big --if-absent{group}")).failed(1);
        assert!(kv(&format!("get --raw big{group}")).out == value);
        assert!(
            kv(&format!("get big --offset 1MiB --length 9{group}")).out == value[1 << 20..][..9]
        );
        let line = kv(&format!("list --long --output json{group}")).ok();
        assert!(line.ends_with(&format!(",\"size\":{}}}\n", value.len())), "{line}");
    }
    let lines = kv("export").ok();
    assert_eq!(lines.lines().count(), 2 * 8);
    folder.write("lines", &lines);
    kv("delete big").ok();
    kv("delete big -g g").ok();
    assert_eq!(kv("import lines").err, "imported 2 keys\n");
    assert!(kv("get --raw big").out == value && kv("get --raw big -g g").out == value);
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn no_message_contains_the_password() {
    let folder = TestFolder::new();
    let server = Server::start(&folder);
    let wrong = server.location("wrong-horse");
    let nowhere = format!("redis://:{PASSWORD}@127.0.0.1:1/0");
    let right = server.location(PASSWORD);
    let odd = format!("{right}&colour=red");
    for location in [&wrong, &nowhere, &odd, &right] {
        for line in ["get k", "set k v", "changes on", "backup b.db", "copy app.db", "list --help"]
        {
            let words: Vec<_> = line.split_whitespace().collect();
            let output =
                folder.command(&words).env("KV_STORE", location).output().expect("kv runs");
            let printed = [output.stdout, output.stderr].concat();
            let printed = String::from_utf8_lossy(&printed);
            assert!(!printed.contains("horse"), "{line}: {printed}");
        }
        let result = folder.run(&["copy", location, location]);
        assert!(result.code > 1 && !result.err.contains("horse"), "{result:?}");
    }
}

#[test]
#[cfg_attr(not(redis_server), ignore = "redis-server is not installed")]
fn the_prompt_waits_for_no_server_that_hangs() {
    let folder = TestFolder::new();
    let server = Server::start(&folder);
    let words = format!("shell '{}&call_timeout=1h'", server.location(PASSWORD));
    let mut session = terminal(&folder, &words);
    let seen = session.exp_string(&format!("kv redis://127.0.0.1:{}/0> ", server.port));
    assert!(!seen.expect("a prompt").contains(PASSWORD));
    for (line, key) in [("set user:ada v", "user:\t"), ("set k v -g g", "-g g \t")] {
        enter(&mut session, line, "kv redis");
        enter(&mut session, &format!("exists {key}"), "true");
    }
    server.signal("-STOP");
    // Tab offers nothing, and the line goes on.
    send(&mut session, "exists us\t");
    session.send_control('u').expect("sent");
    send(&mut session, ".timing on\r");
    session.exp_string("timing is on").expect("the shell goes on");
    for line in ["get user:ada", "list", "count", "count 'u*'", "groups", "export", "set k v"] {
        let seen = stop_waiting(&mut session, line, "kv redis");
        assert!(seen.contains("stopped"), "{line}: {seen}");
    }
    server.signal("-CONT");
    enter(&mut session, "get user:ada", "\"v\"");
}
