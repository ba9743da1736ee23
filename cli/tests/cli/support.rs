//! A folder to run the command in, and what it said.

use std::ffi::OsStr;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

/// The binary under test.
pub const KV: &str = env!("CARGO_BIN_EXE_kv");

/// A folder of its own, in which the command runs without anybody's settings.
pub struct Place(tempfile::TempDir);

/// What a run of the command said and how it ended.
#[derive(Debug)]
pub struct Ran {
    pub code: i32,
    pub out: Vec<u8>,
    pub err: String,
}

impl Place {
    pub fn new() -> Place {
        Place(tempfile::tempdir().expect("a folder"))
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

    /// Returns the names of all files, in order, but for those that SQLite keeps beside its own.
    pub fn files(&self) -> Vec<String> {
        let entries = fs::read_dir(self.path()).expect("a folder");
        let name = |it: fs::DirEntry| it.file_name().to_string_lossy().into_owned();
        let mut names: Vec<_> = entries.map(|it| name(it.expect("an entry"))).collect();
        names.retain(|name| !name.ends_with("-wal") && !name.ends_with("-shm"));
        names.sort();
        names
    }

    pub fn command(&self, arguments: &[impl AsRef<OsStr>]) -> Command {
        let mut command = Command::new(KV);
        command.args(arguments).current_dir(self.path()).stdin(Stdio::null());
        for name in ["KV_STORE", "NO_COLOR", "XDG_STATE_HOME"] {
            command.env_remove(name);
        }
        command.env("HOME", self.path()).env("KV_HISTORY", "");
        command
    }

    /// Runs words that are separated by spaces.
    pub fn kv(&self, line: &str) -> Ran {
        self.run(&line.split_whitespace().collect::<Vec<_>>())
    }

    pub fn run(&self, arguments: &[impl AsRef<OsStr>]) -> Ran {
        Ran::of(self.command(arguments).output().expect("kv runs"))
    }

    /// Runs it with `input` on its standard input.
    pub fn feed(&self, line: &str, input: impl AsRef<[u8]>) -> Ran {
        let words: Vec<_> = line.split_whitespace().collect();
        let mut child = self.spawn(&words, Stdio::piped());
        let mut stdin = child.stdin.take().expect("a pipe");
        // A command that refuses its arguments does not read.
        let _ = stdin.write_all(input.as_ref());
        drop(stdin);
        Ran::of(child.wait_with_output().expect("kv runs"))
    }

    /// Begins a run whose output is read while it goes on.
    pub fn spawn(&self, arguments: &[impl AsRef<OsStr>], stdin: Stdio) -> Child {
        self.command(arguments)
            .stdin(stdin)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("kv runs")
    }
}

impl Ran {
    pub fn of(output: Output) -> Ran {
        Ran {
            code: output.status.code().unwrap_or(-1),
            out: output.stdout,
            err: String::from_utf8(output.stderr).expect("messages are text"),
        }
    }

    /// Returns the output of a run that went well without a word.
    #[track_caller]
    pub fn ok(self) -> String {
        assert_eq!((self.code, self.err.as_str()), (0, ""), "{self:?}");
        self.text()
    }

    /// Returns the output of a run that went well, whatever it said besides.
    #[track_caller]
    pub fn done(self) -> String {
        assert_eq!(self.code, 0, "{self:?}");
        self.text()
    }

    /// Returns what a run said that ended with `code` and gave no output.
    #[track_caller]
    pub fn failed(self, code: i32) -> String {
        assert_eq!((self.code, self.out.len()), (code, 0), "{self:?}");
        assert!(self.err.ends_with('\n'), "{self:?}");
        self.err
    }

    fn text(self) -> String {
        String::from_utf8(self.out).expect("text")
    }
}

/// Does what Ctrl-C does.
pub fn interrupt(child: &Child) {
    let kill = format!("kill -INT {}", child.id());
    assert!(Command::new("sh").args(["-c", &kill]).status().expect("sh").success());
}
