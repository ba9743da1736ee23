//! The services file: what opens, what is refused and with which words.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use crate::support::{Child, Place, group, key, listen, no_group, say};
use kv::{Error, ErrorKind, Result, Store};

/// A services file of the test's own.
struct File {
    place: Place,
    path: PathBuf,
}

impl File {
    fn new(text: impl AsRef<[u8]>) -> File {
        let place = Place::on_disk();
        let path = place.file("s.yaml");
        fs::write(&path, text).expect("a file");
        File { place, path }
    }

    fn open(&self, service: &str) -> Result<Store> {
        kv::open_config(self.path.to_str().expect("UTF-8"), service)
    }

    fn refusal(&self, service: &str) -> Error {
        self.open(service).err().expect("the service must not open")
    }

    /// Returns the start of a message about the file.
    fn origin(&self) -> String {
        format!("services file {:?}", self.path)
    }
}

/// A file of one service `it` whose `config` is what follows, indented by four.
fn config(kind: &str, config: &str) -> File {
    let lines = config.lines().map(|line| format!("      {line}\n")).collect::<String>();
    File::new(format!("services:\n  it:\n    type: {kind}\n    config:\n{lines}"))
}

/// Opens service `it` of a file and expects that it is refused at a place with a message.
fn refused(file: &File, place: &str, message: &str) {
    let error = file.refusal("it");

    assert_eq!(error.message(), format!("{}{place}: {message}", file.origin()));
    assert_eq!(error.kind(), ErrorKind::Config, "{error}");
}

/// The same of a file with these bytes.
fn text_refused(text: impl AsRef<[u8]>, place: &str, message: &str) {
    refused(&File::new(text), place, message);
}

/// The same of a config, whose first line is line 5 of the file and begins at column 7.
fn config_refused(kind: &str, text: &str, place: &str, message: &str) {
    let message = format!("service \"it\": {message}");
    refused(&config(kind, text), place, &message);
}

#[test]
fn each_service_is_a_store_of_its_own() {
    let place = Place::on_disk();
    let [users, sessions] = ["users.db", "sessions.db"].map(|name| place.file(name));
    let file = File::new(format!(
        "services:
  users:
    type: kvstore_sqlite
    config: {{path: {users:?}}}
  # The same, in another style.
  \"the sessions\":
    config:
      durability: full
      path: '{}'
    type: \"kvstore_sqlite\"
  scratch:
    type: kvstore_memory
",
        sessions.display()
    ));
    let open = |service: &str| file.open(service).expect(service);
    let (one, two, three) = (open("users"), open("the sessions"), open("scratch"));

    one.set(no_group(), key(b"who"), b"users").expect("set");
    two.set(no_group(), key(b"who"), b"sessions").expect("set");

    assert_eq!(three.get(no_group(), key(b"who")), Ok(None));
    drop((one, two));
    for (path, name) in [(users, "users"), (sessions, "sessions")] {
        let store = kv::open(path.to_str().expect("UTF-8")).expect("open");
        let entry = store.get(no_group(), key(b"who")).expect("get").expect("an entry");
        assert_eq!(&entry.value[..], name.as_bytes());
    }
}

#[test]
fn the_example_of_the_page_is_understood_to_its_last_key() {
    let page = include_str!("../../docs/services.md");
    let example = page.split("```yaml\n").nth(1).and_then(|it| it.split("```").next());
    // Whatever the environment has under these names.
    let example = ["DATA", "REDIS_ADDR", "APP_NAME"]
        .iter()
        .fold(example.expect("an example").to_owned(), |text, name| {
            text.replace(&format!("${{{name}:"), "${KV_TEST_UNSET:")
        });
    let place = Place::on_disk();
    let directory = place.path().to_str().expect("UTF-8");
    let example = example.replace("${REDIS_PASSWORD}", "hunter2");
    // An address without a server.
    let example = example.replace("localhost:6379", "127.0.0.1:1");
    let file = File::new(example.replace("/var/lib/app", directory));

    assert!(file.open("sessions").is_ok() && file.open("scratch").is_ok());
    assert_eq!(file.refusal("cache").kind(), ErrorKind::Unavailable);
    assert!(place.file("sessions.db").exists());
}

