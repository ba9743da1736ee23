# shellcheck shell=bash disable=SC2154,SC2164
# The wheel: pip installs it, and an index takes it.
. "$here/foreign.sh"
need python3 readelf

wheel_tools=$scratch/python/bin
# The wheel for this machine, alone, and its files.
own=$scratch/own-wheel
unpacked=$scratch/unpacked
# Nothing of this shell's surroundings may help the package.
unset PYTHONPATH LD_LIBRARY_PATH KV_LIBRARY

make_wheel_tools() {
    ln -s "$("$root/packaging/tools.sh" "$root"/packaging/locks/{wheel,twine}.txt)" "$scratch/python"
    pip_of_folder "$out" download --only-binary :all: --dest "$own" libkv
    python3 -m zipfile -e "$own"/libkv-*.whl "$unpacked"
}

# pip_of_folder FOLDER VERB ARGUMENT...: the tools' own pip, which finds packages in the folder alone.
pip_of_folder() {
    "$wheel_tools/pip" "$2" --quiet --disable-pip-version-check --no-index --find-links "$1" "${@:3}"
}

metadata() { cat "$unpacked/libkv-$version.dist-info/METADATA"; }

# The files beside pip, which compiles itself as it runs.
files_of() { (cd "$1/lib" && find . -type f ! -path '*/pip/*' ! -path '*/setuptools/*' | sort); }

# used_by PYTHON: installs the wheel for it in an empty environment, uses it, and removes it.
used_by() {
    local environment=$scratch/used-by-$1 folder=$scratch/folder-$1 bin
    PYENV_VERSION=$1 "python$1" -m venv "$environment"
    mkdir "$folder"
    cd "$folder"
    bin=$environment/bin
    files_of "$environment" >before
    "$bin/pip" install --quiet --disable-pip-version-check --no-index --find-links "$out" libkv
    "$bin/pip" check --disable-pip-version-check
    "$bin/python" -W error -c '
import sys, kv
with kv.open("app.db") as store:
    store.set("config", "colour", "blue")
with kv.open("app.db") as store:
    assert store.get("config", "colour") == b"blue"
assert kv.version() == sys.argv[1], kv.version()
assert kv.library.functions.library._name.startswith(sys.prefix)' "$version"
    files_of "$environment" >with
    must_fail cmp -s before with
    "$bin/pip" uninstall --quiet --yes libkv
    must_fail "$bin/python" -c 'import kv' 2>message
    grep "No module named 'kv'" message
    files_of "$environment" | diff before -
    echo "# $("$bin/python" --version)"
}

# The versions of Python that the wheel says it is for.
pythons() { metadata | sed -n 's/^Classifier: Programming Language :: Python :: \(3\.[0-9]*\)$/\1/p'; }

