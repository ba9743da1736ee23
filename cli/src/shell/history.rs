//! The lines that were entered at the prompt, and the file in which they are kept.

use std::env;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use rustyline::history::{FileHistory, History};
use rustyline::{Config, Editor, Helper};

/// The largest number of commands that are kept.
pub const LEN_MAX: usize = 2_000;

/// The commands of this prompt. Each is kept once, at the place of its last use.
pub struct Lines {
    /// `None` if they are not kept in a file.
    path: Option<PathBuf>,
    config: Config,
    new: Vec<String>,
}

impl Lines {
    /// Loads the file into the editor. `config` is that of the editor.
    pub fn load<H: Helper>(editor: &mut Editor<H, FileHistory>, config: Config) -> Lines {
        let lines = Lines { path: path(), config, new: Vec::new() };
        if let Some(path) = &lines.path {
            // The file is missing the first time.
            let _ = editor.load_history(path);
        }
        lines
    }

    /// Adds a command, of one line or more; none that begins with a space or has a password.
    pub fn add<H: Helper>(&mut self, editor: &mut Editor<H, FileHistory>, command: &str) {
        let is_private = command.starts_with(char::is_whitespace) || may_have_password(command);
        if command.is_empty() || is_private {
            return;
        }
        self.new.retain(|it| it != command);
        self.new.push(command.to_owned());
        let history = editor.history_mut();
        let before: Vec<_> = history.iter().filter(|it| *it != command).cloned().collect();
        // Memory alone is changed, which does not fail.
        let _ = history.clear();
        for line in before.iter().map(String::as_str).chain([command]) {
            let _ = history.add(line);
        }
        // Kept at once, in case that a signal ends the shell. An error is reported at its end.
        if let Some(path) = &self.path {
            let _ = match self.new.len() {
                1 => save(path, &self.config, &self.new).map_err(|_| ()),
                _ => append(path, command).map_err(|_| ()),
            };
        }
    }

    /// Adds the commands to the file. An error is reported and ends nothing.
    pub fn save(self) {
        let Some(path) = self.path.as_deref().filter(|_| !self.new.is_empty()) else { return };
        if let Err(error) = save(path, &self.config, &self.new) {
            eprintln!("kv: the history is not saved: {error}");
        }
    }
}

/// Writes the commands of the file, with those of other prompts meanwhile, and `new` behind them.
fn save(path: &Path, config: &Config, new: &[String]) -> rustyline::Result<()> {
    if let Some(folder) = path.parent() {
        let _ = fs::create_dir_all(folder);
    }
    let mut old = FileHistory::with_config(config);
    let mut all = FileHistory::with_config(config);
    let _ = old.load(path);
    for command in old.iter().filter(|it| !new.contains(it)).chain(new) {
        all.add(command)?;
    }
    all.save(path)
}

/// Appends a command to a file that was saved, in its format.
fn append(path: &Path, command: &str) -> io::Result<()> {
    let line = command.replace('\\', "\\\\").replace('\n', "\\n") + "\n";
    fs::OpenOptions::new().append(true).open(path)?.write_all(line.as_bytes())
}

/// Returns whether a command may have a location with a user or a password.
fn may_have_password(command: &str) -> bool {
    let location = command.split_once("://").map(|(_, location)| location);
    location.is_some_and(|it| it.contains('@') || it.contains("password="))
}

/// Returns the path of the file: the value of `KV_HISTORY` (`None` if it is empty), else
/// `kv/history` in the user's state directory, `XDG_STATE_HOME` or `~/.local/state`.
fn path() -> Option<PathBuf> {
    if let Some(path) = env::var_os("KV_HISTORY") {
        return (!path.is_empty()).then(|| path.into());
    }
    let is_absolute = |path: &PathBuf| path.is_absolute();
    let state = env::var_os("XDG_STATE_HOME").map(PathBuf::from).filter(is_absolute);
    let home = || env::var_os("HOME").map(|home| PathBuf::from(home).join(".local/state"));
    Some(state.or_else(home)?.join("kv/history"))
}
