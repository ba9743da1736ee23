//! Links the peers that come from the distribution.
//!
//! They are linked dynamically, as a program that uses the distribution's packages would be;
//! their few C declarations stand in the file of each peer, so no bindgen and no header is read.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    for library in ["lmdb", "leveldb", "rocksdb"] {
        println!("cargo::rustc-link-lib=dylib={library}");
    }
}
