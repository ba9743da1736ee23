//! Sets `redis_server` if there is a redis-server on PATH. Without one, the tests that need it are
//! reported as ignored; with `KV_REQUIRE_REDIS=1` that is an error.
//!
//! The command of a release is linked without debug information, which names the folders of the builder.

use std::env;
use std::path::PathBuf;

const SERVER: &str = "redis-server";

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    // The linker would compute the build-id with it, so that two folders gave two commands.
    if env::var_os("PROFILE").is_some_and(|it| it == "release") {
        println!("cargo::rustc-link-arg-bins=-Wl,--strip-debug");
    }
    find_redis_server();
}

fn find_redis_server() {
    println!("cargo::rustc-check-cfg=cfg(redis_server)");
    let path = env::var_os("PATH").unwrap_or_default();
    let folders: Vec<PathBuf> = env::split_paths(&path).filter(|it| it.is_dir()).collect();
    if let Some(file) = folders.iter().map(|it| it.join(SERVER)).find(|it| it.is_file()) {
        println!("cargo::rerun-if-changed={}", file.display());
        println!("cargo::rustc-cfg=redis_server");
        return;
    }
    // The folders are watched only while there is no server: each change of one builds the tests
    // again.
    println!("cargo::rerun-if-env-changed=PATH");
    println!("cargo::rerun-if-env-changed=KV_REQUIRE_REDIS");
    for folder in folders {
        println!("cargo::rerun-if-changed={}", folder.display());
    }
    if env::var_os("KV_REQUIRE_REDIS").is_some_and(|it| it == "1") {
        println!(
            "cargo::error=KV_REQUIRE_REDIS=1, but there is no {SERVER} on PATH: install it, as \
             `scripts/setup.sh test` does, or unset the variable to ignore the tests that need it"
        );
    }
}
