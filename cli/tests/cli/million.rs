//! A million keys, imported and exported in bounded memory.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::time::Instant;

use crate::support::{TestFolder, peak_kib};

const KEYS: u32 = 1_000_000;
/// Memory far below the 70 MB of the lines of a million keys.
const MEMORY_MAX_KIB: u64 = 40 * 1024;

/// Runs words, prints the time, and returns the largest memory in KiB of all samples.
fn measure(folder: &TestFolder, words: &[&str]) -> u64 {
    let begun = Instant::now();
    let peak_kib = peak_kib(&mut folder.command(words));
    println!("{words:?}: {:?}, {peak_kib} KiB", begun.elapsed());
    peak_kib
}

#[test]
fn a_million_keys_are_imported_and_exported_unchanged() {
    let folder = TestFolder::new();
    let mut lines = BufWriter::new(File::create(folder.file("lines")).expect("a file"));
    for n in 0..KEYS {
        let (group, value) = (n / 250_000, "v".repeat(n as usize % 40));
        let expiry = if n % 3 == 0 { ",\"expires_at\":99999999999999" } else { "" };
        let line = format!(
            "{{\"group\":\"g{group}\",\"key\":\"key:{n:07}\",\"value\":\"{value}\"{expiry}}}\n"
        );
        lines.write_all(line.as_bytes()).expect("written");
    }
    lines.into_inner().expect("written");

    let peaks = [
        measure(&folder, &["import", "lines"]),
        measure(&folder, &["export", "once"]),
        measure(&folder, &["import", "once", "--db-path", "copy.db"]),
        measure(&folder, &["export", "twice", "--db-path", "copy.db"]),
    ];

    let read = |name: &str| fs::read(folder.file(name)).expect(name);
    let lines = read("lines");
    assert!(lines == read("once"), "the export differs from the import");
    assert!(lines == read("twice"), "the second export differs from the first");
    assert!(peaks.iter().all(|peak| (1..MEMORY_MAX_KIB).contains(peak)), "{peaks:?} KiB");
}
