//! The test binary, started once more to be another process.
//!
//! The work of such a process is a part in [`PARTS`](crate::PARTS). It runs the test at the end of
//! this file, which plays a part if there is a role, and else is the parent of one that does.

use std::io::{BufRead, BufReader, Write};
use std::process::{self, ChildStdin, ChildStdout, Command, Stdio};

/// The test that a child runs.
const ENTRY: &str = "support::child::another_process_gets_and_sends_lines";
/// The variable that names the work of a child: its part and the words of its role, in lines.
const ROLE: &str = "KV_TEST_ROLE";
/// Marks the lines that a child sends to its parent among those that the test runner prints.
const MARK: &str = "kv> ";

/// A process that plays a role; killed when dropped.
pub struct Child {
    process: process::Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
}

impl Child {
    /// Starts a process that plays `part`, one of `PARTS`, whose role is given as words.
    pub fn start(part: &str, role: &[&str]) -> Child {
        Child::start_with(part, role, &[])
    }

    /// The same, with more variables in its environment.
    pub fn start_with(part: &str, role: &[&str], variables: &[(&str, &str)]) -> Child {
        let role = [&[part], role].concat();
        let mut process = Command::new(std::env::current_exe().expect("this binary"))
            .args([ENTRY, "--exact", "--nocapture", "--test-threads=1"])
            .env(ROLE, role.join("\n"))
            .envs(variables.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the test binary starts again");
        let to = process.stdin.take().expect("a pipe");
        let from = BufReader::new(process.stdout.take().expect("a pipe"));
        Child { process, to, from }
    }

    /// Sends the child a line.
    pub fn send_line(&mut self, line: &str) {
        writeln!(self.to, "{line}").expect("the child listens");
    }

    /// Returns the next line of the child; fails if it ends instead.
    pub fn read_line(&mut self) -> String {
        loop {
            let mut line = String::new();
            let len = self.from.read_line(&mut line).expect("a readable pipe");
            assert_ne!(len, 0, "the child ended without a word; its error is above");
            // The runner prints "test ... " before it without ending the line.
            if let Some((_, said)) = line.split_once(MARK) {
                return said.trim_end().to_owned();
            }
        }
    }

    /// Sends the child a signal, named as `kill` names it.
    pub fn signal(&self, name: &str) {
        let mut kill = Command::new("kill");
        let status = kill.arg(format!("-{name}")).arg(self.process.id().to_string()).status();
        assert!(status.expect("kill").success(), "{name} was not sent");
    }

    /// Kills the child the hard way and waits until it is gone.
    pub fn kill(mut self) {
        self.process.kill().expect("a process of ours");
        self.process.wait().expect("a process of ours");
    }

    /// Waits until the child has ended well.
    pub fn join(mut self) {
        let status = self.process.wait().expect("a process of ours");
        assert!(status.success(), "the child failed; its error is above");
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        // Both fail if it has ended already, which is as good.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Sends the parent a line.
pub fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{MARK}{line}").expect("the parent listens");
    out.flush().expect("the parent listens");
}

/// Returns the next line the parent sends, or `None` when it is gone.
pub fn listen() -> Option<String> {
    let mut line = String::new();
    let len = std::io::stdin().read_line(&mut line).expect("readable");
    (len > 0).then(|| line.trim_end().to_owned())
}

/// Sends the words of its role, and then the line of its parent.
pub fn echo(role: &[String]) {
    role.iter().for_each(|word| say(word));
    say(&listen().expect("a line"));
}

#[test]
fn another_process_gets_and_sends_lines() {
    if let Ok(role) = std::env::var(ROLE) {
        let role: Vec<_> = role.lines().map(str::to_owned).collect();
        let (name, words) = role.split_first().expect("a part");
        let part = crate::PARTS.iter().find(|it| it.0 == name);
        return part.expect("one of the parts").1(words);
    }
    let mut child = Child::start("echo", &["one", "two words"]);
    assert_eq!([child.read_line(), child.read_line()], ["one", "two words"]);
    child.send_line("three");
    assert_eq!(child.read_line(), "three");
    child.join();
}