# The long run uses all of them, the short one its own.
use_by_every_python() {
    local python default
    default=$(python3 -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    for python in $(pythons); do
        if [[ -z $is_long && $python != "$default" ]]; then continue; fi
        if PYENV_VERSION=$python "python$python" -c 'import ensurepip' 2>/dev/null; then
            job "Python $python installs, uses and removes the wheel" used_by "$python"
        else
            skip "Python $python installs, uses and removes the wheel" "python$python is not installed"
        fi
    done
}

the_name_is_that_of_the_list_of_names() {
    local name
    name=$(python3 -c 'import json, sys; print(json.load(sys.stdin)["python"]["distribution"])' \
        <"$root/packaging/names.json")
    metadata | grep -x "Name: $name"
    metadata | grep -x "Version: $version"
}

# The second wheel has no description.
an_index_takes_it() {
    local poor=$scratch/poor
    "$wheel_tools/twine" check --strict "$wheel"
    metadata | (! grep -nE '\]\((\.|[a-z]+/)')
    cp -r "$unpacked" "$poor"
    sed -i '/^$/,$d' "$poor"/*.dist-info/METADATA
    (cd "$poor" && python3 -m zipfile -c "$(basename "$wheel")" kv ./*.dist-info)
    must_fail "$wheel_tools/twine" check --strict "$poor"/*.whl
}

# Every file of the wheel is a source, generated, or about the package.
the_files_are_those_expected() {
    local about=libkv-$version.dist-info name
    {
        (cd "$root/bindings/python/src" && git ls-files kv)
        printf '%s\n' kv/_abi.py kv/libkv.so.0
        for name in METADATA RECORD WHEEL licenses/{LICENSE-APACHE,LICENSE-MIT,THIRD-PARTY-NOTICES.txt}; do
            echo "$about/$name"
        done
    } | sort | diff - <(cd "$unpacked" && find . -type f | sed 's/^\.\///' | sort)
    for name in LICENSE-APACHE LICENSE-MIT THIRD-PARTY-NOTICES.txt; do
        cmp "$root/$name" "$unpacked/$about/licenses/$name"
    done
}

# Every file is in RECORD, with its hash and size; RECORD itself has neither.
the_record_is_right() {
    "$wheel_tools/python" - "$unpacked" <<'END'
import base64, csv, hashlib, pathlib, sys
root = pathlib.Path(sys.argv[1])
record = next(root.glob("*.dist-info/RECORD"))
def row(path):
    data = path.read_bytes()
    code = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
    ends = ["", ""] if path == record else [f"sha256={code}", str(len(data))]
    return [str(path.relative_to(root)), *ends]
found = sorted(row(path) for path in root.rglob("*") if path.is_file())
assert found == sorted(csv.reader(record.open(newline="")))
END
}

# It is linked for an older glibc, so its bytes are others than those of the installation's.
the_library_is_that_of_the_installation() {
    local library=$unpacked/kv/libkv.so.0
    diff <(versioned_symbols "$prefix/lib/libkv.so.0") <(versioned_symbols "$library")
    readelf -d "$library" | grep -F '(SONAME)' | grep -F '[libkv.so.0]'
    readelf -d "$library" | (! grep -E 'RPATH|RUNPATH')
    # A function that no library has would fail at its first call; a weak one may be missing.
    nm -D --undefined-only "$library" | grep ' U ' | must_fail grep -v @
}

# In a folder of its own, since the tests look for the static library beside it.
the_library_passes_the_tests_in_c() {
    mkdir "$scratch/tested-library"
    cp "$unpacked/kv/libkv.so.0" "$scratch/tested-library/libkv.so"
    KV_LIBRARY=$scratch/tested-library/libkv.so "$root/tests/c/run.sh" plain >"$scratch/tested" 2>&1 || {
        grep -v '^ok ' "$scratch/tested"
        return 1
    }
    echo "# $(tail -n 1 "$scratch/tested")"
}

# The oldest glibc is read from the symbols here too, and the platform names no older one.
the_platform_is_that_of_the_library() {
    local floor
    "$wheel_tools/auditwheel" show "$wheel" | tee "$scratch/shown"
    grep -F "\"$platform\"" "$scratch/shown"
    if [[ $platform == manylinux_* ]]; then
        floor=$(glibc_of "$unpacked/kv/libkv.so.0")
        printf '%s\n' "${floor/./_}_" "${platform#manylinux_}" | sort -CV
        # The oldest that any Linux of today's indexes has.
        printf '%s\n2.17\n' "$floor" | sort -CV
    fi
    echo "# $platform"
}

# pip takes no other way than the wheel, and says that there is none.
other_platforms_refuse_it() {
    local other
    for other in musllinux_1_2_x86_64 manylinux_2_17_aarch64 manylinux_2_5_x86_64 win_amd64; do
        if [[ $other == "$platform" ]]; then continue; fi
        must_fail pip_of_folder "$own" download --only-binary :all: --dest "$scratch/$other" \
            --platform "$other" libkv 2>"$scratch/refused"
        grep 'No matching distribution found for libkv' "$scratch/refused"
        must_fail pip_of_folder "$own" install --only-binary :all: --target "$scratch/$other" \
            --platform "$other" libkv
    done
    pip_of_folder "$own" download --only-binary :all: --dest "$scratch/again" --platform "$platform" libkv
    test -e "$scratch/again/$(basename "$wheel")"
}

an_older_python_refuses_it() {
    must_fail pip_of_folder "$own" download --only-binary :all: --dest "$scratch/older" --python-version 3.8 libkv \
        2>"$scratch/older-message"
    grep 'Requires-Python\|requires a different Python\|No matching distribution' "$scratch/older-message"
}

# In other surroundings, with other modes of files.
a_second_build_is_equal() {
    (umask 077 && TZ=Asia/Tokyo HOME=$scratch "$root/packaging/python/build.sh" "$prefix" "$scratch/second")
    cmp "$wheel" "$scratch/second/$(basename "$wheel")"
}

# named PLATFORM PROCESSOR LIBC [VERSION]: a library like this makes a wheel of that platform.
named() {
    foreign_installation "$@"
    "$root/packaging/python/build.sh" "$scratch/$1" "$scratch/$1/out"
    compgen -G "$scratch/$1/out/libkv-$version-py3-none-*$1.whl"
}

# refused MESSAGE NAME PROCESSOR LIBC [VERSION] [LIBRARY]: of a library like this no wheel is made.
refused() {
    foreign_installation "${@:2}"
    must_fail "$root/packaging/python/build.sh" "$scratch/$2" "$scratch/$2/out" 2>"$scratch/$2/message"
    cat "$scratch/$2/message"
    grep "$1" "$scratch/$2/message"
    test -z "$(ls "$scratch/$2/out")"
}

check "the tools for wheels are installed as the locks say" make_wheel_tools
wheel=$(echo "$own"/libkv-*.whl)
platform=$(basename "$wheel" .whl)
platform=${platform##*-none-}
# An old platform has two names, of which the new one is the last.
platform=${platform##*.}
use_by_every_python
job "the wheel has the name of packaging/names.json" the_name_is_that_of_the_list_of_names
job "an index takes the wheel, and refuses one without a description" an_index_takes_it
job "the files of the wheel are those expected" the_files_are_those_expected
job "the RECORD of the wheel is right" the_record_is_right
job "the library is that of the installation" the_library_is_that_of_the_installation
job "the platform is that of the library" the_platform_is_that_of_the_library
job "other platforms refuse the wheel" other_platforms_refuse_it
job "Python 3.8 refuses the wheel" an_older_python_refuses_it
if [[ -z $is_long ]]; then return; fi
job "the library of the wheel passes the tests in C" the_library_passes_the_tests_in_c
job "a second build of the wheel is equal" a_second_build_is_equal
job "a library for aarch64 makes a wheel for it" named manylinux_2_17_aarch64 aarch64 libc.so.6 GLIBC_2.17
job "a library for musl makes a wheel for it" named musllinux_1_2_x86_64 x86_64 libc.musl-x86_64.so.1
job "musl on aarch64 makes a wheel for it" named musllinux_1_2_aarch64 aarch64 libc.musl-aarch64.so.1
job "a library that needs a newer glibc, and cannot be linked for an older one, is refused" \
    refused 'needs glibc 2.99, and .* has no libkv.a to link for 2.17' newer x86_64 libc.so.6 GLIBC_2.99
job "a library that needs another one is refused" \
    refused 'no platform of an index fits' another x86_64 libc.so.6 GLIBC_2.17 libother.so.1
report
