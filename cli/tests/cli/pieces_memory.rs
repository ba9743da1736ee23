//! A value of 300 MiB in a file, with the memory of a few pieces.

use std::fs::File;
use std::io::{BufReader, Read, Write};

use crate::support::{TestFolder, long_value, peak_kib};

/// The value is this block over and over, each time with its number at the beginning.
const BLOCK_LEN: usize = 1 << 20;
const BLOCKS: u64 = 300;
/// The growth of the memory over that of a command with a short value.
const GROWTH_MAX_KIB: u64 = 64 * 1024;

fn write_blocks(folder: &TestFolder, name: &str) {
    let mut file = File::create(folder.file(name)).expect("a file");
    let mut block = long_value(BLOCK_LEN);
    for number in 0..BLOCKS {
        block[..8].copy_from_slice(&number.to_le_bytes());
        file.write_all(&block).expect("written");
    }
}

fn assert_blocks(folder: &TestFolder, name: &str) {
    let mut file = BufReader::new(File::open(folder.file(name)).expect("a file"));
    let (mut block, mut read) = (long_value(BLOCK_LEN), vec![0; BLOCK_LEN]);
    for number in 0..BLOCKS {
        block[..8].copy_from_slice(&number.to_le_bytes());
        file.read_exact(&mut read).expect("a block");
        assert!(read == block, "{name}: block {number}");
    }
    assert_eq!(file.read(&mut read).expect("the end"), 0, "{name}");
}

#[test]
fn a_value_of_300_mib_is_written_read_exported_and_imported_in_bounded_memory() {
    let folder = TestFolder::new();
    write_blocks(&folder, "big");
    // Runs words, with the output in a file.
    let peak = |line: &str, out: &str| {
        let words: Vec<_> = line.split_whitespace().collect();
        let out = File::create(folder.file(out)).expect("a file");
        let peak_kib = peak_kib(folder.command(&words).stdout(out));
        println!("{line}: {peak_kib} KiB");
        peak_kib
    };
    let short = peak("set short v", "none");

    let peaks = [
        peak("set big @big", "none"),
        peak("get --raw big", "raw"),
        peak("get big --offset 299MiB", "end"),
        peak("list --long", "list"),
        peak("export lines", "none"),
        peak("import lines --db-path copy.db", "none"),
        peak("get --raw big --db-path copy.db", "copy"),
    ];

    assert_blocks(&folder, "raw");
    assert_blocks(&folder, "copy");
    assert_eq!(std::fs::metadata(folder.file("end")).expect("a file").len(), BLOCK_LEN as u64);
    assert!(
        peaks.iter().all(|it| (1..short + GROWTH_MAX_KIB).contains(it)),
        "{peaks:?} over {short} KiB"
    );
}