#[test]
fn the_message_of_the_page_is_what_is_said() {
    let page = include_str!("../../docs/services.md");
    let said = page.lines().find(|line| line.starts_with("services file ")).expect("a message");
    let text = "\n\n\nservices:\n  cache:\n    type: kvstore_redis\n    config:\n      addr: a:1\n      \
                db: '0'";
    let file = File::new(text);

    let error = file.refusal("cache");

    let message = error.message().replace(&file.origin(), "services file \"services.yaml\"");
    assert_eq!(message, said);
}

#[test]
fn a_service_opened_twice_shares_one_engine_and_one_in_memory_does_not() {
    let file = config("kvstore_sqlite", "path: PATH");
    let path = file.place.file("shared.db");
    let text = fs::read_to_string(&file.path).expect("a text");
    let text = text.replace("PATH", path.to_str().expect("UTF-8"));
    fs::write(&file.path, format!("{text}  other:\n    type: kvstore_memory\n")).expect("a file");

    let (one, two) = (file.open("it").expect("open"), file.open("it").expect("open"));
    one.set(group(b"g"), key(b"k"), b"").expect("set");

    assert_eq!(two.stats().expect("stats").commits, 1);
    let location = format!("sqlite:{}?wal_limit=1MiB", path.display());
    let differing = kv::open(&location).err().expect("other options");
    assert!(differing.message().contains("wal_limit"), "{differing}");

    let (one, two) = (file.open("other").expect("open"), file.open("other").expect("open"));
    one.set(group(b"g"), key(b"k"), b"").expect("set");
    assert_eq!(two.get(group(b"g"), key(b"k")), Ok(None));
}

#[test]
fn every_option_of_a_location_is_a_key() {
    let file = config(
        "kvstore_sqlite",
        "path: PATH
durability: full
busy_timeout: 250ms
purge_interval: 0
wal_limit: 1048576
inline_limit: 64
create: true
create_dirs: on
foreign_data: ignore
read_only: FALSE
changes: 'on'
changes_keep: 100
changes_keep_for: 7d",
    );
    let path = file.place.file("deep/down.db");
    let text = fs::read_to_string(&file.path).expect("a text");
    fs::write(&file.path, text.replace("PATH", path.to_str().expect("UTF-8"))).expect("a file");
    let store = file.open("it").expect("open");

    // Handles on one file share its options, so this opens only if all are the same.
    let same = "durability=full&busy_timeout=250ms&purge_interval=0&wal_limit=1MiB&inline_limit=64";
    let again = kv::open(&crate::support::sqlite(&path, same)).expect("the same options");

    assert!(store.changes(0).is_ok() && again.stats().is_ok());
}

#[test]
fn aliases_stand_for_what_they_name() {
    let file = File::new(
        "defaults: &it {type: &kind kvstore_memory}
services:
  it: *it
  other: {type: *kind, config: }
",
    );

    assert!(file.open("it").is_ok() && file.open("other").is_ok());
}

#[test]
fn what_is_for_others_is_not_looked_at() {
    let file = File::new(
        "servers: [{name: web, port: !tag '${KV_TEST_UNSET}'}]
services:
  database: {type: dbpool_pg, depends-on: [x], config: {dsn: '${KV_TEST_UNSET}'}}
  broken: 7
  it: {type: kvstore_memory}
",
    );

    assert!(file.open("it").is_ok());
    assert_eq!(file.refusal("broken").kind(), ErrorKind::Config);
}

#[test]
fn a_path_is_literal_and_relative_to_the_working_directory() {
    let name = format!("services-{}?x=%41.db", std::process::id());
    let file = config("kvstore_sqlite", &format!("path: sqlite:{name}\ncreate: off"));

    let error = file.refusal("it");

    assert_eq!(error.os_error(), libc_enoent());
    let message =
        format!("{}, line 2, column 3: service \"it\": open \"sqlite:{name}\": ", file.origin());
    assert!(error.message().starts_with(&message), "{error}");
}

