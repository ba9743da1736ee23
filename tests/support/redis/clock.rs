//! A wall clock for servers that stands still until a test sets it.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::process::Command;
use std::sync::LazyLock;

use kv::Timestamp;

use super::keeper;

/// The library that a server loads to live by such a clock.
static LIBRARY: LazyLock<PathBuf> = LazyLock::new(|| {
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/support/redis/clock.c");
    let library = keeper::new_place().join("clock.so");
    let mut cc = Command::new("cc");
    cc.args(["-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o"]).arg(&library).arg(source);
    let status = cc.status().expect("a C compiler");
    assert!(status.success(), "{source} does not compile");
    library
});

/// The time of every server that was started with it; the real time until it is set.
pub struct ServerClock {
    file: File,
    path: PathBuf,
}

impl ServerClock {
    pub fn new() -> ServerClock {
        let path = keeper::new_place().join("clock");
        let file = File::options().read(true).write(true).create_new(true).open(&path);
        let clock = ServerClock { file: file.expect("a file of our own"), path };
        clock.write(0);
        clock
    }

    /// Stops the clock at `time`.
    pub fn set(&self, time: Timestamp) {
        self.write(time.as_micros());
    }

    fn write(&self, micros: i64) {
        // Servers have the file mapped; eight aligned bytes change at once.
        self.file.write_all_at(&micros.to_ne_bytes(), 0).expect("a writable file");
    }

    /// Makes the process that `command` starts live by this clock.
    pub fn rule(&self, command: &mut Command) {
        command.env("LD_PRELOAD", &*LIBRARY).env("KV_TEST_CLOCK", &self.path);
    }
}
