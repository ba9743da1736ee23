//! A million keys, imported and exported in bounded memory.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::support::TestFolder;

const KEYS: u32 = 1_000_000;
/// Memory far below the 70 MB of the lines of a million keys.
const MEMORY_MAX_KIB: u64 = 40 * 1024;

/// Runs words, prints the time, and returns the largest memory in KiB of all samples.
fn measure(folder: &TestFolder, words: &[&str]) -> u64 {
    let begun = Instant::now();
    let mut child = folder.spawn(words, Stdio::null());
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
        std::thread::sleep(Duration::from_millis(5));
    };
    assert!(status.success(), "{words:?}: {status}");
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