/// "No such file or directory" has this number on every Unix.
fn libc_enoent() -> i32 {
    2
}

#[test]
fn a_file_that_cannot_be_read_is_refused_with_its_name() {
    let file = File::new("services: {it: {type: kvstore_memory}}");
    let refusal = |path: &str| kv::open_config(path, "it").err().expect("no file");

    let missing = refusal(&format!("{}.none", file.path.display()));
    assert_eq!((missing.kind(), missing.os_error()), (ErrorKind::Io, libc_enoent()));
    assert!(missing.message().contains("s.yaml.none"), "{missing}");

    let folder = refusal(file.place.path().to_str().expect("UTF-8"));
    assert_eq!(folder.kind(), ErrorKind::Config);
    assert!(folder.message().ends_with(": it is not a file"), "{folder}");

    for path in ["", "\0", "a\0b"] {
        let error = refusal(path);
        assert_eq!(error.kind(), ErrorKind::Io, "{error}");
    }

    // Root may read everything.
    fs::set_permissions(&file.path, fs::Permissions::from_mode(0o000)).expect("a mode");
    match file.open("it") {
        Ok(_) => assert!(fs::read(&file.path).is_ok()),
        Err(error) => assert_eq!(error.kind(), ErrorKind::Permission),
    }
}

#[test]
fn a_file_that_is_no_document_is_refused() {
    let long = format!("#{}\nservices: {{it: {{type: kvstore_memory}}}}", "x".repeat(1 << 20));
    text_refused("", "", "it is empty");
    text_refused("# nothing\n", "", "it is empty");
    text_refused(
        "a: 1\n---\nb: 2\n",
        ", line 2, column 1",
        "a second document begins; a services file is one",
    );
    text_refused("a: [1,\n", ", line 1, column 4", "unclosed bracket '['");
    text_refused(
        "a: 1\n b: 2\n",
        ", line 2, column 3",
        "mapping values are not allowed in this context",
    );
    text_refused("a: @secret\n", ", line 1, column 4", "unexpected character");
    text_refused("a: *secret\n", ", line 1, column 4", "while parsing node, found unknown anchor");
    text_refused("a: &a [*a]\n", ", line 1, column 8", "an alias stands in what it names");
    text_refused("? [a]\n: b\n", ", line 1, column 3", "a key has to be a plain text");
    text_refused(
        "a: 1\nb: {c: 1,\n  c: 2}\n",
        ", line 3, column 3",
        "key \"c\" stands in line 2 already",
    );
    let file = File::new(b"a: b\n\xFF");
    assert!(file.refusal("it").message().ends_with("line 2 is not UTF-8"));
    let file = File::new(long);
    let message = file.refusal("it").message().to_owned();
    assert!(message.ends_with("it is over the limit of 1048576 bytes"), "{message}");
}

#[test]
fn hostile_files_are_refused_or_harmless() {
    let laughs: String = (1..40)
        .map(|i| format!("a{i}: &a{i} [{}]\n", vec![format!("*a{}", i - 1); 10].join(",")))
        .collect();
    let tail = "services: {it: {type: kvstore_memory}}\n";
    assert!(File::new(format!("a0: &a0 [x]\n{laughs}{tail}")).open("it").is_ok());

    for deep in ["[", "{a: ", "- ", "? "] {
        let error = File::new(deep.repeat(1000)).refusal("it");
        assert!(error.message().ends_with("recursion limit exceeded"), "{error}");
        assert_eq!(error.kind(), ErrorKind::Config);
    }
    let deepest = format!("x: {}{}\n{tail}", "[".repeat(64), "]".repeat(64));
    assert!(File::new(deepest).open("it").is_ok());
}

