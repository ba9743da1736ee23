# shellcheck shell=bash disable=SC2154,SC2317
# A second build in another folder, with another home of cargo: its installation is that of the archive.
if [[ -z $is_long ]]; then return; fi

build_again() {
    local folder=$scratch/again
    mkdir -p "$folder/cargo" "$folder/tmp"
    # The packages that cargo has fetched, under another path.
    ln -s "$(realpath "${CARGO_HOME:-$HOME/.cargo}")/registry" "$folder/cargo/registry"
    git clone --quiet "$root" "$folder/tree"
    (
        unset CARGO_TARGET_DIR
        export CARGO_HOME=$folder/cargo TMPDIR=$folder/tmp
        make -C "$folder/tree" build CMAKE_FLAGS=
        make -C "$folder/tree" install PREFIX="$folder/installed"
    ) >"$folder/said" 2>&1 || {
        tail -n 30 "$folder/said"
        return 1
    }
}

is_the_same() {
    local part
    for part in bin include lib share; do
        diff -r --no-dereference "$tree/$part" "$scratch/again/installed/$part"
    done
}

# Without the settings of this tree, the compiler writes its folder into the library.
control_paths_are_seen() {
    local folder=$scratch/paths
    mkdir "$folder"
    echo '#[no_mangle] pub fn kv() -> &'"'"'static str { file!() }' >"$folder/lib.rs"
    rustc --crate-type rlib "$folder/lib.rs" -o "$folder/plain.rlib"
    grep -aqF "$folder" "$folder/plain.rlib"
    mkdir -p "$folder/cargo/registry/src/index"
    cp "$folder/lib.rs" "$folder/cargo/registry/src/index"
    CARGO_HOME=$folder/cargo "$root/cmake/rustc.sh" rustc --crate-type rlib \
        "$folder/cargo/registry/src/index/lib.rs" -o "$folder/named.rlib"
    must_fail grep -aqF "$folder" "$folder/named.rlib"
}

job "control: a path of the builder is seen, and left out by cmake/rustc.sh" control_paths_are_seen
check "kv is built a second time, in another folder" build_again
job "the second build is the same to the byte" is_the_same
