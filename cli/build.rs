//! Leaves debug information out of the command of a release when it is linked: it names the folders of
//! the builder, and the linker would compute the build-id with it.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if std::env::var("PROFILE").is_ok_and(|it| it == "release") {
        println!("cargo::rustc-link-arg-bins=-Wl,--strip-debug");
    }
}
