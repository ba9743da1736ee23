# shellcheck shell=bash disable=SC2154,SC2317
# The README's blocks: its programs are compiled and run, its other code is compiled, and its ways to build
# a program in an empty folder are gone through. run.sh sources this.

blocks=$work/readme
folders=$work/folders

# Writes each block into a file of its own, NUMBER.LANGUAGE, in their order.
extract_blocks() {
    mkdir -p "$blocks" "$folders"
    awk -v directory="$blocks" '
        /^```[a-z]+$/ && !inside { number++; language = substr($0, 4); inside = 1; next }
        /^```$/ { inside = 0 }
        inside { print >sprintf("%s/%02d.%s", directory, number, language) }' "$here/README.md"
}

# programs: the blocks that are whole programs, but for the first.
programs() { grep -l 'int main(' "$blocks"/*.cpp | tail -n +2; }

# program_prints BLOCK: the block of text behind it is what it prints.
program_prints() {
    local block=$1 flags=() number
    number=$(basename "$block" .cpp)
    if grep -q 'without exceptions' "$block"; then flags=(-fno-exceptions -fno-rtti); fi
    build "$quick" c++17 "$block" "$work/readme-$number" "${flags[@]}"
    prints "$(printf '%s/%02d.text' "$blocks" $((10#$number + 1)))" timeout 60 "$work/readme-$number"
}

# The other blocks are bodies of functions. They have pipelines, which clang before 16 cannot compile with
# libstdc++.
bodies() {
    local block number count=0 file=$work/bodies.cpp
    {
        echo '#include <kv.hpp>'
        echo '#include <iostream>'
        echo '#include <ranges>'
        echo 'using namespace std::chrono_literals;'
        for block in "$blocks"/*.cpp; do
            if grep -q 'int main(' "$block"; then continue; fi
            number=$(basename "$block" .cpp)
            count=$((count + 1))
            echo "void body_$number(kv::store &store);"
            echo "void body_$number(kv::store &store) {"
            cat "$block"
            echo '(void)store; }'
        done
    } >"$file"
    grep -c '^void body_.*{$' "$file" >"$work/bodies"
    (($(cat "$work/bodies") > 10)) || { echo "only $(cat "$work/bodies") blocks"; return 1; }
    compile g++ c++20 "$file" "$work/bodies.o" -fsyntax-only -Wno-unused -Wno-shadow
    echo "# $(cat "$work/bodies") blocks"
}

# Each call of a store is in the tables.
every_call_is_in_the_tables() {
    local name missing=0 count=0
    grep '^|' "$here/README.md" | tr '`' ' ' >"$work/tables"
    sed -nE 's/^ *(static )?result<.*> try_([a-z_]+)\(.*/\2/p' "$here"/include/kv/store*.hpp |
        sort -u >"$work/calls"
    for name in $(cat "$work/calls"); do
        count=$((count + 1))
        if ! grep -qE "[ :]$name\\(" "$work/tables"; then
            echo "no table has $name()"
            missing=1
        fi
    done
    ((count > 50)) || { echo "only $count calls"; return 1; }
    ((missing == 0))
    echo "# $count calls"
}

# The table of std::errc is what the codes compare with, and has all of it.
conditions_are_those_of_the_table() {
    local rows=$work/conditions count
    sed -n '/^| `std::errc` |/,/^$/p' "$here/README.md" |
        sed -nE 's/^\| `([a-z_]+)` \| `([a-z_:]+)`.*/\1 \2/p' |
        sed -E 's/ (.*_errc::)/ kv::\1/; t; s/ / kv::errc::/' >"$rows"
    count=$(grep -c 'return std::errc::' "$here/include/kv/error_category.hpp")
    [[ $(wc -l <"$rows") == "$count" ]] || { echo "$count conditions, in the table:"; cat "$rows"; return 1; }
    {
        echo '#include <kv.hpp>'
        echo 'int main() {'
        sed -E 's/(.*) (.*)/if (make_error_code(\2) != std::errc::\1) return 1;/' "$rows"
        echo '}'
    } >"$work/conditions.cpp"
    build "$quick" c++17 "$work/conditions.cpp" "$work/conditions-test"
    "$work/conditions-test"
    echo "# $count conditions"
}

