#!/usr/bin/env bash
# Builds the wheel, installs it into a fresh environment, moves away from the tree, and there runs
# the tests, the type checker and the examples against the installed package.
#
# PYTHON chooses the interpreter, 3.9 or later; KV_LIBRARY a library that is built already.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
here=$root/bindings/python
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
# shellcheck source=bindings/python/stage.sh
source "$here/stage.sh"
unset PYTHONPATH LD_LIBRARY_PATH
# Nothing is left in the tree.
export PYTHONDONTWRITEBYTECODE=1

passed=0
failed=0

# check NAME COMMAND...: a case. What the command prints is shown if it fails.
check() {
    local name=$1 status=0
    shift
    # Not as a condition: within one, errexit is off.
    set +e
    (set -e; "$@") >"$scratch/output" 2>&1
    status=$?
    set -e
    if ((status == 0)); then
        echo "ok $name"
        passed=$((passed + 1))
    else
        echo "FAILED $name"
        tail -n 60 "$scratch/output"
        failed=$((failed + 1))
    fi
}

finish() {
    echo "$passed passed, $failed failed"
    ((failed == 0))
    exit
}

the_wheel_is_for_this_platform_and_whole() {
    local wheel
    wheel=$(echo "$scratch"/wheel/*.whl)
    [[ $wheel == */kv_store-*-py3-none-linux_*.whl ]]
    "$scratch/build/bin/python" -m zipfile -l "$wheel" | tee "$scratch/list"
    for name in kv/libkv.so.0 kv/abi.py kv/py.typed kv/LICENSE-MIT kv/LICENSE-APACHE; do
        grep -q "^$name " "$scratch/list"
    done
}

# A source distribution would install without a library.
a_source_distribution_is_refused() {
    local status=0
    "$scratch/build/bin/pip" install --quiet --disable-pip-version-check "$backend"
    (cd "$here" && "$scratch/build/bin/python" -m hatchling build -t sdist -d "$scratch/sdist") \
        >"$scratch/said" 2>&1 || status=$?
    cat "$scratch/said"
    ((status != 0))
    grep -q 'only wheels can be built' "$scratch/said"
}
backend=$(sed -n 's/^requires = \["\(.*\)"\]$/\1/p' "$here/pyproject.toml")

# The types of the installed package as its users see them, and what uses them.
types() {
    export MYPYPATH=$here/tests
    local checker=("$scratch/use/bin/mypy" --config-file "$here/pyproject.toml"
        --cache-dir "$scratch/mypy")
    "${checker[@]}" -p kv
    "${checker[@]}" "$here/tests"
    for file in "$here"/examples/*.py "$here/bench/get.py" "$here/generate.py"; do
        "${checker[@]}" "$file"
    done
}

# A checker that finds nothing in the package would find nothing wrong with it either.
types_can_be_wrong() {
    printf 'import kv\nnumber: int = kv.open("memory:").get("group", "key")\nkv.open(5)\n' \
        >"$scratch/wrong.py"
    if "$scratch/use/bin/mypy" --strict --cache-dir "$scratch/mypy" "$scratch/wrong.py"; then
        return 1
    fi
}

example() { # NAME
    "$scratch/use/bin/python" -W error "$here/examples/$1.py" "$scratch/$1.db" >"$scratch/$1.txt"
    diff "$root/examples/expected/$1.txt" "$scratch/$1.txt"
}

every_example_of_c_is_here() {
    diff <(cd "$root/examples" && ls -- *.c | sed 's/\.c$//') \
        <(cd "$here/examples" && ls -- *.py | sed 's/\.py$//')
}

the_readme_shows_the_quickstart() {
    diff "$here/examples/quickstart.py" \
        <(sed -n '/^```python$/,/^```$/{/^```/d;p}; /^```$/q' "$here/README.md")
}

# pytest's own lines become those of this script.
tests() {
    local status=0 summary
    "$scratch/use/bin/python" -m pytest -c "$here/pyproject.toml" --rootdir "$here" -q -rfEs \
        "$here/tests" >"$scratch/tests" 2>&1 || status=$?
    summary=$(tail -n 1 "$scratch/tests")
    if ((status == 0)); then
        echo "ok tests of the installed package: $summary"
    else
        echo "FAILED tests of the installed package: $summary"
        cat "$scratch/tests"
    fi
    passed=$((passed + $(number_of passed)))
    failed=$((failed + $(number_of failed) + $(number_of error)))
    # One that ends badly without a word has failed too.
    if ((status != 0 && failed == 0)); then failed=1; fi
}

number_of() { # WORD
    local found
    found=$(sed -En "\$s/^(.* )?([0-9]+) $1.*/\2/p" "$scratch/tests")
    echo "${found:-0}"
}

stage_library
unset KV_LIBRARY
check "the wheel is built" build_wheel
check "the environment is installed" install_wheel -r "$here/requirements.txt"
# Without them every further case would only say so again.
if ((failed)); then finish; fi
cd "$scratch"
check "the wheel is for this platform and whole" the_wheel_is_for_this_platform_and_whole
check "a source distribution is refused" a_source_distribution_is_refused
check "types" types
check "types that are wrong are found" types_can_be_wrong
tests
check "every example of C is here" every_example_of_c_is_here
for file in "$here"/examples/*.py; do
    check "example $(basename "$file" .py)" example "$(basename "$file" .py)"
done
check "the README shows the quickstart" the_readme_shows_the_quickstart
finish
