//! Facts about the machine and the libraries, so that figures can be judged.

use std::fs;
use std::path::Path;
use std::thread;

use crate::peers::kv_abi::Abi;
use crate::peers::{leveldb, lmdb, rocksdb, sqlite};
use crate::report::{Library, Machine};

const UNKNOWN: &str = "unknown";

/// Describes the machine; `directory` is where the stores are.
pub fn machine(directory: &Path) -> Machine {
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    Machine {
        cpu: field("/proc/cpuinfo", "model name").unwrap_or_else(|| UNKNOWN.to_owned()),
        cores: thread::available_parallelism().map_or(0, usize::from),
        memory_gib: memory().div_ceil(1 << 30),
        kernel: kernel.trim().to_owned(),
        filesystem: filesystem(directory).unwrap_or_else(|| UNKNOWN.to_owned()),
    }
}

/// Returns the bytes of memory that this process may use: those of the machine, or of its control
/// group if that has fewer.
fn memory() -> u64 {
    let all = field("/proc/meminfo", "MemTotal").and_then(|line| {
        let number = line.split_whitespace().next()?;
        Some(number.parse::<u64>().ok()? << 10)
    });
    all.into_iter().chain(memory_limit()).min().unwrap_or(0)
}

/// Returns the limit of the control group, of either version.
fn memory_limit() -> Option<u64> {
    let groups = fs::read_to_string("/proc/self/cgroup").ok()?;
    groups.lines().find_map(|line| {
        let mut parts = line.splitn(3, ':').skip(1);
        let (controllers, path) = (parts.next()?, parts.next()?);
        let file = if controllers.is_empty() {
            format!("/sys/fs/cgroup{path}/memory.max")
        } else if controllers.split(',').any(|it| it == "memory") {
            format!("/sys/fs/cgroup/memory{path}/memory.limit_in_bytes")
        } else {
            return None;
        };
        fs::read_to_string(file).ok()?.trim().parse().ok()
    })
}

/// Names the libraries, with what their two durabilities mean.
pub fn libraries(kv: Option<&Abi>) -> Vec<Library> {
    let library = |name: &str, version: String, settings: &str| Library {
        name: name.to_owned(),
        version,
        settings: settings.to_owned(),
    };
    let mut libraries = vec![
        library(
            "raw SQLite",
            sqlite::version(),
            "WAL, checkpoint in line every 1000 pages; synchronous NORMAL, fsync: FULL",
        ),
        library(
            "LMDB",
            lmdb::version(),
            "MDB_NOSYNC (the kernel has each commit, so it survives kill -9); fsync: the default",
        ),
        library("LevelDB", leveldb::version(), "sync=false; fsync: true"),
        library(
            "RocksDB",
            rocksdb::version().unwrap_or_else(|| UNKNOWN.to_owned()),
            "sync=false; fsync: true",
        ),
    ];
    if let Some(abi) = kv {
        let settings = "durability=normal; fsync: durability=full";
        libraries.insert(0, library("kv", abi.version(), settings));
    }
    libraries
}

/// Returns the rest of the first line `name: rest` of a file of the kernel.
fn field(file: &str, name: &str) -> Option<String> {
    let text = fs::read_to_string(file).ok()?;
    text.lines().find_map(|line| {
        let (key, rest) = line.split_once(':')?;
        (key.trim() == name).then(|| rest.trim().to_owned())
    })
}

/// Returns the type of the file system that holds `directory`.
fn filesystem(directory: &Path) -> Option<String> {
    let directory = directory.canonicalize().ok()?;
    let mounts = fs::read_to_string("/proc/self/mounts").ok()?;
    mounts
        .lines()
        .filter_map(|line| {
            let mut words = line.split(' ').skip(1);
            Some((words.next()?, words.next()?))
        })
        .filter(|(place, _)| directory.starts_with(place))
        // A later mount hides an earlier one on the same place, and max_by_key prefers the later.
        .max_by_key(|(place, _)| place.len())
        .map(|(_, kind)| kind.to_owned())
}
