//! Completion by Tab.

use crate::shell::{enter, prompt, send};
use crate::support::{TestFolder, folder_with_lines};

#[test]
fn tab_completes_commands_options_and_keys() {
    let folder = TestFolder::new();
    folder.kv("set user:ada 1").done();
    folder.kv("set k v -g settings").ok();
    let mut session = prompt(&folder);
    enter(&mut session, "coun\t", "1");
    enter(&mut session, "get user\t", "1");
    enter(&mut session, "list --rev\t", "user:ada");
    enter(&mut session, "list --l\ti\t1", "user:ada");
    enter(&mut session, "delete-group set\t", "1");
    drop(session);
    assert_eq!(folder.kv("groups").ok(), "\n");
}

#[test]
fn tab_completes_to_what_all_of_many_keys_share() {
    let folder = folder_with_lines(20_000);
    folder.kv("import lines").done();
    let mut session = prompt(&folder);
    // All 20,000 keys begin with key:00, the first 2,000 with key:0000 or key:0001.
    send(&mut session, "exists ke\t");
    session.exp_string("kv app.db> exists key:00\r").expect("the shared text");
    enter(&mut session, "12345", "true");
    // A second Tab lists some of the keys, and marks that there are more.
    send(&mut session, "exists ke\t\t");
    session.exp_string("key:0000000").expect("a key");
    session.exp_string("... and more").expect("a mark");
}

#[test]
fn tab_offers_keys_up_to_their_next_separator() {
    let folder = TestFolder::new();
    for key in ["user:1:name", "user:1:size", "user:2:name", "user:3"] {
        folder.run(&["set", key, "v"]).done();
    }
    let mut session = prompt(&folder);
    send(&mut session, "get u\t\t");
    let listed = session.exp_string("user:3").expect("the last offer");
    assert!(listed.contains("user:1:") && listed.contains("user:2:"), "{listed:?}");
    assert!(!listed.contains("user:1:name"), "{listed:?}");
    enter(&mut session, "2\t", "\"v\"");
}

#[test]
fn tab_quotes_names_that_need_it_and_completes_in_open_quotes() {
    let folder = TestFolder::new();
    folder.run(&["set", "with space", "plain"]).done();
    folder.run(&["set", "it's \"$x\"", "both"]).done();
    let mut session = prompt(&folder);
    // One of the names needs quotes, but not what was typed.
    send(&mut session, "get --raw \t\t");
    let listed = session.exp_string("with space").expect("an offer");
    assert!(!listed.contains("--raw '"), "{listed:?}");
    session.send_control('u').expect("sent");
    for (line, value) in [
        ("get --raw wi\t", "plain"),
        ("get --raw 'wi\t", "plain"),
        ("get --raw \"wi\t", "plain"),
        ("get --raw \"with sp\t", "plain"),
        ("get --raw with\\ s\t", "plain"),
        ("get --raw it\t", "both"),
        ("get --raw 'it\t", "both"),
        ("get --raw \"it\t", "both"),
    ] {
        enter(&mut session, line, value);
    }
}

#[test]
fn tab_completes_groups_values_of_options_units_and_files() {
    let folder = TestFolder::new();
    folder.run(&["set", "dark", "mode", "-g", "settings"]).done();
    folder.write("text file", "from a file");
    folder.write("lines.jsonl", "{\"key\":\"imported\",\"value\":\"v\"}\n");
    let mut session = prompt(&folder);
    folder.run(&["set", "new", "v"]).ok();
    send(&mut session, "use \t\t");
    let listed = session.exp_string("settings").expect("a group");
    assert!(listed.contains("''"), "{listed}");
    session.send_control('u').expect("sent");
    enter(&mut session, "get -g set\tda\t", "\"mode\"");
    enter(&mut session, "use set\t", "kv app.db [settings]");
    enter(&mut session, "get dark --output ta\t", "dark  mode");
    enter(&mut session, "get dark --out\tra\t", "mode");
    enter(&mut session, "expire dark 90m\t", "kv app.db");
    enter(&mut session, "set new @te\t", "kv app.db");
    enter(&mut session, "get new", "from a file");
    enter(&mut session, "import li\t", "imported 1 keys");
    enter(&mut session, "changes of\t", "kv app.db");
    enter(&mut session, "help delete-pr\t", "byte for byte");
    enter(&mut session, ".ti\tof\t", "timing is off");
}

#[test]
fn tab_completes_in_the_next_line_of_a_command() {
    let folder = TestFolder::new();
    folder.kv("set user:ada 1").done();
    let mut session = prompt(&folder);
    send(&mut session, "exists \\\r");
    session.exp_string(".\\ > ").expect("a prompt for the next line");
    enter(&mut session, "us\t", "true");
}
