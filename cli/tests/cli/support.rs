//! A temporary folder in which the command runs, and the results of its runs.

use std::ffi::OsStr;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// The binary under test.
pub const KV: &str = env!("CARGO_BIN_EXE_kv");

/// The longest time that a test waits for an expected state.
pub const TIMEOUT: Duration = Duration::from_secs(60);
/// How often a test looks whether the expected state is reached.
const POLL_INTERVAL: Duration = Duration::from_millis(1);

/// A temporary folder. The command runs in it without the settings of the user.
pub struct TestFolder(tempfile::TempDir);

/// The exit status and the output of a run. A run that a signal ended has the status -1.
#[derive(Debug)]
pub struct RunResult {
    pub code: i32,
    pub out: Vec<u8>,
    pub err: String,
}

impl TestFolder {
    pub fn new() -> TestFolder {
        TestFolder(tempfile::tempdir().expect("a folder"))
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        fs::write(self.file(name), bytes).expect(name);
    }

    /// Returns the names of all files, in order, without those that SQLite keeps beside its own.
    pub fn files(&self) -> Vec<String> {
        let entries = fs::read_dir(self.path()).expect("a folder");
        let name = |it: fs::DirEntry| it.file_name().to_string_lossy().into_owned();
        let mut names: Vec<_> = entries.map(|it| name(it.expect("an entry"))).collect();
        names.retain(|name| !name.ends_with("-wal") && !name.ends_with("-shm"));
        names.sort();
        names
    }

    pub fn command(&self, arguments: &[impl AsRef<OsStr>]) -> Command {
        self.with_environment(Command::new(KV), arguments)
    }

    fn with_environment(&self, mut command: Command, arguments: &[impl AsRef<OsStr>]) -> Command {
        command.args(arguments).current_dir(self.path()).stdin(Stdio::null());
        for name in ["KV_STORE", "NO_COLOR", "XDG_STATE_HOME"] {
            command.env_remove(name);
        }
        command.env("HOME", self.path()).env("KV_HISTORY", "");
        command
    }

    /// Runs words that are separated by spaces.
    pub fn kv(&self, line: &str) -> RunResult {
        self.run(&line.split_whitespace().collect::<Vec<_>>())
    }

    /// Runs words that are separated by spaces on the store at `location`.
    pub fn kv_on(&self, location: &str, line: &str) -> RunResult {
        let words: Vec<_> = line.split_whitespace().collect();
        self.run(&[&words[..], &["--store", location]].concat())
    }

    pub fn run(&self, arguments: &[impl AsRef<OsStr>]) -> RunResult {
        RunResult::of(self.command(arguments).output().expect("kv runs"))
    }

    /// Runs words that are separated by spaces, with `input` on standard input.
    pub fn feed(&self, line: &str, input: impl AsRef<[u8]>) -> RunResult {
        let words: Vec<_> = line.split_whitespace().collect();
        let mut child = self.spawn(&words, Stdio::piped());
        let mut stdin = child.stdin.take().expect("a pipe");
        // A command that refuses its arguments closes the pipe without reading.
        let _ = stdin.write_all(input.as_ref());
        drop(stdin);
        RunResult::wait(child)
    }

    /// Starts a run whose output is piped. Ctrl-C reaches it also if the tests run in the
    /// background of a shell, which ignores it there.
    pub fn spawn(&self, arguments: &[impl AsRef<OsStr>], stdin: Stdio) -> Child {
        let mut command = Command::new("env");
        command.args(["--default-signal=INT", KV]);
        self.with_environment(command, arguments)
            .stdin(stdin)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("kv runs")
    }
}

impl RunResult {
    /// Waits for the end of a run.
    pub fn wait(child: Child) -> RunResult {
        RunResult::of(child.wait_with_output().expect("kv runs"))
    }

    pub fn of(output: Output) -> RunResult {
        RunResult {
            code: output.status.code().unwrap_or(-1),
            out: output.stdout,
            err: String::from_utf8(output.stderr).expect("messages are UTF-8"),
        }
    }

    /// Returns the output of a run that succeeded without a message.
    #[track_caller]
    pub fn ok(self) -> String {
        assert_eq!((self.code, self.err.as_str()), (0, ""), "{self:?}");
        self.text()
    }

    /// Returns the output of a run that succeeded, with or without messages.
    #[track_caller]
    pub fn done(self) -> String {
        assert_eq!(self.code, 0, "{self:?}");
        self.text()
    }

    /// Returns the message of a run that ended with `code` and without output.
    #[track_caller]
    pub fn failed(self, code: i32) -> String {
        assert_eq!((self.code, self.out.len()), (code, 0), "{self:?}");
        assert!(self.err.ends_with('\n'), "{self:?}");
        self.err
    }

    fn text(self) -> String {
        String::from_utf8(self.out).expect("the output is UTF-8")
    }
}

/// Runs a command to its success, and returns the largest memory in KiB of all samples.
#[track_caller]
pub fn peak_kib(command: &mut Command) -> u64 {
    let mut child = command.spawn().expect("kv runs");
    let mut peak_kib = 0;
    let status = loop {
        let about = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
        let line = about.lines().find_map(|it| it.strip_prefix("VmHWM:"));
        let kib = line.and_then(|it| it.trim().strip_suffix(" kB")?.parse().ok());
        peak_kib = peak_kib.max(kib.unwrap_or(0));
        if let Some(status) = child.try_wait().expect("a status") {
            break status;
        }
        // The interval between two samples of the memory.
        thread::sleep(Duration::from_millis(5));
    };
    assert!(status.success(), "{command:?}: {status}");
    peak_kib
}

/// Returns whether a run has installed a handler of SIGINT.
pub fn handles_interrupts(child: &Child) -> bool {
    let status = fs::read_to_string(format!("/proc/{}/status", child.id())).expect("a process");
    let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:")).expect("signals");
    let caught = u64::from_str_radix(caught.trim(), 16).expect("a number");
    // SIGINT is 2, and the lowest bit is that of signal 1.
    caught & 0b10 != 0
}

/// Sends the signal of Ctrl-C.
pub fn interrupt(child: &Child) {
    let kill = format!("kill -INT {}", child.id());
    assert!(Command::new("sh").args(["-c", &kill]).status().expect("sh").success());
}

/// Waits until `condition` holds. Fails after [`TIMEOUT`] with the name of the expected state.
#[track_caller]
pub fn until(expected: &str, mut condition: impl FnMut() -> bool) {
    let deadline = Instant::now() + TIMEOUT;
    while !condition() {
        assert!(Instant::now() < deadline, "after {TIMEOUT:?} there is still not {expected}");
        thread::sleep(POLL_INTERVAL);
    }
}

/// Returns a folder with a file `lines` of `count` JSON lines, in the order of their keys.
pub fn folder_with_lines(count: usize) -> TestFolder {
    let folder = TestFolder::new();
    let line = |n| format!("{{\"key\":\"key:{n:07}\",\"value\":\"value of {n}\"}}\n");
    folder.write("lines", (0..count).map(line).collect::<String>());
    folder
}

/// Returns `len` bytes that are neither text nor the same in any two pieces.
pub fn long_value(len: usize) -> Vec<u8> {
    let byte = |at: usize| (at as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes()[0];
    (0..len).map(byte).collect()
}
