//! A server in threads of the test, which replies as the test decides.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::time::Duration;

/// The words of a command.
pub type Words = Vec<Vec<u8>>;

/// The behaviour of a server on one connection: replies to a command on the stream, or fails to
/// end the connection.
pub type Script = dyn Fn(&[Vec<u8>], &mut TcpStream) -> std::io::Result<()> + Send + Sync;

/// A server that goes on until the process ends.
pub struct Scripted {
    port: u16,
}

impl Scripted {
    /// Returns a server that runs `serve` on each connection, in a thread.
    pub fn raw(serve: impl Fn(TcpStream) + Send + Sync + 'static) -> Scripted {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let serve = Arc::new(serve);
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let serve = serve.clone();
                std::thread::spawn(move || serve(client));
            }
        });
        Scripted { port }
    }

    /// Returns a server that replies to each command by `script`.
    pub fn start(
        script: impl Fn(&[Vec<u8>], &mut TcpStream) -> std::io::Result<()> + Send + Sync + 'static,
    ) -> Scripted {
        Scripted::raw(move |client| serve(client, &script))
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    pub fn location(&self, options: &str) -> String {
        format!("redis://127.0.0.1:{}?{options}", self.port)
    }
}

/// Replies to the commands on a connection by `script`, until that fails or the connection ends.
pub fn serve(client: TcpStream, script: &Script) {
    let Ok(mut to) = client.try_clone() else { return };
    let mut from = BufReader::new(client);
    while let Some(words) = read_command(&mut from) {
        if script(&words, &mut to).is_err() {
            break;
        }
    }
    // It fails if the client has closed the connection, which is as good.
    let _ = to.shutdown(std::net::Shutdown::Both);
}

/// Returns the next command, or `None` at the end of the connection.
fn read_command(from: &mut impl BufRead) -> Option<Words> {
    let mut words = Vec::new();
    for _ in 0..read_number(from, '*')? {
        let len = read_number(from, '$')?;
        let mut word = vec![0; len + 2];
        from.read_exact(&mut word).ok()?;
        word.truncate(len);
        words.push(word);
    }
    Some(words)
}

fn read_number(from: &mut impl BufRead, mark: char) -> Option<usize> {
    let mut line = String::new();
    from.read_line(&mut line).ok()?;
    line.trim_end().strip_prefix(mark)?.parse().ok()
}

/// Returns the reply of a server with three keys and no cluster to commands that need no entries.
pub fn ordinary(words: &[Vec<u8>]) -> &'static [u8] {
    match words.first().map_or(&b""[..], Vec::as_slice) {
        b"PING" => b"+PONG\r\n",
        b"TIME" => b"*2\r\n$10\r\n1700000000\r\n$1\r\n7\r\n",
        b"DBSIZE" => b":3\r\n",
        b"CLUSTER" => b"-ERR This instance has cluster support disabled\r\n",
        b"AUTH" | b"SELECT" | b"ASKING" | b"MULTI" => b"+OK\r\n",
        b"GET" | b"SET" | b"PUBLISH" | b"PEXPIRETIME" => b"+QUEUED\r\n",
        b"EXEC" => b"*2\r\n$-1\r\n:-2\r\n",
        b"EXISTS" => b":0\r\n",
        // No command of the list is refused.
        b"EVALSHA" if words.iter().any(|word| word == b"PUBLISH CHANNEL m") => b"*0\r\n",
        _ => b"$-1\r\n",
    }
}

/// Sends `head` and then a byte each 20 ms, until the client closes the connection.
pub fn drip(to: &mut TcpStream, head: &[u8]) -> std::io::Result<()> {
    to.write_all(head)?;
    loop {
        to.write_all(b"x")?;
        // The rate of the drip.
        std::thread::sleep(Duration::from_millis(20));
    }
}
