# shellcheck shell=bash
# For run.sh and bench/run.sh, which have set `root` and `scratch`: builds the library, the wheel
# around it, and an environment in which the wheel is installed.
#
# PYTHON chooses the interpreter, 3.9 or later; KV_LIBRARY a library that is built already.

# Puts libkv.so, and the name a program looks for, into scratch/lib.
stage_library() {
    local target=${CARGO_TARGET_DIR:-$root/target}
    local library=${KV_LIBRARY:-$target/release/libkv.so}
    if [[ -z ${KV_LIBRARY:-} ]]; then
        (cd "$root" && cargo build --quiet --release --locked --lib --target-dir "$target")
    fi
    mkdir -p "$scratch/lib"
    cp "$library" "$scratch/lib/libkv.so.0"
    ln -s libkv.so.0 "$scratch/lib/libkv.so"
}

# Builds the wheel into scratch/wheel, in an environment that has nothing but pip.
build_wheel() {
    "${PYTHON:-python3}" -m venv "$scratch/build"
    KV_LIBRARY=$scratch/lib/libkv.so.0 "$scratch/build/bin/pip" wheel --quiet --no-deps \
        --disable-pip-version-check --wheel-dir "$scratch/wheel" "$root/bindings/python"
}

# Makes scratch/use, with the wheel and the words given as further packages.
install_wheel() {
    "${PYTHON:-python3}" -m venv "$scratch/use"
    "$scratch/use/bin/pip" install --quiet --disable-pip-version-check \
        "$scratch"/wheel/kv_store-*.whl "$@"
}
