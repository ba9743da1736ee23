#!/usr/bin/env bash
# Runs the first hour that each README describes: its marked blocks, in an empty folder, against an
# installation. CONTRIBUTING.md describes the marks.
#
#   tests/first-hour/run.sh [c|cpp|go|python|node|luajit|java...]     no argument: all
#
# KV_PREFIX names an installation to use. Else one is made of the library that KV_LIBRARY names, or
# of the one in cargo's directory, which is built if needed.
. "$(dirname "${BASH_SOURCE[0]}")/../../scripts/harness.sh"
. "$root/scripts/installation.sh"
. "$root/scripts/java.sh"

here=$root/tests/first-hour
all=(c cpp go python node luajit java)

find_java

# open_folder NAME: prints a new folder. Beside it is a home directory, in which kv is the
# installation.
open_folder() {
    mkdir -p "$scratch/$1/home" "$scratch/$1/folder"
    ln -s "$KV_PREFIX" "$scratch/$1/home/kv"
    echo "$scratch/$1/folder"
}

# first_hour README FOLDER [OPTION...]: runs it; places that a README only describes are replaced.
first_hour() {
    cd "$root"
    python3 -I "$here/transcript.py" "$1" "$2" --env HOME="$(dirname "$2")/home" --env TMPDIR="$TMPDIR" \
        --replace /path/to/kv="$root" --replace /path/to/kv.h="$KV_PREFIX/include/kv.h" \
        --replace /path/to/libkv.so.0="$KV_PREFIX/lib/libkv.so.0" \
        --replace /usr/local/lib="$KV_PREFIX/lib" --replace /usr/local/include="$KV_PREFIX/include" "${@:3}"
}

hour_of_c() {
    first_hour README.md "$(open_folder c)"
}

hour_of_cpp() {
    first_hour bindings/cpp/README.md "$(open_folder cpp)"
}

# pkg-config and the loader find what is in /usr/local by themselves. Go has its own cache, so that its
# library is compiled once. A program with kv needs no other module. Go
# takes a package from its cache whatever pkg-config says, but not with other flags of cgo.
hour_of_go() {
    first_hour bindings/go/README.md "$(open_folder go)" \
        --env PKG_CONFIG_PATH="$KV_PREFIX/lib/pkgconfig" --env LD_LIBRARY_PATH="$KV_PREFIX/lib" \
        --env GOCACHE="$(go env GOCACHE)" --env GOPROXY=off --env CGO_CFLAGS="-O2 -g -I$KV_PREFIX"
}

# pip finds the locked backend of the wheel, and no other package. The wheel is built around the
# library of the installation.
hour_of_python() {
    local packages=$scratch/packages
    python3 -m venv "$scratch/with-pip"
    "$scratch/with-pip/bin/pip" download --quiet --disable-pip-version-check --require-hashes --no-deps \
        --only-binary :all: -d "$packages" -r "$root/bindings/python/locks/build.txt"
    first_hour bindings/python/README.md "$(open_folder python)" \
        --env PIP_NO_INDEX=1 --env PIP_FIND_LINKS="$packages" --env PIP_DISABLE_PIP_VERSION_CHECK=1 \
        --env KV_LIBRARY="$KV_PREFIX/lib/libkv.so.0" --env PYTHONDONTWRITEBYTECODE=1
}

hour_of_node() {
    first_hour bindings/node/README.md "$(open_folder node)" \
        --env npm_config_cache="${npm_config_cache:-$HOME/.npm}" --env npm_config_update_notifier=false
}

hour_of_luajit() {
    first_hour bindings/luajit/README.md "$(open_folder luajit)"
}

hour_of_java() {
    PATH=$JAVA_HOME_FOUND/bin:$PATH first_hour bindings/java/README.md "$(open_folder java)"
}

# hour LANGUAGE COMMAND...: its commands are cases, if what it needs is there.
hour() {
    local language=$1 readme=$root/bindings/$1/README.md command
    shift
    if [[ $language == c ]]; then readme=$root/README.md; fi
    if [[ ! -e $readme ]]; then
        skip "the first hour of $language" "it has no README"
        return
    fi
    if [[ $language == java && -z $JAVA_HOME_FOUND ]]; then
        skip "the first hour of java" "there is no JDK of Java 22 or later; tried: $java_tried"
        return
    fi
    if [[ $language == c && ! -e $KV_PREFIX/lib/libkv.a ]]; then
        skip "the first hour of c" "the installation has no static library: KV_LIBRARY names a shared one"
        return
    fi
    for command in "$@"; do
        if ! has "$command"; then
            skip "the first hour of $language" "$command is not installed"
            return
        fi
    done
    program "the first hour of $language" "hour_of_$language"
}

# planted NAME: runs a README that is wrong, and prints what the runner says.
planted() {
    mkdir "$scratch/planted-$1"
    cd "$scratch/planted-$1"
    cat >README.md
    must_fail python3 -I "$here/transcript.py" README.md .
}

wrong_output() {
    planted output <<'README'
<!-- first hour -->
```console
$ echo "1 of 2"
... of 3
```
README
}

failed_command() {
    planted command <<'README'
<!-- first hour -->
```sh
false
echo never
```
README
}

no_block() {
    planted mark <<'README'
<!-- first hour -->
A paragraph.
README
}

outside_file() {
    planted file <<'README'
<!-- first hour: ../file -->
```c
```
README
}

# Files, variables and directories last from block to block; numbers and lines may be left out.
state_lasts() {
    mkdir "$scratch/lasting"
    cd "$scratch/lasting"
    cat >README.md <<'README'
<!-- first hour: src/words -->
```
one two
```

```console
$ echo "a block without a mark is not run"; false
```

<!-- first hour -->
```sh
cd src
words=$(cat words)
```

<!-- first hour -->
```console
$ echo "$words" &&
> echo $((6 * 7)) lines
one two
... lines
$ seq 1 20
1
...
20
```
README
    python3 -I "$here/transcript.py" README.md .
}

controls() {
    wrong_output 2>&1 | grep -x '1 of 2'
    failed_command | grep -F 'FAILED README.md:3: false'
    no_block | grep -F 'no mark with a block below it'
    outside_file | grep -F 'not below the folder'
    state_lasts >"$scratch/lasting.out"
    test "$(grep -c '^ok ' "$scratch/lasting.out")" = 3
}

languages=("$@")
if (($# == 0)); then languages=("${all[@]}"); fi
need python3 pkg-config cc
check "control: what is wrong is noticed" controls
provide_installation first-hour -DKV_BUILD_CLI=OFF || fail "an installation is provided"
if ((failed)); then finish; fi
for language in "${languages[@]}"; do
    case $language in
    c) hour c cc cmake make ;;
    cpp) hour cpp c++ ;;
    go) hour go go cc ;;
    python) hour python python3 ;;
    node) hour node node npm ;;
    luajit) hour luajit luajit ;;
    java) hour java java javac ;;
    *)
        echo "usage: $0 [${all[*]}]" >&2
        exit 2
        ;;
    esac
done
report
finish
