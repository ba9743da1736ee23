//! `kv recover`: damaged files.

use std::fs;

use crate::support::{TestFolder, folder_with_lines, long_value};
use crate::transfer::full_folder;

const PAGE_LEN: usize = 4096;

/// Returns a folder with 3,000 short and 20 long values in a closed store, and its export.
fn filled() -> (TestFolder, String) {
    let folder = folder_with_lines(3_000);
    folder.kv("import lines").done();
    // So many that there is more than one pointer map.
    for id in 0..130 {
        folder.feed(&format!("set long:{id:03} -g long"), vec![id; 30_000 + id as usize]).done();
    }
    // In pieces, and one of them in pieces of an export too.
    for len in [300_000, 786_432, 1_000_000, 1_500_000] {
        folder.feed(&format!("set pieces:{len} -g long"), long_value(len)).done();
    }
    // Deleted keys must not come back.
    folder.kv("delete-prefix key:0001").done();
    folder.kv("set deleted @lines").done();
    folder.kv("delete deleted").done();
    let lines = folder.kv("export").ok();
    (folder, lines)
}

/// Overwrites pages, counted from 0.
fn damage(folder: &TestFolder, pages: impl IntoIterator<Item = usize>) {
    let mut bytes = fs::read(folder.file("app.db")).expect("a file");
    for page in pages {
        bytes[page * PAGE_LEN..(page + 1) * PAGE_LEN].fill(0xA5);
    }
    fs::write(folder.file("app.db"), bytes).expect("written");
}

#[test]
fn a_whole_file_is_recovered_whole() {
    for (folder, lines) in [filled(), {
        let folder = full_folder();
        let lines = folder.kv("export").ok();
        (folder, lines)
    }] {
        let before = fs::read(folder.file("app.db")).expect("a file");
        let done = folder.kv("recover app.db new.db");
        let count = lines.lines().filter(|line| line.contains("\"key\":")).count();
        let expected = format!("created new.db\nimported {count} keys\n");
        assert_eq!((done.code, done.err), (0, expected));
        assert_eq!(folder.kv("export --db-path new.db").ok(), lines);
        assert_eq!(fs::read(folder.file("app.db")).expect("a file"), before);
        let message = folder.kv("recover app.db new.db").failed(3);
        assert!(message.contains("new.db exists already"), "{message}");
    }
}

#[test]
fn of_a_damaged_file_all_other_pages_are_recovered_and_the_loss_is_counted() {
    let (folder, lines) = filled();
    let pages = fs::metadata(folder.file("app.db")).expect("a file").len() as usize / PAGE_LEN;
    // Every twentieth page, but not the first.
    damage(&folder, (5..pages).step_by(20));
    folder.kv("check").failed(3);
    let done = folder.kv("recover app.db new.db");
    assert_eq!(done.code, 0, "{done:?}");
    assert!(done.err.contains(&format!("of {pages} pages cannot be read")), "{done:?}");
    assert_eq!(folder.kv("check new.db").ok(), "ok\n");
    let recovered = folder.kv("export --db-path new.db").ok();
    let all: std::collections::HashSet<_> = lines.lines().collect();
    let invented: Vec<_> = recovered.lines().filter(|line| !all.contains(line)).collect();
    assert!(invented.is_empty(), "entries that were not there: {invented:?}");
    let count = recovered.lines().count();
    assert!(count * 10 > all.len() * 7 && count < all.len(), "{count} of {}", all.len());
    let names: Vec<_> = folder.files();
    assert_eq!(names, ["app.db", "lines", "new.db"]);
}

#[test]
fn a_file_without_its_first_page_is_recovered() {
    let (folder, lines) = filled();
    damage(&folder, [0]);
    folder.kv("count").failed(3);
    folder.kv("recover app.db new.db").done();
    let recovered = folder.kv("export --db-path new.db").ok();
    assert!(lines.lines().all(|line| recovered.contains(line)));
    folder.write("text", "no database");
    assert!(folder.kv("recover text other.db").done().is_empty());
    folder.kv("recover missing other2.db").failed(3);
}

#[test]
fn a_value_in_pieces_of_which_one_is_damaged_is_lost_as_a_whole() {
    let folder = TestFolder::new();
    let value = long_value(2_000_000);
    // Far from the beginning of a piece, which lies in a page with those of other values.
    let marker = b"only in one page";
    let mut other = value.clone();
    other[1_500_000..][..marker.len()].copy_from_slice(marker);
    folder.write("big", value.clone());
    folder.write("other", other);
    folder.kv("set a @big").done();
    folder.kv("set b @other").done();
    folder.kv("compact").done();
    let bytes = fs::read(folder.file("app.db")).expect("a file");
    let found: Vec<usize> =
        (0..bytes.len()).filter(|at| bytes[*at..].starts_with(marker)).collect();
    let [at] = found[..] else { panic!("the marker is at {found:?}") };
    damage(&folder, [at / PAGE_LEN]);

    let done = folder.kv("recover app.db new.db");

    assert_eq!(done.code, 0, "{done:?}");
    assert!(done.err.contains("imported 1 keys\nlost: "), "{done:?}");
    assert!(done.err.ends_with("lost: 1 keys have lost their value\n"), "{done:?}");
    assert_eq!(folder.kv("list --db-path new.db").ok(), "a\n");
    assert!(folder.kv("get --raw a --db-path new.db").out == value);
    assert_eq!(folder.kv("check new.db").ok(), "ok\n");
}
