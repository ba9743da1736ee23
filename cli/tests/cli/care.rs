//! What an operator asks: backup, check, figures, quotas, the log, records.

use std::fs;

use crate::support::Place;

#[test]
fn a_backup_is_a_store_and_replaces_nothing() {
    let place = Place::new();
    place.kv("set k v").done();
    place.kv("backup copy.db").ok();
    assert_eq!(place.kv("get --raw k --db-path copy.db").ok(), "v");
    let message = place.kv("backup copy.db").failed(3);
    assert!(message.contains("copy.db"), "{message}");
    place.kv("backup missing/copy.db").failed(3);
    assert_eq!(place.files(), ["app.db", "copy.db"]);
}

#[test]
fn check_and_compact_say_how_the_file_is() {
    let place = Place::new();
    place.kv("set k v").done();
    assert_eq!(place.kv("check").ok(), "ok\n");
    let said = place.kv("compact").ok();
    assert!(said.contains(" before, ") && said.ends_with(" after\n"), "{said}");
    let mut bytes = fs::read(place.file("app.db")).expect("a file");
    let middle = bytes.len() / 2;
    bytes[middle..middle + 4096].fill(0xA5);
    fs::write(place.file("app.db"), bytes).expect("written");
    place.kv("check").failed(3);
}

#[test]
fn figures_are_lines_or_json() {
    let place = Place::new();
    place.kv("set k v").done();
    assert!(place.kv("stats").ok().starts_with("entries         1\n"));
    let json = place.kv("stats --output json").ok();
    assert!(
        json.starts_with("{\"time\":") && json.contains(",\"entries\":1,\"bytes\":2,"),
        "{json}"
    );
    place.kv("stats --interval 5").failed(2);
}

#[test]
fn a_quota_is_set_shown_and_obeyed() {
    let place = Place::new();
    place.kv("quota set tenant-a --max-keys 1 --max-bytes 1MiB").done();
    place.kv("set k v -n tenant-a -g g").ok();
    let shown = "keys    1 of 1\ngroups  1 of any number\nbytes   12 of 1048576\n";
    assert_eq!(place.kv("quota show tenant-a").ok(), shown);
    let message = place.kv("set k2 v -n tenant-a -g g").failed(3);
    assert!(message.contains("quota of 1 keys"), "{message}");
    place.kv("quota set tenant-a --max-keys 2").ok();
    place.kv("set k2 v -n tenant-a -g g").ok();
    assert!(place.kv("quota show tenant-a").ok().contains("of 1048576"));
    place.kv("quota show tenant-b").failed(1);
    for line in ["quota set a_b --max-keys 1", "quota set a", "quota set a --max-keys -1"] {
        place.kv(line).failed(2);
    }
    place.kv("quota show tenant-a -n tenant-a").failed(2);
}

#[test]
fn the_log_of_changes_is_switched_on_and_off() {
    let place = Place::new();
    place.kv("set k v").done();
    assert_eq!(place.kv("changes").ok(), "off\n");
    place.kv("changes on --keep 1000 --keep-for 7d").ok();
    assert!(place.kv("changes").ok().starts_with("on, after version "));
    place.kv("changes off").ok();
    assert_eq!(place.kv("changes").ok(), "off\n");
    let message = place.kv("changes on --store memory:").failed(3);
    assert!(message.contains("only a SQLite file"), "{message}");
}

#[test]
fn records_of_operations_are_shown_and_forgotten() {
    let place = Place::new();
    let store = kv::open(place.file("app.db").to_str().expect("UTF-8")).expect("a store");
    let records = kv::Idempotency::new(&store);
    let key = |name: &'static [u8]| kv::Key::new(name).expect("short");
    let kv::BeginOutcome::Started(token) = records.begin(key(b"done"), b"hash", 0).expect("begun")
    else {
        panic!("it is new");
    };
    records.complete(key(b"done"), token, b"{\"paid\":true}").expect("completed");
    records.begin(key(b"running"), b"hash", 0).expect("begun");
    drop(store);
    let shown = place.kv("idempotency show done").ok();
    assert_eq!(shown, "completed\n{\n  \"paid\": true\n}\n");
    assert_eq!(place.kv("idempotency show done --raw").ok(), "{\"paid\":true}");
    assert_eq!(place.kv("idempotency show running").ok(), "in progress\n");
    assert_eq!(place.kv("idempotency show running --raw").code, 1);
    place.kv("idempotency forget running").ok();
    place.kv("idempotency forget running").failed(1);
    place.kv("idempotency show running").failed(1);
}

#[test]
fn completions_and_manual_pages_know_every_command() {
    let place = Place::new();
    for shell in ["bash", "zsh", "fish"] {
        let script = place.kv(&format!("completions {shell}")).ok();
        for word in ["delete-prefix", "if-version", "idempotency"] {
            assert!(script.contains(word), "{shell}: {word}");
        }
    }
    place.kv("completions tcl").failed(2);
    assert!(place.kv("man").ok().contains(".TH kv 1"));
    fs::create_dir(place.file("man")).expect("a folder");
    place.kv("man man").ok();
    for page in ["kv.1", "kv-get.1", "kv-quota-set.1"] {
        assert!(place.file("man").join(page).exists(), "{page}");
    }
    place.kv("man missing").failed(3);
}

#[test]
fn the_bash_completions_are_good_bash() {
    let place = Place::new();
    place.write("completions", place.kv("completions bash").ok());
    let script = "source completions; COMP_WORDS=(kv delete-g); COMP_CWORD=1; _kv kv delete-g kv; \
                  echo \"${COMPREPLY[@]}\"";
    let output = std::process::Command::new("bash")
        .args(["-c", script])
        .current_dir(place.path())
        .output()
        .expect("bash");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "delete-group\n", "{output:?}");
}
