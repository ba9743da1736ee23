//! Backups into paths: links, devices, several at once, left-overs of killed processes.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::sync::Barrier;
use std::thread;

use kv::{ErrorKind, GroupRange, Store};

use crate::support::{Place, key, no_group, sqlite};

fn filled(place: &Place) -> Store {
    let store = kv::open(&sqlite(&place.file("app.db"), "purge_interval=0")).expect("a store");
    for id in 0..2_000_u32 {
        store.set(no_group(), key(&id.to_be_bytes()), &[7; 500]).expect("set");
    }
    store
}

fn count(place: &Place, name: &str) -> u64 {
    let copy = kv::open(&sqlite(&place.file(name), "read_only=on")).expect("a whole copy");
    copy.count(GroupRange::Prefix(b"")).expect("a count")
}

/// Returns the names in the folder that belong to backups.
fn names(place: &Place) -> Vec<String> {
    let entries = fs::read_dir(place.path()).expect("a folder").flatten();
    let names = entries.map(|it| it.file_name().to_string_lossy().into_owned());
    let mut names: Vec<_> = names.filter(|it| !it.starts_with("app.db")).collect();
    names.retain(|it| !it.ends_with("-wal") && !it.ends_with("-shm"));
    names.sort();
    names
}

#[test]
fn of_backups_to_one_path_side_by_side_one_is_whole_and_the_others_say_so() {
    let place = Place::in_memory();
    let store = filled(&place);
    let copy = place.file("copy.db");
    let begun = Barrier::new(4);
    let ended: Vec<_> = thread::scope(|scope| {
        let backup = || {
            let mut waits = true;
            // Each has begun its file before the first is whole.
            let progress = &mut |_: kv::BackupProgress| {
                if std::mem::take(&mut waits) {
                    begun.wait();
                }
                true
            };
            store.backup(&copy, progress)
        };
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(backup)).collect();
        threads.into_iter().map(|it| it.join().expect("no panic")).collect()
    });
    let errors: Vec<_> = ended.into_iter().filter_map(Result::err).collect();
    assert_eq!(errors.len(), 3, "{errors:?}");
    assert!(errors.iter().all(|it| it.kind() == ErrorKind::Argument), "{errors:?}");
    assert!(errors.iter().all(|it| it.message().contains("exists already")), "{errors:?}");
    assert_eq!(names(&place), ["copy.db"]);
    assert_eq!(count(&place, "copy.db"), 2_000);
}

#[test]
fn what_a_killed_backup_left_stands_in_no_ones_way() {
    let place = Place::in_memory();
    let store = filled(&place);
    let left = format!("copy.db.partial-{}", std::process::id());
    fs::write(place.file(&left), "left by an older version").expect("a file");
    fs::write(place.file(".kv-partial-0123456789abcdef"), "left").expect("a file");

    store.backup(&place.file("copy.db"), &mut |_| true).expect("a backup");

    assert_eq!(names(&place), [".kv-partial-0123456789abcdef", "copy.db", &left]);
    assert_eq!(count(&place, "copy.db"), 2_000);
}

#[test]
fn a_backup_follows_links_and_refuses_what_is_no_regular_file() {
    let place = Place::in_memory();
    let store = filled(&place);
    fs::create_dir(place.file("data")).expect("a folder");
    symlink("data/copy.db", place.file("link")).expect("a link");

    store.backup(&place.file("link"), &mut |_| true).expect("a backup");

    assert!(fs::symlink_metadata(place.file("link")).expect("a link").is_symlink());
    assert_eq!(count(&place, "data/copy.db"), 2_000);
    let refused = |path: &Path| store.backup(path, &mut |_| true).expect_err("refused");
    for (path, reason) in [
        (place.file("link"), "exists already"),
        (place.file("data"), "a folder, not a regular file"),
        ("/dev/null".into(), "a device, not a regular file"),
    ] {
        let error = refused(&path);
        assert_eq!(error.kind(), ErrorKind::Argument, "{error}");
        assert!(error.message().contains(reason), "{error}");
    }
    assert_eq!(names(&place), ["data", "link"]);
}

#[test]
fn a_store_is_created_where_a_link_leads() {
    let place = Place::in_memory();
    fs::create_dir(place.file("data")).expect("a folder");
    symlink("data/real.db", place.file("link")).expect("a link");

    let store = kv::open(&sqlite(&place.file("link"), "purge_interval=0")).expect("a store");
    store.set(no_group(), key(b"k"), b"v").expect("set");
    drop(store);

    assert_eq!(count(&place, "data/real.db"), 1);
    for path in ["/dev/null", "/dev/zero"] {
        let refused = kv::open(path).err().expect("no place for a store");
        assert_eq!(refused.kind(), ErrorKind::Argument, "{refused}");
        assert!(refused.message().contains("not a regular file"), "{refused}");
    }
}
