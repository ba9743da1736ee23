//! Compares kv with its peers: raw SQLite, LMDB, LevelDB and RocksDB.
//!
//! One process run, every workload in rounds, every peer in every round; see the README.

mod any_report;
mod args;
mod chart;
mod contest;
mod contestant;
mod dataset;
mod db_bench;
mod files;
mod keys;
mod latency;
mod machine;
mod markdown;
mod peer;
mod peers;
mod quiet;
mod report;
mod sample;
mod setup;
mod sizes;
mod slice;
mod stores;
mod surcharges;
mod sustained;
mod workload;

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use clap::Parser;
use tempfile::TempDir;

use any_report::AnyReport;
use args::{Arguments, Command, DEFAULT_KV, Run};
use contest::Contest;
use db_bench::{DbBench, DbBenchReport};
use peers::kv_abi::Abi;
use report::{Conditions, Report};
use setup::Setup;
use sizes::{Sizes, SizesReport};

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    match arguments.command {
        Some(Command::Redraw { json, svg }) => redraw(&json, &svg),
        Some(Command::Surcharges { results, svg, kv }) => draw_surcharges(&results, &svg, &kv),
        None => run(&arguments.run),
    }
}

fn run(run: &Run) -> Result<()> {
    let kv = load(run.kv.as_deref())?;
    let stores = stores(run.dir.as_deref())?;
    let report = if run.mode.db_bench {
        AnyReport::DbBench(db_bench(run, stores.path(), kv)?)
    } else if run.mode.sizes {
        AnyReport::Sizes(sizes(run, stores.path(), kv)?)
    } else {
        AnyReport::Compare(compare(run, stores.path(), kv)?)
    };
    if let Some(path) = &run.json {
        write(path, &report.to_json()?)?;
    }
    if let Some(path) = &run.svg {
        write(path, &report.chart())?;
    }
    println!("{report}");
    stores.close().context("remove the stores")
}

fn compare(run: &Run, stores: &Path, kv: Option<&'static Abi>) -> Result<Report> {
    let workloads = run.workloads();
    ensure!(!workloads.is_empty(), "--only leaves no workload");
    ensure!(
        run.ops_scale.is_finite() && run.ops_scale >= 0.0,
        "--ops-scale must be a number of at least 0"
    );
    let contest =
        Contest { setup: setup(run, stores, kv), keys: run.keys, ops_scale: run.ops_scale };
    let (panels, sustained) = contest.run(&workloads)?;
    Ok(Report {
        conditions: conditions(run, stores, kv),
        keys: run.keys,
        ops_scale: run.ops_scale,
        panels,
        sustained,
    })
}

fn db_bench(run: &Run, stores: &Path, kv: Option<&'static Abi>) -> Result<DbBenchReport> {
    let benchmarks = run.benchmarks();
    ensure!(!benchmarks.is_empty(), "--only leaves no benchmark");
    let bench = DbBench {
        setup: setup(run, stores, kv),
        num: run.mode.num,
        value_len: run.mode.value_size as usize,
        compression_ratio: run.mode.compression_ratio,
    };
    let benchmarks = bench.run(&benchmarks)?;
    Ok(DbBenchReport {
        conditions: conditions(run, stores, kv),
        entries: bench.num,
        key_bytes: keys::DIGITS.len(),
        value_bytes: bench.value_len,
        compression_ratio: bench.compression_ratio,
        benchmarks,
    })
}

fn sizes(run: &Run, stores: &Path, kv: Option<&'static Abi>) -> Result<SizesReport> {
    let sizes = Sizes {
        setup: setup(run, stores, kv),
        num: run.mode.num,
        compression_ratio: run.mode.compression_ratio,
    };
    Ok(SizesReport {
        sizes: sizes.run()?,
        conditions: conditions(run, stores, kv),
        key_bytes: keys::DIGITS.len(),
        compression_ratio: sizes.compression_ratio,
    })
}

fn setup<'a>(run: &Run, stores: &'a Path, kv: Option<&'static Abi>) -> Setup<'a> {
    Setup { directory: stores, kv, rounds: run.rounds(), cache_mib: run.cache_mib }
}

fn conditions(run: &Run, stores: &Path, kv: Option<&'static Abi>) -> Conditions {
    Conditions {
        command: command(),
        machine: machine::machine(stores),
        libraries: machine::libraries(kv),
        rounds: run.rounds(),
        cache_mib: run.cache_mib,
    }
}

fn redraw(json: &Path, svg: &Path) -> Result<()> {
    let text = fs::read_to_string(json).with_context(|| format!("read {}", json.display()))?;
    let report = AnyReport::parse(&text).with_context(|| format!("parse {}", json.display()))?;
    write(svg, &report.chart())
}

fn draw_surcharges(results: &Path, svg: &Path, kv: &Path) -> Result<()> {
    let mut libraries = machine::libraries(load(Some(kv))?);
    libraries.retain(|library| library.name == "kv");
    let conditions = Conditions {
        command: command(),
        machine: machine::machine(results),
        libraries,
        rounds: 1,
        cache_mib: None,
    };
    let (groups, versions) = surcharges::read(results)?;
    write(svg, &chart::surcharges::draw(&groups, &conditions, &versions))
}

/// Loads libkv; only the library that was not asked for by name may be missing.
fn load(path: Option<&Path>) -> Result<Option<&'static Abi>> {
    let Some(path) = path else {
        let loaded = Abi::load(Path::new(DEFAULT_KV));
        if let Err(error) = &loaded {
            eprintln!("kv takes no part: {error:#}");
        }
        return Ok(loaded.ok());
    };
    Abi::load(path).map(Some)
}

/// Makes the directory of the stores, which is removed when the run ends, in whatever way.
fn stores(parent: Option<&Path>) -> Result<TempDir> {
    let parent = match parent {
        Some(parent) => parent.to_owned(),
        None => beside_the_executable()?,
    };
    fs::create_dir_all(&parent).with_context(|| format!("create {}", parent.display()))?;
    TempDir::with_prefix_in("compare-stores-", &parent)
        .with_context(|| format!("create a directory in {}", parent.display()))
}

/// The target directory is on a real disk and ignored by git, which a system's /tmp need not be.
fn beside_the_executable() -> Result<PathBuf> {
    let executable = env::current_exe()?;
    let parent = executable.parent().and_then(Path::parent);
    Ok(parent.context("the executable has no directory")?.to_owned())
}

/// Returns the command line that repeats this run in `bench/compare`.
fn command() -> String {
    let arguments: Vec<_> = env::args().skip(1).collect();
    format!("cargo run --release -- {}", arguments.join(" "))
        .trim_end_matches([' ', '-'])
        .to_owned()
}

fn write(path: &Path, text: &str) -> Result<()> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    fs::write(path, text).with_context(|| format!("write {}", path.display()))
}
