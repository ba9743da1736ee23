//! Calls of the system that fail when a test says so, in a process of the test's own.
//!
//! The process loads the library of `tests/torture/faults` before all others, so its calls pass
//! through that: those of this library, of SQLite and of Rust's standard library alike.

use std::ffi::{CStr, CString, c_char, c_int, c_long, c_uint};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use crate::support::{Place, root};

/// The variable that marks the process whose calls can fail.
const MARK: &str = "KV_TEST_FAULTS";
/// Bytes of the record that are kept.
const RECORD_LEN: usize = 1 << 20;

/// Kinds of calls, as `tests/torture/faults/faults.h` has them.
pub const OPEN: c_uint = 1;
pub const READ: c_uint = 2;
pub const WRITE: c_uint = 4;
pub const SYNC: c_uint = 8;
pub const TRUNCATE: c_uint = 16;
pub const UNLINK: c_uint = 64;
pub const LINK: c_uint = 256;

/// The calls of some kinds on files whose path ends with a suffix, and the error of one of them.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    pub kinds: c_uint,
    pub suffix: &'static str,
    /// The number of the call, from 1 on.
    pub nth: usize,
    /// The error; 0 halves a transfer instead.
    pub error: i32,
    /// Whether all later calls fail as well.
    pub forever: bool,
}

/// The rule as the library reads it.
#[repr(C)]
struct RawRule {
    suffix: *const c_char,
    kinds: c_uint,
    nth: c_long,
    error: c_int,
    forever: c_int,
}

/// The library, compiled once for each run of the tests.
static LIBRARY: LazyLock<PathBuf> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let library = folder.join("faults.so");
    let unfinished = folder.join(format!("faults-{}.so", std::process::id()));
    let torture = root().join("tests/torture");
    let sources = ["faults.c", "calls.c"].map(|it| torture.join("faults").join(it));
    let mut cc = Command::new("cc");
    cc.args(["-std=gnu11", "-shared", "-fPIC", "-O1", "-Wall", "-Wextra", "-Werror", "-o"]);
    cc.arg(&unfinished).arg("-I").arg(torture.join("work"));
    let status = cc.args(sources).args(["-pthread", "-ldl"]).status();
    assert!(status.expect("a C compiler").success(), "tests/torture does not compile");
    std::fs::rename(&unfinished, &library).expect("a folder of our own");
    library
});

/// A folder below which calls can fail.
pub struct Faults {
    place: Place,
}

/// Runs the rest of the calling test in a process of its own, whose calls can fail. The closure is
/// named after the test, by which the process finds it.
pub fn under_faults<F: FnOnce(&Faults)>(test: F) {
    if std::env::var_os(MARK).is_some() {
        let place = Place::in_memory();
        let folder = CString::new(place.path().as_os_str().as_encoded_bytes()).expect("no NUL");
        // SAFETY: the symbol is the function of that type in faults.h, which copies the text.
        unsafe {
            let begin: extern "C" fn(*const c_char) = std::mem::transmute(symbol(c"fault_begin"));
            begin(folder.as_ptr());
        }
        return test(&Faults { place });
    }
    let name = std::any::type_name::<F>();
    let name = name.split_once("::").map_or(name, |(_, it)| it);
    let name = name.strip_suffix("::{{closure}}").expect("a closure of a test");
    let output = Command::new(std::env::current_exe().expect("this binary"))
        .args([name, "--exact", "--nocapture", "--test-threads=1"])
        .env(MARK, "1")
        .env("LD_PRELOAD", &*LIBRARY)
        .output()
        .expect("the test binary starts again");
    let (out, err) = (&output.stdout, &output.stderr);
    let (out, err) = (String::from_utf8_lossy(out), String::from_utf8_lossy(err));
    let passed = output.status.success() && out.contains("1 passed");
    assert!(passed, "{name} has failed, {}:\n{out}\n{err}", output.status);
}

impl Faults {
    /// Returns the path of a file here.
    pub fn file(&self, name: &str) -> PathBuf {
        self.place.file(name)
    }

    /// Returns the names of the files here.
    pub fn files(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.place.path()).expect("a folder of our own");
        let name = |it: std::io::Result<std::fs::DirEntry>| it.expect("an entry").file_name();
        let mut names: Vec<_> = entries.map(|it| name(it).to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    /// Removes all files here.
    pub fn clear(&self) {
        for name in self.files() {
            std::fs::remove_file(self.file(&name)).expect("a file of our own");
        }
    }

    /// Lets calls fail as `rule` says, until [`Faults::disarm`].
    pub fn arm(&self, rule: Rule) {
        let suffix = CString::new(rule.suffix).expect("no NUL");
        let raw = RawRule {
            suffix: suffix.as_ptr(),
            kinds: rule.kinds,
            nth: c_long::try_from(rule.nth).unwrap_or(c_long::MAX),
            error: rule.error,
            forever: c_int::from(rule.forever),
        };
        // SAFETY: the symbol is the function of that type in faults.h, which copies the rule.
        unsafe {
            let arm: extern "C" fn(*const RawRule) = std::mem::transmute(symbol(c"fault_arm"));
            arm(&raw const raw);
        }
    }

    /// Lets no call fail any more; returns how many the rule was about, and how many have failed.
    pub fn disarm(&self) -> (usize, usize) {
        let mut failed = 0;
        // SAFETY: the symbol is the function of that type in faults.h; it writes one number.
        let seen = unsafe {
            let disarm: extern "C" fn(*mut c_long) -> c_long =
                std::mem::transmute(symbol(c"fault_disarm"));
            disarm(&raw mut failed)
        };
        (usize::try_from(seen).unwrap_or(0), usize::try_from(failed).unwrap_or(0))
    }

    /// Returns the calls since the last record, such as "write kv.db-wal".
    pub fn record(&self) -> Vec<String> {
        let mut bytes = vec![0_u8; RECORD_LEN];
        // SAFETY: the symbol is the function of that type in faults.h; the buffer has that length.
        let len = unsafe {
            let record: extern "C" fn(*mut u8, usize) -> usize =
                std::mem::transmute(symbol(c"fault_record"));
            record(bytes.as_mut_ptr(), bytes.len())
        };
        bytes.truncate(len);
        String::from_utf8_lossy(&bytes).lines().map(str::to_owned).collect()
    }
}

fn symbol(name: &CStr) -> *mut std::ffi::c_void {
    // SAFETY: the name ends with a NUL.
    let found = unsafe { libc::dlsym(libc::RTLD_DEFAULT, name.as_ptr()) };
    assert!(!found.is_null(), "tests/torture is not loaded");
    found
}
