//! Sets `redis_server` if there is a Redis to test with: tests that need one are ignored, and said
//! to be, where there is none. With `KV_REQUIRE_REDIS=1` there must be one.

use std::env;
use std::path::PathBuf;

fn main() {
    println!("cargo::rustc-check-cfg=cfg(redis_server)");
    println!("cargo::rerun-if-changed=build.rs");
    let path = env::var_os("PATH").unwrap_or_default();
    let folders: Vec<PathBuf> = env::split_paths(&path).filter(|it| it.is_dir()).collect();
    let mut missing = Vec::new();
    for program in ["redis-server", "redis-cli"] {
        match folders.iter().map(|it| it.join(program)).find(|it| it.is_file()) {
            Some(file) => println!("cargo::rerun-if-changed={}", file.display()),
            None => missing.push(program),
        }
    }
    if missing.is_empty() {
        println!("cargo::rustc-cfg=redis_server");
        return;
    }
    // Where it may be installed later. While it is there, none of this is looked at: each change
    // would compile the tests again.
    println!("cargo::rerun-if-env-changed=PATH");
    println!("cargo::rerun-if-env-changed=KV_REQUIRE_REDIS");
    for folder in folders {
        println!("cargo::rerun-if-changed={}", folder.display());
    }
    let missing = missing.join(" and ");
    if env::var_os("KV_REQUIRE_REDIS").is_some_and(|it| it == "1") {
        println!(
            "cargo::error=KV_REQUIRE_REDIS=1, but there is no {missing} on PATH: install it, as \
             `scripts/setup.sh test` does, or unset the variable to ignore the tests that need it"
        );
    } else {
        println!("cargo::warning=tests that need a Redis are ignored: no {missing} on PATH");
    }
}
