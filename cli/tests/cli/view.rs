//! A running view in a pseudo-terminal, whose screen is read as a person sees it.

use std::fs;
use std::num::NonZero;
use std::process::Command;

use rexpect::session::{PtySession, spawn_command};
use vt100::{Parser, Screen};

use crate::support::{KV, TIMEOUT, TestFolder, until};

pub const COLUMNS: u16 = 120;
pub const LINES: u16 = 30;

/// A running view and its screen.
pub struct View {
    session: PtySession,
    pub parser: Parser,
    /// All bytes that were written to the terminal.
    pub written: Vec<u8>,
}

impl View {
    /// Runs `kv browse` with words of a shell; then the shell prints the exit status and the state
    /// of the terminal.
    pub fn open(folder: &TestFolder, words: &str) -> View {
        View::open_with(folder, &format!("\"$KV\" browse {words}"), &[])
    }

    pub fn open_with(folder: &TestFolder, script: &str, variables: &[(&str, &str)]) -> View {
        let mut command = Command::new("bash");
        // The settings that raw mode changes.
        let settings = "echo $(stty -a | grep -owE 'isig|icanon|echo') .";
        let script = format!(
            "stty cols {COLUMNS} rows {LINES}; echo \"shell $$ $(tty) \"; {script}; echo \"status $?\"; {settings}; read -r _"
        );
        command.args(["-c", &script]).current_dir(folder.path());
        for name in ["KV_STORE", "NO_COLOR"] {
            command.env_remove(name);
        }
        command.env("KV", KV).env("TERM", "xterm-256color").env("HOME", folder.path());
        command.env("KV_HISTORY", "").envs(variables.iter().copied());
        let session = spawn_command(command, Some(TIMEOUT.as_millis() as u64));
        let session = session.expect("a terminal");
        let parser = Parser::new(size(LINES), size(COLUMNS), 0);
        View { session, parser, written: Vec::new() }
    }

    /// Waits until the screen is as expected.
    #[track_caller]
    pub fn until(&mut self, expected: &str, condition: impl Fn(&Screen) -> bool) {
        let mut seen = String::new();
        let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            until(expected, || {
                while let Some(it) = self.session.try_read() {
                    // The reader returns each byte as a character.
                    self.written.push(it as u8);
                    self.parser.process(&[it as u8]);
                }
                seen = self.parser.screen().contents();
                condition(self.parser.screen())
            });
        }));
        assert!(result.is_ok(), "not {expected} in:\n{seen}");
    }

    #[track_caller]
    pub fn shows(&mut self, text: &str) {
        self.until(text, |screen| screen.contents().contains(text));
    }

    #[track_caller]
    pub fn hides(&mut self, text: &str) {
        self.until(&format!("without {text}"), |screen| !screen.contents().contains(text));
    }

    /// Waits until a line has these texts in this order.
    #[track_caller]
    pub fn shows_line(&mut self, texts: &[&str]) {
        let has_all = |line: &str| {
            let mut rest = line;
            texts.iter().all(|text| match rest.find(text) {
                Some(at) => {
                    rest = &rest[at + text.len()..];
                    true
                }
                None => false,
            })
        };
        self.until(&format!("{texts:?}"), |screen| screen.contents().lines().any(has_all));
    }

    pub fn press(&mut self, keys: &str) {
        self.session.send(keys).expect("sent");
        self.session.flush().expect("sent");
    }

    /// Returns the number of the shell and the path of the terminal, which the shell prints first.
    pub fn shell(&self) -> (String, String) {
        let written = String::from_utf8_lossy(&self.written);
        let mut words = written.split("shell ").nth(1).expect("a first line").split(' ');
        let mut word = || words.next().expect("a word").to_owned();
        (word(), word())
    }

    /// Returns the number of the process that runs `kv`.
    pub fn process(&self) -> String {
        let (shell, _) = self.shell();
        let path = format!("/proc/{shell}/task/{shell}/children");
        fs::read_to_string(path).expect("a process").trim().to_owned()
    }

    pub fn resize(&mut self, columns: u16, lines: u16) {
        let (_, terminal) = self.shell();
        self.parser.screen_mut().set_size(size(lines), size(columns));
        let size = ["cols", &columns.to_string(), "rows", &lines.to_string()];
        let status = Command::new("stty").args(["-F", &terminal]).args(size).status();
        assert!(status.expect("stty").success());
    }

    /// Waits for the end, and checks that the terminal is as it was.
    #[track_caller]
    pub fn ends(&mut self, status: i32) {
        self.shows(&format!("status {status}\n"));
        self.shows("isig icanon echo .");
        let screen = self.parser.screen();
        assert!(!screen.alternate_screen() && !screen.hide_cursor());
    }
}

fn size(number: u16) -> NonZero<u16> {
    NonZero::new(number).expect("a terminal has a line and a column")
}
