//! The files of a store.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

/// Copies the files of a store that is closed.
pub fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from).with_context(|| format!("read {}", from.display()))? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target).context("copy a store")?;
        }
    }
    Ok(())
}

/// Returns the length of all files of a store, logs included.
pub fn size(directory: &Path) -> Result<u64> {
    let mut sum = 0;
    for entry in fs::read_dir(directory).with_context(|| format!("read {}", directory.display()))? {
        let entry = entry?;
        let facts = entry.metadata()?;
        sum += if facts.is_dir() { size(&entry.path())? } else { facts.len() };
    }
    Ok(sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_size_is_that_of_all_files_and_of_their_copies() {
        let directory = tempfile::tempdir().unwrap();
        let from = directory.path().join("from");
        fs::create_dir_all(from.join("below")).unwrap();
        fs::write(from.join("a"), [0; 10]).unwrap();
        fs::write(from.join("below/b"), [0; 5]).unwrap();
        assert_eq!(size(&from).unwrap(), 15);
        let to = directory.path().join("to");
        copy(&from, &to).unwrap();
        assert_eq!(size(&to).unwrap(), 15);
    }
}