#[test]
fn a_service_that_is_not_there_or_no_service_is_refused() {
    text_refused("7", ", line 1, column 1", "the file has to be a mapping, and is a single value");
    text_refused("[services]", ", line 1, column 1", "the file has to be a mapping, and is a list");
    text_refused("service: {}", ", line 1, column 1", "it has no key \"services\"");
    text_refused(
        "services:\n",
        ", line 1, column 9",
        "key \"services\" has to be a mapping, and is nothing",
    );
    text_refused(
        "a: 1\nservices: {It: {}, 'it ': {}}\n",
        ", line 2, column 1",
        "there is no service \"it\"; did you mean \"It\"?",
    );
    text_refused(
        "services:\n  it: {}\n  \"it\": {}\n",
        ", line 3, column 3",
        "key \"it\" stands in line 2 already",
    );
    let it = |text: &str| format!("services:\n  it: {text}\n");
    let refused = |text: &str, place: &str, message: &str| {
        text_refused(it(text), place, &format!("service \"it\": {message}"));
    };
    refused("", ", line 2, column 5", "it has to be a mapping, and is nothing");
    refused(
        "kvstore_memory",
        ", line 2, column 7",
        "it has to be a mapping, and is a single value",
    );
    refused(
        "!x {type: kvstore_memory}",
        ", line 2, column 10",
        "it has to be a mapping, and is something with a tag",
    );
    refused("{}", ", line 2, column 3", "it has no key \"type\"");
    refused("{type: }", ", line 2, column 12", "key \"type\" has to be a text, and is nothing");
    refused(
        "{type: 7}",
        ", line 2, column 14",
        "key \"type\" has to be a text, and is a number; write it in quotes",
    );
    refused("{type: [x]}", ", line 2, column 14", "key \"type\" has to be a text, and is a list");
    refused(
        "{type: kvstore_mysql}",
        ", line 2, column 14",
        "unknown type \"kvstore_mysql\"; known are kvstore_sqlite, kvstore_log, kvstore_memory and kvstore_redis",
    );
    refused(
        "{type: Kvstore_memory}",
        ", line 2, column 14",
        "unknown type \"Kvstore_memory\"; known are kvstore_sqlite, kvstore_log, kvstore_memory and kvstore_redis",
    );
    refused(
        "{type: kvstore_memory, configs: }",
        ", line 2, column 30",
        "unknown key \"configs\"; did you mean \"config\"?",
    );
    refused("{type: kvstore_memory, <<: {}}", ", line 2, column 30", "unknown key \"<<\"");
    refused(
        "{type: kvstore_memory, config: [x]}",
        ", line 2, column 38",
        "key \"config\" has to be a mapping, and is a list",
    );
    refused(
        "{type: kvstore_memory, config: no}",
        ", line 2, column 38",
        "key \"config\" has to be a mapping, and is a single value",
    );
}

