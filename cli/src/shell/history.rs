//! The file in which the prompt keeps its lines.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use rustyline::history::FileHistory;
use rustyline::{Editor, Helper};

/// Returns the path of the file: the value of `KV_HISTORY` (`None` if it is empty), else
/// `kv/history` in the user's state directory, `XDG_STATE_HOME` or `~/.local/state`.
pub fn path() -> Option<PathBuf> {
    if let Some(path) = env::var_os("KV_HISTORY") {
        return (!path.is_empty()).then(|| path.into());
    }
    let is_absolute = |path: &PathBuf| path.is_absolute();
    let state = env::var_os("XDG_STATE_HOME").map(PathBuf::from).filter(is_absolute);
    let home = || env::var_os("HOME").map(|home| PathBuf::from(home).join(".local/state"));
    Some(state.or_else(home)?.join("kv/history"))
}

/// Writes the lines into the file. An error is reported and ends nothing.
pub fn save<H: Helper>(editor: &mut Editor<H, FileHistory>, path: &Path) {
    if let Some(folder) = path.parent() {
        let _ = fs::create_dir_all(folder);
    }
    if let Err(error) = editor.save_history(path) {
        eprintln!("kv: the history is not saved: {error}");
    }
}