# Installs kv as `make install` does, with the archive beside the library that there is in the place of
# cargo's.
install_kv() {
    local archive
    archive=$(dirname "$(realpath "$library/libkv.so")")/libkv.a
    cat >"$work/cargo" <<CARGO
#!/bin/sh
set -eu
case \$1 in --version | -vV) printf "cargo 99.0.0\\nhost: %s-linux-gnu\\n" x86_64; exit ;; esac
while [ "\$1" != --target-dir ]; do shift; done
mkdir -p "\$2/release"
cp --update "$archive" "\$2/release/libkv.a"
CARGO
    chmod +x "$work/cargo"
    cmake -S "$root" -B "$folders/kv" "${without_cargo[@]}" -DCMAKE_INSTALL_PREFIX="$folders/installed"
    cmake --build "$folders/kv"
    cmake --install "$folders/kv"
}
without_cargo=(-DKV_CARGO="$work/cargo" -DKV_CARGO_TARGET_DIR="$work/cargo-target" -DKV_STRIP=OFF)

# empty_folder NAME: makes one with main.cpp, the first block.
empty_folder() {
    mkdir "$folders/$1"
    cp "$blocks/01.cpp" "$folders/$1/main.cpp"
    echo 'colour = blue' >"$folders/$1/expected.txt"
}

# by_cmake BLOCK: the block is the whole CMakeLists.txt.
by_cmake() {
    local folder
    folder=$folders/$(basename "$1" .cmake)
    empty_folder "$(basename "$folder")"
    cp "$1" "$folder/CMakeLists.txt"
    # Where the README says that the sources are.
    if ! grep -q find_package "$1"; then ln -s "$root" "$folder/kv"; fi
    cmake -S "$folder" -B "$folder/build" -DCMAKE_PREFIX_PATH="$prefix" "${without_cargo[@]}"
    cmake --build "$folder/build"
    prints "$folder/expected.txt" timeout 60 "$folder/build/app" "$folder/app.db"
}

# by_command BLOCK: the block is the command.
by_command() {
    empty_folder command
    (cd "$folders/command" && PKG_CONFIG_PATH=$prefix/lib/pkgconfig bash -e "$1")
    LD_LIBRARY_PATH=$prefix/lib prints "$folders/command/expected.txt" timeout 60 \
        "$folders/command/app" "$folders/command/app.db"
}

readme_jobs() {
    local block name
    job "README: the first program is the quickstart" diff "$here/examples/quickstart.cpp" "$blocks/01.cpp"
    for block in $(programs); do
        name="README: $(sed -n '1s,^// ,,p' "$block")"
        if [[ -z $json ]] && grep -q kv/json.hpp "$block"; then
            skip "$name" "nlohmann/json.hpp is not installed (nlohmann-json3-dev)"
        else
            job "$name" program_prints "$block"
        fi
    done
    job "README: the other code compiles" bodies
    job "README: every call of a store is in the tables" every_call_is_in_the_tables
    job "README: the table of std::errc" conditions_are_those_of_the_table
    if ! has cmake || ! has pkg-config; then
        skip "README: from an empty folder" "cmake or pkg-config is not installed"
        return
    fi
    prefix=${KV_PREFIX:-$folders/installed}
    check "README: kv is installed" install_kv
    for block in "$blocks"/*.cmake; do
        name=$(grep -oEm 1 'find_package|FetchContent|add_subdirectory' "$block")
        job "README: from an empty folder by $name" by_cmake "$block"
    done
    for block in "$blocks"/*.sh; do
        job "README: from an empty folder by pkg-config" by_command "$block"
    done
}