#[test]
fn keys_that_are_wrong_are_refused_with_their_place() {
    let sqlite = |text: &str, column: u32, message: &str| {
        let place = format!(", line 6, column {column}");
        config_refused("kvstore_sqlite", &format!("path: x.db\n{text}"), &place, message);
    };
    sqlite("colour: red", 7, "unknown key \"colour\"; 'kv options' lists the options");
    sqlite("Path: x", 7, "unknown key \"Path\"; did you mean \"path\"?");
    sqlite("prefix: x", 7, "unknown key \"prefix\"; it is an option of: Store in a Redis");
    sqlite("wal_limt: 1", 7, "unknown key \"wal_limt\"; did you mean \"wal_limit\"?");
    sqlite("durability: most", 19, "key \"durability\": \"most\" is not normal or full");
    sqlite("durability: 1", 19, "key \"durability\" has to be normal or full, and is a number");
    sqlite("busy_timeout: 5", 21, "key \"busy_timeout\": \"5\" needs a unit: ms, s, m, h, d or w");
    sqlite("busy_timeout: -1s", 21, "key \"busy_timeout\": \"-1s\" does not begin with a number");
    sqlite(
        "busy_timeout: 1.5",
        21,
        "key \"busy_timeout\" has to be a duration such as 500ms or 5s, and is a number",
    );
    sqlite("wal_limit: big", 18, "key \"wal_limit\": \"big\" does not begin with a number");
    sqlite("wal_limit: -1", 18, "key \"wal_limit\": \"-1\" does not begin with a number");
    sqlite(
        "wal_limit: 1e6",
        18,
        "key \"wal_limit\" has to be a size such as 65536 or 16MiB, and is a number",
    );
    sqlite("create: yes", 15, "key \"create\": \"yes\" is neither on nor off");
    sqlite("create: 1", 15, "key \"create\" has to be on or off, and is a number");
    sqlite("create: ~", 15, "key \"create\" has to be on or off, and is nothing");
    sqlite("create: {}", 15, "key \"create\" has to be on or off, and is a mapping");
    sqlite("changes_keep: '5'", 21, "key \"changes_keep\" has to be a whole number, and is a text");
    sqlite(
        "changes_keep: 5.0",
        21,
        "key \"changes_keep\" has to be a whole number, and is a number",
    );
    sqlite("changes_keep: 0x10", 21, "key \"changes_keep\": \"0x10\" is not a whole number");
    sqlite(
        "changes_keep: true",
        21,
        "key \"changes_keep\" has to be a whole number, and is true or false",
    );
    sqlite(
        "changes_keep: !!int 5",
        27,
        "key \"changes_keep\" has to be a whole number, and is something with a tag",
    );

    let path = |text: &str, place: &str, message: &str| {
        config_refused("kvstore_sqlite", text, place, message);
    };
    path("create: on", ", line 2, column 3", "its config has no key \"path\"");
    path("path: ''", ", line 5, column 13", "key \"path\": the path is empty");
    path(
        "path: 7",
        ", line 5, column 13",
        "key \"path\" has to be a text, and is a number; write it in quotes",
    );
    path("path: \"a\\0b\"", ", line 5, column 13", "key \"path\": path \"a\\x00b\" holds a NUL");
    path(
        "path: ':memory:'",
        ", line 5, column 13",
        "key \"path\": \":memory:\" is no file; a store in memory has a location and type of its own",
    );
    text_refused(
        "services:
  it:
    config:
      path: a
      path: b
",
        ", line 5, column 7",
        "key \"path\" stands in line 4 already",
    );
}

#[test]
fn a_store_in_memory_has_no_path() {
    config_refused(
        "kvstore_memory",
        "path: x",
        ", line 5, column 7",
        "unknown key \"path\"; 'kv options' lists the options",
    );
    config_refused(
        "kvstore_memory",
        "size: 1",
        ", line 5, column 7",
        "unknown key \"size\"; 'kv options' lists the options",
    );
}

#[test]
fn a_redis_is_checked_and_then_asked() {
    let redis = |text: &str, column: u32, message: &str| {
        let place = format!(", line 5, column {column}");
        config_refused("kvstore_redis", text, &place, message);
    };
    redis("host: x", 7, "unknown key \"host\"; 'kv options' lists the options");
    redis("path: x", 7, "unknown key \"path\"; 'kv options' lists the options");
    redis("addr: x", 13, "key \"addr\": an address is HOST:PORT, and an IPv6 host in brackets");
    redis("addr: 6379", 13, "key \"addr\" has to be a text, and is a number; write it in quotes");
    redis("db: '1'", 11, "key \"db\" has to be a whole number, and is a text");
    redis("db: 1.0", 11, "key \"db\" has to be a whole number, and is a number");
    redis("db: -1", 11, "key \"db\": \"-1\" is not a whole number");
    redis("db: 2147483648", 11, "key \"db\": the number of a database is at most 2147483647");
    redis("pool_size: 0", 18, "key \"pool_size\": a pool has 1 to 1024 connections");
    redis("pool_size: 1025", 18, "key \"pool_size\": a pool has 1 to 1024 connections");
    redis("password:", 15, "key \"password\" has to be a text, and is nothing");
    redis(
        "prefix: true",
        15,
        "key \"prefix\" has to be a text, and is true or false; write it in quotes",
    );

    redis("scans: never", 14, "key \"scans\": \"never\" is not live or snapshot");
    redis("walks: live", 7, "unknown key \"walks\"; it is called \"scans\"");
    redis("call_timeout: 5", 21, "key \"call_timeout\": \"5\" needs a unit: ms, s, m, h, d or w");
    config_refused(
        "kvstore_redis",
        "username: ann",
        ", line 2, column 3",
        "a user needs a password: give both or neither",
    );
    config_refused(
        "kvstore_redis",
        "addr: 'a:1,b:2'",
        ", line 2, column 3",
        "only a cluster has several addresses; a single server has one",
    );

    // An address without a server.
    let full =
        "addr: 127.0.0.1:1\nusername: ann\npassword: hunter2\ndb: 3\npool_size: 20\nprefix: ''";
    for text in [full, "addr: '127.0.0.1:1'", "addr: 127.0.0.1:1\ncluster: true"] {
        let error = config("kvstore_redis", text).refusal("it");
        assert_eq!(error.kind(), ErrorKind::Unavailable);
        assert_eq!(error.os_error(), libc::ECONNREFUSED);
        assert!(
            error.message().contains("\"it\": redis at 127.0.0.1:1: Connection refused"),
            "{error}"
        );
    }
}

