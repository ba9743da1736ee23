//! The store of a shell: named, created when that is wanted, switched.

use crate::shell::{end, enter, prompt, send};
use crate::support::TestFolder;
use crate::terminal::terminal;

#[test]
fn a_prompt_asks_before_it_creates_a_store() {
    let folder = TestFolder::new();
    for (words, answer) in [("shell new.db", "n"), ("--db-path new.db shell", ""), ("shell", "no")]
    {
        let mut session = terminal(&folder, words);
        session.exp_string("does not exist. Create it? [y/N] ").expect("a question");
        send(&mut session, &format!("{answer}\r"));
        session.exp_string("no store was created").expect("a message");
        assert!(end(session).ends_with(", 1)"), "{words}");
        assert!(folder.files().is_empty());
    }
    for (words, file) in [("shell new.db", "new.db"), ("--db-path other.db shell", "other.db")] {
        let mut session = terminal(&folder, words);
        session.exp_string(&format!("{file} does not exist. Create it?")).expect("a question");
        send(&mut session, "y\r");
        session.exp_string(&format!("created {file}")).expect("a message");
        session.exp_string(&format!("kv {file}> ")).expect("a prompt");
        enter(&mut session, "set k v", &format!("kv {file}"));
        assert_eq!(folder.run(&["get", "--raw", "k", "--db-path", file]).ok(), "v");
    }
    // Without a question.
    let mut session = terminal(&folder, "shell third.db --create");
    session.exp_string("kv third.db> ").expect("a prompt");
    // A file that is not missing is not created.
    folder.write("text", "no database".repeat(500));
    let mut session = terminal(&folder, "shell text");
    let seen = session.exp_eof().expect("an end");
    assert!(!seen.contains("Create it?") && seen.contains("text"), "{seen}");
}

#[test]
fn a_script_creates_no_store_without_the_option() {
    let folder = TestFolder::new();
    let message = folder.feed("shell new.db", "set k v\n").failed(3);
    assert!(message.contains("no store there") && message.ends_with("--create creates it\n"));
    assert!(folder.files().is_empty());
    folder.feed("shell new.db --create", "set k v\n").done();
    assert_eq!(folder.feed("shell new.db", "get k --raw\n").ok(), "v");
    let message = folder.feed("shell new.db --db-path new.db", "").failed(2);
    assert!(message.contains("named twice"), "{message}");
}

#[test]
fn another_store_is_opened_in_place_of_the_first() {
    let folder = TestFolder::new();
    folder.kv("set k in-app").done();
    folder.kv("set k in-other --db-path other.db").done();
    let mut session = prompt(&folder);
    enter(&mut session, "use g", "kv app.db [g]");
    enter(&mut session, ".open other.db", "kv other.db");
    enter(&mut session, "get k", "in-other");
    send(&mut session, ".open new.db\r");
    session.exp_string("new.db does not exist. Create it?").expect("a question");
    send(&mut session, "n\r");
    session.exp_string("the store before stays open").expect("a message");
    session.exp_string("kv other.db> ").expect("a prompt");
    enter(&mut session, "get k", "in-other");
    enter(&mut session, ".open --create new.db", "kv new.db");
    enter(&mut session, "get k", "key not found");
    enter(&mut session, ".open redis://:correct-horse@127.0.0.1:1/0", "stays open");
    enter(&mut session, "set k in-new", "kv new.db");
    // The store that is open already.
    let seen = enter(&mut session, ".open new.db", "kv new.db");
    assert!(!seen.contains("stays open"), "{seen}");
    enter(&mut session, "get k", "in-new");
    enter(&mut session, "copy new.db copy.db", "copied 1 keys");
    enter(&mut session, ".open app.db", "kv app.db");
    enter(&mut session, "get k", "in-app");
}

#[test]
fn a_script_switches_its_store() {
    let folder = TestFolder::new();
    folder.kv("set k in-app").done();
    let script =
        ".open --create memory:\nset k in-memory\nget k --raw\n.open app.db\nget k --raw\n";
    assert_eq!(folder.feed("shell", script).done(), "in-memoryin-app");
    // The other store leaves the lines of the script alone, too.
    let result = folder.feed("shell", ".open --create memory:\nset k\nget k\n");
    assert_eq!(result.code, 2, "{result:?}");
    assert!(result.err.contains("line 2: standard input holds the script"), "{result:?}");
}
