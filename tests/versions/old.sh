# shellcheck shell=bash disable=SC2034
# Version 0.1 beside this one: both are built, the old one from its commit in the history of the
# repository. run.sh sources this.

# The last commit with the interface of version 0.1.0: later ones begin that of 0.2.
readonly version_0_1=581efdb
need git cargo

if ! git -C "$root" cat-file -e "$version_0_1^{commit}" 2>/dev/null; then
    skip "two versions" "the history of the repository is not there"
    finish
fi
old_root=$scratch/source
mkdir "$old_root"
git -C "$root" archive "$version_0_1" | tar -x -C "$old_root"
(cd "$old_root" && cargo build --release --locked --quiet -p kv -p kv-cli --target-dir "$target/version-0.1")
build_release --quiet
# The commands, and folders with the libraries by their names.
old=$target/version-0.1/release/kv
new=$target/release/kv
provide "$scratch/old" "$target/version-0.1/release/libkv.so"
provide "$scratch/new" "$target/release/libkv.so"
