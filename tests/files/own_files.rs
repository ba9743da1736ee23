//! The files of an open store under another role: whatever would open them is refused, because its
//! close would drop the locks of the whole process.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use kv::{ErrorKind, Result, Store};

use crate::support::{Child, Place, key, no_group, sqlite, until};

/// The time after which a lock that is missing is not there. A lock that was dropped stays away.
const LIMIT: Duration = Duration::from_secs(20);

/// Returns the locks of this process on a file, as the kernel lists them.
fn locks(path: &Path) -> Vec<String> {
    let inode = fs::metadata(path).expect("a file").ino();
    let (pid, inode) = (std::process::id().to_string(), format!(":{inode}"));
    let locks = fs::read_to_string("/proc/locks").expect("Linux");
    let is_ours = |line: &&str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        words.get(4) == Some(&&pid[..]) && words.get(5).is_some_and(|it| it.ends_with(&inode))
    };
    let mut found: Vec<_> = locks
        .lines()
        .filter(is_ours)
        .map(|line| line.split_whitespace().skip(1).collect::<Vec<_>>().join(" "))
        .collect();
    found.sort();
    // The list repeats or misses a line when it changes between two reads of its parts.
    found.dedup();
    found
}

/// Returns the name of a file beside a database.
fn side(path: &Path, suffix: &str) -> PathBuf {
    PathBuf::from(format!("{}{suffix}", path.display()))
}

fn open(path: &Path) -> Result<Store> {
    kv::open(&sqlite(path, "purge_interval=0"))
}

/// Another process: writes a key and closes the store.
pub fn child(role: &[String]) {
    let [path, name] = role else { panic!("no role: {role:?}") };
    let store = open(Path::new(path)).expect("a store");
    store.set(no_group(), key(name.as_bytes()), b"theirs").expect("set");
    store.flush().expect("flush");
}

#[test]
fn no_role_of_an_open_stores_files_drops_its_locks() {
    let place = Place::on_disk();
    let path = place.file("app.db");
    let store = open(&path).expect("a store");
    store.set(no_group(), key(b"ours"), b"1").expect("set");
    let link = place.file("link");
    std::os::unix::fs::symlink(side(&path, "-shm"), &link).expect("a link");
    let hard = place.file("hard");
    fs::hard_link(&path, &hard).expect("a second name");
    let held = |path: &Path| {
        std::thread::sleep(Duration::from_millis(120));
        (locks(path), locks(&side(path, "-shm")))
    };
    let mut before = held(&path);
    until("locks on the file and its index", LIMIT, || {
        before = held(&path);
        !before.0.is_empty() && !before.1.is_empty()
    });

    let sides = ["-shm", "-wal", "-journal"].map(|suffix| side(&path, suffix));
    let all = sides.iter().chain([&link, &path, &hard]);
    for (round, file) in all.enumerate() {
        let name = file.display();
        let is_main = *file == path || *file == hard;
        if !is_main {
            let error = open(file).err().unwrap_or_else(|| panic!("{name} is opened"));
            assert_eq!(error.kind(), ErrorKind::Argument, "{error}");
            assert!(error.message().contains("app.db"), "{error}");
        }
        let services = kv::open_config(&name.to_string(), "cache").err().expect("no services");
        assert_eq!(services.kind(), ErrorKind::Argument, "{services}");
        let ca = kv::open(&format!("rediss://127.0.0.1:1/0?tls_ca={name}")).err().expect("no CA");
        assert_eq!(ca.kind(), ErrorKind::Argument, "{ca}");
        let backup = store.backup(file, &mut |_| true).expect_err("no target");
        assert_eq!(backup.kind(), ErrorKind::Argument, "{backup}");

        until(&format!("the locks as before {name}"), LIMIT, || held(&path) == before);
        let theirs = format!("theirs {round}");
        Child::start("own_files", &[&path.display().to_string(), &theirs]).join();
        assert!(side(&path, "-shm").exists(), "the other process took itself for the last: {name}");
        assert!(store.exists(no_group(), key(theirs.as_bytes())).expect("a read"));
        store.set(no_group(), key(b"ours"), b"2").expect("set");
        store.flush().expect("flush");
    }
    drop(store);
    let store = open(&path).expect("a store");
    assert_eq!(store.count(kv::GroupRange::One(no_group())), Ok(7));
    store.check().expect("sound");
}

#[test]
fn two_stores_never_share_a_file_by_their_names() {
    let place = Place::on_disk();
    let (main, log) = (place.file("a"), place.file("a-wal"));
    let second = open(&log).expect("a store with an odd name");
    let error = open(&main).err().expect("its log is another store");
    assert_eq!(error.kind(), ErrorKind::Argument, "{error}");
    drop(second);
    fs::remove_file(&log).expect("removed");
    drop(open(&main).expect("a store"));
}
