//! A lock that another process holds for too long, and the error that names that process.

use std::path::Path;

use kv::{Error, ErrorKind};
use rusqlite::Connection;

use crate::support::{Child, Place, key, listen, no_group, say, sqlite};

/// The other process: a plain connection to the file of its role, with the statements of its role.
pub fn child(role: &[String]) {
    let connection = Connection::open(&role[0]).expect("a connection");
    connection.execute_batch(&role[1]).expect("statements");
    say(&std::process::id().to_string());
    listen();
}

/// Returns the error of a set and the id of the process, which has run `statements` before.
fn refused(path: &Path, options: &str, statements: &str) -> (Error, String) {
    let store = kv::open(&sqlite(path, options)).expect("a store");
    store.set(no_group(), key(b"k"), b"v").expect("set");
    let mut holder = Child::start("lock_holder", &[path.to_str().expect("UTF-8"), statements]);
    let process = holder.read_line();
    let error = store.set(no_group(), key(b"k"), b"v").expect_err("locked");
    holder.send_line("end");
    holder.join();
    assert_eq!(error.kind(), ErrorKind::Busy, "{error}");
    store.set(no_group(), key(b"k"), b"v").expect("set");
    (error, process)
}

#[test]
fn a_refused_write_names_the_process_in_the_way_and_how_long_it_has_waited() {
    let place = Place::in_memory();
    let (error, process) = refused(&place.file("a.db"), "busy_timeout=200ms", "BEGIN IMMEDIATE");
    let holder = format!("process {process} (");
    assert!(error.message().contains(&holder), "{error}");
    assert!(error.message().contains("is in a write transaction on the file"), "{error}");
    assert!(error.message().contains("the call has waited 0.2 s"), "{error}");
    assert!(error.message().ends_with("with a longer busy_timeout"), "{error}");
}

#[test]
fn a_write_that_may_not_wait_names_the_process_too() {
    let place = Place::in_memory();
    let (error, process) = refused(&place.file("a.db"), "busy_timeout=0", "BEGIN IMMEDIATE");
    assert!(error.message().contains(&format!("process {process} (")), "{error}");
    assert!(error.message().contains("try again"), "{error}");
}