#[test]
fn no_message_shows_a_password() {
    for text in [
        "password: 7355608",
        "password: [hunter2]",
        "password: {hunter2: x}",
        "password: !hunter2 x",
        "password: *hunter2",
        "password: @hunter2",
        "password: \"hunter2",
        "password: 'hunter2\\'",
        "password: hunter2${",
        "password: ${hunter2!}",
        "password: hunter2${KV_TEST_UNSET}",
        "password: ${KV_TEST_UNSET:${hunter2}}",
        "password:hunter2",
        "{password:hunter2}",
        "password:hunter2: x",
        "addr: user:hunter2@host:6379",
        "addr: redis://:hunter2@host",
        "db: hunter2",
        "password: hunter2\ndb: x",
        "password: hunter2\npassword: hunter2",
        "password: hunter2\naddr: 127.0.0.1:1",
        "password: hunter2\naddr: 127.0.0.1:1\nusername: ann\ntls: on",
    ] {
        let error = config("kvstore_redis", text).refusal("it");
        let message = error.message();
        assert!(!message.contains("hunter2") && !message.contains("7355608"), "{text}: {message}");
    }
}

/// The variables of a child, beside the environment of its parent.
const ENVIRONMENT: [(&str, &str); 6] = [
    ("KV_TEST_NAME", "from the environment.db"),
    ("KV_TEST_TYPE", "kvstore_sqlite"),
    ("KV_TEST_KEEP", "7"),
    ("KV_TEST_EMPTY", ""),
    ("KV_TEST_SECRET", "hunter2"),
    ("KV_TEST_TRICK", "x\n    durability: most # \"${KV_TEST_SECRET}"),
];

