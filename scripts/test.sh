#!/usr/bin/env bash
# Runs all tests, also those after one that failed, and counts what they say. Tests that take
# long without saying more about most changes are in torture.sh.
. "$(dirname "${BASH_SOURCE[0]}")/parts.sh"

# The setup has installed what the tests compare with, so nothing may be skipped for want of it.
export KV_REQUIRE_REDIS=1

# Side by side, because each ends with a crate that only one processor works on. The library is built
# once: what CMake asks cargo for below is this build, and so is what each script would ask for.
target=${CARGO_TARGET_DIR:-$PWD/target}
builds() {
    local status=0
    timed "build of the tests" cargo test --locked --workspace --no-run &
    timed "build of the library and the command" \
        cargo build --release --locked -p kv -p kv-cli --target-dir "$target" || status=$?
    if ((status == 0)); then touch "$parts/library"; fi
    wait $! || status=$?
    return "$status"
}

# Side by side as well: Python's tests wait for half of their time, and packing takes one processor.
python_and_packages() {
    local status=0
    timed "packages" scripts/dist.sh >"$parts/packages" 2>&1 &
    bindings/python/run.sh || status=$?
    if ! wait $!; then
        cat "$parts/packages"
        status=1
    fi
    return "$status"
}

part "builds" builds || true
part "tests in Rust" cargo test --locked --workspace --no-fail-fast || true
if [[ -e $parts/library ]]; then
    export KV_LIBRARY=$target/release/libkv.so
    part "tests/c, plain" tests/c/run.sh plain || true
    part "tests/c, header" tests/c/header.sh || true
    part "tests/c, valgrind" tests/c/run.sh valgrind || true
    part "tests/instructions" tests/instructions/run.sh || true
    part "tests/abi" tests/abi/run.sh || true
    part "tests/torture, loss of power" tests/torture/power/run.sh || true
    part "tests/torture, faults" tests/torture/faults/run.sh || true
    part "tests/torture, kills" tests/torture/kills/run.sh || true
    part "tests/torture, soak" tests/torture/soak/run.sh || true
    part "tests/histories" tests/histories/run.sh || true
    part "tests/histories, watches" tests/histories/watches.sh || true
    # The command that the tests have built.
    part "fuzz" env KV_COMMAND="$target/debug/kv" fuzz/run.sh || true
    part "examples" examples/run.sh || true
    part "examples/services" examples/services/run.sh || true
    part "tests/package" tests/package/run.sh || true
    part "tests/first-hour" tests/first-hour/run.sh || true
    part "tests/docs" env KV_COMMAND="$target/debug/kv" tests/docs/run.sh || true
    part "tests/observe" tests/observe/run.sh || true
    for binding in cpp go node luajit java; do
        part "bindings/$binding" "bindings/$binding/run.sh" || true
    done
    part "bindings/python, packages" python_and_packages || true
    part "tests/dist" tests/dist/run.sh || true
fi

finish_parts
