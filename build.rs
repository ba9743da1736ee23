//! Gives the shared library its name, keeps it loaded once it was (a thread that ends after a
//! `dlclose` would run destructors that are gone), and leaves comments and indents out of the Lua
//! scripts, which every server gets.

use std::path::Path;
use std::{env, fs};

const SCRIPTS: &str = "src/engine/redis/scripts";

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed={SCRIPTS}");
    for option in link_options() {
        println!("cargo::rustc-cdylib-link-arg=-Wl,{option}");
    }

    let target = env::var_os("OUT_DIR").expect("cargo sets it");
    for file in fs::read_dir(SCRIPTS).expect("a folder") {
        let path = file.expect("a file").path();
        if path.extension().is_some_and(|it| it == "lua") {
            let source = fs::read_to_string(&path).expect("text");
            let name = path.file_name().expect("a file");
            fs::write(Path::new(&target).join(name), code_of(&source)).expect("written");
        }
    }
}

/// Returns the linker's options for the shared library.
fn link_options() -> &'static [&'static str] {
    match env::var("CARGO_CFG_TARGET_OS").as_deref() {
        Ok("windows") => &[],
        Ok("macos") => &["-install_name,@rpath/libkv.dylib"],
        // The last one merges strings that are the end of others.
        _ => &["-soname,libkv.so.0", "-z,nodelete", "-O2"],
    }
}

/// Returns the lines of a script that are neither empty nor comments, without indents. No string of
/// a script goes over the end of a line.
fn code_of(source: &str) -> String {
    let lines = source.lines().map(str::trim_start);
    let code = lines.filter(|line| !line.is_empty() && !line.starts_with("--"));
    code.collect::<Vec<_>>().join("\n")
}
