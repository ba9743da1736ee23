//! A full disk, and folders that cannot be used.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use kv::ErrorKind;

use crate::log::folder::{Folder, contents, set};

#[test]
fn a_missing_folder_is_created_or_not_as_the_options_say() {
    let folder = Folder::new();
    let error = folder.open_with("store", "create=off").err().expect("it is missing");
    assert_eq!((error.kind(), error.os_error()), (ErrorKind::Io, 2), "{error}");
    let error = folder.open_with("a/b", "").err().expect("the one above is missing");
    assert_eq!((error.kind(), error.os_error()), (ErrorKind::Io, 2), "{error}");
    assert!(folder.open_with("a/b", "create_dirs=on").is_ok());
    let mode = fs::metadata(folder.path("a/b")).expect("a folder").permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
    let mode = fs::metadata(folder.path("a/b/log-1")).expect("a log").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let error = folder.open_with("none", "read_only=on").err().expect("it is missing");
    assert_eq!(error.os_error(), 2);
}

#[test]
fn handles_of_one_process_share_a_store_by_any_path() {
    let folder = Folder::new();
    let store = folder.open("store");
    let link = folder.path("link");
    std::os::unix::fs::symlink(folder.path("store"), &link).expect("a link");
    let other = folder.open("link");
    set(&store, "k", b"v");
    assert_eq!(contents(&other).len(), 1);
    let error = folder.open_with("store", "durability=full").err().expect("another option");
    assert_eq!(error.kind(), ErrorKind::Argument);
    assert!(error.message().contains("durability"), "{error}");
}
