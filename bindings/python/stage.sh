# shellcheck shell=bash disable=SC2154
# For scripts that set `root`, the tree, and `scratch`, a folder of their own: an environment of locked
# packages, the wheel around the library, and its installation.
#
# PYTHON chooses the interpreter, 3.9 or later.

# make_environment LOCK...: makes scratch/python of the packages that locks/LOCK.txt names. Only wheels:
# a source distribution would fetch what builds it, and that stands in no lock.
make_environment() {
    local lock locks=()
    for lock in "$@"; do locks+=(-r "$root/bindings/python/locks/$lock.txt"); done
    "${PYTHON:-python3}" -m venv "$scratch/python"
    "$scratch/python/bin/pip" install --quiet --disable-pip-version-check --require-hashes \
        --no-deps --only-binary :all: "${locks[@]}"
}

# Builds the wheel around the library of KV_LIBRARY into scratch/wheel, with the environment's backend.
build_wheel() {
    "$scratch/python/bin/pip" wheel --quiet --disable-pip-version-check --no-deps \
        --no-build-isolation --wheel-dir "$scratch/wheel" "$root/bindings/python"
}

# Installs the wheel into the environment.
install_wheel() {
    "$scratch/python/bin/pip" install --quiet --disable-pip-version-check --no-index --no-deps \
        "$scratch"/wheel/libkv-*.whl
}
