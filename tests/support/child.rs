//! The test binary, started once more to be another process.
//!
//! A binary that uses this has an ignored test named `child` that does what [`role`] says.

use std::io::{BufRead, BufReader, Write};
use std::process::{self, ChildStdin, ChildStdout, Command, Stdio};

/// The variable that tells a child what to do.
const ROLE: &str = "KV_TEST_ROLE";
/// Marks the lines a child says to its parent among those the test runner prints.
const MARK: &str = "kv> ";

/// A process that plays a role; killed when dropped.
pub struct Child {
    process: process::Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
}

impl Child {
    /// Starts a process that plays `role`, given as words.
    pub fn start(role: &[&str]) -> Child {
        Child::start_with(role, &[])
    }

    /// The same for the ignored test `name`, where it is in a module.
    pub fn start_named(name: &str, role: &[&str]) -> Child {
        Child::start_test(name, role, &[])
    }

    /// The same, with more variables in its environment.
    pub fn start_with(role: &[&str], variables: &[(&str, &str)]) -> Child {
        Child::start_test("child", role, variables)
    }

    fn start_test(name: &str, role: &[&str], variables: &[(&str, &str)]) -> Child {
        let mut process = Command::new(std::env::current_exe().expect("this binary"))
            .args([name, "--exact", "--ignored", "--nocapture", "--test-threads=1"])
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
    pub fn tell(&mut self, line: &str) {
        writeln!(self.to, "{line}").expect("the child listens");
    }

    /// Returns the next line the child says; fails if it ends instead.
    pub fn hear(&mut self) -> String {
        loop {
            let mut line = String::new();
            let len = self.from.read_line(&mut line).expect("a readable pipe");
            assert_ne!(len, 0, "the child ended without a word; its error is above");
            // The runner prints "test child ... " before it without ending the line.
            if let Some((_, said)) = line.split_once(MARK) {
                return said.trim_end().to_owned();
            }
        }
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

/// Returns the words of the role this process plays, none if it is no child.
pub fn role() -> Vec<String> {
    let role = std::env::var(ROLE).unwrap_or_default();
    role.lines().map(str::to_owned).collect()
}

/// Says a line to the parent.
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
