//! Gives the shared library its name, and keeps it loaded once it was: a thread that ends after a
//! `dlclose` would run destructors that are gone.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-cdylib-link-arg=-Wl,-soname,libkv.so.0");
    println!("cargo::rustc-cdylib-link-arg=-Wl,-z,nodelete");
}
