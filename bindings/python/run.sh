#!/usr/bin/env bash
# Builds the wheel, installs it into a fresh environment of locked packages, moves away from the tree,
# and there runs the tests, the type checker and the examples against the installed package.
#
#   bindings/python/run.sh [asan]    asan: the tests, with the address and undefined-behaviour sanitizers
#                                    in the library
#
# PYTHON chooses the interpreter, 3.9 or later.
. "$(dirname "${BASH_SOURCE[0]}")/../../scripts/harness.sh"

here=$root/bindings/python
python=$scratch/python/bin/python
# shellcheck source=bindings/python/stage.sh
. "$here/stage.sh"
unset PYTHONPATH LD_LIBRARY_PATH
# Nothing is left in the tree.
export PYTHONDONTWRITEBYTECODE=1

# The backend is installed before the wheel is built, so pip does not look at what the project names.
the_lock_has_the_projects_backend() {
    local backend
    backend=$(sed -n 's/^requires = \["\(.*\)"\]$/\1/p' "$here/pyproject.toml")
    grep -Fx "$backend \\" "$here/locks/build.txt"
}

the_wheel_is_for_this_platform_and_whole() {
    local wheel
    wheel=$(echo "$scratch"/wheel/*.whl)
    [[ $wheel == */libkv-*-py3-none-linux_*.whl ]]
    "$python" -m zipfile -l "$wheel" | tee "$scratch/list"
    for name in kv/libkv.so.0 kv/_abi.py kv/py.typed \
        libkv-.*/licenses/{LICENSE-MIT,LICENSE-APACHE,THIRD-PARTY-NOTICES.txt}; do
        grep -q "^$name " "$scratch/list"
    done
}

# A source distribution would install without a library.
a_source_distribution_is_refused() {
    local status=0
    (cd "$here" && "$python" -m hatchling build -t sdist -d "$scratch/sdist") \
        >"$scratch/said" 2>&1 || status=$?
    cat "$scratch/said"
    ((status != 0))
    grep -q 'only wheels can be built' "$scratch/said"
}

# The types of the installed package as its users see them, and what uses them.
types() {
    export MYPYPATH=$here/tests
    local checker=("$scratch/python/bin/mypy" --config-file "$here/pyproject.toml"
        --cache-dir "$scratch/mypy")
    "${checker[@]}" -p kv
    "${checker[@]}" "$here/tests" "$here"/examples/*.py "$here/bench/get.py" "$here/generate.py"
}

# A checker that finds nothing in the package would find nothing wrong with it either.
types_can_be_wrong() {
    printf 'import kv\nnumber: int = kv.open("memory:").get("group", "key")\nkv.open(5)\n' \
        >"$scratch/wrong.py"
    must_fail "$scratch/python/bin/mypy" --strict --cache-dir "$scratch/mypy" "$scratch/wrong.py"
}

example() { # NAME
    "$python" -W error "$here/examples/$1.py" "$scratch/$1.db" >"$scratch/$1.txt"
    diff "$root/examples/expected/$1.txt" "$scratch/$1.txt"
}

# The names of the examples that all languages have; tests run the others.
shared_examples() {
    (cd "$here/examples" && ls -- *.py | sed 's/\.py$//' | grep -vFx opentelemetry_spans)
}

every_example_of_c_is_here() {
    diff <(cd "$root/examples" && ls -- *.c | sed 's/\.c$//') <(shared_examples)
}

the_readme_shows_the_quickstart() {
    diff "$here/examples/quickstart.py" \
        <(sed -n '/^```python$/,/^```$/{/^```/d;p}; /^```$/q' "$here/README.md")
}

# Each test is a case.
tests() {
    local status=0
    env ${preload:+LD_PRELOAD="$preload"} "$python" -m pytest -c "$here/pyproject.toml" --rootdir "$here" -q -rpfEs "$here/tests" \
        >"$scratch/tests" 2>&1 || status=$?
    # The names of behaviour cases have blanks.
    sed -nE 's/^PASSED (.+)/ok \1/p; s/^(FAILED|ERROR) ([^[]+\[.*\]|\S+).*/FAILED \2/p; s/^SKIPPED (.*)/skip \1/p' \
        "$scratch/tests"
    cat "$scratch/tests" >&2
    return "$status"
}

# The bytes behind a buffer that the library is handed are read: the sanitizer must notice.
an_overflow_is_noticed() {
    must_fail env LD_PRELOAD="$preload" "$python" -c '
import ctypes, kv
library = ctypes.CDLL(kv.__path__[0] + "/libkv.so.0")
libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_void_p
store = ctypes.c_uint64()
assert library.kv_open(b"memory:", ctypes.byref(store), None) == 0
library.kv_set(store, b"g", ctypes.c_size_t(1), b"k", ctypes.c_size_t(1),
               ctypes.c_void_p(libc.malloc(8)), ctypes.c_size_t(9), None)' 2>"$scratch/overflow"
    grep heap-buffer-overflow "$scratch/overflow"
}

mode=${1:-plain}
if [[ $mode == asan ]]; then
    . "$root/scripts/sanitized.sh"
    use_asan_library
    if ((failed)); then finish; fi
elif [[ $mode == plain ]]; then
    use_library
else
    echo "usage: $0 [asan]" >&2
    exit 2
fi
check "the environment is installed as the locks say" make_environment build test
check "the lock has the project's backend" the_lock_has_the_projects_backend
check "the wheel is built" build_wheel
check "the wheel is installed" install_wheel
# Without them every further case would only say so again.
if ((failed)); then finish; fi
unset KV_LIBRARY
cd "$scratch"
if [[ $mode == asan ]]; then
    job "asan catches a planted overflow" an_overflow_is_noticed
    program "tests of the installed package" tests
    report
    finish
fi
# The longest go first.
job "types" types
program "tests of the installed package" tests
job "the wheel is for this platform and whole" the_wheel_is_for_this_platform_and_whole
job "a source distribution is refused" a_source_distribution_is_refused
job "every example of C is here" every_example_of_c_is_here
for name in $(shared_examples); do
    job "example $name" example "$name"
done
job "the README shows the quickstart" the_readme_shows_the_quickstart
report
# Afterwards, for it shares what the checker remembers.
check "types that are wrong are found" types_can_be_wrong
finish
