//! The help of the shell, and hints for words of other tools.

use crate::shell::{enter, prompt};
use crate::support::TestFolder;

#[test]
fn help_lists_the_commands_by_subject_and_describes_each() {
    let folder = TestFolder::new();
    folder.kv("set k v").done();
    let list = folder.feed("shell", "help\n").ok();
    for word in ["help", ".help", "?", "\\?"] {
        assert_eq!(folder.feed("shell", format!("{word}\n")).ok(), list);
    }
    for text in ["Many keys:\n  list ", "Shell:\n  use [GROUP]", ".open [--create] LOCATION"] {
        assert!(list.contains(text), "{text}: {list}");
    }
    let about_set = folder.feed("shell", ".help set\n").ok();
    assert!(about_set.contains("Usage: set [OPTIONS] <KEY> [VALUE]"), "{about_set}");
    assert!(about_set.contains("kv set video @video.mp4"), "{about_set}");
    assert_eq!(folder.feed("shell", "? set\n").ok(), about_set);
    assert!(folder.feed("shell", "help changes on\n").ok().contains("--keep-for"));
    assert!(folder.feed("shell", ".help .open\n").ok().contains(".open --create new.db"));
    assert!(folder.feed("shell", ".help use\n").ok().contains("Usage: use [GROUP]"));
    let result = folder.feed("shell", "help frobnicate\n");
    assert_eq!(result.code, 2, "{result:?}");
    assert!(result.err.contains("unrecognized subcommand 'frobnicate'"), "{result:?}");
    let result = folder.feed("shell", "help keys\n");
    assert!(result.err.contains("list 'user:*' lists keys"), "{result:?}");
}

#[test]
fn words_of_other_tools_have_a_hint() {
    let folder = TestFolder::new();
    folder.kv("set k v").done();
    let mut session = prompt(&folder);
    for (line, hint) in [
        ("KEYS *", "there is no KEYS; list 'user:*' lists keys"),
        ("hget k f", "there is no hget; get KEY prints a value"),
        (".tables", "there is no .tables; groups lists the groups"),
        ("\\dt", "there is no \\dt; groups lists the groups"),
        ("select * from kv;", "there is no select; use GROUP"),
        ("put k v", "there is no put; set KEY VALUE stores a value"),
        ("get --prefix k", "get has no --prefix; list --prefix PREFIX lists keys"),
        ("SET k v", "there is no SET; commands are in lower case: set"),
    ] {
        enter(&mut session, line, hint);
    }
    assert_eq!(folder.kv("list").ok(), "k\n");
}