#[test]
fn variables_stand_for_what_the_environment_says() {
    let place = Place::on_disk();
    let directory = place.path().display();
    let child = |services: &str| {
        let path = place.file("s.yaml");
        let services = services.replace("DIRECTORY", &directory.to_string());
        fs::write(&path, services).expect("a file");
        let mut child = Child::start_with("services", &[], &ENVIRONMENT);
        child.send_line(path.to_str().expect("UTF-8"));
        let reply = child.read_line();
        child.join();
        reply
    };
    let config = |text: &str| {
        child(&format!("services:\n  it:\n    type: kvstore_sqlite\n    config:\n      {text}\n"))
    };

    let text = "services: {it: {type: '${KV_TEST_TYPE}', config: {
        path: \"DIRECTORY/${KV_TEST_EMPTY:}${KV_TEST_NAME:default}\",
        changes: '${KV_TEST_UNSET:on}', changes_keep: '${KV_TEST_KEEP}'}}}";
    assert_eq!(child(text), "opened");
    assert!(place.file("from the environment.db").exists());

    assert_eq!(config("path: DIRECTORY/$${KV_TEST_NAME}"), "opened");
    assert!(place.file("${KV_TEST_NAME}").exists());

    // The value of a variable is one text, whatever stands in it.
    assert_eq!(config("path: DIRECTORY/${KV_TEST_TRICK}"), "opened");
    assert!(place.file("x\n    durability: most # \"${KV_TEST_SECRET}").exists());

    let place = |column: u32| format!("{{}}, line 5, column {column}: service \"it\": ");
    for (text, column, message) in [
        (
            "path: ${KV_TEST_UNSET}",
            13,
            "key \"path\": variable KV_TEST_UNSET is not set and has no default",
        ),
        (
            "path: ${KV_TEST_EMPTY}",
            13,
            "key \"path\": variable KV_TEST_EMPTY is not set and has no default",
        ),
        ("path: ${KV_TEST_EMPTY:}", 13, "key \"path\": its variables make no acceptable value"),
        (
            "{path: x, durability: '${KV_TEST_SECRET}'}",
            29,
            "key \"durability\" has to be normal or full; its variables make something else",
        ),
        (
            "{path: x, busy_timeout: '${KV_TEST_SECRET}'}",
            31,
            "key \"busy_timeout\" has to be a duration such as 500ms or 5s; its variables make something else",
        ),
        (
            "{path: x, changes_keep: '${KV_TEST_SECRET}'}",
            31,
            "key \"changes_keep\" has to be a whole number; its variables make something else",
        ),
        (
            "{path: x, changes_keep: '${KV_TEST_EMPTY:}'}",
            31,
            "key \"changes_keep\" has to be a whole number; its variables make something else",
        ),
        (
            "{path: x, create: '${KV_TEST_KEEP}'}",
            25,
            "key \"create\" has to be on or off; its variables make something else",
        ),
        (
            "{path: x, '${KV_TEST_SECRET}': 1}",
            17,
            "unknown key \"${KV_TEST_SECRET}\"; 'kv options' lists the options",
        ),
    ] {
        assert_eq!(config(text), place(column) + message, "{text}");
    }
    let unknown = child("services: {it: {type: '${KV_TEST_SECRET}'}}");
    assert_eq!(
        unknown,
        "{}, line 1, column 23: service \"it\": unknown type; known are kvstore_sqlite, \
         kvstore_log, kvstore_memory and kvstore_redis"
    );
    let redis = "services: {it: {type: kvstore_redis, config: {
        addr: '${KV_TEST_ADDR:127.0.0.1:1}', password: '${KV_TEST_SECRET}', db: '${KV_TEST_KEEP}'}}}";
    assert_eq!(
        child(redis),
        "{}, line 1, column 12: service \"it\": redis at 127.0.0.1:1: Connection refused (os error \
         111)"
    );
}

#[test]
fn a_password_whose_variable_is_empty_is_none() {
    let place = Place::on_disk();
    let path = place.file("s.yaml");
    for (config, message) in [
        ("password: '${KV_TEST_UNSET}'", "redis at 127.0.0.1:1: Connection refused (os error 111)"),
        ("password: '${KV_TEST_EMPTY}'", "redis at 127.0.0.1:1: Connection refused (os error 111)"),
        (
            "password: 'x${KV_TEST_UNSET}'",
            "key \"password\": variable KV_TEST_UNSET is not set and has no default",
        ),
        (
            "username: '${KV_TEST_UNSET}'",
            "key \"username\": variable KV_TEST_UNSET is not set and has no default",
        ),
    ] {
        let text = "services: {it: {type: kvstore_redis, config: {addr: '127.0.0.1:1', ";
        fs::write(&path, format!("{text}{config}}}}}}}\n")).expect("a file");
        let mut child = Child::start_with("services", &[], &ENVIRONMENT);
        child.send_line(path.to_str().expect("UTF-8"));
        let reply = child.read_line();
        child.join();
        assert!(reply.ends_with(message), "{config}: {reply}");
    }
}

/// The other process, which has variables of its own; see [`Child`].
pub fn child(_: &[String]) {
    let path = listen().expect("a path");
    let file = format!("services file {path:?}");
    match kv::open_config(&path, "it") {
        Ok(_) => say("opened"),
        Err(error) => say(&error.message().replace(&file, "{}")),
    }
}
