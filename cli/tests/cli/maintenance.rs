//! Backup, check, quotas, the change log, idempotency records, manual pages.

use std::fs;

use crate::support::TestFolder;

#[test]
fn a_backup_is_a_store_and_replaces_nothing() {
    let folder = TestFolder::new();
    folder.kv("set k v").done();
    folder.kv("backup copy.db").ok();
    assert_eq!(folder.kv("get --raw k --db-path copy.db").ok(), "v");
    let message = folder.kv("backup copy.db").failed(3);
    assert!(message.contains("copy.db"), "{message}");
    folder.kv("backup missing/copy.db").failed(3);
    assert_eq!(folder.files(), ["app.db", "copy.db"]);
}

#[test]
fn check_finds_damage_and_compact_prints_the_sizes() {
    let folder = TestFolder::new();
    folder.kv("set k v").done();
    assert_eq!(folder.kv("check").ok(), "ok\n");
    let sizes = folder.kv("compact").ok();
    assert!(sizes.contains(" before, ") && sizes.ends_with(" after\n"), "{sizes}");
    let mut bytes = fs::read(folder.file("app.db")).expect("a file");
    let middle = bytes.len() / 2;
    bytes[middle..middle + 4096].fill(0xA5);
    fs::write(folder.file("app.db"), bytes).expect("written");
    let message = folder.kv("check").failed(3);
    assert!(message.contains("'kv recover' saves what can be read"), "{message}");
}

#[test]
fn a_quota_is_set_shown_and_enforced() {
    let folder = TestFolder::new();
    folder.kv("quota set tenant-a --max-keys 1 --max-bytes 1MiB").done();
    folder.kv("set k v -n tenant-a -g g").ok();
    let shown = "keys    1 of 1\ngroups  1 of any number\nbytes   12 of 1048576\n";
    assert_eq!(folder.kv("quota show tenant-a").ok(), shown);
    let message = folder.kv("set k2 v -n tenant-a -g g").failed(3);
    assert!(message.contains("quota of 1 keys"), "{message}");
    folder.kv("quota set tenant-a --max-keys 2").ok();
    folder.kv("set k2 v -n tenant-a -g g").ok();
    assert!(folder.kv("quota show tenant-a").ok().contains("of 1048576"));
    folder.kv("quota show tenant-b").failed(1);
    for line in ["quota set a_b --max-keys 1", "quota set a", "quota set a --max-keys -1"] {
        folder.kv(line).failed(2);
    }
    folder.kv("quota show tenant-a -n tenant-a").failed(2);
}

#[test]
fn the_change_log_is_switched_on_and_off() {
    let folder = TestFolder::new();
    folder.kv("set k v").done();
    assert_eq!(folder.kv("changes").ok(), "off\n");
    folder.kv("changes on --keep 1000 --keep-for 7d").ok();
    assert!(folder.kv("changes").ok().starts_with("on, after version "));
    folder.kv("changes off").ok();
    assert_eq!(folder.kv("changes").ok(), "off\n");
    let message = folder.kv("changes on --store memory:").failed(3);
    assert!(message.contains("only a SQLite file"), "{message}");
}

#[test]
fn idempotency_records_are_shown_and_removed() {
    let folder = TestFolder::new();
    let store = kv::open(folder.file("app.db").to_str().expect("UTF-8")).expect("a store");
    let records = kv::Idempotency::new(&store);
    let key = |name: &'static [u8]| kv::Key::new(name).expect("short");
    let kv::BeginOutcome::Started(token) = records.begin(key(b"done"), b"hash", 0).expect("begun")
    else {
        panic!("it is new");
    };
    records.complete(key(b"done"), token, b"{\"paid\":true}").expect("completed");
    records.begin(key(b"running"), b"hash", 0).expect("begun");
    drop(store);
    let shown = folder.kv("idempotency show done").ok();
    assert_eq!(shown, "completed\n{\n  \"paid\": true\n}\n");
    assert_eq!(folder.kv("idempotency show done --raw").ok(), "{\"paid\":true}");
    assert_eq!(folder.kv("idempotency show running").ok(), "in progress\n");
    assert_eq!(folder.kv("idempotency show running --raw").code, 1);
    folder.kv("idempotency forget running").ok();
    folder.kv("idempotency forget running").failed(1);
    folder.kv("idempotency show running").failed(1);
}

#[test]
fn completions_and_manual_pages_know_every_command() {
    let folder = TestFolder::new();
    for shell in ["bash", "zsh", "fish"] {
        let script = folder.kv(&format!("completions {shell}")).ok();
        for word in ["delete-prefix", "if-version", "idempotency"] {
            assert!(script.contains(word), "{shell}: {word}");
        }
    }
    folder.kv("completions tcl").failed(2);
    assert!(folder.kv("man").ok().contains(".TH kv 1"));
    fs::create_dir(folder.file("man")).expect("a folder");
    folder.kv("man man").ok();
    for page in ["kv.1", "kv-get.1", "kv-quota-set.1"] {
        assert!(folder.file("man").join(page).exists(), "{page}");
    }
    folder.kv("man missing").failed(3);
}

#[test]
fn the_bash_completions_complete_in_bash() {
    let folder = TestFolder::new();
    folder.write("completions", folder.kv("completions bash").ok());
    let script = "source completions; COMP_WORDS=(kv delete-g); COMP_CWORD=1; _kv kv delete-g kv; \
                  echo \"${COMPREPLY[@]}\"";
    let output = std::process::Command::new("bash")
        .args(["-c", script])
        .current_dir(folder.path())
        .output()
        .expect("bash");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "delete-group\n", "{output:?}");
}

#[test]
fn a_backup_is_checked_and_restored() {
    let folder = TestFolder::new();
    folder.kv("set k old").done();
    folder.kv("backup copy.db").ok();
    assert_eq!(folder.kv("check copy.db").ok(), "ok\n");
    folder.kv("set k new").ok();
    folder.kv("set other new").ok();
    folder.kv("restore copy.db").ok();
    assert_eq!(folder.kv("get --raw k").ok(), "old");
    folder.kv("get other").failed(1);
    folder.kv("restore missing.db").failed(3);
    folder.write("text", "no database at all, ".repeat(100));
    folder.kv("restore text").failed(3);
    folder.kv("check text").failed(3);
    assert_eq!(folder.kv("get --raw k").ok(), "old");
    assert_eq!(folder.kv("restore copy.db --db-path new.db").err, "created new.db\n");
    assert_eq!(folder.kv("get --raw k --db-path new.db").ok(), "old");

    let mut bytes = fs::read(folder.file("app.db")).expect("a file");
    bytes[..4096].fill(0xA5);
    fs::write(folder.file("app.db"), &bytes).expect("written");
    let message = folder.kv("restore copy.db").failed(3);
    assert!(message.contains("--replace-damaged"), "{message}");
    let done = folder.kv("restore copy.db --replace-damaged");
    assert!(done.err.starts_with("the damaged store is "), "{done:?}");
    assert_eq!(folder.kv("get --raw k").ok(), "old");
    assert_eq!(fs::read(folder.file("app.db.damaged")).expect("a file"), bytes);
    assert_eq!(folder.files(), ["app.db", "app.db.damaged", "copy.db", "new.db", "text"]);
}
