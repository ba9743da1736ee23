//! Several processes: one writes, and others read the state of their opening.

use std::path::Path;

use kv::{ErrorKind, GroupRange};

use crate::log::folder::{Folder, contents, set};
use crate::support::{Child, listen, log, no_group, say};

/// Opens a store and writes as the parent says.
pub fn child(role: &[String]) {
    let store = kv::open(&log(Path::new(&role[0]), &role[1])).expect("a store");
    let mut number = 0;
    say("open");
    while listen().as_deref() == Some("set") {
        set(&store, &format!("child {number}"), b"v");
        number += 1;
        say("done");
    }
}

fn start(folder: &Folder, options: &str) -> Child {
    let path = folder.path("store");
    let mut child = Child::start("log", &[path.to_str().expect("UTF-8"), options]);
    assert_eq!(child.read_line(), "open");
    child
}

#[test]
fn a_second_process_is_refused_with_the_id_of_the_first() {
    let folder = Folder::new();
    let mut child = start(&folder, "purge_interval=0");
    let error = folder.open_with("store", "").err().expect("held");
    assert_eq!(error.kind(), ErrorKind::Busy);
    let holder = std::fs::read_to_string(folder.path("store").join("LOCK")).expect("a lock");
    assert!(error.message().contains(&format!("process {}", holder.trim())), "{error}");
    assert_ne!(holder.trim(), std::process::id().to_string());
    child.send_line("end");
    child.join();
    assert!(folder.open_with("store", "").is_ok());
}

#[test]
fn a_reader_beside_the_writer_sees_the_state_of_its_opening() {
    let folder = Folder::new();
    let mut child = start(&folder, "purge_interval=0");
    child.send_line("set");
    child.read_line();
    let reader = folder.open_with("store", "read_only=on").expect("a reader");
    child.send_line("set");
    child.read_line();
    assert_eq!(contents(&reader).len(), 1);
    let error = reader.set(kv::Group::DEFAULT, crate::support::key(b"k"), b"v").err();
    assert_eq!(error.expect("reading only").kind(), ErrorKind::ReadOnly);
    drop(reader);
    let reader = folder.open_with("store", "read_only=on").expect("a reader");
    assert_eq!(reader.count(GroupRange::Prefix(b"")), Ok(2));
    child.send_line("end");
    child.join();
}

#[test]
fn nothing_that_was_acknowledged_is_lost_with_the_process() {
    let folder = Folder::new();
    for (round, options) in
        ["purge_interval=0", "log_limit=1KiB", "durability=full"].into_iter().enumerate()
    {
        let mut child = start(&folder, options);
        for _ in 0..40 {
            child.send_line("set");
            child.read_line();
        }
        child.kill();
        let store = folder.open("store");
        assert_eq!(contents(&store).len(), 40, "{round}: {options}");
        store.delete_all(no_group()).expect("delete");
    }
}
